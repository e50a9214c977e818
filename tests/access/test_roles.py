"""The one table of roles."""

from __future__ import annotations

import pytest

from som.access.roles import PERMISSIONS, ROLES, SYSTEM, Bound, Held, actor_with


@pytest.mark.parametrize("name", [*ROLES, *SYSTEM])
def test_a_role_names_only_permissions_of_the_table(name: str) -> None:
    role = ROLES.get(name) or SYSTEM[name]
    assert role.permissions <= set(PERMISSIONS)
    assert role.label
    assert role.permissions


def test_every_permission_has_a_sentence_and_a_holder() -> None:
    held = frozenset().union(*(r.permissions for r in [*ROLES.values(), *SYSTEM.values()]))
    assert set(PERMISSIONS) == held
    assert all(sentence.endswith(".") for sentence in PERMISSIONS.values())


def test_nobody_signs_in_as_a_system_actor() -> None:
    assert not set(ROLES) & set(SYSTEM)


def test_no_role_may_both_read_a_run_and_release_it() -> None:
    for role in ROLES.values():
        assert not {"lab.read_run", "results.review"} <= role.permissions


def test_who_gives_a_role_can_give_no_more_than_its_line_says() -> None:
    province = ROLES["province_administrator"].permissions
    assert ROLES["administrator"].permissions < province
    for role in ROLES.values():
        assert role.given_with in province
        if role.bound is Bound.ORGANISATION or role.permissions & {
            "places.grant_rights",
            "access.manage_laboratories",
        }:
            assert role.given_with == "access.manage_laboratories"
        assert not role.of_provinces or role.bound is Bound.UNIT


def test_a_laboratory_has_no_right_to_people() -> None:
    for role in ROLES.values():
        if role.bound is Bound.ORGANISATION:
            assert not {"people.read", "people.register", "results.read"} & role.permissions


def test_rights_of_two_roles_add_up_each_at_its_own_place() -> None:
    actor = actor_with(
        "ana",
        [
            Held("sampler", frozenset({1, 2})),
            Held("campaign_planner", frozenset({3})),
            Held("lab_technician", organisation=9),
            Held("auditor"),
            Held("gone from the table", frozenset({4})),
        ],
        account_id=7,
        label="Ana",
    )
    assert actor.units_for("sampling.record") == {1, 2}
    assert actor.units_for("people.read") == {1, 2, 3}
    assert actor.units_for("sampling.plan") == {3}
    assert actor.organisations_for("lab.see") == {9}
    assert actor.may("audit.read", unit=99)
    assert not actor.may("results.review")
    assert not any(4 in units for units in actor.units.values())
