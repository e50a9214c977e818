"""Calls to whoever must release what was read: written in the transaction that read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.access.queries import system_actor
from som.kernel import sql
from som.lab import rules
from som.notices.commands import raise_alarms
from som.notices.rules import AlarmField, AlarmKind, AlarmWanted
from som.places.queries import organisations_by_id


@dataclass(frozen=True, slots=True)
class RunCalled:
    """A run read: how many results it has, and the lab pools that are open by it (id and code)."""

    id: int
    plate: str
    results: int
    positives: int
    pools: Sequence[tuple[int, str]]


def call_to_runs(runs: Sequence[RunCalled], *, lab: int, at: datetime) -> int:
    """Call the laboratory's reviewers to these runs, and to every pool that is open by one.

    Answers how many calls were raised.
    """
    name = organisations_by_id([lab])[lab].name
    wanted = []
    for run in runs:
        wanted.append(
            AlarmWanted(
                rules.run_alarm_key(run.id),
                AlarmKind.RUN_READ,
                "results.review",
                organisation=lab,
                subject_id=run.id,
                body={
                    AlarmField.LABORATORY: name,
                    AlarmField.RUN: run.plate,
                    AlarmField.RESULTS: str(run.results),
                    AlarmField.POSITIVES: str(run.positives),
                },
            )
        )
        wanted += [
            AlarmWanted(
                rules.pool_alarm_key(pool),
                AlarmKind.POOL_OPEN,
                "results.review",
                organisation=lab,
                subject_id=pool,
                body={AlarmField.LABORATORY: name, AlarmField.POOL: code},
            )
            for pool, code in run.pools
        ]
    return len(raise_alarms(wanted, by=system_actor("lab"), at=at).done)


def call_to_kits(kits: Sequence[tuple[int, str]], *, at: datetime) -> int:
    """Call the reviewers of these laboratories to what devices of these kits found.

    Strips are read one by one: one call for each laboratory and kit stands for all of them until it
    is over or somebody takes it on; the next strip calls anew. Answers how many calls were raised.
    """
    found = sql.rows(
        """
        SELECT g.lab, g.kit, count(a.id),
               count(a.id) FILTER (WHERE a.closed_at IS NULL AND a.acknowledged_at IS NULL)
        FROM unnest(%s::int[], %s::text[]) AS g (lab, kit)
        LEFT JOIN notices_alarm a ON starts_with(a.key, 'run_read:' || g.lab || ':' || g.kit || ':')
        GROUP BY 1, 2 ORDER BY 1, 2
        """,
        ([lab for lab, _ in kits], [kit for _, kit in kits]),
    )
    labs = organisations_by_id({line[0] for line in found})
    alarms = [
        AlarmWanted(
            rules.kit_alarm_key(lab, kit, number),
            AlarmKind.RUN_READ,
            "results.review",
            organisation=lab,
            body={AlarmField.LABORATORY: labs[lab].name, AlarmField.RUN: kit},
        )
        for lab, kit, number, standing in found
        if not standing
    ]
    return len(raise_alarms(alarms, by=system_actor("lab"), at=at).done)
