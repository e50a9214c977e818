"""A drawn day in the town, small, with everything in it that a real one has."""

from __future__ import annotations

from datetime import timedelta

from som.ops.timetable import COMPARE_TASK
from som.people.rules import masked
from som.results.queries import SecondIdentifier
from som.results.rules import RecallWanted
from som.sampling.commands import Ending
from som.sampling.rules import RequestEnd
from tests.faults.bench import AFTER_A_RUN, ROUNDS, Bench
from tests.faults.strikes import LISTS, RECALLS
from tests.journey.oracle import Thing

TIMETABLE = "som.ops.timetable."
DELIVER = TIMETABLE + "deliver_notices"
EVERY_MINUTE = [
    TIMETABLE + name
    for name in (
        "call_provinces", "tell_owed", "close_expired", "ask_for_lost", "watch_clocks",
        "weigh_rates", "call_reviewers", "end_for_the_dead", "ask_the_living", "turn_campaigns",
        "end_requests_of_campaigns", "receive_unlisted",
    )
] + [LISTS, COMPARE_TASK, RECALLS]  # fmt: skip


class Day(Bench):
    """What is done, and beside it the oracle of what everybody must be told."""

    def run(self) -> None:
        """From the roster in the morning to the last acknowledgement."""
        self.begin()
        self.office.later(timedelta(minutes=1))
        self.roster()
        self.sample()
        self.bring()
        self.pool()
        for place in range(ROUNDS):
            self.bench(place)
            self.review()
            self.refer()
            if place < 2:
                self.sample_again()
                self.bring()
            self.deliver()
            if not any(self.oracle.waiting(lab, self.now) for lab in (1, 2)):
                break
        self.office.no_more(*AFTER_A_RUN)
        self.correct()
        self.everybody_is_told()
        self.recall()
        self.office.no_more(RECALLS)
        self.acknowledge()
        self.everybody_is_told()
        self.end()
        self.everybody_is_told()

    def waiting(self, lab: int) -> dict[str, int]:
        rows = self.office.read(
            "som.results.queries:waiting_for_release", self.labs[lab], by=self.reviewers[lab]
        )
        return {row.sample: row.verdict for row in rows}

    def review(self) -> None:
        """A second person releases on the page what may be, and decides of discordant pools."""
        for lab, name in ((1, "bao"), (2, "long")):
            while True:
                rows = self.waiting(lab)
                things = [
                    thing
                    for thing in self.oracle.tubes + self.oracle.pools
                    if thing.said_by == lab
                    and not thing.released
                    and self.oracle.releasable(thing)
                    and not (thing.members and self.oracle.discordant(thing))
                ]
                if not things:
                    break
                assert {t.code for t in things} <= set(rows), (rows, things)
                verdicts = [rows[thing.code] for thing in things]
                self.office.form(
                    "release", "/results/review/", name,
                    {"lab": self.labs[lab], "verdicts": ",".join(map(str, verdicts))}, verdicts,
                )  # fmt: skip
                for thing in things:
                    self.verdicts[thing.code] = rows[thing.code]
                    self.oracle.release(thing)
            for pool in self.oracle.pools:
                if pool.lab == lab and self.oracle.discordant(pool) and not pool.decided:
                    self.decide(pool, name)
        self.office.work(TIMETABLE + "call_reviewers", TIMETABLE + "watch_clocks")

    def decide(self, pool: Thing, name: str) -> None:
        decision = self.draw.choice(["negative", "again"])
        form = {"pool": pool.code, "lab": self.labs[pool.lab], "decide": decision, "reason": "xem"}
        self.office.form("decision", "/results/review/", name, form, [pool.code])
        self.oracle.decide(pool, decision)

    def correct(self) -> None:
        """An answer was wrong; two persons of laboratory one say so."""
        things = [
            thing
            for thing in self.oracle.tubes + self.oracle.pools
            if thing.code in self.verdicts and thing.released and thing.said_by == 1
            and not thing.pool
            and all(self.oracle.told_of.get(slip) == thing.code for slip in thing.everyone())
            and self.oracle.told[thing.everyone()[0]][-1] in ("negative", "negative_by_pool", "positive")
            and (len(thing.slips) == 1 or thing.said == "negative")
        ]  # fmt: skip
        if not things:
            return
        thing = self.draw.choice(things)
        value = "positive" if thing.said == "negative" else "negative"
        form = {"lab": self.town.lab1, "code": thing.code, "value": value, "reason": "nhầm"}
        key = f"{self.verdicts[thing.code]} {value}"
        first, second = self.draw.sample(["bao", "bich"], 2)
        self.office.form("correction", "/results/corrections/", first, form)
        ((number,),) = self.office.rows("SELECT id FROM results_correction")
        form = {"lab": self.town.lab1, "correction": number, "do": "confirm"}
        self.office.form("correction", "/results/corrections/", second, form, [f"{key} true"])
        assert self.oracle.correct(thing, value)

    def recall(self) -> None:
        """What the screening laboratory answered so far is taken back."""
        if self.draw.random() < 0.3:
            return
        now = self.now
        self.office.later(timedelta(minutes=1))
        reason = "ngưỡng đặt sai"
        given = RecallWanted(self.town.lab2, now - timedelta(days=30), now, reason)
        self.office.command(
            "recall", "results.commands:propose_recalls", [given], [], by=self.town.dora
        )
        ((number,),) = self.office.rows("SELECT id FROM results_recall")
        path = f"/results/recalls/{number}/"
        self.office.form("recall", path, "dung", {"confirm": "1"}, [f"{reason} true"])
        self.office.work(RECALLS)
        self.oracle.recall(2)

    def deliver(self) -> None:
        """What waits to be told leaves the house, as far as the receiver takes it."""
        self.office.work(DELIVER)

    def acknowledge(self) -> None:
        """The commune and the province take notice of all they were told."""
        for unit, name in ((self.town.north, "cleo"), (self.town.province, "dora")):
            found = self.office.rows(
                "SELECT id FROM notices_notice WHERE to_unit_id = %s AND acknowledged_at IS NULL",
                [unit],
            )
            if found:
                numbers = [number for (number,) in found]
                form = {"notices": ",".join(map(str, numbers))}
                self.office.form("acknowledged", "/notices/", name, form, numbers)

    # The evening

    def end(self) -> None:
        """Two days pass: what nobody tested is closed. Whoever is still asked for says no."""
        self.office.call_it_a_day()
        self.office.later(timedelta(hours=50))
        for tube in self.oracle.overdue(self.now):
            self.oracle.close(tube)
        self.office.work(*EVERY_MINUTE)
        self.everybody_is_told()
        asked = [
            number
            for (number,) in self.office.rows(
                "SELECT id FROM sampling_testrequest WHERE ended_at IS NULL ORDER BY id"
            )
        ]
        if asked:
            given = [Ending(number, RequestEnd.REFUSED) for number in asked]
            self.office.command(
                "ended", "sampling.commands:end_requests", given, asked, by=self.town.ana
            )
        self.oracle.asked.clear()
        self.acknowledge()
        self.office.later(timedelta(hours=1))
        self.office.work(*EVERY_MINUTE)
        while self.office.plan:  # every strike that was drawn falls
            self.open_session()
        self.let_all_out()

    def let_all_out(self) -> None:
        """The receiver is well again, and in the end it has everything."""
        (self.office.house.folder / "tame").touch()
        for _ in range(8):
            self.office.later(timedelta(minutes=20))
            self.office.house.revive()
            self.office.work(DELIVER)
            if not self.office.rows(
                "SELECT FROM notices_notice WHERE delivered_at IS NULL"
                " UNION ALL SELECT FROM notices_alarm WHERE delivered_at IS NULL"
            ):
                return
        raise AssertionError("what waits does not leave the house")

    def everybody_is_told(self) -> None:
        """The public look-up says to each slip what its own test found, and to no other."""
        seconds = {slip: SecondIdentifier(birth_date=born) for slip, born in self.born.items()}
        answers = self.office.read("tests.faults.desk:looked_up", seconds)
        for slip in self.born:
            told = self.oracle.told.get(slip, [])
            asked = self.oracle.asked.get(slip, False)
            wanted = (
                masked(self.names[slip]),
                told[-1] if told else None,
                len(told) or None,
                asked,
            )
            assert answers[slip] == wanted, (slip, answers[slip], wanted)
