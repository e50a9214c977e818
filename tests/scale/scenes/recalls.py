"""What is made ready for the commands that take answers back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.lab.verdicts import Verdict
from som.results import commands as results
from som.results import queries
from som.results.commands import Correction
from som.results.queries import corrections_open, waiting_for_release
from som.results.rules import RecallWanted, Which
from tests.scale.prepared import Call, prepared
from tests.town import NOON, Town

LATER = NOON + timedelta(hours=1)
WORKER = system_actor("results")


def _wanted(town: Town, count: int) -> list[RecallWanted]:
    return [
        RecallWanted(town.lab1, NOON - timedelta(minutes=n + 1), LATER, "đặt sai ngưỡng")
        for n in range(count)
    ]


def _released(size: int) -> Town:
    """Answers of single tubes and of a field pool, and one that waits for its release."""
    town = Town()
    tubes = [group[0].tube for group in town.sampled([1] * (size + 1) + [3])]
    for start in range(0, len(tubes), 90):
        town.run(f"R{start}", dict.fromkeys(tubes[start : start + 90], "negative"))
    ids = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)][1:]
    assert results.release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON).done == ids
    return town


def _proposed(size: int) -> tuple[Town, list[int]]:
    town = _released(1)
    given = _wanted(town, size)
    assert results.propose_recalls(given, by=town.bao, at=LATER).done == given
    return town, [row.id for row in queries.recalls(by=town.dora, limit=size)]


@prepared("results.propose_recalls")
def _proposals(size: int) -> Call:
    town = Town()
    given = _wanted(town, size)
    return lambda: results.propose_recalls(given, by=town.bao, at=LATER)


@prepared("results.confirm_recalls", many=100)
def _confirmations(size: int) -> Call:
    town, ids = _proposed(size)
    other = replace(town.bao, name="bich")
    return lambda: results.confirm_recalls(ids, by=other, at=LATER)


@prepared("results.withdraw_recalls", many=100)
def _withdrawals(size: int) -> Call:
    town, ids = _proposed(size)
    return lambda: results.withdraw_recalls(ids, by=town.bao, at=LATER)


@prepared("results.take_back_results")
def _takings_back(size: int) -> Call:
    town = _released(size)
    given = replace(_wanted(town, 1)[0], which=Which.NEGATIVES)
    assert results.propose_recalls([given], by=town.bao, at=LATER).done
    (recall,) = (row.id for row in queries.recalls(by=town.dora))
    other = replace(town.bao, name="bich")
    assert results.confirm_recalls([recall], by=other, at=LATER).done
    swabs = queries.swabs_to_take_back(recall, by=WORKER, after=0, limit=size + 4)
    return lambda: results.take_back_results(swabs, recall=recall, by=WORKER, at=LATER)


@prepared("results.close_recalls", many=100)
def _closings(size: int) -> Call:
    town, ids = _proposed(size)
    other = replace(town.bao, name="bich")
    assert results.confirm_recalls(ids, by=other, at=LATER).done
    swabs = queries.swabs_to_take_back(ids[0], by=WORKER, after=0, limit=10)
    assert results.take_back_results(swabs, recall=ids[0], by=WORKER, at=LATER).done
    return lambda: results.close_recalls(ids, by=WORKER, at=LATER)


@prepared("results.withdraw_corrections")
def _withdrawn(size: int) -> Call:
    town = _released(size)
    given = [Correction(verdict, Verdict.INCONCLUSIVE, "nhầm") for verdict in _verdicts()]
    assert results.propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON).done == given
    ids = [one.id for one in corrections_open(town.lab1, by=town.bao)]
    return lambda: results.withdraw_corrections(ids, lab=town.lab1, by=town.bao, at=NOON)


def _verdicts() -> list[int]:
    with scope.entered(WORKER, "results.read"):
        return [line[0] for line in sql.rows("SELECT verdict_id FROM results_release ORDER BY 1")]
