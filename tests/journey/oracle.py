"""What each person must be told, in the plainest words: the slow oracle of a tube's journey.

It knows no table and no SQL. A *tube* holds the slips of those swabbed into it; a *thing* is what
can be tested, a tube or a lab pool; what was said of it last counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

USE_BY = timedelta(hours=48)


@dataclass
class Thing:
    """A tube or a lab pool. `slips`: those in the tube; `members`: the tubes of the pool."""

    code: str
    slips: list[str] = field(default_factory=list)
    members: list[Thing] = field(default_factory=list)
    alone: bool = False
    use_by: datetime | None = None
    here: bool = False
    waits: str = ""
    invalids: int = 0
    said: str = ""  # the last verdict
    released: bool = False  # the last verdict, by a second person
    closed: bool = False
    pool: Thing | None = None
    decided: str = ""

    def good_until(self) -> datetime:
        """Until when it may be tested."""
        if self.members:
            return min(tube.good_until() for tube in self.members)
        assert self.use_by is not None
        return self.use_by

    def everyone(self) -> list[str]:
        """The slips of all in it."""
        return [*self.slips, *(slip for tube in self.members for slip in tube.slips)]


@dataclass
class Oracle:
    """All tubes and pools there are, what each slip was told, and who is asked for again."""

    tubes: list[Thing] = field(default_factory=list)
    pools: list[Thing] = field(default_factory=list)
    person: dict[str, str] = field(default_factory=dict)
    told: dict[str, list[str]] = field(default_factory=dict)
    asked: dict[str, bool] = field(default_factory=dict)
    ever_asked: set[str] = field(default_factory=set)

    def taken(self, code: str, slips: list[str], people: list[str], at: datetime) -> Thing:
        """People swabbed into a fresh tube."""
        tube = Thing(code, slips, use_by=at + USE_BY)
        self.tubes.append(tube)
        self.person |= dict(zip(slips, people, strict=True))
        return tube

    def recalled(self, code: str, slip: str, of: str, at: datetime) -> None:
        """The person of an earlier slip, swabbed again and alone: nobody asks for them any more."""
        tube = self.taken(code, [slip], [self.person[of]], at)
        tube.alone = True
        for other, person in self.person.items():
            if person == self.person[of]:
                self.asked[other] = False

    def ask(self, slips: list[str]) -> None:
        for slip in slips:
            self.asked[slip] = True
            self.ever_asked.add(slip)

    def waiting(self, at: datetime) -> list[Thing]:
        """What a bench may load now."""
        return [
            thing
            for thing in self.tubes + self.pools
            if thing.waits and not thing.closed and thing.good_until() >= at
        ]

    def poolable(self, at: datetime) -> list[Thing]:
        """Single screening tubes that wait for their first test."""
        return [
            tube
            for tube in self.waiting(at)
            if tube.waits == "test" and len(tube.slips) == 1 and not tube.alone
        ]

    def read(self, thing: Thing, shown: str) -> None:
        """A run was read. A second invalid is inconclusive; a suspicious pool frees its members."""
        if shown == "invalid" and thing.invalids:
            shown = "inconclusive"
        thing.said, thing.released, thing.waits = shown, False, ""
        if shown == "invalid":
            thing.invalids += 1
            thing.waits = "retest"
        elif thing.members and shown != "negative":
            for tube in thing.members:
                tube.waits = "retest"

    def discordant(self, pool: Thing) -> bool:
        """Positive, though each member that could be tested was, and none is."""
        return pool.said == "positive" and not any(
            tube.said == "positive" or (tube.said in ("", "invalid") and not tube.closed)
            for tube in pool.members
        )

    def releasable(self, thing: Thing) -> bool:
        """Whether a second person may say that the last verdict stands."""
        if thing.said in ("", "invalid"):
            return False
        pool = thing.pool
        if pool is None or pool.said != "positive" or thing.said == "positive":
            return True
        return any(tube.said == "positive" for tube in pool.members)

    def release(self, thing: Thing) -> None:
        thing.released = True
        alone = len(thing.slips) == 1
        for slip in thing.everyone():
            if thing.said == "negative":
                self.tell(slip, "negative" if alone else "negative_by_pool")
            elif alone:
                self.tell(slip, thing.said)
        if (
            not thing.members
            and thing.said != "negative"
            and not (alone and thing.said == "positive")
        ):
            self.ask(thing.slips)

    def decide(self, pool: Thing, decision: str) -> None:
        """A named person's word on a discordant pool."""
        pool.decided = decision
        for tube in pool.members:
            if tube.said in ("", "invalid"):
                continue  # closed untested: asked for when it was closed
            if decision == "negative":
                self.release(tube)
            else:
                self.ask(tube.slips)

    def correct(self, thing: Thing, value: str) -> bool:
        """What was said is wrong. Whether anybody is told anything new."""
        alone = len(thing.slips) == 1
        if alone:
            meant = value
        else:
            meant = "negative_by_pool" if value == "negative" else "withdrawn"
        slips = thing.everyone()
        if self.told[slips[0]][-1] == meant:
            return False
        for slip in slips:
            self.tell(slip, meant)
        if meant in ("withdrawn", "inconclusive"):
            self.ask(slips)
        return True

    def tell(self, slip: str, value: str) -> None:
        self.told.setdefault(slip, []).append(value)

    def close(self, tube: Thing) -> None:
        """Lost, or past its use-by: its people are asked for again, unless they were already."""
        tube.closed = True
        if self.unasked(tube):
            self.ask(tube.slips)

    def unasked(self, tube: Thing) -> bool:
        """Whether somebody in the tube has no answer and was never asked for again."""
        return any(slip not in self.told and slip not in self.ever_asked for slip in tube.slips)

    def overdue(self, at: datetime) -> list[Thing]:
        """Tubes past their use-by that nobody answers for and that have no verdict on its way."""
        return [
            tube
            for tube in self.tubes
            if tube.good_until() < at
            and not tube.closed
            and self.unasked(tube)
            and not any(
                thing is not None and thing.said not in ("", "invalid") and not thing.released
                for thing in (tube, tube.pool)
            )
        ]
