"""Tables with rows in them are brought up to date, and where there is a way back, back and forth."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connections

from som.sampling.commands import record_swabs, store_tubes
from som.sampling.rules import StorageKind
from tests.meta.world import Seen
from tests.town import NOON

pytestmark = pytest.mark.slow

# By stage, the state before: of results there is no way back but the backup (ADR 9).
BEFORE = {"sampling": "0008", "lab": "0004", "notices": "0002", "people": "0003"}

SINCE = {"sampling_slot", "sampling_appointment", "sampling_tray", "sampling_labelprint"}
SINCE |= {"sampling_cardprint"}
"""Tables made after these states: the way back takes them with it."""


def _rows() -> dict[str, int]:
    """How many rows each table has, save those made since and what Django keeps of migrations."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT relname::text FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace AND relname <> 'django_migrations'"
        )
        found = {}
        for (table,) in cursor.fetchall():
            if table in SINCE:
                continue
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found


def test_rows_outlive_the_way_back_and_forth(committed_db: str) -> None:
    town = Seen().town
    swab = town.swab(town.tubes(1)[0])
    assert not record_swabs([swab], session="S1", by=town.ana, at=NOON).refused
    # Kept by the station: the states before know laboratories alone.
    kept = store_tubes([swab.tube], kind=StorageKind.FRIDGE, lab=None, by=town.ana, at=NOON)
    assert not kept.refused
    before = _rows()
    for stage, state in BEFORE.items():
        call_command("migrate", stage, state, database="owner", verbosity=0)
    assert _rows() == before
    for stage in (*BEFORE, "results"):
        call_command("migrate", stage, database="owner", verbosity=0)
    assert _rows() == before
    assert all(
        before[table] for table in ("sampling_tube", "sampling_swab", "lab_load", "lab_well")
    )
