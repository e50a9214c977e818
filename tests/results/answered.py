"""People swabbed and answered, and the papers that say so: what tests of slips begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.lab.commands import receive_tubes
from som.lab.verdicts import Verdict
from som.people.rules import Declaration
from som.places import queries as places
from som.results.commands import (
    Correction,
    confirm_corrections,
    confirm_recalls,
    propose_corrections,
    propose_recalls,
    release_verdicts,
)
from som.results.queries import (
    SlipRow,
    SlipsOf,
    corrections_open,
    recalls,
    slips,
    waiting_for_release,
)
from som.results.rules import Paper, RecallWanted
from som.results.work import take_up_recalls
from som.sampling.commands import Manifest, dispatch_tubes, record_swabs
from som.sampling.rules import SwabTaken
from tests.desks import signed_in, stranger
from tests.town import NOON, Town

LATER = NOON + timedelta(hours=1)
DAY = "on=02/11/2026"


def taken(town: Town, said: Sequence[Declaration]) -> list[SwabTaken]:
    """Each of these in a tube of their own, recorded, sent and received at laboratory one."""
    swabs = [
        town.swab(tube, said=one) for tube, one in zip(town.tubes(len(said)), said, strict=True)
    ]
    received(town, swabs)
    return swabs


def received(town: Town, swabs: Sequence[SwabTaken]) -> None:
    tubes = list(dict.fromkeys(swab.tube for swab in swabs))
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    box = Manifest(f"M-{tubes[0]}", town.north, town.lab1)
    assert not dispatch_tubes(tubes, manifest=box, by=town.ana, at=NOON).refused
    assert not receive_tubes(tubes, lab=town.lab1, by=town.ben, at=NOON).refused


def answered(town: Town, found: dict[str, str], plate: str = "PLATE1") -> None:
    """A run that found this in these tubes, released."""
    town.run(plate, found)
    waiting = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    assert not release_verdicts(waiting, lab=town.lab1, by=town.bao, at=NOON).refused


def swab_id(swab: SwabTaken) -> int:
    with scope.entered(system_actor("results"), "results.read"):
        return int(sql.rows("SELECT id FROM sampling_swab WHERE slip = %s", (swab.slip,))[0][0])


def printed(town: Town, paper: Paper, *, session: int | None = None) -> list[SlipRow]:
    return slips(SlipsOf(town.north, NOON.date(), session), paper, by=town.cleo, at=LATER)


def names(rows: Sequence[SlipRow]) -> list[str]:
    return [row.name for row in rows]


def unit_code(town: Town) -> str:
    return places.units_by_id([town.north])[town.north].code


def paper_of(town: Town, paper: str, name: str = "cleo", **more: object) -> bytes:
    """A paper of the north's day as the page prints it."""
    rest = "".join(f"&{key}={value}" for key, value in more.items())
    address = f"/results/slips/paper/?unit={unit_code(town)}&{DAY}&paper={paper}{rest}"
    answer = signed_in(town, name).get(address)
    assert answer.headers["Content-Type"] == "application/pdf", answer.content[:2_000]
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.content


def corrected(town: Town, swab: SwabTaken, value: Verdict) -> None:
    """The swab's answer, corrected by two persons."""
    verdict = one("SELECT verdict_id FROM results_result WHERE swab_id = %s", swab_id(swab))
    given = [Correction(verdict, value, "nhầm giếng")]
    assert propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON).done
    other = replace(town.bao, name="bich")
    (proposed,) = corrections_open(town.lab1, by=other)
    assert confirm_corrections([proposed.id], lab=town.lab1, by=other, at=NOON).done


def one(query: str, *asked: object) -> int:
    with scope.entered(system_actor("results"), "results.read"):
        return int(sql.rows(query, asked)[0][0])


def recalled(town: Town) -> None:
    """Everything that laboratory one said today, taken back."""
    given = [RecallWanted(town.lab1, NOON - timedelta(days=1), LATER, "đặt sai ngưỡng")]
    assert propose_recalls(given, by=town.bao, at=LATER).done
    (row,) = recalls(by=town.dora)
    assert confirm_recalls([row.id], by=town.dora, at=LATER).done
    take_up_recalls(at=LATER)


def checked(paper: str) -> str:
    return stranger().post("/look-up/slip/", {"paper": paper}).text
