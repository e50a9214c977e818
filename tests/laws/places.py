"""Scenes of the commands of places."""

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from som.access.queries import system_actor
from som.places import commands
from som.places.rules import (
    LaboratoryRight,
    Organisation,
    OrganisationKind,
    PendingChange,
    Population,
    Right,
    Site,
    SiteKind,
    Unit,
)
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town

SETUP = system_actor("setup")
A, B = date(2020, 1, 1), date(2025, 7, 1)


def units() -> Scene:
    """Units of a code on days that do not contradict: of two that overlap the first is taken."""
    end = date(2025, 6, 30)
    good = [
        Unit("90", "Tỉnh Một", "tinh", 1, "", A),
        Unit("91", "Tỉnh Hai", "tinh", 1, "", A, end, ("90",)),
        Unit("92001", "Xã Đông", "xa", 3, "91", A, end, ("92003",)),
        Unit("92002", "Xã Tây", "xa", 3, "91", A, end, ("92003", "92004")),
        Unit("92003", "Xã Đông Tây", "xa", 3, "90", B),
        Unit("92004", "Phường Nam", "phuong", 3, "90", B),
        Unit("92001", "Xã Bắc", "xa", 3, "90", B),
    ]
    bad = [
        Unit("", "Xã Không", "xa", 3),
        Unit("92009", "Xã Không", "làng", 3),
        Unit("92009", "Xã Không", "xa", 7),
        Unit("92009", "Xã Không", "xa", 3, "", B, A),
        Unit("19", "Tỉnh Khác", "tinh", 1, "", B.replace(day=2)),
    ]
    return Scene(
        lambda items, by: commands.load_units(items, by=by, at=NOON),
        SETUP,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=Town().egon,
    )


def counts() -> Scene:
    """Counts of people, one a day: of two the first would be taken."""
    good = [Population(code, day, 1_000 + day.year, 2.5) for code in ("19", "11") for day in (B,)]
    good.append(replace(good[0], counted_on=date(2026, 1, 1)))
    return Scene(
        lambda items, by: commands.load_populations(items, by=by, at=NOON),
        SETUP,
        st.sampled_from(good),
        st.sampled_from([Population("00", B, 5), Population("19", date(1800, 1, 1), 5)]),
        stranger=Town().egon,
    )


def pending() -> Scene:
    good = [
        PendingChange(code, "Tỉnh", then, "Nghị quyết")
        for code in ("19", "11")
        for then in ("Thành phố Một", "Thành phố Hai")
    ]
    return Scene(
        lambda items, by: commands.load_pending_changes(items, by=by, at=NOON),
        SETUP,
        st.sampled_from(good),
        st.just(PendingChange("00", "Xã", "Phường")),
        stranger=Town().egon,
    )


def organisations() -> Scene:
    """Organisations, each code with one meaning: of two meanings the first would be taken."""
    town = Town()
    good = [
        Organisation(f"O-{n}", kind, f"Tổ chức {n}", unit)
        for n, (kind, unit) in enumerate(
            [(OrganisationKind.LABORATORY, town.north), (OrganisationKind.SCHOOL, town.south)]
        )
    ]
    bad = [
        Organisation("", OrganisationKind.CDC, "Không mã", town.north),
        Organisation("O-9", "làng", "Không loại", town.north),
        Organisation("O-9", OrganisationKind.CDC, "Không nơi", -1),
        Organisation("LAB-1", OrganisationKind.CDC, "Tên khác", town.north),
    ]
    return Scene(
        lambda items, by: commands.register_organisations(items, by=by, at=NOON),
        SETUP,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def rights() -> Scene:
    """Rights of laboratories on days apart: of two that overlap the first would be taken."""
    good = [
        LaboratoryRight(lab, right, first, last)
        for lab, right in (("LAB-2", Right.CONFIRM),)
        for first, last in ((A, date(2020, 12, 31)), (B, None), (date(2022, 1, 1), A.replace(2022)))
    ]
    bad = [
        LaboratoryRight("LAB-9", Right.CONFIRM, A),
        LaboratoryRight("CDC-19", "heal", A),
        LaboratoryRight("LAB-2", "heal", A),
        LaboratoryRight("LAB-2", Right.CONFIRM, B, A),
        LaboratoryRight("LAB-1", Right.CONFIRM, date(2021, 1, 1)),
    ]
    return Scene(
        lambda items, by: commands.grant_laboratory_rights(items, by=by, at=NOON),
        SETUP,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=Town().egon,
    )


def sites() -> Scene:
    """Sites, each name with one address: of two addresses the first would be taken."""
    town = Town()
    kind = next(iter(SiteKind))
    good = [
        Site(unit, kind, name, "Đường 1", "CDC-19")
        for unit in (town.north, town.south)
        for name in ("Nhà văn hóa", "Trường")
    ]
    bad = [
        Site(town.north, kind, ""),
        Site(town.north, "làng", "Nhà"),
        Site(-1, kind, "Nhà"),
        Site(town.north, kind, "Nhà", organisation_code="O-9"),
    ]
    return Scene(
        lambda items, by: commands.register_sites(items, by=by, at=NOON),
        SETUP,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


CASES = (
    Case(commands.load_units, units),
    Case(commands.load_populations, counts),
    Case(commands.load_pending_changes, pending),
    Case(commands.register_organisations, organisations),
    Case(commands.grant_laboratory_rights, rights),
    Case(commands.register_sites, sites),
)
