"""Scenes of the commands that take lists in."""

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from som.access.queries import system_actor
from som.sampling import commands
from som.sampling.commands import Halt, ListSent, Reading, RefusedFile, RowRead
from som.sampling.lists.reasons import RowRefusal
from som.sampling.lists.written import ListRow, RowRefused
from som.sampling.rules.imports import ListPurpose, ListRefusal
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town

DUE = date(2026, 11, 3)
ROSTER = ListSent("a.xlsx", b"a", ListPurpose.ROSTER, campaign="C1", due_on=DUE)
COLUMNS = {"name": "Họ và tên"}


def received(town: Town, *files: ListSent) -> list[int]:
    """The ids of these files, received."""
    outcome = commands.receive_lists(files, unit=town.north, by=town.cleo, at=NOON)
    return [one.list_id or 0 for one in outcome.held]


def read(town: Town, content: bytes, rows: list[ListRow | RowRefused]) -> int:
    """A list whose rows were read."""
    (number,) = received(town, replace(ROSTER, content=content))
    reading = Reading(number, "som_roster", "Tờ 1", COLUMNS, None, len(rows))
    commands.note_readings([reading], by=town.cleo, at=NOON)
    given = [RowRead(place, row) for place, row in enumerate(rows)]
    commands.note_rows(given, list_id=number, by=town.cleo, at=NOON)
    return number


def previewed(town: Town, content: bytes, rows: list[ListRow | RowRefused]) -> int:
    """A list looked through."""
    number = read(town, content, rows)
    commands.judge_rows(range(len(rows)), list_id=number, by=town.cleo, at=NOON)
    return number


def people() -> list[ListRow | RowRefused]:
    """Rows about different people: with a number and without, one impossible, one unread."""
    return [
        ListRow(2, name="Nông Văn An", number="019090000001", birth_year=1990),
        ListRow(3, name="Lò Thị Ổn", birth_year=1980, address="Xóm 4", workplace="Chợ"),
        ListRow(4, name="Lò Thị Ổn", birth_year=1850),
        RowRefused(5, "Họ và tên", RowRefusal.NAME_MISSING),
        ListRow(6, name="Hoàng Văn Ba", phone="0912345678", subject="Sốt, ho"),
    ]


def files() -> Scene:
    town = Town()
    good = [
        ROSTER,
        replace(ROSTER, content=b"b", name="b.xlsx"),
        replace(ROSTER, due_on=date(2026, 11, 9)),
        ListSent("r.xlsx", b"a", ListPurpose.RESULTS),
    ]
    bad = [
        replace(ROSTER, content=b""),
        replace(ROSTER, campaign="C9"),
        replace(ROSTER, due_on=None),
        ListSent("s.xlsx", b"a", ListPurpose.SWABS, session="S3"),
    ]
    return Scene(
        lambda items, by: commands.receive_lists(items, unit=town.north, by=by, at=NOON),
        town.cleo,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
        key=lambda file: replace(file, list_id=None),
    )


def readings() -> Scene:
    """Readings, one for each list: of two that differ the first would be noted."""
    town = Town()
    first, second, third = received(town, *(replace(ROSTER, content=c) for c in (b"a", b"b", b"c")))
    good = [
        Reading(first, "som_roster", "Tờ 1", COLUMNS, DUE, 3),
        Reading(second, fault="list_damaged", detail="cut off"),
        Reading(third, "som_roster"),
    ]
    return Scene(
        lambda items, by: commands.note_readings(items, by=by, at=NOON),
        town.cleo,
        st.sampled_from(good),
        st.just(Reading(-1, "som_roster")),
        stranger=town.egon,
        key=repr,
    )


def rows() -> Scene:
    """Rows, each place with one meaning; with the last of them the list is read."""
    town = Town()
    (number,) = received(town, ROSTER)
    every = [RowRead(place, row) for place, row in enumerate(people()[1:4])]
    reading = Reading(number, "som_roster", "Tờ 1", COLUMNS, None, len(every))
    commands.note_readings([reading], by=town.cleo, at=NOON)
    return Scene(
        lambda items, by: commands.note_rows(items, list_id=number, by=by, at=NOON),
        town.cleo,
        st.sampled_from(every),
        st.sampled_from([replace(every[0], place=place) for place in (-1, 3)]),
        stranger=town.egon,
        key=repr,
    )


