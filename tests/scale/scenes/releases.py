"""Verdicts released, corrected and, of discordant pools, decided."""

from __future__ import annotations

from dataclasses import replace

from som.lab.verdicts import Verdict
from som.results import commands as results
from som.results import queries as results_queries
from som.results.commands import Correction, Decision
from som.results.queries import waiting_for_release
from som.results.rules import PoolDecision
from tests.scale.prepared import Call, prepared
from tests.scale.scenes.lab import here
from tests.town import NOON, Town


def _read(found: list[tuple[str, str]], town: Town) -> list[int]:
    for start in range(0, len(found), 90):
        town.run(f"R{start}", dict(found[start : start + 90]))
    return [waiting.verdict for waiting in waiting_for_release(town.lab1, by=town.bao)]


def verdicts(size: int) -> tuple[Town, list[int]]:
    """Verdicts on single tubes, a positive and an inconclusive in each case."""
    town, tubes = here(size + 2)
    values = ["positive", "inconclusive", *["negative"] * size]
    return town, _read(list(zip(tubes, values, strict=True)), town)


@prepared("results.release_verdicts")
def _releases(size: int) -> Call:
    town, ids = verdicts(size)
    return lambda: results.release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)


def _corrections(size: int) -> tuple[Town, list[Correction]]:
    town, ids = verdicts(size)
    results.release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    given = [
        Correction(number, Verdict.NEGATIVE if n == 0 else Verdict.POSITIVE, "nhầm")
        for n, number in enumerate(ids)
    ]
    return town, given


@prepared("results.propose_corrections")
def _proposals(size: int) -> Call:
    town, given = _corrections(size)
    return lambda: results.propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON)


@prepared("results.confirm_corrections")
def _confirmations(size: int) -> Call:
    town, given = _corrections(size)
    results.propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON)
    ids = [c.id for c in results_queries.corrections_open(town.lab1, by=town.bao)]
    other = replace(town.bao, name="bich")
    return lambda: results.confirm_corrections(ids, lab=town.lab1, by=other, at=NOON)


@prepared("results.decide_discordant_pools", many=60)
def _decisions(size: int) -> Call:
    town, tubes = here(size * 2 + 2)
    count = size + 1
    for n in range(count):
        town.pooled(f"P{n}", tubes[2 * n : 2 * n + 2])
    _read([(f"P{n}", "positive") for n in range(count)], town)
    for start in range(0, len(tubes), 90):
        town.run(f"Q{start}", dict.fromkeys(tubes[start : start + 90], "negative"))
    given = [
        Decision(f"P{n}", PoolDecision.AGAIN if n == 0 else PoolDecision.NEGATIVE, "đã xem")
        for n in range(count)
    ]
    return lambda: results.decide_discordant_pools(given, lab=town.lab1, by=town.bao, at=NOON)
