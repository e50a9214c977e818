"""Days as people here write them, and where a list goes on."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django import forms
from django.core.exceptions import ValidationError

from som.web.fields import MOST_ID, PagedForm, day_field
from som.web.paging import written_key


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


@pytest.mark.parametrize(
    ("given", "shown"),
    [("1957-03-05", "05/03/1957"), ("5.3.1957", "5.3.1957"), ("1957-02-30", "1957-02-30")],
)
def test_a_day_of_an_address_is_shown_as_people_write_it(given: str, shown: str) -> None:
    form = type("Asked", (forms.Form,), {"on": day_field("Day")})({"on": given})
    assert f'value="{shown}"' in str(form["on"])


def test_a_list_goes_on_where_its_address_says() -> None:
    at = datetime(2026, 11, 2, 12, 30, 0, 5, tzinfo=UTC)
    form = PagedForm({"after": written_key(at, 7)})
    assert form.is_valid()
    assert form.cleaned_data["after"] == (at, 7)


@pytest.mark.parametrize("row", ["x", "", "-1", str(MOST_ID + 1), "9" * 5000])
def test_a_spoiled_address_begins_at_the_front(row: str) -> None:
    form = PagedForm({"after": f"20261102T123000.000000Z-{row}"})
    assert form.is_valid()
    assert form.cleaned_data["after"] is None
