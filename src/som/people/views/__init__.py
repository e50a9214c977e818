"""The pages of people: finding somebody, one person, and pairs that may be one."""

from som.people.views.persons import (
    FOUND_SHOWN,
    found_by,
    note_death,
    person,
    person_numbers,
    search,
)
from som.people.views.reviews import candidate, same, slot

__all__ = [
    "FOUND_SHOWN",
    "candidate",
    "found_by",
    "note_death",
    "person",
    "person_numbers",
    "same",
    "search",
    "slot",
]
