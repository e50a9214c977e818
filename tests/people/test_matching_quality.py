"""How well matching does on drawn records: nobody joined wrongly, few proposed in vain, few missed."""

from __future__ import annotations

import csv
import random
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from som.access.queries import system_actor
from som.ops.management.commands.evaluate import evaluated, registered
from som.people.matching.evaluation import quality
from som.people.queries import pairs_proposed
from som.people.work import take_up_uncompared
from som.places import queries as places
from tests.people.drawn_records import Commune, Noise, people, records
from tests.town import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

THEN = date(2021, 11, 1)


def communes(source: random.Random, count: int) -> list[Commune]:
    """Communes of 2021 in two provinces that are one commune today."""
    above = places.unit_ids(["19", "11"], THEN)
    known = [unit for code in ("19", "11") for unit in places.communes_of(above[code], THEN)]
    today = places.carried([unit.id for unit in known], NOON.date())
    whole = [unit for unit in known if today[unit.id].unit_id is not None]
    drawn = source.sample(whole, count)
    new = places.units_by_id([today[unit.id].unit_id or 0 for unit in drawn], NOON.date())
    return [
        Commune(
            tuple(unit.path.split(", ")), tuple(new[today[unit.id].unit_id or 0].path.split(", "))
        )
        for unit in drawn
    ]


FILES = Path(__file__).resolve().parents[1] / "files" / "record_linkage"


def test_the_synthetic_records_are_matched_as_well_as_asked() -> None:
    """3,596 records of 2,000 invented people of four provinces: recall 0.95 at precision 0.98."""
    joined, proposed = evaluated(FILES, NOON)
    assert joined.precision == 1
    assert proposed.precision >= 0.98
    assert proposed.recall >= 0.95


@pytest.mark.parametrize(
    ("seed", "times"), [(1, 1.0), (2, 0.5), (3, 1.5)], ids=["usual", "tidy", "careless"]
)
def test_proposals_find_nearly_all_and_little_else(seed: int, times: float) -> None:
    source = random.Random(seed)
    where = communes(source, 30)
    rows, truth = records(source, people(source, 700, where), where, Noise().more(times))
    person_of = registered(rows, NOON)
    take_up_uncompared(at=NOON)
    joined = quality(truth, person_of)
    proposed = quality(truth, person_of, pairs_proposed(by=system_actor("matching")))
    assert joined.precision == 1
    assert proposed.precision >= 0.98
    assert proposed.recall >= 0.95


def test_a_folder_without_its_two_files_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"holds 0 files \*_records.csv, not one"):
        call_command("evaluate", "matching", str(tmp_path))
    (tmp_path / "a_records.csv").write_text("record_id,name\n", "utf-8")
    with pytest.raises(CommandError, match="lacks birth, sex"):
        call_command("evaluate", "matching", str(tmp_path))


def test_what_cannot_be_read_of_a_record_loses_nobody(tmp_path: Path) -> None:
    fields = "record_id,source,name,birth,sex,phone,id_number,address\n"
    rows = [
        "1,a,Nông Thị Đào,31/02/1990,?,12,abc,nowhere\n",
        '2,a,"@@##",,,,,\n',
        "3,a,Nông Thị Đào,1850,Nữ,0912345678,1.9E+10,\n",
        "4,a,,2090-01-01,Nữ,0912345678,019190000001,\n",
    ]
    (tmp_path / "a_records.csv").write_text(fields + "".join(rows), "utf-8")
    (tmp_path / "a_truth.csv").write_text("record_id,person_id\n1,P\n2,Q\n3,P\n4,R\n", "utf-8")
    person_of = registered(list(csv.DictReader((fields + "".join(rows)).splitlines())), NOON)
    assert set(person_of) == {"1", "2", "3", "4"}
    joined, proposed = evaluated(tmp_path, NOON)
    assert joined.precision == proposed.precision == 1
