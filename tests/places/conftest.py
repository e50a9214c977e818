"""The whole country, loaded once into this process's database, and who may load it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from som.kernel.actors import Actor
from som.places import commands, queries

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
MANAGES = frozenset({"places.manage", "places.grant_rights"})


@pytest.fixture
def at() -> datetime:
    """When the commands of these tests happen."""
    return AT


@pytest.fixture
def setup_actor() -> Actor:
    """Who may manage places in the whole installation."""
    return Actor("system:setup", everywhere=MANAGES)


@pytest.fixture(scope="session")
def loaded_country(django_db_setup: None, django_db_blocker: Any) -> None:
    """The packaged lists, loaded for good into this process's copy if they are not there yet."""
    by = Actor("system:setup", everywhere=MANAGES)
    with django_db_blocker.unblock():
        if len(queries.provinces(date(2026, 11, 21))) != 34:
            commands.load_units(queries.packaged_units(), by=by, at=AT)
        commands.load_populations(queries.packaged_populations(), by=by, at=AT)
        commands.load_pending_changes(queries.packaged_pending_changes(), by=by, at=AT)


@pytest.fixture
def country(loaded_country: None, db: None) -> None:
    """Every unit since October 2020, with people and announced changes."""
