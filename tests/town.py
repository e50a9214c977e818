"""One small drawn town, built only by commands.

              province (19, Tỉnh Thái Nguyên)
              /                          \\
     north: a commune               south: another commune
       Ana samples here               (its officer: Sam)
          |  manifest
          v
     laboratory one (may confirm)      laboratory two (may only screen)
       Ben receives, reads               Lan receives, reads
       Bao reviews                       Long reviews

     Dora of the provincial CDC plans and follows everything in the province.
     Cleo is the commune officer of the north.
     Egon samples, reads and reviews in another province (11, Tỉnh Điện Biên): he may see nothing.

Time stands still at `NOON`; nothing here asks what time it is.
"""

from __future__ import annotations

import random
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from som.access.commands import give_assignments, open_accounts
from som.access.queries import system_actor
from som.access.roles import Held, actor_with
from som.access.rules import NewAccount, NewAssignment
from som.kernel import ids, rulebook
from som.kernel.actors import Actor
from som.kernel.commands import load_rules
from som.lab.commands import load_plates, make_batches, make_pools, read_runs, receive_tubes
from som.lab.rules import BatchMade, Loading, LoadKind, PoolMade, RunGiven
from som.people.rules import Declaration, Sex
from som.places import commands as places_commands
from som.places import queries as places
from som.places.rules import LaboratoryRight, Organisation, OrganisationKind, Right
from som.sampling.commands import (
    Campaign,
    Manifest,
    Roll,
    SchemeWanted,
    Session,
    dispatch_tubes,
    issue_rolls,
    open_sessions,
    plan_campaigns,
    record_swabs,
    register_schemes,
)
from som.sampling.rules import SwabTaken
from som.simulation.instruments import SimulatedRun, SimulatedWell, quantstudio_text

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
"""12:00 in Vietnam on a Monday."""

KIT = "n1_n2_rp_multiplex"
CYCLES = 45


def build_baseline() -> None:
    """What every test finds there: units, rules, organisations, a campaign, sessions, labels.

    Called once for the template that all test databases are cloned from.
    """
    setup = system_actor("setup")
    places_commands.load_units(places.packaged_units(), by=setup, at=NOON)
    places_commands.load_populations(places.packaged_populations(), by=setup, at=NOON)
    places_commands.load_pending_changes(places.packaged_pending_changes(), by=setup, at=NOON)
    load_rules(rulebook.packaged_rules(), by=setup, at=NOON)
    province = places.unit_ids(["19"], NOON.date())["19"]
    north = places.communes_of(province, NOON.date())[0]
    lab = OrganisationKind.LABORATORY
    places_commands.register_organisations(
        [
            Organisation("CDC-19", OrganisationKind.CDC, "CDC Thái Nguyên", province),
            Organisation("LAB-1", lab, "Phòng xét nghiệm Một", north.id),
            Organisation("LAB-2", lab, "Phòng xét nghiệm Hai", north.id),
        ],
        by=setup,
        at=NOON,
    )
    places_commands.grant_laboratory_rights(
        [
            LaboratoryRight("LAB-1", Right.CONFIRM, date(2020, 1, 1)),
            LaboratoryRight("LAB-1", Right.SCREEN, date(2020, 1, 1)),
            LaboratoryRight("LAB-2", Right.SCREEN, date(2020, 1, 1)),
        ],
        by=setup,
        at=NOON,
    )
    town = Town()
    plan_campaigns(
        [
            Campaign("C1", "Sàng lọc chợ", town.province, "screening", date(2026, 11, 1), 5),
        ],
        by=town.dora,
        at=NOON,
    )
    start = NOON - timedelta(hours=6)
    open_sessions(
        [
            Session("S1", "C1", town.north, town.lab1, "Chợ Bắc", start, "Mũi 1"),
            Session("S2", "C1", town.north, town.lab2, "Bến xe", start, "Mũi 2"),
            Session("S3", "C1", town.south, town.lab1, "Trạm y tế Nam", start, "Mũi 3"),
        ],
        by=town.dora,
        at=NOON,
    )
    register_schemes(
        [SchemeWanted(town.cdc, "CDC", r"\d{6}[A-Z]{2}\.\d{5}")], by=town.dora, at=NOON
    )
    issue_rolls(
        [Roll(0, 99_999, town.north), Roll(100_000, 199_999, town.south)], by=town.dora, at=NOON
    )
    # Whoever says that a tube is lost says it with somebody who can be asked again.
    open_accounts([NewAccount("cleo", "Cleo", province)], by=setup, at=NOON)
    give_assignments(
        [NewAssignment("cleo", "commune_officer", north.id, valid_from=date(2026, 1, 1))],
        by=setup,
        at=NOON,
    )


