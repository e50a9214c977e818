"""Dated rules, units and organisations, accounts and roles."""

from __future__ import annotations

from datetime import date, timedelta

from som.access import commands as access
from som.access.queries import system_actor
from som.access.rules import EndedAssignment, FirstPassword, NewAccount, NewAssignment
from som.kernel import commands as kernel
from som.places import commands as places
from som.places import rules as places_rules
from tests.scale.prepared import Call, prepared
from tests.town import NOON, Town

SETUP = system_actor("setup")
A, B = date(2026, 1, 1), date(2026, 12, 31)


@prepared("kernel.load_rules")
def _rules(size: int) -> Call:
    rules = [{"key": f"r.{n}", "value": n, "valid_from": A} for n in range(size)]
    return lambda: kernel.load_rules(rules, by=SETUP, at=NOON)


@prepared("kernel.set_clocks_off")
def _offsets(size: int) -> Call:
    return lambda: kernel.set_clocks_off([timedelta(hours=1)] * size, by=SETUP, at=NOON)


@prepared("places.load_units")
def _units(size: int) -> Call:
    units = [places_rules.Unit(f"9{n:04d}", f"Xã {n}", "xa", 3, "19", A) for n in range(size)]
    return lambda: places.load_units(units, by=SETUP, at=NOON)


@prepared("places.load_populations")
def _populations(size: int) -> Call:
    counts = [places_rules.Population("19", A + timedelta(days=n), 1_000 + n) for n in range(size)]
    return lambda: places.load_populations(counts, by=SETUP, at=NOON)


@prepared("places.load_pending_changes")
def _pending(size: int) -> Call:
    changes = [places_rules.PendingChange("19", "Tỉnh", f"Thành phố {n}") for n in range(size)]
    return lambda: places.load_pending_changes(changes, by=SETUP, at=NOON)


@prepared("places.register_organisations")
def _organisations(size: int) -> Call:
    town = Town()
    given = [
        places_rules.Organisation(f"L-{n}", "laboratory", f"Lab {n}", town.north)
        for n in range(size)
    ]
    return lambda: places.register_organisations(given, by=SETUP, at=NOON)


@prepared("places.grant_laboratory_rights")
def _rights(size: int) -> Call:
    _organisations(size)()
    given = [places_rules.LaboratoryRight(f"L-{n}", "confirm", A) for n in range(size)]
    return lambda: places.grant_laboratory_rights(given, by=SETUP, at=NOON)


@prepared("places.register_sites")
def _sites(size: int) -> Call:
    town, kind = Town(), next(iter(places_rules.SiteKind))
    given = [places_rules.Site(town.north, kind, f"Nhà {n}") for n in range(size)]
    return lambda: places.register_sites(given, by=SETUP, at=NOON)


def _names(size: int) -> list[str]:
    return [f"name.{n}" for n in range(size)]


@prepared("access.open_accounts")
def _accounts(size: int) -> Call:
    town = Town()
    given = [NewAccount(name, "Họ tên", town.north) for name in _names(size)]
    return lambda: access.open_accounts(given, by=SETUP, at=NOON)


@prepared("access.issue_first_codes")
def _first_codes(size: int) -> Call:
    _accounts(size)()
    return lambda: access.issue_first_codes(_names(size), by=SETUP, at=NOON)


@prepared("access.set_first_passwords")
def _first_passwords(size: int) -> Call:
    codes = _first_codes(size)().done
    given = [FirstPassword(code.username, code.code, "một-mật-khẩu-dài") for code in codes]
    return lambda: access.set_first_passwords(given, by=system_actor("public"), at=NOON)


@prepared("access.give_assignments")
def _assignments(size: int) -> Call:
    _accounts(size)()
    unit = Town().north
    given = [NewAssignment(name, "sampler", unit, valid_from=A) for name in _names(size)]
    return lambda: access.give_assignments(given, by=SETUP, at=NOON)


@prepared("access.end_assignments")
def _endings_of_roles(size: int) -> Call:
    _assignments(size)()
    unit = Town().north
    given = [EndedAssignment(name, "sampler", B, unit) for name in _names(size)]
    return lambda: access.end_assignments(given, by=SETUP, at=NOON)


@prepared("access.close_accounts")
def _closed_accounts(size: int) -> Call:
    _accounts(size)()
    return lambda: access.close_accounts(_names(size), by=SETUP, at=NOON)
