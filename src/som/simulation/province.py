"""Builds the province of the drawn day by commands: units, organisations, people at work, plans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from som.access import commands as access
from som.access.queries import account_ids, actor_of, role_holders, system_actor
from som.access.rules import FirstPassword, NewAccount, NewAssignment
from som.kernel import rulebook
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.commands import load_rules
from som.kernel.demo import PASSWORD
from som.kernel.outcomes import Outcome
from som.places import commands as places_commands
from som.places import queries as places
from som.places.rules import LaboratoryRight, Organisation, OrganisationKind, Right
from som.sampling.commands import (
    Campaign,
    Roll,
    SchemeWanted,
    issue_rolls,
    plan_campaigns,
    register_schemes,
)
from som.simulation import genuine
from som.simulation.people import Commune
from som.simulation.teams import FIELD_POOL

PROVINCE = "19"
CDC_PATTERN = r"\d{6}[A-Z]{2}\.\d{5}"
"""Sample codes of the provincial form: 211005DH.03001."""
CAMPAIGN = "TN-1"
FIRST_LABEL = 500_000_000
"""No province's own labels begin so high: a drawn tube is never mistaken for a printed one."""
ROLL = 1_000_000
"""Labels issued to each commune."""

_KINH = (("kinh", 75), ("tay", 15), ("nung", 7), ("dao", 3))
_NORTH = (("tay", 55), ("kinh", 15), ("nung", 12), ("dao", 16), ("hmong", 2))
COMMUNES = (("05443", "019", _KINH), ("05692", "019", _KINH), ("01843", "006", _NORTH))
"""Phường Phan Đình Phùng, Xã Đồng Hỷ, and Phường Bắc Kạn of the former province of that name (its
people's numbers begin with 006). No shares of peoples by commune are at hand: these are guesses."""

_SAMPLERS = ("Nông Thị Hạnh", "Trần Minh Đức", "Bàn Văn Phú")
_SECOND_SAMPLER = "Hoàng Văn Quý"
"""Of the first commune: what one sampler reads on a paper sheet, another reads again."""
_OFFICERS = ("Dương Thị Lan", "Nguyễn Quang Huy", "Hoàng Thị Mến")


@dataclass(frozen=True, slots=True)
class Laboratory:
    """A laboratory with its people: whoever reads a run does not release it.

    `kits`: those its instruments run, by turns. `share`: of all tubes of the province. `head`: another
    reviewer, where there is one.
    """

    id: int
    code: str
    name: str
    technician: Actor
    reviewer: Actor
    kits: tuple[str, ...]
    share: float
    head: Actor | None = None

    @property
    def kit(self) -> str:
        """The kit it runs most."""
        return self.kits[0]


@dataclass(frozen=True, slots=True)
class Province:
    """Everybody who works on the drawn day, and where.

    `second`: the CDC's other officer. `officers`: of the communes. `reader`: the first commune's other
    sampler. `point`: where strips are read.
    """

    day: date
    unit: int
    cdc: int
    officer: Actor
    second: Actor
    communes: tuple[Commune, ...]
    samplers: tuple[Actor, ...]
    officers: tuple[Actor, ...]
    reader: Actor
    laboratories: tuple[Laboratory, ...]
    point: Laboratory

    def officer_at(self, unit: int) -> Actor:
        """The officer of this commune."""
        return self.officers[[commune.unit for commune in self.communes].index(unit)]


