"""Lists sent in, looked through and taken in, and what became of their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.people.rules import Sex
from som.sampling import queries
from som.sampling.commands import (
    ListSent,
    Reading,
    RowRead,
    confirm_lists,
    judge_rows,
    note_readings,
    note_rows,
    receive_lists,
    take_in_rows,
)
from som.sampling.lists.written import ListRow, RowRefused
from som.sampling.rules.imports import ListPurpose
from tests.town import NOON, Town

DUE = date(2026, 11, 3)
ROSTER = ListSent("a.xlsx", b"x", ListPurpose.ROSTER, campaign="C1", due_on=DUE)
SWABS = ListSent("s.xlsx", b"x", ListPurpose.SWABS, session="S1")
RESULTS = ListSent("r.xlsx", b"x", ListPurpose.RESULTS)


def person(row: int, name: str = "", **said: object) -> ListRow:
    """A row about somebody, with a number of their own unless it says otherwise."""
    given = {"number": f"019090{row:06d}", "sex": Sex.MALE, "birth_year": 1990}
    return ListRow(row, name=name or f"Nông Văn {chr(64 + row % 26)}", **(given | said))  # type: ignore[arg-type]


def sent(
    town: Town,
    rows: Sequence[ListRow | RowRefused],
    file: ListSent = ROSTER,
    *,
    by: Actor | None = None,
    unit: int | None = None,
    day: date | None = None,
    at: datetime = NOON,
) -> int:
    """A list of these rows, sent and read; its id."""
    by, unit = by or town.cleo, unit or town.north
    fresh = replace(file, content=file.content + repr((rows, at)).encode())
    received = receive_lists([fresh], unit=unit, by=by, at=at)
    assert received.done, received.refused
    number = received.done[0].list_id or 0
    columns = {"name": "Họ và tên", "commune": "Xã", "tube": "Mã ống"}
    reading = Reading(number, "som_roster", "Sheet1", columns, day, len(rows))
    assert note_readings([reading], by=by, at=at).done
    given = [RowRead(place, row) for place, row in enumerate(rows)]
    assert len(note_rows(given, list_id=number, by=by, at=at).done) == len(rows)
    return number


def previewed(
    town: Town, rows: Sequence[ListRow | RowRefused], *args: object, **more: object
) -> int:
    """A list of these rows, looked through."""
    number = sent(town, rows, *args, **more)  # type: ignore[arg-type]
    by: Actor = more.get("by") or town.cleo  # type: ignore[assignment]
    judge_rows(range(len(rows)), list_id=number, by=by, at=more.get("at", NOON))  # type: ignore[arg-type]
    return number


def taken_in(
    town: Town, rows: Sequence[ListRow | RowRefused], *args: object, **more: object
) -> int:
    """A list of these rows, taken in."""
    number = previewed(town, rows, *args, **more)
    by: Actor = more.get("by") or town.cleo  # type: ignore[assignment]
    at: datetime = more.get("at", NOON)  # type: ignore[assignment]
    assert confirm_lists([number], by=by, at=at).done
    take_in_rows(range(len(rows)), list_id=number, by=by, at=at)
    return number


def shown(town: Town, number: int, by: Actor | None = None) -> list[queries.ListRowLine]:
    return queries.list_rows(number, by=by or town.dora, at=NOON)


def verdicts(town: Town, number: int) -> list[str]:
    return [line.verdict for line in shown(town, number)]


def outcomes(town: Town, number: int) -> list[tuple[str, str]]:
    return [(line.outcome, line.reason) for line in shown(town, number)]


def counted(town: Town, statement: str) -> int:
    with scope.entered(town.dora, "people.read"):
        return int((sql.row(statement) or (0,))[0])
