"""The pages of people: finding somebody, one person, and pairs that may be one."""

from som.people.views.persons import note_death, person, person_numbers, search
from som.people.views.reviews import candidate, same, slot

__all__ = ["candidate", "note_death", "person", "person_numbers", "same", "search", "slot"]
