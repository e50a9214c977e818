"""What waits at laboratory one, who reviews it, and what was said of it."""

from __future__ import annotations

from dataclasses import replace

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.results.commands import release_verdicts
from som.results.queries import waiting_for_release
from tests.town import NOON, Town


def bich(town: Town) -> Actor:
    """The second reviewer of laboratory one."""
    return replace(town.bao, name="bich")


def waiting(town: Town, lab: int | None = None) -> dict[str, int]:
    """What waits for its second person, by what was loaded."""
    by = town.long if lab == town.lab2 else town.bao
    return {w.sample: w.verdict for w in waiting_for_release(lab or town.lab1, by=by)}


def results(town: Town) -> list[tuple[str, int, str]]:
    """Every result: slip, version, value."""
    with scope.entered(system_actor("results"), "results.read"):
        return sql.rows(
            "SELECT w.slip, r.version, r.value FROM results_result r"
            " JOIN sampling_swab w ON w.id = r.swab_id ORDER BY w.slip, r.version"
        )


def released(town: Town, *codes: str) -> None:
    ids = [waiting(town)[code] for code in codes]
    outcome = release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    assert outcome.done == ids
