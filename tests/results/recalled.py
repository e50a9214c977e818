"""Answers of laboratory one, and recalls of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.lab.queries import runs
from som.results import queries
from som.results.commands import confirm_recalls, propose_recalls, release_verdicts
from som.results.queries import ledger_gaps, waiting_for_release
from som.results.rules import RecallWanted
from som.sampling.queries import open_requests
from som.sampling.rules import SwabTaken
from tests.results.answered import LATER
from tests.results.reviews import bich
from tests.town import NOON, Town

DAY = timedelta(days=1)


def wanted(town: Town, **changes: Any) -> RecallWanted:
    return RecallWanted(
        **{
            "lab": town.lab1,
            "read_from": NOON - DAY,
            "read_to": LATER,
            "reason": "đặt sai ngưỡng",
            **changes,
        }
    )


def proposed(town: Town, **changes: Any) -> int:
    given = wanted(town, **changes)
    assert propose_recalls([given], by=town.bao, at=LATER).done == [given]
    return queries.recalls(by=town.dora)[0].id


def confirmed(town: Town, **changes: Any) -> int:
    number = proposed(town, **changes)
    assert confirm_recalls([number], by=bich(town), at=LATER).done == [number]
    return number


def read(town: Town, found: dict[str, str], plate: str = "R1", **changes: Any) -> dict[str, int]:
    town.run(plate, found, **changes)
    return {w.sample: w.verdict for w in waiting_for_release(town.lab1, by=town.bao)}


def answered(town: Town, *found: str) -> list[SwabTaken]:
    """Single tubes read and released at laboratory one."""
    swabs = [swab for (swab,) in town.sampled([1] * len(found))]
    plate = f"R{len(runs(by=town.ben))}"
    ids = read(town, {s.tube: what for s, what in zip(swabs, found, strict=True)}, plate)
    numbers = [ids[s.tube] for s in swabs]
    assert release_verdicts(numbers, lab=town.lab1, by=town.bao, at=NOON).done == numbers
    return swabs


def answers(town: Town) -> dict[str, list[str]]:
    """By slip, every answer given."""
    found: dict[str, list[str]] = {}
    with scope.entered(system_actor("results"), "results.read"):
        for slip, value in sql.rows(
            "SELECT w.slip, r.value FROM results_result r"
            " JOIN sampling_swab w ON w.id = r.swab_id ORDER BY w.slip, r.version"
        ):
            found.setdefault(slip, []).append(value)
    return found


def reasons(outcome: Any) -> list[str]:
    return [str(refused.reason) for refused in outcome.refused]


def asked(town: Town) -> list[str]:
    found = open_requests(by=town.dora, at=LATER)
    assert all(one.single for one in found)
    return sorted(one.reason for one in found)


def gaps(town: Town) -> list[str]:
    return [gap.law for gap in ledger_gaps(by=town.dora, at=LATER)]


def swab_ids() -> list[int]:
    with scope.entered(system_actor("results"), "results.read"):
        return [line[0] for line in sql.rows("SELECT id FROM sampling_swab ORDER BY id")]
