"""What an account scanned at its desks and has not acted on yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from som.kernel import rulebook, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL


@dataclass(frozen=True, slots=True)
class TrayLine:
    """A code in a tray, where it is to go, when it was scanned and by whom."""

    code: str
    place: str
    laid_at: datetime
    kept_by: str


def tray(desk: str, *, by: Actor) -> list[TrayLine]:
    """What the actor scanned at this desk and has not acted on yet, in the order of scanning."""
    by.must("sampling.keep_trays")
    return [
        TrayLine(*line)
        for line in sql.rows(
            "SELECT code, place, laid_at, kept_by FROM sampling_tray"
            " WHERE kept_by = %s AND desk = %s ORDER BY id",
            (by.name, desk),
        )
    ]


def trays_of_others(desk: str, *, by: Actor) -> list[TrayLine]:
    """What others than the actor scanned at this desk and have not acted on yet."""
    by.must("sampling.keep_trays")
    return [
        TrayLine(*line)
        for line in sql.rows(
            "SELECT code, place, laid_at, kept_by FROM sampling_tray"
            " WHERE desk = %s AND kept_by <> %s ORDER BY id",
            (desk, by.name),
        )
    ]


def tray_kept(at: datetime) -> timedelta:
    """How long a tray keeps what was scanned and not acted on."""
    on = at.astimezone(LOCAL).date()
    return timedelta(days=int(rulebook.rule("sampling.tray.days", on=on).value))


def tray_lines_to_forget(*, by: Actor, before: datetime, after: int, limit: int) -> list[int]:
    """Lines of anybody's trays laid there until then; `after`: the last of the page before."""
    by.must("sampling.forget")
    return [
        line
        for (line,) in sql.rows(
            "SELECT id FROM sampling_tray WHERE laid_at <= %s AND id > %s ORDER BY id LIMIT %s",
            (before, after, limit),
        )
    ]


def trays_beginning(beginning: str, *, by: Actor) -> dict[str, int]:
    """How many codes wait in each of the actor's trays whose desk begins so."""
    by.must("sampling.keep_trays")
    return dict(
        sql.rows(
            "SELECT desk, count(*) FROM sampling_tray"
            " WHERE kept_by = %s AND starts_with(desk, %s) GROUP BY desk ORDER BY desk",
            (by.name, beginning),
        )
    )
