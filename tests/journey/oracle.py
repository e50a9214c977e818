"""What each person must be told, in the plainest words: the slow oracle of a tube's journey.

It knows no table and no SQL. A *tube* holds the slips of those swabbed into it; a *thing* is what
can be tested, a tube or a lab pool; what was said of it last counts. Laboratory 1 may confirm,
laboratory 2 may only screen; 0 is nowhere yet, or on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

USE_BY = timedelta(hours=48)
THAWED = timedelta(hours=24)
FROZEN = timedelta(days=7)

CLEAR = ("positive", "negative", "negative_by_pool")


@dataclass
class Thing:
    """A tube or a lab pool. `slips`: those in the tube; `members`: the tubes of the pool."""

    code: str
    slips: list[str] = field(default_factory=list)
    members: list[Thing] = field(default_factory=list)
    bound: int = 1  # the laboratory it goes to
    sent: bool = False
    lab: int = 0  # the laboratory that has it
    left_for: str = ""  # what it is to wait for where it comes
    alone: bool = False
    use_by: datetime | None = None
    kept_at: datetime | None = None
    frozen_left: timedelta | None = None
    thawed: bool = False
    waits: str = ""
    invalids: int = 0
    said: str = ""  # the last verdict
    said_by: int = 0  # the laboratory of the last verdict
    released: bool = False  # the last verdict, by a second person
    void: bool = False  # the last verdict: recalled, or its pool decided, before it was released
    reported: bool = False  # another laboratory gave its word on it
    closed: bool = False
    pool: Thing | None = None
    decided: str = ""
    explains: bool = False  # was positive where its pool was made

    def good_until(self) -> datetime:
        """Until when it may be tested."""
        if self.members:
            return min(tube.good_until() for tube in self.members)
        assert self.use_by is not None
        return self.use_by

    def everyone(self) -> list[str]:
        """The slips of all in it."""
        return [*self.slips, *(slip for tube in self.members for slip in tube.slips)]

    def freeze(self, at: datetime) -> None:
        """At -70 °C its time stands still."""
        assert self.use_by is not None
        self.frozen_left, self.kept_at = self.use_by - at, at
        self.use_by = at + max(FROZEN, self.frozen_left)

    def thaw(self, at: datetime) -> None:
        """What was left goes on, a day at most."""
        assert self.frozen_left is not None
        self.use_by = at + min(self.frozen_left, THAWED)
        self.frozen_left, self.kept_at, self.thawed = None, at, True


@dataclass
class Oracle:
    """All tubes and pools there are, what each slip was told, and who is asked for again."""

    tubes: list[Thing] = field(default_factory=list)
    pools: list[Thing] = field(default_factory=list)
    person: dict[str, str] = field(default_factory=dict)
    told: dict[str, list[str]] = field(default_factory=dict)
    told_by: dict[str, int] = field(default_factory=dict)
    told_of: dict[str, str] = field(default_factory=dict)  # the tested thing, or "report"
    asked: dict[str, bool] = field(default_factory=dict)
    ever_asked: set[str] = field(default_factory=set)
    of_pool: set[str] = field(default_factory=set)
    recalled: set[int] = field(default_factory=set)
    dead: set[str] = field(default_factory=set)

    # Sampling

    def taken(self, code: str, slips: list[str], people: list[str], at: datetime) -> Thing:
        """People swabbed into a fresh tube."""
        tube = Thing(code, slips, use_by=at + USE_BY)
        self.tubes.append(tube)
        self.person |= dict(zip(slips, people, strict=True))
        return tube

    def sampled_again(self, code: str, slip: str, of: str, at: datetime) -> None:
        """The person of an earlier slip, swabbed again and alone: nobody asks for them any more."""
        tube = self.taken(code, [slip], [self.person[of]], at)
        tube.alone = True
        for other, person in self.person.items():
            if person == self.person[of]:
                self.asked[other] = False

    def joined(self, one: str, other: str) -> None:
        """The people of two slips are one person."""
        kept, gone = self.person[one], self.person[other]
        self.person = {s: kept if p == gone else p for s, p in self.person.items()}

    def died(self, person: str) -> None:
        """Whoever died is asked for no more; what was found is still said."""
        self.dead.add(person)
        for slip, of in self.person.items():
            if of == person:
                self.asked[slip] = False

    def ask(self, slips: list[str]) -> None:
        for slip in slips:
            if self.person[slip] not in self.dead:
                self.asked[slip] = True
                self.ever_asked.add(slip)

    def ask_of_pool(self, slips: list[str]) -> None:
        """A field pool was positive: whoever said no to that once is not asked for it twice."""
        self.ask([slip for slip in slips if slip not in self.of_pool])
        self.of_pool |= set(slips)

    # The benches

    def waiting(self, lab: int, at: datetime) -> list[Thing]:
        """What a bench may load now."""
        return [
            thing
            for thing in self.tubes + self.pools
            if thing.lab == lab and thing.waits in ("test", "retest") and not thing.closed
            and thing.good_until() >= at
        ]  # fmt: skip

    def poolable(self, lab: int, at: datetime) -> list[Thing]:
        """Single screening tubes that wait for their first test."""
        return [
            tube
            for tube in self.waiting(lab, at)
            if tube.waits == "test" and len(tube.slips) == 1 and not tube.alone
        ]

    def read(self, thing: Thing, shown: str) -> None:
        """A run was read. A second invalid is inconclusive; a suspicious pool frees its members."""
        if shown == "invalid" and thing.invalids:
            shown = "inconclusive"
        thing.said, thing.said_by, thing.waits = shown, thing.lab, ""
        thing.released = thing.void = False
        if shown == "positive" and thing.pool is not None and thing.pool.lab == thing.lab:
            thing.explains = True
        if shown == "invalid":
            thing.invalids += 1
            thing.waits = "retest"
        elif thing.members and shown != "negative":
            for tube in thing.members:
                tube.waits = "retest"

    def referable(self, at: datetime) -> list[Thing]:
        """What the screening laboratory may send on: all that waits there, also to be confirmed."""
        return [
            tube
            for tube in self.tubes
            if tube.lab == 2 and tube.waits and not tube.closed and tube.good_until() >= at
        ]

    # Release

    def discordant(self, pool: Thing) -> bool:
        """Positive, though of each member that could be tested something is known, and none is."""
        return pool.said == "positive" and not any(
            tube.explains
            or self.word(tube) == "positive"
            or (not self.word(tube) and not tube.closed)
            for tube in pool.members
        )

    def word(self, tube: Thing) -> str:
        """What is known of a member's own tube: its last test, else another laboratory's paper."""
        if tube.said not in ("", "invalid"):
            return tube.said
        (slip,) = tube.slips
        if self.told_of.get(slip) != "report":
            return ""
        last = self.told[slip][-1]
        return {"suspected": "positive", "withdrawn": ""}.get(last, last)

    def follows(self, tube: Thing) -> bool:
        """Whether a decision about its pool may let a tube's own test be the next answer."""
        last = [self.told[slip][-1] for slip in tube.slips if slip in self.told]
        if set(last) & {"positive", "suspected"}:
            return False
        return all(self.belied(tube, slip) for slip in tube.slips if self.clear(slip))

    def clear(self, slip: str) -> bool:
        """Whether somebody's answer stands by itself."""
        return slip in self.told and self.told[slip][-1] in CLEAR

    def releasable(self, thing: Thing) -> bool:
        """Whether a second person may say that the last verdict stands."""
        if thing.said in ("", "invalid") or thing.void:
            return False
        if all(self.settled(thing, slip) for slip in thing.everyone()):
            return False
        pool = thing.pool
        if (
            pool is None
            or pool.said_by != thing.said_by
            or pool.said != "positive"
            or thing.said == "positive"
        ):
            return True
        return any(tube.explains or self.word(tube) == "positive" for tube in pool.members)

    def settled(self, thing: Thing, slip: str) -> bool:
        """Whether what somebody was told is not for this test to change."""
        before = self.told[slip][-1] if slip in self.told else ""
        if before == "suspected":
            return thing.said_by != 1
        return before in CLEAR and not self.belied(thing, slip)

    def belied(self, thing: Thing, slip: str) -> bool:
        """Whether a test of the very tube says otherwise than another laboratory's word on paper."""
        before = self.told[slip][-1] if slip in self.told else ""
        return (
            not thing.members
            and before in CLEAR
            and self.told_of[slip] == "report"
            and not (before == "positive" and thing.said_by == 2)  # it may not refute
            and before.partition("_")[0] != thing.said
        )

    def release(self, thing: Thing) -> None:
        thing.released = True
        alone = len(thing.slips) == 1
        open_to_it = [slip for slip in thing.everyone() if not self.settled(thing, slip)]
        belied = [slip for slip in open_to_it if self.belied(thing, slip)]
        for slip in open_to_it:
            if thing.said == "negative":
                self.tell(slip, "negative" if alone else "negative_by_pool", thing.said_by, thing)
            elif alone and thing.said == "positive" and thing.said_by == 2:
                self.tell(slip, "suspected", 2, thing)
                thing.waits = "referral"
            elif alone:
                self.tell(slip, thing.said, thing.said_by, thing)
            elif slip in belied:
                self.tell(slip, "withdrawn", thing.said_by, thing)
        if alone and thing.said == "inconclusive":
            self.ask(thing.slips)
        elif thing.slips and not alone and thing.said != "negative":
            self.ask(belied)
            self.ask_of_pool([slip for slip in open_to_it if slip not in belied])

    def decide(self, pool: Thing, decision: str) -> None:
        """A named person's word on a discordant pool."""
        pool.decided = decision
        for tube in pool.members:
            tested = tube.said not in ("", "invalid") and tube.said_by == pool.said_by
            if tested and self.follows(tube):
                if decision == "negative":
                    self.release(tube)
                else:
                    self.ask(tube.slips)
            elif decision == "again":
                # Whom another laboratory answered keeps that answer and is asked too.
                self.ask([s for s in tube.slips if self.clear(s) and self.told_of[s] == "report"])
            # Of a decided pool nothing waits any more.
            tube.void = tube.void or (tested and not tube.released)

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
            self.tell(slip, meant, thing.said_by, thing)
        if meant in ("withdrawn", "inconclusive"):
            self.ask(slips)
        return True

    def recall(self, lab: int) -> None:
        """All that a laboratory answered is taken back, and what it would answer never is."""
        self.recalled.add(lab)
        for slip, values in self.told.items():
            if self.told_by[slip] == lab and values[-1] != "withdrawn":
                self.tell(slip, "withdrawn", lab)
                self.ask([slip])
        for thing in self.tubes + self.pools:
            if thing.said in ("", "invalid") or thing.said_by != lab or thing.released:
                continue
            thing.void = True
            for slip in thing.everyone():
                if slip not in self.told and slip not in self.ever_asked:
                    self.ask([slip])

    def report(self, tube: Thing, value: str) -> None:
        """Laboratory one's word on a tube of ours, on paper, released by a second receiver."""
        alone, tube.reported = len(tube.slips) == 1, True
        for slip in tube.slips:
            if value == "negative":
                self.tell(slip, "negative" if alone else "negative_by_pool", 1)
            elif alone:
                self.tell(slip, value, 1)
        if not alone and value == "positive":
            self.ask_of_pool(tube.slips)
        else:
            tube.waits = ""  # everybody in it has an answer: no bench needs it

    def tell(self, slip: str, value: str, lab: int, of: Thing | None = None) -> None:
        self.told.setdefault(slip, []).append(value)
        self.told_by[slip], self.told_of[slip] = lab, of.code if of else "report"

    # Ends

    def close(self, tube: Thing) -> None:
        """Lost, or past its use-by: its people are asked for again, unless they were already."""
        tube.closed = True
        if self.unasked(tube):
            self.ask([slip for slip in tube.slips if self.unanswered(slip)])

    def unended(self, slip: str) -> bool:
        """Whether somebody, alive or dead, has no answer, or one that nobody confirmed."""
        return slip not in self.told or self.told[slip][-1] == "suspected"

    def unanswered(self, slip: str) -> bool:
        """The same of somebody alive."""
        return self.unended(slip) and self.person[slip] not in self.dead

    def unasked(self, tube: Thing) -> bool:
        """Whether somebody alive in the tube has no answer and was never asked for again."""
        return any(self.unanswered(slip) and slip not in self.ever_asked for slip in tube.slips)

    def kept_open(self, tube: Thing) -> bool:
        """Whether the other members of a positive pool wait for this one, which shows nothing."""
        return (
            tube.pool is not None
            and tube.pool.said == "positive"
            and not tube.pool.decided
            and tube.said in ("", "invalid")
        )

    def overdue(self, at: datetime) -> list[Thing]:
        """Tubes past their use-by that nobody answers for and that have no verdict on its way, and
        those for which alone their pool waits. A tube of the dead is closed too: nobody tests it."""
        return [
            tube
            for tube in self.tubes
            if tube.good_until() < at
            and not tube.closed
            and (
                any(self.unended(slip) and slip not in self.ever_asked for slip in tube.slips)
                or self.kept_open(tube)
            )
            and not any(
                thing is not None
                and thing.said not in ("", "invalid")
                and not thing.released
                and not thing.void
                for thing in (tube, tube.pool)
            )
        ]