def build_province(day: date) -> Province:
    """Load what ships with the product, open everybody's accounts and plan the campaign."""
    setup = system_actor("setup")
    before = datetime.combine(day, time(8), LOCAL) - timedelta(days=7)
    places_commands.load_units(places.packaged_units(), by=setup, at=before)
    places_commands.load_populations(places.packaged_populations(), by=setup, at=before)
    places_commands.load_pending_changes(places.packaged_pending_changes(), by=setup, at=before)
    load_rules(rulebook.packaged_rules(), by=setup, at=before)
    units = places.unit_ids([PROVINCE, *(code for code, _, _ in COMMUNES)], day)
    rows = places.units_by_id(units.values(), day)
    counts = places.populations(units.values())
    communes = tuple(
        Commune(units[code], rows[units[code]].name, _people(counts, units[code]), prefix, peoples)
        for code, prefix, peoples in COMMUNES
    )
    organisations = _organisations(setup, before, units[PROVINCE], communes)
    actors = _accounts(setup, before, units[PROVINCE], communes, organisations, day)
    officer = actors["cdc"]
    _plan(officer, before, day, units[PROVINCE], communes, organisations["CDC-TN"])
    *laboratories, point = (
        Laboratory(
            organisations[code],
            code,
            name,
            actors[f"ktv{place}"],
            actors[f"duyet{place}"],
            kits,
            share,
            actors.get(f"truongkhoa{place}"),
        )
        for place, (code, name, kits, share) in enumerate(LABORATORIES, start=1)
    )
    places_there = range(1, len(communes) + 1)
    return Province(
        day,
        units[PROVINCE],
        organisations["CDC-TN"],
        officer,
        actors["cdc2"],
        communes,
        tuple(actors[f"laymau{place}"] for place in places_there),
        tuple(actors[f"canbo{place}"] for place in places_there),
        actors["laymau1b"],
        tuple(laboratories),
        point,
    )


LABORATORIES = (
    ("XN-CDC", "Khoa Xét nghiệm, CDC Thái Nguyên", ("n1_n2_rp_multiplex",), 2 / 3),
    (
        "XN-TW",
        "Khoa Vi sinh, Bệnh viện Trung ương Thái Nguyên",
        ("orf1ab_n", "sarscov2_rp_texas_red"),
        1 / 3,
    ),
    ("DIEM-TN", "Điểm test nhanh, Trạm Y tế phường Phan Đình Phùng", ("standard_q_ag",), 0.0),
)
"""The province's two laboratories, the first with twice the other's instruments, and the point where
strips are read by eye: it may screen and not confirm."""


def _people(counts: dict[int, places.PopulationRow], unit: int) -> int:
    found = counts.get(unit)
    return found.population if found and found.population else 10_000


def _done(outcome: Outcome) -> None:  # type: ignore[type-arg]
    """Nothing of the province's own plan may be refused."""
    if outcome.refused:
        raise RuntimeError(f"the plan of the drawn day was refused: {outcome.refused[0]}")


def _organisations(
    setup: Actor, at: datetime, province: int, communes: tuple[Commune, ...]
) -> dict[str, int]:
    town = communes[0].unit
    wanted = [Organisation("CDC-TN", OrganisationKind.CDC, "CDC Thái Nguyên", province)]
    wanted += [
        Organisation(code, OrganisationKind.LABORATORY, name, town)
        for code, name, _, _ in LABORATORIES
    ]
    wanted += [
        Organisation(
            f"TYT-{place}",
            OrganisationKind.COMMUNE_HEALTH_STATION,
            f"Trạm Y tế {commune.name}",
            commune.unit,
        )
        for place, commune in enumerate(communes, start=1)
    ]
    _done(places_commands.register_organisations(wanted, by=setup, at=at))
    _done(
        places_commands.grant_laboratory_rights(
            [
                LaboratoryRight(code, right, date(2020, 3, 1))
                for code, _, _, share in LABORATORIES
                for right in ((Right.CONFIRM, Right.SCREEN) if share else (Right.SCREEN,))
            ],
            by=setup,
            at=at,
        )
    )
    return places.organisation_ids([one.code for one in wanted])


