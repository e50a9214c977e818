"""Loading and registering: twice is once, a bad item harms no other, who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from som.kernel import sql
from som.kernel.actors import NOBODY, Actor
from som.kernel.errors import NotAllowed
from som.places import commands, queries, rules
from som.places.rules import Kind, LaboratoryRight, Level, Organisation, Site, Unit

TODAY = date(2026, 11, 21)
JUNE, JULY = date(2025, 6, 30), date(2025, 7, 1)
Command = Callable[..., Any]

EVERY_COMMAND: list[tuple[Command, list[Any]]] = [
    (commands.load_units, [Unit("T1", "Tỉnh T", Kind.PROVINCE, Level.PROVINCE)]),
    (commands.load_populations, [rules.Population("01", JULY, 1)]),
    (commands.load_pending_changes, [rules.PendingChange("01", "a", "b")]),
    (commands.register_organisations, [Organisation("A", "cdc", "A", 1)]),
    (commands.grant_laboratory_rights, [LaboratoryRight("A", "confirm", JULY)]),
    (commands.register_sites, [Site(1, "hall", "A")]),
]
FOR_THE_COUNTRY = EVERY_COMMAND[:3]


@pytest.mark.parametrize(("command", "items"), EVERY_COMMAND)
def test_nobody_does_nothing_and_asks_nothing(
    db: None, at: datetime, command: Command, items: list[Any]
) -> None:
    with CaptureQueriesContext(connection) as asked, pytest.raises(NotAllowed):
        command(items, by=NOBODY, at=at)
    assert len(asked) == 0


@pytest.mark.parametrize(("command", "items"), FOR_THE_COUNTRY)
def test_who_manages_a_territory_may_not_rewrite_the_countrys_units(
    db: None, at: datetime, command: Command, items: list[Any]
) -> None:
    local = Actor("local", units={"places.manage": frozenset({1})})
    with CaptureQueriesContext(connection) as asked, pytest.raises(NotAllowed):
        command(items, by=local, at=at)
    assert len(asked) == 0


def tables() -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: sql.rows(f"SELECT * FROM places_{table} ORDER BY 1")
        for table in ("unit", "lineage", "coverage", "population", "pendingchange")
    }


@pytest.mark.slow
def test_loading_the_packaged_lists_again_changes_nothing(
    country: None, setup_actor: Actor, at: datetime
) -> None:
    before = tables()
    units = commands.load_units(queries.packaged_units()[::-1], by=setup_actor, at=at)
    counts = commands.load_populations(queries.packaged_populations(), by=setup_actor, at=at)
    changes = commands.load_pending_changes(
        queries.packaged_pending_changes(), by=setup_actor, at=at
    )
    assert [len(units.unchanged), len(counts.unchanged), len(changes.unchanged)] == [
        15_478,
        3_355,
        14,
    ]
    assert tables() == before


def statements(command: Command, items: list[Any], by: Actor, at: datetime) -> int:
    with CaptureQueriesContext(connection) as asked:
        outcome = command(items, by=by, at=at)
    assert len(outcome.done) == len(items)
    return len(asked)


def drawn_province(code: str, communes: int) -> list[Unit]:
    return [Unit(code, f"Tỉnh {code}", Kind.PROVINCE, Level.PROVINCE)] + [
        Unit(f"{code}{number:04}", f"Xã {number}", Kind.COMMUNE, Level.COMMUNE, code)
        for number in range(communes)
    ]


@pytest.mark.slow
def test_a_thousand_items_take_the_statements_of_one(
    country: None, setup_actor: Actor, at: datetime
) -> None:
    commune = queries.unit_ids(["03408"], TODAY)["03408"]

    def organisations(name: str, number: int) -> list[Organisation]:
        return [Organisation(f"{name}{n}", "cdc", f"CDC {n}", commune) for n in range(number)]

    batches: list[tuple[Command, list[Any], list[Any]]] = [
        (commands.load_units, drawn_province("TA", 0), drawn_province("TB", 999)),
        (
            commands.load_populations,
            [rules.Population("TB0000", JULY, 1)],
            [rules.Population(u.code, TODAY, 1) for u in drawn_province("TB", 999)],
        ),
        (
            commands.load_pending_changes,
            [rules.PendingChange("TB0000", "Xã 0", "Phường 0")],
            [rules.PendingChange(u.code, u.name, "Phường") for u in drawn_province("TB", 999)],
        ),
        (commands.register_organisations, organisations("TA", 1), organisations("TB", 1000)),
        (
            commands.grant_laboratory_rights,
            [LaboratoryRight("TA0", "confirm", JULY)],
            [LaboratoryRight(o.code, "confirm", JULY) for o in organisations("TB", 1000)],
        ),
        (
            commands.register_sites,
            [Site(commune, "hall", "Nhà T")],
            [Site(commune, "school", f"Trường {n}") for n in range(1000)],
        ),
    ]
    for command, one, thousand in batches:
        assert statements(command, one, setup_actor, at) == statements(
            command, thousand, setup_actor, at
        )


@pytest.mark.slow
def test_a_unit_that_ends_keeps_its_id_and_hands_over(
    country: None, setup_actor: Actor, at: datetime
) -> None:
    commands.load_units(drawn_province("TA", 2), by=setup_actor, at=at)
    old = queries.unit_ids(["TA", "TA0000", "TA0001"], JUNE)
    merged = [
        Unit("TA0000", "Xã 0", Kind.COMMUNE, Level.COMMUNE, "TA", valid_to=JUNE,
             successor_codes=("TA0000",)),
        Unit("TA0001", "Xã 1", Kind.COMMUNE, Level.COMMUNE, "TA", valid_to=JUNE,
             successor_codes=("TA0000",)),
        Unit("TA0000", "Phường Mới", Kind.WARD, Level.COMMUNE, "TA", valid_from=JULY),
        Unit("TA0001", "Xã Trùng", Kind.COMMUNE, Level.COMMUNE, "TA", valid_from=JUNE),
    ]  # fmt: skip
    outcome = commands.load_units(merged, by=setup_actor, at=at)
    assert len(outcome.done) == 3
    assert [refused.reason for refused in outcome.refused] == [rules.UnitRefusal.OVERLAPS]
    assert queries.unit_ids(old, JUNE) == old
    new = queries.unit_ids(["TA0000"], JULY)["TA0000"]
    assert queries.covered_ids([new]) == {new, old["TA0000"], old["TA0001"]}
    assert queries.covered_ids([old["TA"]]) == {*old.values(), new}
    assert queries.units_by_id([new])[new].path == "Phường Mới, Tỉnh TA"


@pytest.mark.slow
def test_a_parent_may_come_in_a_later_list(country: None, setup_actor: Actor, at: datetime) -> None:
    province, commune = drawn_province("TA", 1)
    commands.load_units([commune], by=setup_actor, at=at)
    commands.load_units([province], by=setup_actor, at=at)
    ids = queries.unit_ids([province.code, commune.code], TODAY)
    assert queries.units_by_id(ids.values())[ids[commune.code]].parent_id == ids[province.code]
    assert queries.covered_ids([ids[province.code]]) == set(ids.values())


def test_the_database_refuses_one_code_for_two_units_on_a_day(country: None) -> None:
    twice = """
        INSERT INTO places_unit (id, code, name, kind, level, parent_code, valid_from,
                                 successor_codes, name_key, written_key, search_key)
        SELECT 1000000, code, name, kind, level, parent_code, '2026-01-01',
               '{}', name_key, written_key, search_key
        FROM places_unit WHERE code = '03408' AND valid_to IS NULL
    """
    with (
        pytest.raises(IntegrityError, match="unit_code_means_one_unit_a_day"),
        transaction.atomic(),
    ):
        sql.execute(twice)


def test_organisations_rights_and_sites_twice_are_once(
    country: None, setup_actor: Actor, at: datetime
) -> None:
    commune = queries.unit_ids(["03408"], TODAY)["03408"]
    batches: list[tuple[Command, list[Any]]] = [
        (commands.register_organisations, [Organisation("T1", "hospital", "BV", commune)]),
        (commands.grant_laboratory_rights, [LaboratoryRight("T1", "screen", JULY)]),
        (commands.register_sites, [Site(commune, "hospital", "Sân", "số 1", "T1")]),
    ]
    for command, items in batches:
        assert command([*items, *items], by=setup_actor, at=at).done == items
        assert command(items, by=setup_actor, at=at).unchanged == items
    (site,) = (s for s in queries.sites_of([commune]) if s.name == "Sân")
    assert queries.sites_by_id([site.id]) == {site.id: site}
    assert site.organisation_id == queries.organisation_ids(["T1"])["T1"]


def test_who_manages_a_province_registers_there_and_not_elsewhere(
    country: None, at: datetime
) -> None:
    ids = queries.unit_ids(["12", "03408", "13243"], TODAY) | queries.unit_ids(["19"], TODAY)
    local = Actor("local", units={"places.manage": queries.covered_ids([ids["12"]])})
    here = Organisation("T1", "cdc", "Ở đây", ids["03408"])
    there = Organisation("T2", "cdc", "Ở kia", ids["19"])
    outcome = commands.register_organisations([here, there], by=local, at=at)
    assert outcome.done == [here]
    assert [r.reason for r in outcome.refused] == [rules.OrganisationRefusal.ELSEWHERE]
    sites = [Site(ids["03408"], "hall", "A"), Site(ids["19"], "hall", "A")]
    assert commands.register_sites(sites, by=local, at=at).done == sites[:1]


def test_a_laboratory_registered_by_oneself_may_confirm_nothing(
    country: None, setup_actor: Actor, at: datetime
) -> None:
    ids = queries.unit_ids(["12", "03408"], TODAY)
    commune = Actor("commune", units={"places.manage": frozenset({ids["03408"]})})
    mine = Organisation("T1", "laboratory", "Phòng xét nghiệm", ids["03408"])
    assert commands.register_organisations([mine], by=commune, at=at).done == [mine]
    confirm = LaboratoryRight("T1", "confirm", JULY)
    with pytest.raises(NotAllowed):
        commands.grant_laboratory_rights([confirm], by=commune, at=at)
    covered = queries.covered_ids([ids["12"]])
    province = Actor("province", units={"places.grant_rights": covered})
    assert commands.grant_laboratory_rights([confirm], by=province, at=at).done == [confirm]


def test_what_was_registered_is_noted(country: None, setup_actor: Actor, at: datetime) -> None:
    commune = queries.unit_ids(["03408"], TODAY)["03408"]
    item = Organisation("T1", "hospital", "BV", commune)
    commands.register_organisations([item], by=setup_actor, at=at)
    (entry,) = sql.rows(
        "SELECT actor, action, things FROM kernel_auditentry ORDER BY id DESC LIMIT 1"
    )
    assert entry == (
        "system:setup",
        "places.register_organisations",
        [queries.organisation_ids(["T1"])["T1"]],
    )
