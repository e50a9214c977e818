"""The only writers of the people stage, one module a verb family."""

from som.people.commands.deaths import Death, note_deaths
from som.people.commands.matching import compare_people
from som.people.commands.owed import note_owed, settle_owed
from som.people.commands.register import Registration, enrolled, register_people
from som.people.commands.reviews import join_persons, part_persons, reopen_candidates
from som.people.commands.walk_ins import Naming, name_walk_ins

__all__ = [
    "Death",
    "Naming",
    "Registration",
    "compare_people",
    "enrolled",
    "join_persons",
    "name_walk_ins",
    "note_deaths",
    "note_owed",
    "part_persons",
    "register_people",
    "reopen_candidates",
    "settle_owed",
]
