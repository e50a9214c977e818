"""A laboratory at work: receives boxes, pools, loads plates, reads files, releases, until nothing waits.

The bench knows tubes by their codes and by what its worklists say. The only thing it asks of the
drawn world is what a well would show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from som.kernel.outcomes import Outcome
from som.lab import queries as lab_queries
from som.lab.commands import load_plates, make_pools, read_runs, receive_tubes
from som.lab.formats.wells import PLATES
from som.lab.rules import Loading, LoadKind, PoolMade, RunGiven, WaitsFor
from som.results.commands import Decision, decide_discordant_pools, release_verdicts
from som.results.queries import Waiting, waiting_for_release
from som.results.rules import PoolDecision, Standing
from som.sampling.rules import TubeClass
from som.simulation import genuine, schedule
from som.simulation.assays import ASSAYS, lot_of
from som.simulation.province import Laboratory
from som.simulation.schedule import Action, Agenda
from som.simulation.world import World

PLATE = 96
_ROWS, _COLUMNS = PLATES[PLATE]
POSITIONS = tuple(
    f"{'ABCDEFGH'[row]}{column + 1}" for column in range(_COLUMNS) for row in range(_ROWS)
)
"""Down the columns, as an eight-channel pipette fills a plate."""
SAMPLES_PER_PLATE = PLATE - 2

Refuse = Callable[[Outcome], None]  # type: ignore[type-arg]
Released = Callable[[Sequence[Waiting], datetime], None]


GENUINE_ASSAY_OF_REPEATS = "n1_n2_rp_multiplex"


@dataclass(slots=True)
class Bench:
    """One laboratory of the drawn day.

    `codes`: what its pools and plates begin with. `splashed`: which of its plates, counted from 1,
    has a control that fails. `mislaid`: tubes that were put away and that nobody thinks of. `away`:
    from when until when nobody is there who releases. `put_off`: from when until when nobody puts
    on a plate what is to be tested again.
    """

    lab: Laboratory
    world: World
    agenda: Agenda
    instruments: list[datetime]
    refuse: Refuse
    released: Released
    asked_again: Action
    codes: str = ""
    plates: int = 0
    pools: int = 0
    splashed: set[int] = field(default_factory=set)
    mislaid: set[str] = field(default_factory=set)
    released_here: set[str] = field(default_factory=set)
    away: tuple[datetime, datetime] | None = None
    put_off: tuple[datetime, datetime] | None = None
    waiting_since: dict[str, datetime] = field(default_factory=dict)

    def receive(self, codes: Sequence[str], at: datetime) -> None:
        """A box has come."""
        self.refuse(receive_tubes(codes, lab=self.lab.id, by=self.lab.technician, at=at))
        self.agenda.plan(at + schedule.UNPACKING, self.work)

    def work(self, at: datetime) -> None:
        """Load what waits on every free instrument; what is too little waits for more."""
        free = [place for place, busy in enumerate(self.instruments) if busy <= at]
        free.sort(key=lambda place: self.instruments[place])  # the one that stood longest
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
            if tube.code not in self.world.apart and tube.code not in self.mislaid
        ]
        for tube in tubes:
            self.waiting_since.setdefault(tube.code, at)
        retests = [t.code for t in tubes if t.waits_for == WaitsFor.RETEST]
        if self.put_off is not None and self.put_off[0] <= at < self.put_off[1]:
            retests = []
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
        for code in pools:
            self.waiting_since.setdefault(code, at)  # of a plate whose control failed
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
            code = f"{self.codes}{self.lab.code}-G{self.pools:04d}"
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
        plate = f"{self.codes}{self.lab.code}-{self.plates:03d}"
        loadings = [
            Loading(item.kind, item.code, (position,))
            for item, position in zip(items, POSITIONS, strict=False)
        ]
        loadings += _controls()
        for item in items:
            self.waiting_since.pop(item.code, None)
        kit = self.lab.kits[instrument % len(self.lab.kits)]
        self._put_on(plate, loadings, kit, at)
        self.world.tested_on.update((item.code, plate) for item in items)
        self.world.items_loaded += len(items)
        self.world.wells_filled += len(loadings)
        self._run(plate, loadings, kit, instrument, at)

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
        number, splashed = self.plates, self.plates in self.splashed

        def read(now: datetime) -> None:
            name, content = ASSAYS[kit].file(
                plate, loadings, self.world.shown, ended=ended, number=number, splashed=splashed
            )
            self.read(RunGiven(plate, name, content, lot_of(kit)), now)

        self.agenda.plan(ended + schedule.READING, read)

    def read(self, given: RunGiven, at: datetime) -> None:
        """Take in an instrument's file, and call the second person."""
        self.refuse(read_runs([given], lab=self.lab.id, by=self.lab.technician, at=at))
        self.agenda.plan(at + schedule.REVIEW, self.release)
        self.work(at)

    def release(self, at: datetime) -> None:
        """The second person releases everything that may be."""
        if self.away is not None and self.away[0] <= at < self.away[1]:
            self.agenda.plan(self.away[1], self.release)
            return
        listed = waiting_for_release(self.lab.id, by=self.lab.reviewer)
        self._decide(listed, at)
        ready = {one.verdict: one for one in listed if one.held is None}
        if not ready:
            return
        outcome = release_verdicts(list(ready), lab=self.lab.id, by=self.lab.reviewer, at=at)
        self.refuse(outcome)
        self.released_here.update(ready[verdict].sample for verdict in outcome.done)
        self.released([ready[verdict] for verdict in outcome.done], at)

    def _decide(self, listed: Sequence[Waiting], at: datetime) -> None:
        """Let everybody be swabbed again whose pool was positive while none of its tubes is."""
        pools = sorted({one.pool for one in listed if one.pool and one.held is Standing.DISCORDANT})
        if not pools:
            return
        reason = "Không mẫu nào trong mẫu gộp dương tính: lấy lại mẫu từng người"
        decisions = [Decision(pool, PoolDecision.AGAIN, reason) for pool in pools]
        decided = decide_discordant_pools(decisions, lab=self.lab.id, by=self.lab.reviewer, at=at)
        self.refuse(decided)
        self.asked_again(at)

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
        ready = at + schedule.UNPACKING + schedule.LOADING + schedule.RUN_TIME
        # Its own clock stands at the day on which it was run.
        why = "Đồng hồ máy còn ở tháng 3/2020; giờ kết thúc ghi trong sổ máy"
        given = RunGiven(
            GENUINE_PLATE,
            genuine.GENUINE_FILE.name,
            content,
            "2020-03",
            ended_at=ready,
            ended_why=why,
        )

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
        kit = GENUINE_ASSAY_OF_REPEATS
        self._put_on(plate, loadings, kit, at)
        ended = at + schedule.LOADING + schedule.RUN_TIME
        name, content = ASSAYS[kit].file(plate, loadings, self.world.shown, ended=ended)

        def read(now: datetime) -> None:
            self.read(RunGiven(plate, name, content, lot_of(kit)), now)

        self.agenda.plan(ended + schedule.READING, read)


GENUINE_PLATE = "QPCR-20200320-2"


def _controls() -> list[Loading]:
    return [
        Loading(LoadKind.NO_TEMPLATE, "NTC", (POSITIONS[-2],)),
        Loading(LoadKind.POSITIVE, "PC", (POSITIONS[-1],)),
    ]


def idle_since(at: datetime, count: int) -> list[datetime]:
    """Instruments that are free from now on."""
    return [at - timedelta(minutes=1)] * count
