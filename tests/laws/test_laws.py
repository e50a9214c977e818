"""The five laws, tried on every command. Which commands there are, a test here asks the source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from som.kernel import actors
from som.kernel.errors import NotAllowed
from tests.databases import Databases, pointed_at
from tests.laws import (
    access,
    benches,
    changes,
    imports,
    kernel,
    lab,
    labels,
    matching,
    notices,
    people,
    places,
    recalls,
    reception,
    reported,
    requests,
    results,
    sampling,
    sheets,
    slots,
    trays,
    tubes,
    turns,
    watch,
)
from tests.laws.commands import commands
from tests.laws.laws import Case, hold, undone

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("quick_hashing")]

STAGES = (
    kernel,
    places,
    access,
    people,
    changes,
    matching,
    notices,
    sampling,
    requests,
    slots,
    imports,
    labels,
    sheets,
    tubes,
    trays,
    turns,
    lab,
    benches,
    reception,
    results,
    recalls,
    reported,
    watch,
)
CASES = [case for stage in STAGES for case in stage.CASES]


@pytest.fixture(scope="module", autouse=True)
def small_country(
    django_db_setup: None, databases: Databases, django_db_blocker: Any
) -> Iterator[None]:
    """A copy of the town's database with few units: every law looks at all that is there."""
    with (
        django_db_blocker.unblock(),
        databases.clone() as name,
        pointed_at(databases, name),
    ):
        with connections["owner"].cursor() as cursor:
            for statement in _SMALL:
                cursor.execute(statement)
        connections["owner"].close()
        yield


_KEPT = "(SELECT id FROM kept)"
_SMALL = (
    """
    CREATE TEMPORARY TABLE kept AS
    SELECT id FROM places_unit WHERE code IN ('19', '11') AND valid_to IS NULL
    UNION (SELECT c.id FROM places_unit c
           WHERE c.valid_to IS NULL AND c.parent_code = '11' LIMIT 1)
    UNION SELECT unit_id FROM sampling_session UNION SELECT unit_id FROM places_organisation
    """,
    f"DELETE FROM places_population WHERE unit_id NOT IN {_KEPT}",
    f"DELETE FROM places_pendingchange WHERE unit_id NOT IN {_KEPT}",
    f"DELETE FROM places_lineage WHERE old_id NOT IN {_KEPT} OR new_id NOT IN {_KEPT}",
    f"DELETE FROM places_coverage WHERE unit_id NOT IN {_KEPT} OR covered_id NOT IN {_KEPT}",
    "CREATE INDEX ON places_unit (parent_id)",  # or each deletion looks through all units
    f"UPDATE places_unit SET parent_id = NULL WHERE parent_id NOT IN {_KEPT}",
    f"DELETE FROM places_unit WHERE id NOT IN {_KEPT}",
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_laws(case: Case) -> None:
    scene = case.scene()

    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        hold(scene, data)

    holds()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nobody_does_anything(case: Case) -> None:
    scene = case.scene()

    @given(batch=st.lists(scene.items, max_size=2))
    def holds(batch: list[Any]) -> None:
        with CaptureQueriesContext(connection) as asked, pytest.raises(NotAllowed):
            scene.called(batch, actors.NOBODY)
        assert not asked.captured_queries

    with undone():
        holds()


def test_every_command_has_its_scene() -> None:
    assert {case.name: case.command for case in CASES} == commands()
