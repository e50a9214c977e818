"""Everybody who works that day: they ask, rely on what they were answered, and ask again if not."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from som.kernel.outcomes import Outcome
from tests.faults.house import House, NoAnswer, Page, wait_until
from tests.faults.instrument import kill_server
from tests.faults.strikes import Moment, Orders, Role, Struck, Victim, drawn, eased
from tests.town import NOON

T = TypeVar("T")

CALLS = 32
"""Strikes wait from one of the first so many calls of a day on. A day has some twenty more."""

SHAKEN = 60.0
"""So long after a strike a question may find nobody, in seconds; at any other time it is a fault."""

LOST_ANSWERS = 0.2
"""So often an answer is lost on its way, and the same is sent again though nobody was struck."""

LEFT_IN_HAND = 3.0
"""Seconds after which a job that is still in hand when a strike fell is asked for again."""

KEPT = {
    "list": "SELECT id::text || ':' || (confirmed_at IS NOT NULL)::text FROM sampling_list",
    "session": "SELECT code FROM sampling_session",
    "swab": "SELECT slip FROM sampling_swab",
    "sent": "SELECT t.code || ' in ' || m.code FROM sampling_custody c"
    " JOIN sampling_tube t ON t.id = c.tube_id JOIN sampling_manifest m ON m.id = c.manifest_id"
    " WHERE c.step = 'sent'",
    "received": "SELECT t.code || ' at ' || r.lab_id FROM lab_reception r"
    " JOIN sampling_tube t ON t.id = r.tube_id",
    "lost": "SELECT code FROM sampling_tube WHERE lost_at IS NOT NULL",
    "pool": "SELECT code FROM lab_pool",
    "load": "SELECT p.code || ' ' || l.sample FROM lab_load l JOIN lab_plate p ON p.id = l.plate_id",
    "run": "SELECT p.code FROM lab_run r JOIN lab_plate p ON p.id = r.plate_id",
    "release": "SELECT verdict_id::text FROM results_release",
    "decision": "SELECT p.code FROM results_pooldecision d JOIN lab_pool p ON p.id = d.pool_id",
    "correction": "SELECT verdict_id || ' ' || value || ' ' || (confirmed_at IS NOT NULL)::text"
    " FROM results_correction",
    "recall": "SELECT reason || ' ' || (confirmed_at IS NOT NULL)::text FROM results_recall",
    "acknowledged": "SELECT id::text FROM notices_notice WHERE acknowledged_at IS NOT NULL",
    "ended": "SELECT id::text FROM sampling_testrequest WHERE ended_at IS NOT NULL",
}
"""How what somebody was told was done is found again, by kind."""


class Office:
    """Sends what is to be done, once or as often as it takes, with the day's strikes falling in."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.seed = house, seed
        self.orders = Orders(house.folder)
        self.plan = drawn(seed, CALLS)
        self.numbers = {strike.number for strike in self.plan}
        self.lossy = random.Random(f"lost answers {seed}")
        self.calls, self.evening = 0, False
        self.seen = 0
        self.shaken_until = 0.0
        self.receipts: dict[str, set[str]] = defaultdict(set)
        self.again = 0
        self.off = NOON - datetime.now(UTC)
        self.sessions: dict[str, str] = {}

    # Time

    def now(self) -> datetime:
        return datetime.now(UTC) + self.off

    def later(self, by: timedelta) -> None:
        """Time passes for everybody."""
        self.off += by
        self.quietly(
            lambda: self.house.ask(
                "tests.faults.desk:set_off", self.off.total_seconds(), timed=False
            )
        )

    # Asking

    def command(
        self, kind: str, name: str, items: Sequence[Any], keys: Iterable[object], **where: Any
    ) -> None:
        """Let the desk do this with all items. The keys are receipts: found again ever after."""

        def once() -> None:
            outcome: Outcome[Any] = self.house.ask(f"som.{name}", items, **where)
            assert not outcome.refused, (name, outcome.refused)
            # A batch is one transaction: of what came before nothing is there, or everything.
            assert not (outcome.done and outcome.unchanged), (name, outcome)
            assert len(outcome.held) == len(items), (name, outcome)

        self.sent(Role.DESK, once)
        self.receipts[kind] |= {str(key) for key in keys}
        if self.lossy.random() < LOST_ANSWERS:
            self.quietly(once)

    def form(
        self,
        kind: str,
        path: str,
        name: str,
        form: dict[str, Any],
        keys: Iterable[object] = (),
        file: tuple[str, bytes] | None = None,
    ) -> Page:
        """Let somebody send a form on a page."""

        def once() -> Page:
            page = self.house.page(path, self.sessions[name], form, file)
            assert page.status in (200, 302), (path, page.status, page.text)
            return page

        page = self.sent(Role.PAGES, once)
        self.receipts[kind] |= {str(key) for key in keys}
        return self.quietly(once) if self.lossy.random() < LOST_ANSWERS else page

    def work(self, *tasks: str) -> None:
        """Let the worker do these, and wait until it has."""

        def once() -> None:
            asked = time.time()
            jobs = self.house.ask("tests.faults.desk:wake", list(tasks), timed=False)

            def over() -> bool:
                if not self.house.runs("worker"):
                    raise NoAnswer("the worker is gone")
                # A job that went well is deleted.
                found = self.house.rows(
                    "SELECT status::text FROM procrastinate_jobs WHERE id = ANY(%s)", [jobs]
                )
                if ("failed",) in found:
                    raise NoAnswer(f"a job of {tasks} failed")
                if not found and set(tasks) <= self.orders.done_since(asked):
                    return True
                if self.noted_since(asked) and (not found or time.time() > asked + LEFT_IN_HAND):
                    # Taken up by a worker that lost its database meanwhile; the clock wakes again.
                    raise NoAnswer(f"a job of {tasks} was left in hand")
                return False

            wait_until(over)

        self.sent(Role.WORKER, once, tasks)

    def read(self, name: str, *args: Any, timed: bool = False, **kwargs: Any) -> Any:
        """Ask for something, without a strike."""
        return self.quietly(lambda: self.house.ask(name, *args, timed=timed, **kwargs))

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.quietly(lambda: self.house.rows(statement, parameters))

    # Asking again

    def sent(self, role: Role, once: Callable[[], T], jobs: Sequence[str] = ()) -> T:
        """Ask, with the strike that is drawn for this call; ask again until there is an answer."""
        self._order(role, jobs)
        answer = self.quietly(once)
        if strike := self.orders.standing(role):
            self.orders.take_back(role)
            self.plan.insert(0, eased(strike))
        if self._struck():
            self.house.revive()
            self.assure()
        return answer

    def quietly(self, once: Callable[[], T]) -> T:
        """Ask until there is an answer. Nobody may be away save for a strike."""
        while True:
            try:
                return once()
            except NoAnswer as error:
                self._struck()
                if time.time() > self.shaken_until:
                    raise AssertionError(f"no answer, and nobody was struck: {error}") from error
                self.again += 1
                self.house.revive()
                self.house.wait_for_pages()
                self.assure()

    def _order(self, role: Role, jobs: Sequence[str]) -> None:
        """Let the strike that waits for such a call fall into it, or carry it out at once."""
        waiting = (one for one in self.plan if one.since <= self.calls)
        strike = next((one for one in waiting if self.evening or one.fits(role, jobs)), None)
        self.calls += 1
        if strike is None:
            return
        self.plan.remove(strike)
        if self.evening:
            strike = replace(strike, role=role)
        if strike.moment is not Moment.IDLE:
            self.orders.give(strike)
            return
        self.orders.note(Struck(strike, "", 0, False, time.time()))
        if strike.victim is Victim.SELF:
            self.house.kill(role)
        else:
            kill_server(self.house.server.cluster)
        self._struck()
        self.house.revive()
        self.house.wait_for_pages()
        self.assure()

    def no_more(self, *jobs: str) -> None:
        """What these jobs do in a day is done: strikes that wait for them take any job."""
        self.plan = [replace(one, job="") if one.job in jobs else one for one in self.plan]

    def call_it_a_day(self) -> None:
        """From now on every strike that has not fallen takes the next call, whosever it is."""
        self.evening = True
        self.plan = [replace(one, since=0, job="") for one in self.plan]

    def noted_since(self, asked: float) -> bool:
        """Whether a strike fell not long before this moment, or after it."""
        return any(struck.at > asked - SHAKEN for struck in self.orders.noted())

    def _struck(self) -> bool:
        """Whether a strike fell since this was asked last."""
        count = len(self.orders.noted())
        if count == self.seen:
            return False
        self.seen, self.shaken_until = count, time.time() + SHAKEN
        return True

    def assure(self) -> None:
        """Every receipt is honoured: what somebody was told was done is done."""
        parts = " UNION ALL ".join(
            f"SELECT '{kind}', key FROM ({query}) AS {kind} (key)" for kind, query in KEPT.items()
        )

        def look() -> list[tuple[Any, ...]]:
            return self.house.rows(parts)

        deadline = time.monotonic() + SHAKEN
        while True:
            try:
                found = look()
                break
            except NoAnswer:
                assert time.monotonic() < deadline
                self.house.wait_for_server()
        there = defaultdict(set)
        for kind, key in found:
            there[kind].add(key)
        for kind, keys in self.receipts.items():
            assert keys <= there[kind], f"{kind}: told that done, and gone: {keys - there[kind]}"
