"""A laboratory at work: receives boxes, pools, loads plates, reads files, releases, until nothing waits.

The bench knows tubes by their codes and by what its worklists say. The only thing it asks of the
drawn world is what a well would show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from som.kernel.outcomes import Outcome
from som.lab import queries as lab_queries
from som.lab.commands import load_plates, make_pools, read_runs, receive_tubes
from som.lab.formats.wells import PLATES
from som.lab.rules import Loading, LoadKind, PoolMade, RunGiven, WaitsFor
from som.results.commands import release_verdicts
from som.results.queries import Waiting, waiting_for_release
from som.sampling.rules import TubeClass
from som.simulation import genuine, schedule
from som.simulation.instruments import (
    SimulatedRun,
    SimulatedWell,
    Task,
    cfx_csv,
    quantstudio_text,
    quantstudio_workbook,
)
from som.simulation.province import Laboratory
from som.simulation.schedule import Agenda
from som.simulation.world import World

PLATE = 96
_ROWS, _COLUMNS = PLATES[PLATE]
POSITIONS = tuple(
    f"{'ABCDEFGH'[row]}{column + 1}" for column in range(_COLUMNS) for row in range(_ROWS)
)
"""Down the columns, as an eight-channel pipette fills a plate."""
SAMPLES_PER_PLATE = PLATE - 2
_CONTROL_CT = Decimal("24.50")
_INTERNAL_CT = Decimal("26.80")

Refuse = Callable[[Outcome], None]  # type: ignore[type-arg]
Released = Callable[[Sequence[Waiting], datetime], None]


@dataclass(frozen=True, slots=True)
class Assay:
    """How a kit shows on its instrument. `shift`: by how much each target comes up later."""

    instrument: str
    serial: str
    cycles: int
    dyes: Mapping[str, str]
    shift: Mapping[str, Decimal]
    internal: str
    suffixes: tuple[str, ...]


ASSAYS = {
    "n1_n2_rp_multiplex": Assay(
        "QuantStudio™ 5",
        "272510001",
        45,
        {"N1": "FAM", "N2": "VIC", "RP": "CY5"},
        {"N1": Decimal(0), "N2": Decimal("0.40")},
        "RP",
        (".txt", ".xlsx"),
    ),
    "orf1ab_n": Assay(
        "CFX96",
        "CT031254",
        45,
        {"ORF1ab": "FAM", "N": "HEX", "IC": "Cy5"},
        {"ORF1ab": Decimal("0.30"), "N": Decimal(0)},
        "IC",
        (".csv",),
    ),
}
GENUINE_ASSAY_OF_REPEATS = "n1_n2_rp_multiplex"


@dataclass(slots=True)
class Bench:
    """One laboratory of the drawn day."""

    lab: Laboratory
    world: World
    agenda: Agenda
    instruments: list[datetime]
    refuse: Refuse
    released: Released
    plates: int = 0
    pools: int = 0
    waiting_since: dict[str, datetime] = field(default_factory=dict)

    def receive(self, codes: Sequence[str], at: datetime) -> None:
        """A box has come."""
        self.refuse(receive_tubes(codes, lab=self.lab.id, by=self.lab.technician, at=at))
        self.agenda.plan(at + schedule.UNPACKING, self.work)

    def work(self, at: datetime) -> None:
        """Load what waits on every free instrument; what is too little waits for more."""
        free = [place for place, busy in enumerate(self.instruments) if busy <= at]
        if not free:
            return  # whoever reads the next run comes by again
        urgent, items = self._worklist(at)
        while free and items and (urgent or len(items) >= SAMPLES_PER_PLATE):
            self._load(items[:SAMPLES_PER_PLATE], free.pop(0), at)
            items = items[SAMPLES_PER_PLATE:]
        if items:
            since = min(self.waiting_since[item.code] for item in items)
            self.agenda.plan(max(since, at) + schedule.PATIENCE, self.work)

    def _worklist(self, at: datetime) -> tuple[bool, list[Loading]]:
        """Whether something has waited too long, and what is to be loaded, most pressing first."""
        tubes = [
            tube
            for tube in lab_queries.waiting_tubes(self.lab.id, by=self.lab.technician)
            if tube.code not in self.world.apart
        ]
        for tube in tubes:
            self.waiting_since.setdefault(tube.code, at)
        retests = [t.code for t in tubes if t.waits_for == WaitsFor.RETEST]
        alone = [
            t.code
            for t in tubes
            if t.waits_for == WaitsFor.TEST and (t.swabs > 1 or t.tube_class != TubeClass.SCREENING)
        ]
        others = [
            t.code
            for t in tubes
            if t.waits_for == WaitsFor.TEST and t.swabs == 1 and t.tube_class == TubeClass.SCREENING
        ]
        left = self._pool(others, at)
        pools = [
            pool.code for pool in lab_queries.waiting_pools(self.lab.id, by=self.lab.technician)
        ]
        overdue = at - schedule.PATIENCE
        listed = [*retests, *alone, *pools, *left]
        urgent = any(self.waiting_since[code] <= overdue for code in listed)
        kinds = dict.fromkeys(pools, LoadKind.POOL)
        items = [Loading(kinds.get(code, LoadKind.TUBE), code, ("?",)) for code in listed]
        return urgent, items

    def _pool(self, codes: Sequence[str], at: datetime) -> list[str]:
        """Pour single screening tubes together; the codes of those too few for a pool."""
        made: dict[str, list[str]] = {}
        place = 0
        for size in schedule.pool_sizes(len(codes)):
            self.pools += 1
            code = f"{self.lab.code}-G{self.pools:04d}"
            made[code] = list(codes[place : place + size])
            self.waiting_since[code] = min(self.waiting_since[tube] for tube in made[code])
            place += size
        if made:
            wanted = [PoolMade(code, tuple(tubes)) for code, tubes in made.items()]
            self.refuse(make_pools(wanted, lab=self.lab.id, by=self.lab.technician, at=at))
            self.world.pooled(made)
        return list(codes[place:])

    def _load(self, items: Sequence[Loading], instrument: int, at: datetime) -> None:
        """Put these on a plate with its controls, and the plate into an instrument."""
        self.plates += 1
        plate = f"{self.lab.code}-{self.plates:03d}"
        loadings = [
            Loading(item.kind, item.code, (position,))
            for item, position in zip(items, POSITIONS, strict=False)
        ]
        loadings += _controls()
        for item in items:
            self.waiting_since.pop(item.code, None)
        self._put_on(plate, loadings, self.lab.kit, at)
        self.world.items_loaded += len(items)
        self.world.wells_filled += len(loadings)
        self._run(plate, loadings, self.lab.kit, instrument, at)

    def _put_on(self, plate: str, loadings: Sequence[Loading], kit: str, at: datetime) -> None:
        outcome = load_plates(
            loadings,
            plate=plate,
            size=PLATE,
            kit=kit,
            lab=self.lab.id,
            by=self.lab.technician,
            at=at,
        )
        self.refuse(outcome)

    def _run(
        self, plate: str, loadings: Sequence[Loading], kit: str, instrument: int, at: datetime
    ) -> None:
        ended = at + schedule.LOADING + schedule.RUN_TIME
        self.instruments[instrument] = ended
        assay = ASSAYS[kit]
        suffix = assay.suffixes[self.plates % len(assay.suffixes)]

        def read(now: datetime) -> None:
            content = self._file(plate, loadings, assay, suffix, ended)
            self.read(RunGiven(plate, f"{plate}{suffix}", content, _lot(kit)), now)

        self.agenda.plan(ended + schedule.READING, read)

    def read(self, given: RunGiven, at: datetime) -> None:
        """Take in an instrument's file, and call the second person."""
        self.refuse(read_runs([given], lab=self.lab.id, by=self.lab.technician, at=at))
        self.agenda.plan(at + schedule.REVIEW, self.release)
        self.work(at)

    def release(self, at: datetime) -> None:
        """The second person releases everything that may be."""
        listed = waiting_for_release(self.lab.id, by=self.lab.reviewer)
        ready = {one.verdict: one for one in listed if one.held is None}
        if not ready:
            return
        outcome = release_verdicts(list(ready), lab=self.lab.id, by=self.lab.reviewer, at=at)
        self.refuse(outcome)
        self.released([ready[verdict] for verdict in outcome.done], at)

    def _file(
        self,
        plate: str,
        loadings: Sequence[Loading],
        assay: Assay,
        suffix: str,
        ended: datetime,
    ) -> bytes:
        """The file as this laboratory's instrument writes it."""
        run = SimulatedRun(
            experiment=plate,
            instrument=assay.instrument,
            serial=assay.serial,
            ended_at=ended,
            cycles=assay.cycles,
            dyes=assay.dyes,
            wells=[self._well(loading, assay) for loading in loadings],
        )
        if suffix == ".csv":
            return cfx_csv(run)
        write = quantstudio_text if suffix == ".txt" else quantstudio_workbook
        return write(run, curves=False)

    def _well(self, loading: Loading, assay: Assay) -> SimulatedWell:
        task = Task.UNKNOWN
        internal: Decimal | None = _INTERNAL_CT
        if loading.kind is LoadKind.NO_TEMPLATE:
            found, internal, task = None, None, Task.NO_TEMPLATE
        elif loading.kind is LoadKind.POSITIVE:
            found, task = _CONTROL_CT, Task.POSITIVE
        else:
            found = self.world.ct_of(loading.code)
        cts: dict[str, Decimal | None] = {
            target: None if found is None else found + later
            for target, later in assay.shift.items()
        }
        cts[assay.internal] = internal
        return SimulatedWell(loading.wells[0], loading.code, cts, task)

    def leave_unreleased(self, codes: Sequence[str], at: datetime) -> datetime:
        """Test these tubes and release the first alone: what the review page shows the visitor."""
        self.plates += 1
        plate = f"{self.lab.code}-{self.plates:03d}"
        loadings = [
            Loading(LoadKind.TUBE, code, (position,))
            for code, position in zip(codes, POSITIONS, strict=False)
        ] + _controls()
        self._put_on(plate, loadings, self.lab.kit, at)
        assay = ASSAYS[self.lab.kit]
        ended = at + schedule.LOADING + schedule.RUN_TIME
        suffix = assay.suffixes[0]
        content = self._file(plate, loadings, assay, suffix, ended)
        given = RunGiven(plate, f"{plate}{suffix}", content, _lot(self.lab.kit))
        read_at = ended + schedule.READING
        self.refuse(read_runs([given], lab=self.lab.id, by=self.lab.technician, at=read_at))
        first = [
            one.verdict
            for one in waiting_for_release(self.lab.id, by=self.lab.reviewer)
            if one.sample == codes[0]
        ]
        released_at = read_at + schedule.REVIEW
        self.refuse(release_verdicts(first, lab=self.lab.id, by=self.lab.reviewer, at=released_at))
        return released_at

    # --- the genuine export ---------------------------------------------------------------------

    def receive_genuine(self, codes: Sequence[str], at: datetime) -> None:
        """The tubes of the genuine export's run have come: they have a plate of their own."""
        self.refuse(receive_tubes(codes, lab=self.lab.id, by=self.lab.technician, at=at))
        wells: dict[str, list[str]] = {}
        for position, sample in genuine.PLATE.items():
            wells.setdefault(sample, []).append(position)
        loadings = [
            Loading(
                LoadKind(genuine.CONTROL_NAMES.get(sample, LoadKind.TUBE)), sample, tuple(positions)
            )
            for sample, positions in wells.items()
        ]
        self._put_on(GENUINE_PLATE, loadings, genuine.KIT_CODE, at + schedule.UNPACKING)
        content = genuine.GENUINE_FILE.read_bytes()
        given = RunGiven(GENUINE_PLATE, genuine.GENUINE_FILE.name, content, "2020-03")
        ready = at + schedule.UNPACKING + schedule.LOADING + schedule.RUN_TIME

        def read(now: datetime) -> None:
            self.read(given, now)
            self.agenda.plan(now + schedule.UNPACKING, self.repeat_genuine)

        self.agenda.plan(ready + schedule.READING, read)

    def repeat_genuine(self, at: datetime) -> None:
        """What was invalid in the genuine run stands on the retest list: test it again."""
        again = sorted(
            tube.code
            for tube in lab_queries.waiting_tubes(
                self.lab.id, by=self.lab.technician, waits_for=WaitsFor.RETEST
            )
            if tube.code in self.world.apart
        )
        loadings = [
            Loading(LoadKind.TUBE, code, (position,))
            for code, position in zip(again, POSITIONS, strict=False)
        ]
        loadings += _controls()
        plate = f"{GENUINE_PLATE}-2"
        self._put_on(plate, loadings, GENUINE_ASSAY_OF_REPEATS, at)
        assay = ASSAYS[GENUINE_ASSAY_OF_REPEATS]
        ended = at + schedule.LOADING + schedule.RUN_TIME
        content = self._file(plate, loadings, assay, ".txt", ended)

        def read(now: datetime) -> None:
            self.read(RunGiven(plate, f"{plate}.txt", content, _lot(GENUINE_ASSAY_OF_REPEATS)), now)

        self.agenda.plan(ended + schedule.READING, read)


GENUINE_PLATE = "QPCR-20200320-2"


def _controls() -> list[Loading]:
    return [
        Loading(LoadKind.NO_TEMPLATE, "NTC", (POSITIONS[-2],)),
        Loading(LoadKind.POSITIVE, "PC", (POSITIONS[-1],)),
    ]


def _lot(kit: str) -> str:
    return f"{kit.replace('_', '').upper()[:6]}-2611"


def idle_since(at: datetime, count: int) -> list[datetime]:
    """Instruments that are free from now on."""
    return [at - timedelta(minutes=1)] * count