def _accounts(
    setup: Actor,
    at: datetime,
    province: int,
    communes: tuple[Commune, ...],
    organisations: dict[str, int],
    day: date,
) -> dict[str, Actor]:
    """One account for each hand of the drawn day; the demo signs in as any of them."""
    accounts: list[NewAccount] = []
    roles: list[NewAssignment] = []

    def person(username: str, name: str, role: str, unit: int | None, place: str = "") -> None:
        organisation = organisations.get(place)
        home = unit if unit is not None else province
        accounts.append(NewAccount(username, name, home, organisation))
        bound = organisation if unit is None and role.startswith("lab_") else None
        roles.append(NewAssignment(username, role, unit, bound, at.astimezone(LOCAL).date()))

    for place, commune in enumerate(communes, start=1):
        station, officer = f"TYT-{place}", f"canbo{place}"
        person(f"laymau{place}", _SAMPLERS[place - 1], "sampler", commune.unit, station)
        person(officer, _OFFICERS[place - 1], "commune_officer", commune.unit, station)
        # Whoever opens a session answers for its tubes at first: that is the commune.
        since = at.astimezone(LOCAL).date()
        roles.append(NewAssignment(officer, "campaign_planner", commune.unit, None, since))
    person("laymau1b", _SECOND_SAMPLER, "sampler", communes[0].unit, "TYT-1")
    person("cdc", "Phạm Thu Trang", "cdc_officer", province, "CDC-TN")
    person("cdc2", "Đinh Công Thành", "cdc_officer", province, "CDC-TN")
    person("ktv1", "Vũ Đình Nam", "lab_technician", None, "XN-CDC")
    person("duyet1", "Lê Thị Bích Ngọc", "lab_reviewer", None, "XN-CDC")
    person("ktv2", "Đặng Hải Yến", "lab_technician", None, "XN-TW")
    person("duyet2", "Bùi Quốc Khánh", "lab_reviewer", None, "XN-TW")
    person("truongkhoa1", "Trịnh Văn Hậu", "lab_reviewer", None, "XN-CDC")
    person("ktv3", "Ma Thị Thơm", "lab_technician", None, "DIEM-TN")
    person("duyet3", "Lưu Đức Anh", "lab_reviewer", None, "DIEM-TN")
    person("kiemtra", "Ngô Thanh Tùng", "auditor", None)
    person("quantri", "Lý Thị Sen", "province_administrator", province)
    _done(access.open_accounts(accounts, by=setup, at=at))
    _done(access.give_assignments(roles, by=setup, at=at))
    ids = account_ids([account.username for account in accounts])
    return {username: actor_of(account, on=day) for username, account in ids.items()}


def give_passwords(at: datetime) -> None:
    """Give everybody of the drawn day the demo's password, through their one-time codes."""
    day = at.astimezone(LOCAL).date()
    names = sorted({holder.username for holder in role_holders(on=day)})
    codes = access.issue_first_codes(names, by=system_actor("setup"), at=at)
    _done(codes)
    given = [FirstPassword(one.username, one.code, PASSWORD) for one in codes.done]
    _done(access.set_first_passwords(given, by=system_actor("public"), at=at))


def _plan(
    officer: Actor,
    at: datetime,
    day: date,
    province: int,
    communes: tuple[Commune, ...],
    cdc: int,
) -> None:
    _done(
        plan_campaigns(
            [
                Campaign(
                    CAMPAIGN,
                    "Xét nghiệm diện rộng ba xã, phường",
                    province,
                    "screening",
                    day,
                    FIELD_POOL,
                )
            ],
            by=officer,
            at=at,
        )
    )
    _done(
        register_schemes(
            [
                SchemeWanted(cdc, "CDC Thái Nguyên", CDC_PATTERN),
                SchemeWanted(cdc, "Opentrons, 20/3/2020", genuine.SAMPLE_PATTERN),
            ],
            by=officer,
            at=at,
        )
    )
    _done(
        issue_rolls(
            [
                Roll(FIRST_LABEL + place * ROLL, FIRST_LABEL + (place + 1) * ROLL - 1, commune.unit)
                for place, commune in enumerate(communes)
            ],
            by=officer,
            at=at,
        )
    )
