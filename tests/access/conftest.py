"""Two provinces with a commune each, a laboratory in the south, and accounts in both.

North (N1) ── Northern Commune (N1C)      Ana samples here; Egon belongs to the south
South (S1) ── Southern Commune (S1C)      the laboratory LAB is in S1
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django import Settings

from som.access import commands, queries
from som.access.rules import FirstPassword, NewAccount, NewAssignment
from som.kernel.actors import Actor
from som.places import commands as places_commands
from som.places import queries as places
from som.places import rules as places_rules

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
TODAY = date(2026, 11, 21)
PASSWORD = "một-mật-khẩu-đủ-dài"


@dataclass(frozen=True)
class Town:
    """The ids of the drawing."""

    north: int
    north_commune: int
    south: int
    south_commune: int
    laboratory: int


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Hashing is slow by design; tests of pages need not wait for it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def setup_actor() -> Actor:
    """Who sets an installation up."""
    return queries.system_actor("setup")


@pytest.fixture
def town(db: None, setup_actor: Actor) -> Town:
    """The drawing, loaded."""
    begin = date(2020, 1, 1)
    units = [
        places_rules.Unit("N1", "Tỉnh Bắc", "tinh", 1, "", begin),
        places_rules.Unit("N1C", "Xã Bắc", "xa", 3, "N1", begin),
        places_rules.Unit("S1", "Tỉnh Nam", "tinh", 1, "", begin),
        places_rules.Unit("S1C", "Xã Nam", "xa", 3, "S1", begin),
    ]
    loaded = places_commands.load_units(units, by=setup_actor, at=AT)
    assert not loaded.refused, loaded
    ids = places.unit_ids(["N1", "N1C", "S1", "S1C"], TODAY)
    places_commands.register_organisations(
        [places_rules.Organisation("LAB", "laboratory", "Phòng xét nghiệm Nam", ids["S1"])],
        by=setup_actor,
        at=AT,
    )
    lab = places.organisation_ids(["LAB"])["LAB"]
    return Town(ids["N1"], ids["N1C"], ids["S1"], ids["S1C"], lab)


Opening = Callable[..., Actor]


@pytest.fixture
def opened(town: Town, setup_actor: Actor) -> Opening:
    """Open an account with roles, and give its actor."""

    def open_account(
        username: str,
        *roles: tuple[str, int | None, int | None],
        unit: int | None = None,
        valid_to: date | None = None,
    ) -> Actor:
        account = NewAccount(username, f"Họ tên {username}", unit or town.north)
        assert not commands.open_accounts([account], by=setup_actor, at=AT).refused
        given = commands.give_assignments(
            [
                NewAssignment(username, role, unit_id, organisation, date(2026, 1, 1), valid_to)
                for role, unit_id, organisation in roles
            ],
            by=setup_actor,
            at=AT,
        )
        assert not given.refused, given.refused
        return queries.actor_of(queries.account_ids([username])[username], on=TODAY)

    return open_account


SignedIn = Callable[[str], Client]


@pytest.fixture
def signed_in() -> SignedIn:
    """A browser in which this account is signed in."""

    def client_of(username: str) -> Client:
        client = Client()
        client.force_login(
            get_user_model().objects.get(username=username),
            "allauth.account.auth_backends.AuthenticationBackend",
        )
        return client

    return client_of


@pytest.fixture
def with_password(opened: Opening, setup_actor: Actor) -> Callable[[str], None]:
    """Give an open account the password `PASSWORD` through its first code."""

    def give(username: str) -> None:
        issued = commands.issue_first_codes([username], by=setup_actor, at=AT)
        outcome = commands.set_first_passwords(
            [FirstPassword(username, issued.done[0].code, PASSWORD)],
            by=queries.system_actor("public"),
            at=AT,
        )
        assert outcome.done, outcome

    return give
