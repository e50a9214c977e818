"""How others like a person are found: by an index, as its plan says."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from django.db import connections

from som.people import definers
from som.people.commands import Registration, register_people
from som.people.rules import Declaration, Sex
from som.people.work import take_up_uncompared
from som.simulation.names import family_name, full_name
from tests.town import NOON, Town

pytestmark = pytest.mark.slow


def _plan(query: str, **values: str) -> str:
    for name, value in values.items():
        query = query.replace(name, value)
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"EXPLAIN {query}")
        return "\n".join(line for (line,) in cursor.fetchall())


def test_others_are_found_by_an_index_among_ten_thousand(committed_db: str) -> None:
    town, source = Town(), random.Random(3)
    said = [
        Declaration(
            full_name(source, family_name(source), sex),
            sex,
            date(1950, 1, 1) + timedelta(days=source.randrange(25_000)),
            phone=f"09{source.randrange(10**8):08d}",
            residence=town.north,
        )
        for _ in range(10_000)
        for sex in [source.choice(list(Sex))]
    ]
    for start in range(0, len(said), 5_000):
        given = [Registration(f"E{start + n}", one) for n, one in enumerate(said[start:][:5_000])]
        assert not register_people(given, unit=town.north, by=town.ana, at=NOON).refused
    assert take_up_uncompared(at=NOON) == len(said)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE people_likeness")
        cursor.execute("ANALYZE people_person")
    scoped = {"everywhere": "false", "units": f"ARRAY[{town.north}]", "most": "100"}
    plan = _plan(
        definers.FOUND_SIMILAR,
        sought_words="ARRAY['nong thi dao']",
        key_places="ARRAY[1, 1]",
        sought_keys="ARRAY[11, 12]::bigint[]",
        **scoped,
    )
    assert "likeness_by_key" in plan
    assert "Seq Scan on people_likeness" not in plan
