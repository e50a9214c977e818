"""Delivery: waiting notices go to the outbox. Safe to kill at any moment."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.notices.commands import Claimed, claim_notices, note_deliveries

MOST_AT_ONCE = 500


def take_up_waiting(outbox: Path, *, by: Actor, at: datetime) -> int:
    """Deliver waiting notices to the file outbox until none is left; answer how many.

    One line of JSON each, with the notice's id. Killed between writing and noting, it writes the
    same ids again: a receiver that keeps ids is told once. If writing fails, nothing is noted.
    """
    delivered = 0
    while claimed := claim_notices(MOST_AT_ONCE, by=by, at=at):
        _append(outbox, claimed, at)
        note_deliveries([notice.id for notice in claimed], by=by, at=at)
        delivered += len(claimed)
    return delivered


def _append(outbox: Path, claimed: list[Claimed], at: datetime) -> None:
    """Append to the day's file, readable by its owner alone, and force it to the disk.

    A line torn by a full disk or a kill stays torn, on a line of its own; its notice was not noted
    as delivered and comes again.
    """
    outbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = outbox / f"{at.astimezone(LOCAL):%Y-%m-%d}.jsonl"
    fresh = not path.exists()
    lines = "".join(
        json.dumps(
            {
                "id": notice.id,
                "kind": notice.kind,
                "to": notice.to_phone or f"unit:{notice.to_unit}",
                "written_at": notice.written_at.isoformat(),
                **notice.body,
            },
            ensure_ascii=False,
        )
        + "\n"
        for notice in claimed
    )
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
