"""The first page: a welcome for strangers, a work plan for staff, nothing of others' for Egon."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from pytest_django import Settings

from som.home import desks
from som.kernel.actors import NOBODY, Actor
from tests.access.conftest import Opening, SignedIn, Town

pytestmark = pytest.mark.django_db


def test_a_stranger_is_welcomed_and_asked_to_sign_in(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = False
    page = client.get("/").text
    assert "Tra cứu kết quả" in page
    assert "/sign-in/" in page
    assert "/first-sign-in/" in page
    assert "/demo/" not in page
    settings.DEMO = True
    assert "/demo/" not in client.get("/").text, "no demo made this database"
    monkeypatch.setattr("som.kernel.demo.bears_mark", lambda: True)
    assert "/demo/" in client.get("/").text


def test_the_work_plan_shows_what_the_role_can_start(
    opened: Opening,
    town: Town,
    signed_in: SignedIn,
) -> None:
    opened("lan", ("auditor", None, None))
    page = signed_in("lan").get("/").text
    assert "Họ tên lan" in page
    assert "/audit/" in page
    assert "/where/" not in page, "an auditor follows no samples"


def test_without_a_role_the_page_says_what_to_do(
    opened: Opening,
    signed_in: SignedIn,
) -> None:
    opened("newcomer")
    page = signed_in("newcomer").get("/").text
    assert "Bạn chưa có việc nào ở đây" in page
    assert "quản trị viên" in page


def test_egon_sees_his_own_work_plan_alone(
    opened: Opening,
    town: Town,
    signed_in: SignedIn,
) -> None:
    opened("lan", ("auditor", None, None))
    opened("egon", ("cdc_officer", town.south, None), unit=town.south)
    page = signed_in("egon").get("/").text
    assert "Họ tên egon" in page
    assert "/audit/" not in page
    assert "lan" not in page.split("<main")[1]


def test_nobody_has_no_desk() -> None:
    assert desks.desks_of(NOBODY) == []
    assert desks.slots_of(NOBODY) == []


def test_every_desk_names_a_permission_of_the_table() -> None:
    from som.access.roles import PERMISSIONS

    assert {desk.permission for desk in desks.DESKS} <= set(PERMISSIONS)
    assert {slot[0] for slot in (*desks.CALLS, *desks.SLOTS)} <= set(PERMISSIONS)


def test_desks_follow_permissions() -> None:
    lan = Actor("lan", 1, everywhere=frozenset({"audit.read"}))
    assert [desk.url for desk in desks.desks_of(lan)] == ["/audit/"]


def test_a_technician_starts_every_step_of_the_bench_from_here() -> None:
    bench = ("lab.receive", "lab.pool", "lab.plate", "lab.read_run")
    ben = Actor("ben", 1, everywhere=frozenset(bench))
    steps = ("reception", "fridge", "pools", "plates", "runs/new", "runs", "point")
    assert [desk.url for desk in desks.desks_of(ben)] == [f"/lab/{step}/" for step in steps]
    pooling = Actor("chi", 2, everywhere=frozenset({"lab.pool"}))
    assert [desk.url for desk in desks.desks_of(pooling)] == ["/lab/pools/"]


def test_the_first_page_asks_the_database_little(
    opened: Opening,
    town: Town,
    signed_in: SignedIn,
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    opened("dora", ("cdc_officer", town.north, None))
    client = signed_in("dora")
    client.get("/")
    with django_assert_max_num_queries(5):
        client.get("/")
