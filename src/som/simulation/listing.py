"""The sampling list of the drawn day: written as a team writes it, mistakes and all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from som.kernel import ids
from som.kernel.outcomes import Outcome
from som.places import queries as places
from som.sampling.lists import UNITS_ENDED_ON, ListRow, Names, RowRefused, slip_of
from som.sampling.rules import TubeClass
from som.simulation.forms import FormRow, provincial_form, sample_code
from som.simulation.people import Drawn, Household
from som.simulation.province import Province
from som.simulation.teams import seated
from som.simulation.world import Truth

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


@dataclass(frozen=True, slots=True)
class Written:
    """The list as two files, with mistakes and without, and who was really swabbed into what."""

    rows: int
    wrong: bytes
    right: bytes
    truths: tuple[Truth, ...]


def written(
    households: Sequence[Household], province: Province, *, taken_at: datetime, secret: bytes
) -> Written | None:
    """Write these households into the form; None if there is nobody.

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
    if not rows:
        return None
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