@dataclass
class Town:
    """The places and people of the drawing, and short ways to let them do their work."""

    random: random.Random = field(default_factory=lambda: random.Random(1))
    serial: Iterator[int] = field(default_factory=lambda: iter(range(1, 99_999)))

    def __post_init__(self) -> None:
        on = NOON.date()
        codes = places.unit_ids(["19", "11"], on)
        self.province, self.other_province = codes["19"], codes["11"]
        communes = [unit.id for unit in places.communes_of(self.province, on)]
        self.north, self.south = communes[:2]
        organisations = places.organisation_ids(["CDC-19", "LAB-1", "LAB-2"])
        self.cdc = organisations["CDC-19"]
        self.lab1, self.lab2 = organisations["LAB-1"], organisations["LAB-2"]
        there = places.covered_ids([self.other_province])
        self.ana = self._actor("ana", Held("sampler", places.covered_ids([self.north])))
        self.sam = self._actor("sam", Held("sampler", places.covered_ids([self.south])))
        self.cleo = self._actor("cleo", Held("commune_officer", places.covered_ids([self.north])))
        self.dora = self._actor(
            "dora",
            Held("cdc_officer", places.covered_ids([self.province])),
            Held("auditor"),
        )
        self.ben = self._actor("ben", Held("lab_technician", organisation=self.lab1))
        self.bao = self._actor("bao", Held("lab_reviewer", organisation=self.lab1))
        self.lan = self._actor("lan", Held("lab_technician", organisation=self.lab2))
        self.long = self._actor("long", Held("lab_reviewer", organisation=self.lab2))
        self.egon = self._actor(
            "egon",
            Held("sampler", there),
            Held("commune_officer", there),
            Held("cdc_officer", there),
            Held("lab_technician", organisation=-1),
            Held("lab_reviewer", organisation=-1),
        )

    def _actor(self, name: str, *held: Held) -> Actor:
        return actor_with(name, held, account_id=0, label=name.title())

    def tubes(self, count: int) -> list[str]:
        """Codes of fresh tubes from the north's roll."""
        return [ids.tube_code(next(self.serial)) for _ in range(count)]

    def declaration(self, **changes: object) -> Declaration:
        """Somebody drawn, with a number of their own."""
        draw = self.random
        said = {
            "name": draw.choice(["Nguyễn", "Trần", "Nông", "Hoàng"])
            + draw.choice([" Văn ", " Thị ", " Minh "])
            + draw.choice(["An", "Bình", "Đào", "Hạnh", "Ổn"]),
            "sex": draw.choice([Sex.MALE, Sex.FEMALE]),
            "birth_date": date(1950, 1, 1) + timedelta(days=draw.randrange(25_000)),
            "phone": f"09{draw.randrange(10**8):08d}",
            "number": f"019{draw.randrange(10**9):09d}",
            "residence": self.north,
        }
        return Declaration(**(said | changes))  # type: ignore[arg-type]

    def swab(self, tube: str, **changes: object) -> SwabTaken:
        """A swab of somebody drawn into this tube, an hour before noon."""
        said = {
            "slip": ids.new_slip_code(self.random),
            "taken_at": NOON - timedelta(hours=1),
            "said": self.declaration(),
        }
        return SwabTaken(tube, **(said | changes))  # type: ignore[arg-type]

    def sampled(
        self, sizes: list[int], *, session: str = "S1", at: datetime = NOON
    ) -> list[list[SwabTaken]]:
        """Fresh tubes with so many swabs each, recorded, sent and received at laboratory one."""
        filled = [
            [self.swab(code) for _ in range(size)]
            for code, size in zip(self.tubes(len(sizes)), sizes, strict=True)
        ]
        flat = [swab for swabs in filled for swab in swabs]
        assert not record_swabs(flat, session=session, by=self.ana, at=at).refused
        lab, bench = (self.lab1, self.ben) if session == "S1" else (self.lab2, self.lan)
        codes = [swabs[0].tube for swabs in filled]
        box = Manifest(f"M-{codes[0]}", self.north, lab)
        assert not dispatch_tubes(codes, manifest=box, by=self.ana, at=at).refused
        assert not receive_tubes(codes, lab=lab, by=bench, at=at).refused
        return filled

    def pooled(self, code: str, tubes: list[str], *, at: datetime = NOON) -> None:
        """A lab pool of these tubes at laboratory one."""
        made = make_pools([PoolMade(code, tuple(tubes))], lab=self.lab1, by=self.ben, at=at)
        assert not made.refused, made.refused

    def run(
        self,
        plate: str,
        found: dict[str, str],
        *,
        lab: int | None = None,
        by: Actor | None = None,
        at: datetime = NOON,
        controls: tuple[str, str] = ("negative", "positive"),
        failed_batch: Container[str] = (),
    ) -> None:
        """Load tubes (or pools, whose codes begin with P) on a plate, run it, read its file.

        `found`: code → what its well shows: positive, negative, inconclusive or invalid.
        `controls`: what the no-template and the positive control show. `failed_batch`: what was
        extracted together, with a negative control that shows what it must not.
        """
        lab, by = lab or self.lab1, by or self.ben
        wells = [f"{row}{column}" for row in "ABCDEFGH" for column in range(1, 13)]
        batch = f"B-{plate}" if failed_batch else ""
        if batch:
            made = make_batches([BatchMade(batch, "RNA", "X-1")], lab=lab, by=by, at=at)
            assert not made.refused, made.refused
        loadings = [
            Loading(
                LoadKind.POOL if code.startswith("P") else LoadKind.TUBE,
                code,
                (well,),
                batch=batch if code in failed_batch else "",
            )
            for code, well in zip(found, wells, strict=False)
        ]
        loadings += [
            Loading(LoadKind.NO_TEMPLATE, "NTC", ("H11",)),
            Loading(LoadKind.POSITIVE, "PC", ("H12",)),
        ]
        if batch:
            loadings.append(Loading(LoadKind.NEGATIVE, "NEC", ("H10",), batch=batch))
        loaded = load_plates(loadings, plate=plate, size=96, kit=KIT, lab=lab, by=by, at=at)
        assert not loaded.refused, loaded.refused
        shown = {given.wells[0]: (given.code, found.get(given.code, "")) for given in loadings}
        shown["H11"] = ("NTC", "water" if controls[0] == "negative" else "positive")
        shown["H12"] = ("PC", controls[1])
        if batch:
            shown["H10"] = ("NEC", "positive")
        given = RunGiven(plate, f"{plate}.txt", instrument_file(plate, shown, at), "LOT-1")
        read = read_runs([given], lab=lab, by=by, at=at)
        assert not read.refused, read.refused


def instrument_file(
    plate: str, shown: dict[str, tuple[str, str]], at: datetime, *, block: int = 96
) -> bytes:
    """A QuantStudio text export: well → sample name and what it shows."""
    low, none = Decimal("24.5"), None
    cts = {
        "positive": {"N1": low, "N2": low, "RP": low},
        "negative": {"N1": none, "N2": none, "RP": low},
        "inconclusive": {"N1": low, "N2": none, "RP": low},
        "invalid": {"N1": none, "N2": none, "RP": none},
        "water": {"N1": none, "N2": none, "RP": none},
    }
    return quantstudio_text(
        SimulatedRun(
            experiment=plate,
            instrument="QuantStudio™ 5",
            serial="272510001",
            ended_at=at,
            cycles=CYCLES,
            dyes={"N1": "FAM", "N2": "VIC", "RP": "CY5"},
            wells=[SimulatedWell(well, name, cts[what]) for well, (name, what) in shown.items()],
            block=block,
        ),
        curves=False,
    )
