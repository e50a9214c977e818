"""Who acts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from som.access import commands, queries
from som.kernel.actors import NOBODY, Actor
from tests.access.conftest import AT, TODAY, Opening, Town


def test_a_unit_reaches_its_parts_and_no_further(opened: Opening, town: Town) -> None:
    dora = opened("dora", ("cdc_officer", town.north, None))
    assert dora.units_for("results.read") == {town.north, town.north_commune}
    ana = opened("ana", ("sampler", town.north_commune, None))
    assert ana.units_for("sampling.record") == {town.north_commune}
    assert not ana.may("sampling.record", unit=town.north)


def test_an_organisation_bound_role_reaches_no_unit(opened: Opening, town: Town) -> None:
    ben = opened("ben", ("lab_technician", None, town.laboratory))
    assert ben.may("lab.receive", organisation=town.laboratory)
    assert not any(ben.units.values())


def test_a_role_holds_from_its_first_to_its_last_day(opened: Opening, town: Town) -> None:
    opened("ana", ("sampler", town.north_commune, None), valid_to=date(2026, 3, 31))
    account = queries.account_ids(["ana"])["ana"]
    for day, may in (
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 3, 31), True),
        (date(2026, 4, 1), False),
    ):
        assert queries.actor_of(account, on=day).may("sampling.record") is may


def test_an_account_without_roles_is_somebody_with_no_rights(opened: Opening) -> None:
    nobody = opened("newcomer")
    assert nobody.account_id
    assert nobody.label == "Họ tên newcomer"
    assert not (nobody.units)
    assert not (nobody.organisations)
    assert not (nobody.everywhere)


def test_a_closed_account_is_nobody(opened: Opening, town: Town, setup_actor: Actor) -> None:
    ana = opened("ana", ("sampler", town.north_commune, None))
    commands.close_accounts(["ana"], by=setup_actor, at=AT)
    assert ana.account_id is not None
    assert queries.actor_of(ana.account_id, on=TODAY) is NOBODY


def test_an_unknown_account_is_nobody(db: None) -> None:
    assert queries.actor_of(-1, on=TODAY) is NOBODY


def test_one_statement_however_many_roles(
    opened: Opening, town: Town, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ana = opened(
        "ana",
        ("sampler", town.north, None),
        ("cdc_officer", town.south, None),
        ("lab_technician", None, town.laboratory),
    )
    with django_assert_num_queries(1):
        queries.actor_of(ana.account_id or 0, on=TODAY)


def test_a_system_actor_asks_no_database() -> None:
    public = queries.system_actor("public")
    assert public.may("results.look_up")
    assert public.account_id is None
    with pytest.raises(KeyError):
        queries.system_actor("ana")


def test_role_holders_are_those_of_the_day(opened: Opening, town: Town) -> None:
    opened("ana", ("sampler", town.north_commune, None), valid_to=TODAY)
    names = [holder.username for holder in queries.role_holders(on=TODAY)]
    assert "ana" in names
    later = [holder.username for holder in queries.role_holders(on=TODAY + timedelta(days=1))]
    assert "ana" not in later
