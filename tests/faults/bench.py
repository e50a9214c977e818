"""What the laboratories do in a drawn day: pools, plates, files of instruments, referrals."""

from __future__ import annotations

from datetime import timedelta

from som.lab.rules import Loading, LoadKind, PoolMade, Referral, ReferralReason, RunGiven
from tests.faults.field import Field
from tests.journey.oracle import Thing
from tests.town import KIT, instrument_file

SHOWN = ["negative"] * 8 + ["positive", "positive", "inconclusive", "invalid"]
WELLS = [f"{row}{column}" for row in "ABCDEFGH" for column in range(1, 13)]
ROUNDS = 6
AFTER_A_RUN = tuple(
    f"som.ops.timetable.{name}" for name in ("watch_clocks", "weigh_rates", "call_reviewers")
)


class Bench(Field):
    """What technicians do. They know no names."""

    def pool(self) -> None:
        for lab in (1, 2):
            tubes = self.oracle.poolable(lab, self.now)
            if len(tubes) < 3:
                continue
            pool = Thing(self.named("P"), members=tubes[:3], lab=lab, waits="test")
            given = PoolMade(pool.code, tuple(tube.code for tube in pool.members))
            self.office.command(
                "pool", "lab.commands:make_pools", [given], [pool.code],
                lab=self.labs[lab], by=self.benches[lab],
            )  # fmt: skip
            self.oracle.pools.append(pool)
            for tube in pool.members:
                tube.waits, tube.pool = "", pool

    def bench(self, place: int) -> None:
        """All that waits onto one plate a laboratory; in the last round everything is clear."""
        shown = SHOWN if place < ROUNDS - 2 else ["negative"]
        for lab in (1, 2):
            things = self.oracle.waiting(lab, self.now)
            if not things:
                continue
            found = {thing.code: self.draw.choice(shown) for thing in things}
            void = place == 0 and self.draw.random() < 0.15
            self.plate(lab, found, "positive" if void else "negative")
            for thing in things:
                self.oracle.read(thing, "invalid" if void else found[thing.code])
        self.office.work(*AFTER_A_RUN)
        self.office.later(timedelta(minutes=self.draw.randint(20, 90)))

    def plate(self, lab: int, found: dict[str, str], water: str) -> None:
        """Load it, let the instrument run, read its file."""
        plate, bench = self.named("R"), {"lab": self.labs[lab], "by": self.benches[lab]}
        loadings = [
            Loading(LoadKind.POOL if code.startswith("P") else LoadKind.TUBE, code, (well,))
            for code, well in zip(found, WELLS, strict=False)
        ]
        loadings += [
            Loading(LoadKind.NO_TEMPLATE, "NTC", ("H11",)),
            Loading(LoadKind.POSITIVE, "PC", ("H12",)),
        ]
        self.office.command(
            "load", "lab.commands:load_plates", loadings, [f"{plate} {one.code}" for one in loadings],
            plate=plate, size=96, kit=KIT, **bench,
        )  # fmt: skip
        shown = {given.wells[0]: (given.code, found.get(given.code, "")) for given in loadings}
        shown["H11"] = ("NTC", "water" if water == "negative" else "positive")
        shown["H12"] = ("PC", "positive")
        content = instrument_file(plate, shown, self.now)
        given = RunGiven(plate, f"{plate}.txt", content, "LOT-1")
        self.office.command("run", "lab.commands:read_runs", [given], [plate], **bench)

    def refer(self) -> None:
        """What only laboratory one may confirm goes there."""
        going = self.oracle.referable(self.now)
        going = [tube for tube in going if tube.waits == "referral"]
        if not going:
            return
        box = Referral(self.named("F"), self.town.lab2, self.town.lab1, ReferralReason.CONFIRMATION)
        codes = [tube.code for tube in going]
        self.office.command(
            "sent", "lab.commands:refer_tubes", codes, [f"{code} in {box.code}" for code in codes],
            referral=box, by=self.town.lan,
        )  # fmt: skip
        for tube in going:
            tube.left_for = "retest"
            tube.lab, tube.bound, tube.waits = 0, 1, ""
        self.bring()
