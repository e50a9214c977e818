"""The life of specimens through the product's commands, by people with their own scopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from bench.heart.drawn import NOON, Drawn
from bench.heart.installation import CAMPAIGN, KIT, MORNING, people, places_of, rolls_of
from bench.heart.life import Call, Life
from bench.heart.plan import BOX, Group, Row, slices

WELLS = tuple(f"{row}{column}" for column in range(1, 13) for row in "ABCDEFGH")
_LOW, _NONE = Decimal("24.50"), None


class Product(Life):
    """One client: a sampling team of a commune, and the laboratory that its tubes go to.

    A swab is taken, received an hour later, pooled, loaded and read by the technician, and released
    by the reviewer. Everything that a command is given is made before the clock starts.
    """

    def __init__(self, client: int, first_place: int) -> None:
        from django.db import connection

        connection.ensure_connection()
        names = [f"{name}{client}" for name in ("sampler", "technician", "reviewer")]
        actors = people([*names, "cdc"])
        self.sampler, self.technician, self.reviewer = (actors[name] for name in names)
        self.planner = actors["cdc"]
        self.client = client
        self.place = places_of(client)
        self.row = Row(rolls_of(client), first_place)

    def lay_out(self, group: Group) -> None:
        """Open the group's session, and write its instrument files."""
        from som.sampling.commands import Session, open_sessions

        self.session = f"H{self.client}-{self.row.next}"
        where = Session(
            self.session, CAMPAIGN, self.place.commune, self.place.lab, "Nhà văn hoá", MORNING
        )
        self._whole(open_sessions([where], by=self.planner, at=MORNING))
        self.group = group
        self.swabs = [self._swab(one) for one in group.people]
        self.tubes = [one.tube for one in group.people]
        self.plates = {plate: self._plate_of_pools(plate) for plate in range(group.plates)}
        self.singles = {
            plate: [self._plate_of_tubes(plate, place, tubes) for place, tubes in enumerate(found)]
            for plate, found in group.again().items()
        }

    # Before the clock

    def _swab(self, one: Drawn) -> Any:
        from som.people.rules import Declaration, Sex
        from som.sampling.rules import SwabTaken

        said = Declaration(
            name=one.name,
            sex=Sex(one.sex),
            birth_date=one.birth_date,
            phone=one.phone,
            number=one.number,
            residence=self.place.commune,
            address=f"Xóm {one.place % 20}",
        )
        return SwabTaken(one.tube, one.slip, NOON - timedelta(hours=1), said)

    def _plate_of_pools(self, plate: int) -> _Plate:
        from som.lab.rules import LoadKind, PoolMade

        pools = [
            PoolMade(f"P{members[0].tube}", tuple(one.tube for one in members))
            for members in self.group.pools(plate)
        ]
        found = [any(one.positive for one in members) for members in self.group.pools(plate)]
        items = [(LoadKind.POOL, pool.code) for pool in pools]
        return _Plate(f"{self.session}-{plate}", items, found, pools)

    def _plate_of_tubes(self, plate: int, place: int, tubes: Sequence[Drawn]) -> _Plate:
        from som.lab.rules import LoadKind

        items = [(LoadKind.TUBE, one.tube) for one in tubes]
        code = f"{self.session}-{plate}S{place}"
        return _Plate(code, items, [one.positive for one in tubes], [])

    # The steps

    def register(self, first: int, end: int) -> None:
        from som.sampling.commands import record_swabs

        self._whole(
            record_swabs(self.swabs[first:end], session=self.session, by=self.sampler, at=NOON)
        )

    def dispatch(self) -> list[Call]:
        """Hand everything over in boxes; the raw life has no such step."""
        from som.sampling.commands import Manifest, dispatch_tubes

        def packed(first: int, end: int) -> None:
            box = Manifest(f"M{self.tubes[first]}", self.place.commune, self.place.lab)
            codes = self.tubes[first:end]
            self._whole(dispatch_tubes(codes, manifest=box, by=self.sampler, at=NOON))

        return [partial(packed, *piece) for piece in slices(0, len(self.tubes), BOX)]

    def receive(self, first: int, end: int) -> None:
        from som.lab.commands import receive_tubes

        at = NOON + timedelta(hours=1)
        codes = self.tubes[first:end]
        self._whole(receive_tubes(codes, lab=self.place.lab, by=self.technician, at=at))

    def pool(self, plate: int) -> None:
        from som.lab.commands import make_pools

        at = NOON + timedelta(hours=2)
        pools = self.plates[plate].pools
        self._whole(make_pools(pools, lab=self.place.lab, by=self.technician, at=at))

    def import_run(self, plate: int) -> None:
        self._load(self.plates[plate])
        self._read(self.plates[plate])

    def release(self, plate: int) -> None:
        self._release(self.plates[plate])

    def retest(self, plate: int) -> None:
        for singles in self.singles.get(plate, ()):
            self._load(singles)
            self._read(singles)
            self._release(singles)

    def _load(self, plate: _Plate) -> None:
        from som.lab.commands import load_plates

        self._whole(
            load_plates(
                plate.loadings,
                plate=plate.code,
                size=len(WELLS),
                kit=KIT,
                lab=self.place.lab,
                by=self.technician,
                at=NOON + timedelta(hours=3),
            )
        )

    def _read(self, plate: _Plate) -> None:
        from som.lab.commands import read_runs

        at = NOON + timedelta(hours=6)
        self._whole(read_runs([plate.run], lab=self.place.lab, by=self.technician, at=at))

    def _release(self, plate: _Plate) -> None:
        """The reviewer releases what the run's page lists: its verdicts."""
        from som.kernel import sql
        from som.results.commands import release_verdicts

        verdicts = sql.rows(
            "SELECT v.id FROM lab_plate p JOIN lab_run r ON r.plate_id = p.id"
            " JOIN lab_verdict v ON v.run_id = r.id WHERE p.lab_id = %s AND p.code = %s",
            (self.place.lab, plate.code),
        )
        ids = [line[0] for line in verdicts]
        assert len(ids) == len(plate.items), (len(ids), len(plate.items))
        at = NOON + timedelta(hours=7)
        self._whole(release_verdicts(ids, lab=self.place.lab, by=self.reviewer, at=at))

    def gaps(self) -> list[str]:
        """What the product's own ledger finds amiss, over all history."""
        from som.access.queries import system_actor
        from som.results.queries import ledger_gaps

        found = ledger_gaps(by=system_actor("results"), at=NOON + timedelta(hours=9))
        return [f"{gap.law} {gap.subject}" for gap in found]

    def finished(self) -> int:
        """How many of the group's specimens have a standing result."""
        from som.access.queries import system_actor
        from som.kernel import scope, sql

        with scope.entered(system_actor("results"), "results.read"):
            found = sql.row(
                "SELECT count(DISTINCT r.swab_id) FROM sampling_tube t"
                " JOIN sampling_swab w ON w.tube_id = t.id"
                " JOIN results_result r ON r.swab_id = w.id WHERE t.code = ANY(%s)",
                (self.tubes,),
            )
        return int(found[0]) if found else 0

    def compare(self) -> list[Call]:
        """What the worker does of its own accord with people it has not seen yet."""
        from som.people.work import take_up_uncompared

        return [partial(self._pull, take_up_uncompared)]

    def _pull(self, work: Callable[..., object]) -> None:
        work(at=NOON + timedelta(hours=8))

    def follow(self) -> list[Call]:
        """What the worker does of its own accord after a release."""
        import tempfile
        from pathlib import Path

        from som.access.queries import system_actor
        from som.notices.work import take_up_waiting, to_files
        from som.results.work import take_up_calls, take_up_clocks, take_up_owed, take_up_rates

        outbox = Path(tempfile.mkdtemp())

        def deliver() -> None:
            send = to_files(outbox)
            take_up_waiting(send, by=system_actor("delivery"), at=NOON + timedelta(hours=8))

        pulls = (take_up_owed, take_up_clocks, take_up_rates, take_up_calls)
        return [deliver, *[partial(self._pull, pull) for pull in pulls]]

    def _whole(self, outcome: Any) -> None:
        """Nothing of a drawn life is refused, or something else would be measured."""
        if outcome.refused:
            raise AssertionError(
                f"refused: {outcome.refused[0].reason} {outcome.refused[0].detail}"
            )


