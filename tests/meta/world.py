"""A town in which much has happened, and what its database guards."""

from __future__ import annotations

from typing import Any

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.people.rules import Declaration
from som.results.commands import release_verdicts
from som.results.queries import SecondIdentifier, waiting_for_release
from som.sampling.commands import Loss, lose_tubes
from som.sampling.rules import SwabTaken
from tests.town import NOON, Town


def guarded() -> list[str]:
    """Tables with row-level security."""
    return [
        name
        for (name,) in sql.rows(
            "SELECT relname FROM pg_class"
            " WHERE relrowsecurity AND relnamespace = 'public'::regnamespace ORDER BY 1"
        )
    ]


class Seen:
    """What there is to see of people tested, and everything somebody could name to ask about it."""

    def __init__(self) -> None:
        self.town = town = Town()
        one, other, pool, lost = town.sampled([1, 1, 3, 1])
        found = {one[0].tube: "positive", other[0].tube: "inconclusive", pool[0].tube: "positive"}
        town.run("R1", found)
        waiting = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
        assert release_verdicts(waiting, lab=town.lab1, by=town.bao, at=NOON).done
        assert lose_tubes([Loss(lost[0].tube, "vỡ", "cleo")], by=town.ana, at=NOON).done
        self.swabs: list[SwabTaken] = [*one, *other, *pool, *lost]
        with scope.entered(system_actor("results"), "results.read"):
            self.people = [line[0] for line in sql.rows("SELECT id FROM people_person")]
            of_swabs = [line[0] for line in sql.rows("SELECT id FROM sampling_swab")]
        tubes = [line[0] for line in sql.rows("SELECT id FROM sampling_tube")]
        self.run = sql.rows("SELECT id FROM lab_run")[0][0]
        self.session = sql.rows("SELECT id FROM sampling_session ORDER BY id")[0][0]
        first = self.said(one[0])
        self.named: dict[str, Any] = {
            "by": town.egon, "at": NOON, "on": NOON.date(), "limit": 1_000, "lab": town.lab1,
            "person_id": self.people[0], "person_ids": self.people, "numbers": [first.number],
            "number": first.number, "beginning": "", "subjects": of_swabs, "swab_ids": of_swabs,
            "tube_ids": tubes, "run_id": self.run, "run": self.run, "session_id": self.session,
            "slip": one[0].slip, "code": one[0].slip, "codes": ["P"], "pools": [1], "names": [],
            "second": SecondIdentifier(birth_date=first.birth_date), "verdict_ids": waiting,
            "swab_id": of_swabs[0], "near": NOON,
        }  # fmt: skip

    @staticmethod
    def said(swab: SwabTaken) -> Declaration:
        """What this person declared."""
        assert swab.said is not None
        return swab.said

    def private(self) -> list[str]:
        """What belongs to the people alone."""
        return [
            text
            for swab in self.swabs
            for said in (self.said(swab),)
            for text in (swab.slip, said.name, said.phone, said.number)
        ]