def looks() -> Scene:
    town = Town()
    number = read(town, b"a", people())
    return Scene(
        lambda items, by: commands.judge_rows(items, list_id=number, by=by, at=NOON),
        town.cleo,
        st.sampled_from(range(5)),
        st.sampled_from([-1, 5]),
        stranger=town.egon,
    )


def intakes() -> Scene:
    """Rows about different people: of two about one person the first would ask for them."""
    town = Town()
    number = previewed(town, b"a", people())
    commands.confirm_lists([number], by=town.cleo, at=NOON)
    return Scene(
        lambda items, by: commands.take_in_rows(items, list_id=number, by=by, at=NOON),
        town.cleo,
        st.sampled_from(range(5)),
        st.sampled_from([-1, 5]),
        stranger=town.egon,
    )


def confirmations() -> Scene:
    town = Town()
    first, second = (previewed(town, content, people()) for content in (b"a", b"b"))
    waiting = read(town, b"c", people())
    empty = previewed(town, b"d", people()[3:4])
    return Scene(
        lambda items, by: commands.confirm_lists(items, by=by, at=NOON),
        town.cleo,
        st.sampled_from([first, second]),
        st.sampled_from([waiting, empty, -1]),
        stranger=town.egon,
    )


def drops() -> Scene:
    town = Town()
    first, gone = (previewed(town, content, people()) for content in (b"a", b"b"))
    waiting = read(town, b"c", people())
    confirmed = previewed(town, b"d", people())
    commands.confirm_lists([confirmed], by=town.cleo, at=NOON)
    commands.drop_lists([gone], by=town.cleo, at=NOON)
    return Scene(
        lambda items, by: commands.drop_lists(items, by=by, at=NOON),
        town.cleo,
        st.sampled_from([first, gone, waiting]),
        st.sampled_from([confirmed, -1]),
        stranger=town.egon,
    )


def halts() -> Scene:
    """Halts, one for each list: of two reasons the first would be noted."""
    town = Town()
    waiting = read(town, b"a", people())
    confirmed = previewed(town, b"b", people())
    idle = previewed(town, b"c", people())
    commands.confirm_lists([confirmed], by=town.cleo, at=NOON)
    good = [
        Halt(waiting, ListRefusal.UNEXPECTED),
        Halt(confirmed, ListRefusal.SENDER_GONE),
        Halt(idle, ListRefusal.SENDER_GONE),
    ]
    return Scene(
        lambda items, by: commands.stop_lists(items, by=by, at=NOON),
        system_actor("sampling"),
        st.sampled_from(good),
        st.just(Halt(-1, ListRefusal.UNEXPECTED)),
        stranger=town.egon,
    )


def refused_files() -> Scene:
    """Refused rows, one file for each list: of two the last would be kept."""
    town = Town()
    first, second, gone = (previewed(town, content, people()) for content in (b"a", b"b", b"c"))
    commands.drop_lists([gone], by=town.cleo, at=NOON)
    return Scene(
        lambda items, by: commands.keep_refused_files(items, by=by, at=NOON),
        system_actor("sampling"),
        st.sampled_from([RefusedFile(first, 1, b"x"), RefusedFile(second, 2, None)]),
        st.sampled_from([RefusedFile(-1, 1, b"x"), RefusedFile(gone, 1, b"x")]),
        stranger=town.egon,
    )


CASES = (
    Case(commands.receive_lists, files),
    Case(commands.note_readings, readings),
    Case(commands.note_rows, rows),
    Case(commands.judge_rows, looks),
    Case(commands.confirm_lists, confirmations),
    Case(commands.take_in_rows, intakes),
    Case(commands.drop_lists, drops),
    Case(commands.stop_lists, halts),
    Case(commands.keep_refused_files, refused_files),
)