class _Plate:
    """A plate with what lies in it and the file of its run."""

    def __init__(
        self, code: str, items: list[tuple[Any, str]], positive: list[bool], pools: list[Any]
    ) -> None:
        from som.lab.rules import Loading, LoadKind, RunGiven

        self.code, self.items, self.pools = code, items, pools
        controls = [(LoadKind.NO_TEMPLATE, "NTC", WELLS[-2]), (LoadKind.POSITIVE, "PC", WELLS[-1])]
        filled = [(kind, name, well) for (kind, name), well in zip(items, WELLS, strict=False)]
        self.loadings = [Loading(kind, name, (well,)) for kind, name, well in filled + controls]
        self.run = RunGiven(code, f"{code}.txt", self._file(filled, positive), "LOT-1")

    def _file(self, filled: list[tuple[Any, str, str]], positive: list[bool]) -> bytes:
        """The text export of a QuantStudio: three targets of each well."""
        from som.simulation.instruments import SimulatedRun, SimulatedWell, quantstudio_text

        shown = [
            SimulatedWell(well, name, self._cts(_LOW if found else _NONE, _LOW))
            for (_, name, well), found in zip(filled, positive, strict=True)
        ]
        shown.append(SimulatedWell(WELLS[-2], "NTC", self._cts(_NONE, _NONE)))
        shown.append(SimulatedWell(WELLS[-1], "PC", self._cts(_LOW, _LOW)))
        dyes = {"N1": "FAM", "N2": "VIC", "RP": "CY5"}
        ended = NOON + timedelta(hours=5)
        run = SimulatedRun(self.code, "QuantStudio™ 5", "272510001", ended, 45, dyes, shown)
        return quantstudio_text(run, curves=False)

    @staticmethod
    def _cts(found: Decimal | None, internal: Decimal | None) -> dict[str, Decimal | None]:
        return {"N1": found, "N2": found, "RP": internal}
