"""What is made ready for the commands that take lists in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from som.access.queries import system_actor
from som.people.rules import Declaration
from som.sampling import commands as sampling
from som.sampling.commands import Halt, ListSent, Reading, RefusedFile, RowRead
from som.sampling.lists.written import ListRow
from som.sampling.rules.imports import ListPurpose, ListRefusal
from tests.scale.prepared import Call, prepared
from tests.town import NOON, Town

FILE = ListSent("a.xlsx", b"a", ListPurpose.ROSTER, campaign="C1", due_on=date(2026, 11, 3))


def _files(size: int) -> list[ListSent]:
    return [replace(FILE, content=str(n).encode()) for n in range(size)]


def _rows(town: Town, size: int) -> list[RowRead]:
    def row(place: int, said: Declaration) -> RowRead:
        number = "" if place % 2 else said.number
        return RowRead(
            place,
            ListRow(
                place + 2,
                name=f"{said.name} {place}",
                sex=said.sex,
                birth_date=said.birth_date,
                phone=said.phone,
                number=number,
                residence=("Tỉnh Thái Nguyên", "", ""),
                address=f"Xóm {place}",
            ),
        )

    return [row(place, town.declaration()) for place in range(size)]


@prepared("sampling.receive_lists")
def _received(size: int) -> Call:
    town = Town()
    files = _files(size)
    return lambda: sampling.receive_lists(files, unit=town.north, by=town.cleo, at=NOON)


def _lists(size: int) -> tuple[Town, list[int]]:
    town = Town()
    files = _files(size)
    outcome = sampling.receive_lists(files, unit=town.north, by=town.cleo, at=NOON)
    return town, [one.list_id or 0 for one in outcome.done]


@prepared("sampling.note_readings")
def _readings(size: int) -> Call:
    town, lists = _lists(size)
    given = [Reading(number, "som_roster", rows=3) for number in lists]
    return lambda: sampling.note_readings(given, by=town.cleo, at=NOON)


def _reading(size: int) -> tuple[Town, int]:
    town, (number,) = _lists(1)
    sampling.note_readings([Reading(number, "som_roster", rows=size)], by=town.cleo, at=NOON)
    return town, number


@prepared("sampling.note_rows")
def _noted(size: int) -> Call:
    town, number = _reading(size)
    rows = _rows(town, size)
    return lambda: sampling.note_rows(rows, list_id=number, by=town.cleo, at=NOON)


def _read(size: int) -> tuple[Town, int]:
    town, number = _reading(size)
    sampling.note_rows(_rows(town, size), list_id=number, by=town.cleo, at=NOON)
    return town, number


@prepared("sampling.judge_rows")
def _looks(size: int) -> Call:
    town, number = _read(size)
    return lambda: sampling.judge_rows(range(size), list_id=number, by=town.cleo, at=NOON)


def _previewed(size: int) -> tuple[Town, int]:
    town, number = _read(size)
    sampling.judge_rows(range(size), list_id=number, by=town.cleo, at=NOON)
    return town, number


@prepared("sampling.take_in_rows")
def _intakes(size: int) -> Call:
    town, number = _previewed(size)
    assert sampling.confirm_lists([number], by=town.cleo, at=NOON).done
    return lambda: sampling.take_in_rows(range(size), list_id=number, by=town.cleo, at=NOON)


def _all_previewed(size: int) -> tuple[Town, list[int]]:
    town, lists = _lists(size)
    given = [Reading(number, "som_roster", rows=1) for number in lists]
    sampling.note_readings(given, by=town.cleo, at=NOON)
    for number in lists:
        rows = _rows(town, 1)
        sampling.note_rows(rows, list_id=number, by=town.cleo, at=NOON)
        sampling.judge_rows([0], list_id=number, by=town.cleo, at=NOON)
    return town, lists


@prepared("sampling.confirm_lists", many=20)
def _confirmations(size: int) -> Call:
    town, lists = _all_previewed(size)
    return lambda: sampling.confirm_lists(lists, by=town.cleo, at=NOON)


@prepared("sampling.drop_lists")
def _drops(size: int) -> Call:
    town, lists = _lists(size)
    return lambda: sampling.drop_lists(lists, by=town.cleo, at=NOON)


@prepared("sampling.stop_lists")
def _halts(size: int) -> Call:
    _, lists = _lists(size)
    given = [Halt(number, ListRefusal.UNEXPECTED) for number in lists]
    return lambda: sampling.stop_lists(given, by=system_actor("sampling"), at=NOON)


@prepared("sampling.keep_refused_files")
def _refused_files(size: int) -> Call:
    _, lists = _lists(size)
    given = [RefusedFile(number, 1, b"x") for number in lists]
    return lambda: sampling.keep_refused_files(given, by=system_actor("sampling"), at=NOON)
