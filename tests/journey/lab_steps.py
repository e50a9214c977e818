"""Steps of the laboratories: kept, rejected, pooled, put on plates, read."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from som.lab.commands import make_pools, reject_tubes
from som.lab.rules import PoolMade, Rejection, RejectReason
from som.results import work
from som.sampling.commands import store_tubes
from som.sampling.rules import StorageKind
from tests.journey.oracle import Thing
from tests.journey.world import World

SHOWN = ["positive", "positive", "negative", "negative", "inconclusive", "invalid"]
CONTROLS = ["sound", "sound", "sound", "run", "section"]


class LabSteps(World):
    """What technicians do. They know no names."""

    @precondition(lambda self: self.keepable())
    @rule(data=st.data())
    def keep(self, data: st.DataObject) -> None:
        """Freeze a tube, or thaw one that is frozen."""
        tube = data.draw(st.sampled_from(self.keepable()))
        kind = StorageKind.THAWED if tube.frozen_left is not None else StorageKind.FROZEN
        kept = store_tubes(
            [tube.code], kind=kind, lab=self.labs[tube.lab], by=self.benches[tube.lab], at=self.now
        )
        assert kept.done == [tube.code], kept
        self.noted("sampling.store_tubes")
        if kind is StorageKind.FROZEN:
            tube.freeze(self.now)
        else:
            tube.thaw(self.now)

    def keepable(self) -> list[Thing]:
        return [
            tube
            for tube in self.oracle.tubes
            if tube.lab and not tube.closed and not tube.thawed and tube.good_until() >= self.now
            and (tube.kept_at is None or tube.kept_at < self.now)
        ]  # fmt: skip

    def reject(self, data: st.DataObject) -> None:
        why = data.draw(st.sampled_from([RejectReason.LEAKING, RejectReason.TOO_LITTLE]))
        tube = data.draw(st.sampled_from(self.rejectable()))
        bench = self.benches[tube.lab]
        given = [Rejection(tube.code, why)]
        outcome = reject_tubes(
            given, lab=self.labs[tube.lab], witness=self.town.cleo, by=bench, at=self.now
        )
        assert outcome.done == given, outcome
        self.noted("lab.reject_tubes")
        assert work.take_up_lost(at=self.now) == self.oracle.unasked(tube)
        self.oracle.close(tube)

    def rejectable(self) -> list[Thing]:
        return [tube for tube in self.losable() if tube.lab and tube.waits]

    @precondition(lambda self: any(len(self.oracle.poolable(n, self.now)) > 1 for n in (1, 2)))
    @rule(data=st.data())
    def pool(self, data: st.DataObject) -> None:
        lab = data.draw(
            st.sampled_from([n for n in (1, 2) if len(self.oracle.poolable(n, self.now)) > 1])
        )
        tubes = self.oracle.poolable(lab, self.now)
        size = data.draw(st.integers(2, min(3, len(tubes))))
        pool = Thing(self.named("P"), members=tubes[:size], lab=lab, waits="test")
        given = PoolMade(pool.code, tuple(tube.code for tube in pool.members))
        made = make_pools([given], lab=self.labs[lab], by=self.benches[lab], at=self.now)
        assert made.done == [given]
        self.noted("lab.make_pools")
        self.oracle.pools.append(pool)
        for tube in pool.members:
            tube.waits, tube.pool = "", pool

    @precondition(lambda self: any(self.oracle.waiting(n, self.now) for n in (1, 2)))
    @rule(data=st.data(), controls=st.sampled_from(CONTROLS))
    def test(self, data: st.DataObject, controls: str) -> None:
        self.run_plate(data, controls)

    def run_plate(self, data: st.DataObject, controls: str) -> None:
        """One plate of all that waits at a laboratory.

        Its controls are sound, or the run's fails, or that of the extraction batch which every
        second of the things was in.
        """
        lab = data.draw(st.sampled_from([n for n in (1, 2) if self.oracle.waiting(n, self.now)]))
        things = self.oracle.waiting(lab, self.now)
        shown = data.draw(
            st.lists(st.sampled_from(SHOWN), min_size=len(things), max_size=len(things))
        )
        found = {thing.code: what for thing, what in zip(things, shown, strict=True)}
        section = {thing.code for thing in things[::2]} if controls == "section" else set()
        self.town.run(
            self.named("R"),
            found,
            lab=self.labs[lab],
            by=self.benches[lab],
            at=self.now,
            controls=("positive" if controls == "run" else "negative", "positive"),
            failed_batch=section,
        )
        for thing in things:
            void = controls == "run" or thing.code in section
            self.oracle.read(thing, "invalid" if void else found[thing.code])
        self.worker()
