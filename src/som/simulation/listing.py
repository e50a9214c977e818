"""The sampling list of the drawn day: written as a team writes it, mistakes and all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from som.kernel import ids
from som.kernel.outcomes import Outcome
from som.places import queries as places
from som.sampling import queries as sampling
from som.sampling.commands import record_swabs
from som.sampling.lists import (
    UNITS_ENDED_ON,
    ListRow,
    Names,
    RowRefused,
    outcome_of,
    prepared,
    read_list,
    slip_of,
)
from som.sampling.rules import TubeClass
from som.simulation import schedule
from som.simulation.forms import FormRow, provincial_form, sample_code
from som.simulation.people import Drawn, Household
from som.simulation.province import Province
from som.simulation.teams import seated
from som.simulation.world import Truth

if TYPE_CHECKING:
    from som.simulation.day import Day

UNIT, TEAM = "TN", "01"
PLACE = "Nhà văn hóa phường Phan Đình Phùng"
_MISTAKES = 4
_FEWEST_FOR_MISTAKES = 40
_SUBJECTS = {TubeClass.SYMPTOM: "Sốt, ho", TubeClass.CONTACT: "Trường hợp F1"}


@dataclass(slots=True)
class Taken:
    """What became of the list: the first time, and once its wrong rows were put right."""

    rows: int = 0
    first: Outcome[ListRow | RowRefused] = field(default_factory=Outcome)
    again: Outcome[ListRow | RowRefused] = field(default_factory=Outcome)


SESSION = "DS"
_PUTTING_RIGHT = timedelta(minutes=20)


def plan(day: Day) -> None:
    """The list arrives as a file when its team is done; wrong rows are put right and sent again."""
    if not day.on_list:
        return
    secret = f"list {day.seed}".encode()
    form = written(day.on_list, day.province, taken_at=day.start, secret=secret)
    bench = day.benches[0]
    day.open_session(SESSION, 0, bench.lab.id, PLACE, f"Tổ {TEAM}", day.start)
    day.world.swabbed(form.truths)
    day.listed.rows = form.rows
    done_at = day.start + schedule.PER_PERSON * form.rows + schedule.PACKING

    def first(now: datetime) -> None:
        day.listed.first = _import(day, form.wrong, secret, now)

    def again(now: datetime) -> None:
        day.listed.again = _import(day, form.right, secret, now)
        day.send(form.truths, 0, bench, now)

    day.agenda.plan(done_at, first)
    day.agenda.plan(done_at + _PUTTING_RIGHT, again)
    day.close_session_at(SESSION, done_at + _PUTTING_RIGHT)


def _import(day: Day, content: bytes, secret: bytes, at: datetime) -> Outcome[ListRow | RowRefused]:
    """Read the file, carry its units to today, record its swabs; every row is accounted for."""
    given = read_list(content, on=day.on)
    residences = sampling.residences_named((row.residence for row in given.rows), on=day.on)
    ready = prepared(given, residences, taken_at=day.start, secret=secret)
    sampler = day.province.samplers[0]
    recorded = record_swabs(list(ready.swabs), session=SESSION, by=sampler, at=at)
    outcome = outcome_of(ready, recorded)
    day.note_refused(outcome)
    day.tell("swabs", len(outcome.done))
    return outcome


@dataclass(frozen=True, slots=True)
class Written:
    """The list as two files, with mistakes and without, and who was really swabbed into what."""

    rows: int
    wrong: bytes
    right: bytes
    truths: tuple[Truth, ...]


def written(
    households: Sequence[Household], province: Province, *, taken_at: datetime, secret: bytes
) -> Written:
    """Write these households into the form.

    The list says birth year and telephone, so that is what its people know beside their slips. It
    says no time of day either: every swab counts as taken when the session began.
    """
    former = FormerPlaces(province)
    rows: list[FormRow] = []
    truths: list[Truth] = []
    for number, tube in enumerate(seated(households, pools=True), start=1):
        for person in tube:
            person.by_year = True
            row = _form_row(person, f"{number:03d}", former.of(person))
            code = sample_code(province.day, UNIT, TEAM, row.tube)
            line = len(rows) + 2
            as_read = ListRow(
                line,
                tube=code,
                name=row.name,
                birth_year=person.born.year,
                phone=row.phone,
                residence=(row.province, row.district, row.commune),
            )
            truths.append(Truth(person, code, slip_of(as_read, secret), taken_at))
            rows.append(row)
    wrong = _mistaken(rows, former.divided) if len(rows) >= _FEWEST_FOR_MISTAKES else rows
    return Written(
        len(rows),
        _form(wrong, province, calculated=False),
        _form(rows, province, calculated=True),
        tuple(truths),
    )


class FormerPlaces:
    """Where people of today's communes lived by the names of before July 2025."""

    def __init__(self, province: Province) -> None:
        before = places.communes_of(province.unit, UNITS_ENDED_ON)
        carried = places.carried([unit.id for unit in before], province.day)
        paths = places.unit_path([unit.id for unit in before], UNITS_ENDED_ON)
        ours = {commune.unit for commune in province.communes}
        self._within: dict[int, list[Names]] = {}
        divided: list[Names] = []
        for unit in before:
            commune, district, name = paths[unit.id].split(", ")
            names = (name.upper(), district, commune)
            here = carried[unit.id]
            if here.unit_id is not None:
                self._within.setdefault(here.unit_id, []).append(names)
            elif ours & set(here.successors):
                divided.append(names)
        self.divided = min(divided)
        """A commune of which only a part came to the communes of the drawn day."""

    def of(self, person: Drawn) -> Names:
        """Province, district and commune as the team writes them for this person's household."""
        former = self._within[person.commune.unit]
        return former[person.household % len(former)]


def _form(rows: Sequence[FormRow], province: Province, *, calculated: bool) -> bytes:
    return provincial_form(
        rows, day=province.day, unit=UNIT, team=TEAM, place=PLACE, calculated=calculated
    )


def _form_row(person: Drawn, tube: str, names: Names) -> FormRow:
    return FormRow(
        tube,
        person.name,
        str(person.born.year),
        "Nam" if person.sex.value == "M" else "Nữ",
        person.phone,
        *names,
        person.address,
        _SUBJECTS.get(person.tube_class, "Người dân"),
    )


def _mistaken(rows: Sequence[FormRow], divided: Names) -> list[FormRow]:
    """The list with mistakes that teams make: a name without marks, a year, a telephone, and a
    commune that was divided."""
    mistaken = list(rows)
    step = len(rows) // (_MISTAKES + 1)
    one, two, three, four = (step * n for n in range(1, _MISTAKES + 1))
    mistaken[one] = replace(rows[one], commune=ids.fold(rows[one].commune))
    mistaken[two] = replace(rows[two], birth_year="1095")
    mistaken[three] = replace(rows[three], phone=rows[three].phone[:-1])
    province, district, commune = divided
    mistaken[four] = replace(rows[four], province=province, district=district, commune=commune)
    return mistaken
