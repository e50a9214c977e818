"""One box to find a person: what is typed, who is found, and what their page shows."""

from __future__ import annotations

from datetime import date

import pytest

from som.people.rules import Declaration, sought_in
from tests.town import NOON

ON = NOON.date()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Nông Văn An", Declaration("Nông Văn An")),
        ("nong van an 1957", Declaration("nong van an", birth_year=1957)),
        ("1957, An", Declaration("An", birth_year=1957)),
        (
            "An 05/03/1957",
            Declaration("An", birth_date=date(1957, 3, 5), birth_year=1957),
        ),
        ("0912345678", Declaration("", phone="0912345678")),
        ("An 0912 345 678", Declaration("An", phone="0912345678")),
        ("+84 912 345 678 An", Declaration("An", phone="0912345678")),
        ("0912.345.678 1957", Declaration("", phone="0912345678", birth_year=1957)),
        ("019160000123", Declaration("", number="019160000123")),
        ("019 160 000 123 Bé", Declaration("Bé", number="019160000123")),
        ("B1234567", Declaration("", number="B1234567")),
        ("An 9999", Declaration("An 9999")),
        ("An 1957 1960", Declaration("An 1960", birth_year=1957)),
        ("  ", Declaration("")),
    ],
)
def test_what_a_search_says_of_the_person_sought(typed: str, said: Declaration) -> None:
    assert sought_in(typed, on=ON) == said
