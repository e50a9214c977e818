"""Calls to whoever must release what was read: written in the transaction that read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.access.queries import system_actor
from som.kernel.clock import LOCAL
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


def call_to_runs(runs: Sequence[RunCalled], *, lab: int, at: datetime) -> None:
    """Call the laboratory's reviewers to these runs, and to every pool that is open by one."""
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
    raise_alarms(wanted, by=system_actor("lab"), at=at)


def call_to_devices(kit: str, *, read: bool, lab: int, at: datetime) -> None:
    """Call the laboratory's reviewers once an hour for a kit: strips are read one by one."""
    hour = at.astimezone(LOCAL).strftime("%Y-%m-%dT%H")
    name = organisations_by_id([lab])[lab].name
    alarm = AlarmWanted(
        f"run_read:{lab}:{kit}:{hour}",
        AlarmKind.RUN_READ,
        "results.review",
        organisation=lab,
        body={AlarmField.LABORATORY: name, AlarmField.RUN: kit},
    )
    raise_alarms([alarm] if read else [], by=system_actor("lab"), at=at)
