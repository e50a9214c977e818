"""Delivery: what waits leaves the house. Escalation: what nobody acknowledged calls the province.

Safe to kill at any moment: what was sent and not noted is sent again with the same id and hash.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from som.kernel import rulebook
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.notices.commands import (
    Claimed,
    claim_messages,
    close_alarms,
    note_deliveries,
    note_failures,
    raise_alarms,
)
from som.notices.queries import alarm_keys, positives_overdue, receiver_due
from som.notices.rules import (
    NOT_TRIED,
    PASS_LASTS,
    AlarmField,
    AlarmKind,
    AlarmWanted,
    Failure,
    Reply,
    digest_of,
    groups,
)
from som.places.queries import provinces_over, units_by_id

MOST_AT_ONCE = 250

A_FEW = 10
"""So many of a kind show whether a receiver is back."""

_log = logging.getLogger(__name__)

Send = Callable[[Sequence[Claimed], datetime], Reply]
"""Hands a group of messages to whoever receives them; raises nothing a receiver may cause."""


def message(claimed: Claimed) -> dict[str, Any]:
    """A message as it leaves the house, with the hash of what it says."""
    said = claimed.body | {
        "id": claimed.id,
        "kind": claimed.kind,
        "to": claimed.to,
        "written_at": claimed.written_at.isoformat(),
    }
    return said | {"hash": digest_of(said)}


def take_up_waiting(send: Send, *, by: Actor, at: datetime) -> int:
    """Deliver what waits until none is left or the pass has lasted long enough; answer how many arrived.

    A receiver that was away is left alone for a while, and then tried with a few. A message that
    fails is put off by itself, and after two failures sent alone, so that one that is refused or
    breaks the receiver holds up no other.
    """
    delivered = 0
    due_at = receiver_due(by=by)
    if due_at and due_at > at:
        return delivered
    most = A_FEW if due_at else MOST_AT_ONCE
    failed_before = False
    until = monotonic() + PASS_LASTS.total_seconds()
    while monotonic() < until and (claimed := claim_messages(most, by=by, at=at)):
        waiting = groups(claimed, MOST_AT_ONCE)
        while waiting:
            group = waiting.pop(0)
            reply = send(group, at)
            if reply.accepted:
                note_deliveries(reply.accepted, by=by, at=at)
                delivered += len(reply.accepted)
            # Where others arrived just now, or a message went alone, it may be the message.
            away = reply.away and (failed_before or (len(group) > 1 and not delivered))
            failed_before = reply.away
            failures = [Failure(f.message, f.why, away) for f in reply.failures]
            if away:
                failures += [Failure(one.id, NOT_TRIED, True) for rest in waiting for one in rest]
            if failures:
                note_failures(failures, by=by, at=at)
                _log.warning("%d messages not delivered: %s", len(failures), failures[0].why)
            if away:
                return delivered
        most = MOST_AT_ONCE
    return delivered


def to_files(outbox: Path) -> Send:
    """Messages go to the day's file in this folder, a line of JSON each.

    If writing fails, nothing is noted and the error goes on.
    """

    def send(claimed: Sequence[Claimed], at: datetime) -> Reply:
        _append(outbox, claimed, at)
        return Reply(tuple(one.id for one in claimed))

    return send


def take_up_unacknowledged(*, by: Actor, at: datetime) -> int:
    """Call the province where a locality has not acknowledged a positive in time.

    Closed as soon as what it was raised for is acknowledged. Answers how many were raised.
    """
    on = at.astimezone(LOCAL).date()
    found = positives_overdue(by=by, before=at)
    units = units_by_id([one.unit for one in found], on)
    late = [
        one
        for one in found
        if at - one.since
        >= timedelta(
            hours=float(
                rulebook.rule(
                    "notices.acknowledge.hours", on=on, territory=units[one.unit].territory
                ).value
            )
        )
    ]
    provinces = provinces_over([one.unit for one in late], on)
    wanted = [
        AlarmWanted(
            f"{AlarmKind.UNACKNOWLEDGED}:{one.unit}:{one.notice}",
            AlarmKind.UNACKNOWLEDGED,
            "results.gaps",
            unit=provinces.get(one.unit, one.unit),
            subject_id=one.unit,
            body={
                AlarmField.UNIT: units[one.unit].name,
                AlarmField.POSITIVES: str(one.positives),
                AlarmField.SINCE: one.since.isoformat(),
            },
        )
        for one in late
    ]
    known = alarm_keys(AlarmKind.UNACKNOWLEDGED, by=by, since=at)
    over = {key for key, is_open in known.items() if is_open} - {alarm.key for alarm in wanted}
    if over:
        close_alarms(sorted(over), by=by, at=at)
    return len(raise_alarms(wanted, by=by, at=at).done) if wanted else 0


def _append(outbox: Path, claimed: Sequence[Claimed], at: datetime) -> None:
    """Append to the day's file, readable by its owner alone, and force it to the disk.

    A line torn by a full disk or a kill stays torn, on a line of its own; its message was not noted
    as delivered and comes again.
    """
    outbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = outbox / f"{at.astimezone(LOCAL):%Y-%m-%d}.jsonl"
    fresh = not path.exists()
    lines = "".join(json.dumps(message(one), ensure_ascii=False) + "\n" for one in claimed)
    with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "a+b") as file:
        torn = False
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            torn = file.read(1) != b"\n"
        file.write((b"\n" if torn else b"") + lines.encode())
        file.flush()
        os.fsync(file.fileno())
    if fresh:
        _settle(outbox)
        _settle(outbox.parent)


def _settle(folder: Path) -> None:
    """Force the names in a folder to the disk: a file that was made there is there after a crash."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
