"""Days as people here write them."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from som.web.fields import day_field


@pytest.mark.parametrize(
    "typed",
    ["05/03/1957", "5/3/1957", "05-03-1957", "5.3.1957", "05 03 1957", "05031957", "1957-03-05"],
)
def test_a_day_is_read_day_first(typed: str) -> None:
    assert day_field("Day").clean(typed) == date(1957, 3, 5)


@pytest.mark.parametrize("typed", ["31/02/1957", "03/25/1957", "1957", "x", "5/3/57"])
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        day_field("Day").clean(typed)


def test_nothing_typed_is_no_day() -> None:
    assert day_field("Day").clean("") is None


def test_a_day_is_shown_as_it_is_typed() -> None:
    shown = day_field("Day").widget.render("day", date(1957, 3, 5))
    assert 'value="05/03/1957"' in shown
    assert 'type="text"' in shown
