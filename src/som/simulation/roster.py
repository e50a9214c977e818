"""A commune's list of people to be swabbed: sent in as Excel by the way of every upload, mended and sent
again, and its people swabbed in the morning.

On it are wrong rows, a twin of nearly the other's name, and a child with a parent's number.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

import xlsxwriter

from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.sampling import queries as sampling
from som.sampling.commands.imports import ListSent, confirm_lists, receive_lists
from som.sampling.lists import RowRefused
from som.sampling.lists.layouts import layout_of
from som.sampling.queries.imports import REASONS, list_rows
from som.sampling.rules.imports import ListPurpose
from som.sampling.work import take_up_lists
from som.simulation.day import Day
from som.simulation.people import Drawn, Household
from som.simulation.province import CAMPAIGN
from som.simulation.teams import Team, parted
from som.simulation.visits import not_at_home, people_meant

PEOPLE = 120
"""People of the roster; a small demo lists a third of its commune."""
COMMUNE = 1
_KIND = "som_roster"
_ALL = 100_000
_SESSION = "MD"
_SENT, _LOOKED_AT, _SENT_AGAIN, _SWABBED = (
    timedelta(minutes=minutes) for minutes in (-90, -80, -60, 60)
)
"""Before and after the first swab of the day."""
_GROWN_UP = timedelta(days=18 * 365)
_FEWEST_FOR_MISTAKES = 12

Row = Mapping[str, str]


@dataclass(slots=True)
class TakenIn:
    """What became of a list: its rows, how many of them are to be looked at, and the outcome: which
    rows asked for somebody, were as before or were refused."""

    rows: int = 0
    cautious: int = 0
    outcome: Outcome[int | RowRefused] = field(default_factory=Outcome)


@dataclass(slots=True)
class Rostered:
    """The roster of the drawn day: its households, who of them could be taken for another and why,
    and what became of its list the first time and once it was put right."""

    households: list[Household]
    look_alikes: list[tuple[str, str]] = field(default_factory=list)
    first: TakenIn = field(default_factory=TakenIn)
    again: TakenIn = field(default_factory=TakenIn)


def chosen(households: Sequence[Household]) -> tuple[Rostered, list[Household]]:
    """The households of the roster, with a twin and a parent's number among them; and the rest."""
    communes = list(dict.fromkeys(household.commune.unit for household in households))
    here = [h for h in households if h.commune.unit in communes[COMMUNE : COMMUNE + 1]]
    people = sum(len(household.members) for household in here)
    listed, _ = parted(here, min(PEOPLE, people // 3))
    ours = {household.serial for household in listed}
    twins = next((h for h in listed if len(h.members) >= 4), None)
    alike: list[tuple[str, str]] = []
    if twins is not None:
        one, other = twins.members[2:4]
        _make_twins(one, other)
        alike.append((f"{one.name} and {other.name}", "twins with one telephone"))
    parent = next((h for h in listed if h is not twins and _youngest(h) is not None), None)
    if parent is not None:
        child = _youngest(parent)
        assert child is not None
        child.by_year = parent.members[0].by_year = False
        child.number = parent.members[0].number
        alike.append((child.name, "a child on the list with a parent's number"))
    return Rostered(listed, alike), [h for h in households if h.serial not in ours]


def _make_twins(one: Drawn, other: Drawn) -> None:
    """Born on one day, of one telephone, called An and Anh."""
    before = one.name.rsplit(" ", 1)[0]
    one.name, other.name = f"{before} An", f"{before} Anh"
    one.by_year = other.by_year = False
    other.sex, other.born, other.phone = one.sex, one.born, one.phone
    other.number = one.number[:6] + other.number[6:]


def _youngest(household: Household) -> Drawn | None:
    """The household's youngest, where that is a child who lives with somebody older."""
    youngest = max(household.members, key=lambda person: person.born)
    head = household.members[0]
    return youngest if youngest.born - head.born > _GROWN_UP else None


def plan_roster(day: Day, rostered: Rostered) -> None:
    """Let the commune's officer send the list early in the morning, and a team swab its people."""
    people = [person for household in rostered.households for person in household.members]
    if not people:
        return
    unit = day.province.communes[COMMUNE].unit
    officer = day.province.officers[COMMUNE]
    right = [row_of(person) for person in people]
    wrong = mistaken(right) if len(right) >= _FEWEST_FOR_MISTAKES else right

    def send(rows: Sequence[Row], at: datetime) -> TakenIn:
        content = workbook(rows, on=day.on)
        taken = take_in(
            "danh-sach-lay-mau.xlsx", content, unit=unit, by=officer, due_on=day.on, at=at
        )
        day.note_refused(taken.outcome)
        return taken

    def first(at: datetime) -> None:
        rostered.first = send(wrong, at)

    def again(at: datetime) -> None:
        rostered.again = send(right, at)

    day.agenda.plan(day.start + _SENT, first)
    day.agenda.plan(day.start + _SENT_AGAIN, again)
    _plan_swabs(day, rostered.households)


def take_in(
    name: str, content: bytes, *, unit: int, by: Actor, due_on: date, at: datetime
) -> TakenIn:
    """Send a roster in, let the worker read it, confirm what its preview says, let it be taken in."""
    sent = ListSent(name, content, ListPurpose.ROSTER, campaign=CAMPAIGN, due_on=due_on)
    received = receive_lists([sent], unit=unit, by=by, at=at)
    number = received.held[0].list_id
    assert number is not None
    take_up_lists(at=at)
    confirmed_at = at + (_LOOKED_AT - _SENT)
    confirm_lists([number], by=by, at=confirmed_at)
    take_up_lists(at=confirmed_at)
    taken = TakenIn()
    for row in list_rows(number, by=by, at=confirmed_at, limit=_ALL):
        taken.rows += 1
        taken.cautious += bool(row.cautions)
        said = row.outcome or row.verdict
        if said == "refused":
            refused = RowRefused(row.row, row.field, REASONS[row.reason], row.detail)
            taken.outcome.refused.append(Refused(refused, refused.reason, row.detail))
        else:
            (taken.outcome.done if said == "done" else taken.outcome.unchanged).append(row.row)
    return taken


def _plan_swabs(day: Day, households: Sequence[Household]) -> None:
    """Swab everybody on the roster who came, by household into field pools; one is not there."""
    away = next((h.members[-1] for h in reversed(households) if len(h.members) > 1), None)
    came = [replace(h, members=[p for p in h.members if p is not away]) for h in households]
    code = f"{day.codes}{_SESSION}"
    team = Team(code, COMMUNE, tuple(came), True)
    bench = day.benches[0]
    begins = day.start + _SWABBED
    place = f"Nhà văn hóa, {day.province.communes[COMMUNE].name}"
    sampler = day.province.samplers[COMMUNE]
    requests: dict[int, int] = {}
    day.open_session(code, COMMUNE, bench.lab.id, place, "Tổ mời dân", begins)

    def call(at: datetime) -> None:
        asked = [
            request
            for request in sampling.open_requests(by=sampler, at=at, limit=5_000)
            if not request.again
        ]
        meant = people_meant(day, asked, by=sampler)
        requests.update((person.serial, request) for request, person in meant.items())
        if away is not None and away.serial in requests:
            not_at_home(day, [(requests[away.serial], away)], by=sampler, at=at)

    day.agenda.plan(begins, call)
    done_at = begins
    for box in day.boxes_of(team, begins):
        done_at = max(done_at, box.leaves_at)
        day.plan_box(code, COMMUNE, box, bench, requests)
    day.close_session_at(code, done_at)


# --- the file ------------------------------------------------------------------------------------


def row_of(person: Drawn) -> dict[str, str]:
    """A person as the commune writes them down, by the fields of our own roster."""
    return {
        "name": person.name,
        "birth": str(person.born.year) if person.by_year else f"{person.born:%d/%m/%Y}",
        "sex": "Nam" if person.sex.value == "M" else "Nữ",
        "number": "" if person.by_year else person.number,
        "phone": person.phone,
        "province": "Tỉnh Thái Nguyên",
        "commune": person.commune.name,
        "address": person.address,
    }


def workbook(rows: Sequence[Row], *, on: date) -> bytes:
    """The rows under the headings of our own roster, everything as text."""
    columns = layout_of(_KIND).columns
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.set_properties({"created": datetime.combine(on, time(), UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet("Danh sách")
    sheet.write_row(0, 0, [column.heading for column in columns])
    for line, row in enumerate(rows, start=1):
        cells = {"order": str(line), **row}
        for place, column in enumerate(columns):
            if cells.get(column.field):
                sheet.write_string(line, place, cells[column.field])
    book.close()
    return target.getvalue()


def mistaken(rows: Sequence[Row]) -> list[Row]:
    """The list with mistakes that communes make: a day that is none, a telephone and a number with a
    digit left out, and a commune that is not there."""
    numbered = [place for place, row in enumerate(rows) if row["number"]]
    step = len(rows) // 5
    one, two, three = step, 2 * step, 3 * step
    four = next((place for place in numbered if place not in (one, two, three)), None)
    wrong = list(rows)
    wrong[one] = {**rows[one], "birth": "31/02/1990"}
    wrong[two] = {**rows[two], "phone": rows[two]["phone"][:-1]}
    wrong[three] = {**rows[three], "commune": "Xã Đồng Hỹ Thượng"}
    if four is not None:
        wrong[four] = {**rows[four], "number": rows[four]["number"][:-1]}
    return wrong
