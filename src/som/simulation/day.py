"""The drawn day: people at tables, benches and desks do their work through the same commands as all.

In the morning the list of the provincial form is taken in and teams swab the households; boxes go to
the laboratories; what they release calls people of positive field pools to be swabbed again, singly.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from som.access.queries import system_actor
from som.kernel import ids, scope
from som.kernel.outcomes import Outcome, Refused
from som.notices.work import take_up_waiting, to_files
from som.people.queries import declarations_of
from som.results.queries import Waiting
from som.sampling import queries as sampling
from som.sampling.commands import (
    Manifest,
    Session,
    close_sessions,
    dispatch_tubes,
    open_sessions,
    record_swabs,
)
from som.sampling.lists import ListRow, RowRefused, outcome_of, prepared, read_list
from som.sampling.rules import SwabTaken, TubeClass
from som.simulation import listing, schedule
from som.simulation.bench import Bench, idle_since
from som.simulation.people import Drawn, Household
from som.simulation.province import CAMPAIGN, FIRST_LABEL, ROLL, Province
from som.simulation.schedule import Agenda
from som.simulation.teams import Box, Team, boxes, formed, parted
from som.simulation.world import Truth, World

LIST_PEOPLE = 160
"""People of the sampling list; a small demo lists a quarter of everybody."""
_LIST_SESSION, _GENUINE_SESSION = "DS", "QT"
_PUTTING_RIGHT = timedelta(minutes=20)

Tell = Callable[[str, int], None]
"""Hears how much more of what is done."""


class Day:
    """One drawn day, from the first swab to the last release."""

    def __init__(
        self,
        province: Province,
        world: World,
        households: Sequence[Household],
        apart: Sequence[Drawn],
        *,
        seed: int,
        outbox: Path,
        tell: Tell,
    ) -> None:
        self.province, self.world, self.apart = province, world, apart
        self.outbox, self.tell = outbox, tell
        self.seed = seed
        self.random = random.Random(f"day {seed}")
        self.slips = random.Random(f"slips {seed}")
        self.start = province.midnight + schedule.FIRST_SWAB
        self.agenda = Agenda(self.start)
        self.refused: list[Refused] = []  # type: ignore[type-arg]
        self.listed = listing.Taken()
        self.sessions: list[str] = []
        self.visits = 0
        self.visited: set[int] = set()
        self.serials = [
            iter(range(FIRST_LABEL + n * ROLL, FIRST_LABEL + (n + 1) * ROLL))
            for n in range(len(province.communes))
        ]
        self.by_words = {_words(p): p for p in world.people}
        instruments = schedule.instruments_for(len(world.people), len(province.laboratories))
        self.benches = [
            Bench(
                lab,
                world,
                self.agenda,
                idle_since(self.start, instruments),
                self._note_refused,
                self._released,
            )
            for lab in province.laboratories
        ]
        self.on_list, rest = parted(households, min(LIST_PEOPLE, len(world.people) // 4))
        self.teams = formed(rest, province.communes)

    def work(self) -> None:
        """Let the day happen."""
        self._open_sessions()
        self.agenda.plan(self.start, self._take_in_list)
        for team in self.teams:
            for box in self._boxes(team):
                self._plan_box(team.code, team.commune, box, self._bench_of(team))
        self.agenda.plan(self.start, self._genuine)
        self.agenda.run()
        self._note_refused(
            close_sessions(self.sessions, by=self.province.officer, at=self.ended_at)
        )

    @property
    def ended_at(self) -> datetime:
        """When the last thing of the day was done."""
        return self.agenda.now

    # --- plans ----------------------------------------------------------------------------------

    def _note_refused(self, outcome: Outcome) -> None:  # type: ignore[type-arg]
        self.refused += outcome.refused

    def _bench_of(self, team: Team) -> Bench:
        return self.benches[self.teams.index(team) % len(self.benches)]

    def _session(self, code: str, commune: int, bench: Bench, place: str, team: str) -> Session:
        unit = self.province.communes[commune].unit
        return Session(code, CAMPAIGN, unit, bench.lab.id, place, self.start, team)

    def _open_sessions(self) -> None:
        sessions = [
            self._session(
                team.code,
                team.commune,
                self._bench_of(team),
                f"{'Tại hộ' if team.pools else 'Chợ'}, {self.province.communes[team.commune].name}",
                f"Tổ {place}",
            )
            for place, team in enumerate(self.teams, start=1)
        ]
        sessions.append(
            self._session(_LIST_SESSION, 0, self.benches[0], listing.PLACE, f"Tổ {listing.TEAM}")
        )
        sessions.append(
            self._session(_GENUINE_SESSION, 0, self.benches[0], "Mẫu đối chứng", "Đối chứng")
        )
        at = self.start - timedelta(hours=1)
        self._open(sessions, at)

    def _open(self, sessions: Sequence[Session], at: datetime) -> None:
        self.sessions += [session.code for session in sessions]
        self._note_refused(open_sessions(sessions, by=self.province.officer, at=at))

    def _plan_box(self, session: str, commune: int, box: Box, bench: Bench) -> None:
        """Record what is in the box, send it, and let it arrive."""

        def leave(at: datetime) -> None:
            swabs = [
                SwabTaken(
                    truth.tube,
                    truth.slip,
                    truth.taken_at,
                    truth.person.declaration(),
                    tube_class=truth.person.tube_class,
                )
                for truth in box.swabs
            ]
            sampler = self.province.samplers[commune]
            self._note_refused(record_swabs(swabs, session=session, by=sampler, at=at))
            if session != _GENUINE_SESSION:
                self.tell("swabs", len(swabs))
            self._send(box.swabs, commune, bench, at)

        self.world.swabbed(box.swabs)
        self.agenda.plan(box.leaves_at, leave)

    def _send(self, swabs: Sequence[Truth], commune: int, bench: Bench, at: datetime) -> None:
        codes = list(dict.fromkeys(truth.tube for truth in swabs))
        unit = self.province.communes[commune].unit
        seal = f"NP{self.random.randrange(10**6):06d}"
        manifest = Manifest(f"BB-{codes[0]}", unit, bench.lab.id, "Tổ vận chuyển", seal)
        sampler = self.province.samplers[commune]
        self._note_refused(dispatch_tubes(codes, manifest=manifest, by=sampler, at=at))
        arrives = at + schedule.PACKING + schedule.road(self.random)
        if codes[0] in self.world.apart:
            self.agenda.plan(arrives, lambda now: bench.receive_genuine(codes, now))
        else:
            self.agenda.plan(arrives, lambda now: bench.receive(codes, now))

    def _boxes(self, team: Team) -> Iterator[Box]:
        return boxes(
            team,
            start=self.start,
            source=self.random,
            new_tube=lambda: self.new_tube(team.commune),
            new_slip=self.new_slip,
        )

    def new_slip(self) -> str:
        """The next printed slip."""
        return ids.new_slip_code(self.slips)

    def new_tube(self, commune: int) -> str:
        """The next label of this commune's roll."""
        return ids.tube_code(next(self.serials[commune]))

    # --- the list -------------------------------------------------------------------------------

    def _take_in_list(self, at: datetime) -> None:
        """The list arrives as a file when its team is done; wrong rows are put right and sent again."""
        form = listing.written(
            self.on_list, self.province, taken_at=self.start, secret=self._secret()
        )
        if form is None:
            return
        self.world.swabbed(form.truths)
        self.listed.rows = form.rows
        done_at = at + schedule.PER_PERSON * form.rows + schedule.PACKING

        def first(now: datetime) -> None:
            self.listed.first = self._import(form.wrong, now)

        def again(now: datetime) -> None:
            self.listed.again = self._import(form.right, now)
            self._send(form.truths, 0, self.benches[0], now)

        self.agenda.plan(done_at, first)
        self.agenda.plan(done_at + _PUTTING_RIGHT, again)

    def _secret(self) -> bytes:
        return f"list {self.seed}".encode()

    def _import(self, content: bytes, at: datetime) -> Outcome[ListRow | RowRefused]:
        """Read the file, carry its units to today, record its swabs; every row is accounted for."""
        given = read_list(content)
        residences = sampling.residences_named(
            (row.residence for row in given.rows), on=self.province.day
        )
        ready = prepared(given, residences, taken_at=self.start, secret=self._secret())
        sampler = self.province.samplers[0]
        recorded = record_swabs(list(ready.swabs), session=_LIST_SESSION, by=sampler, at=at)
        outcome = outcome_of(ready, recorded)
        self._note_refused(outcome)
        self.tell("swabs", len(outcome.done))
        return outcome

    # --- the genuine export ---------------------------------------------------------------------

    def _genuine(self, at: datetime) -> None:
        """Eight people whose tubes bear the sample names of the genuine export."""
        box = Box(at + schedule.BOX_EVERY)
        for number, person in enumerate(self.apart, start=1):
            taken = at + schedule.PER_PERSON * number
            box.swabs.append(Truth(person, f"{number} nCoV", self.new_slip(), taken))
        self.world.apart.update(truth.tube for truth in box.swabs)
        self._plan_box(_GENUINE_SESSION, 0, box, self.benches[0])

    # --- what follows a release -----------------------------------------------------------------

    def _released(self, verdicts: Sequence[Waiting], at: datetime) -> None:
        """Tell whom it concerns, and send teams to the people of positive field pools."""
        take_up_waiting(to_files(self.outbox), by=system_actor("delivery"), at=at)
        answered = [
            swab
            for one in verdicts
            if one.value == "negative" or one.kind == "tube"
            for swab in self.world.swabs_in(one.sample)
            if swab.tube not in self.world.apart and self.world.due(swab) is not None
        ]
        self.tell("answered", len({swab.slip for swab in answered}))
        if any(one.value == "positive" and one.kind == "tube" for one in verdicts):
            for commune in range(len(self.province.communes)):
                self.agenda.plan(
                    at + schedule.RECALL_AFTER,
                    lambda now, commune=commune: self._visit(commune, now),  # type: ignore[misc]
                )

    def _visit(self, commune: int, at: datetime) -> None:
        """Swab everybody asked for in a commune, each into a tube alone."""
        sampler = self.province.samplers[commune]
        requests = [
            request
            for request in sampling.open_requests(by=sampler, at=at, limit=5_000)
            if request.id not in self.visited
            and request.unit == self.province.communes[commune].unit
        ]
        if not requests:
            return
        self.visits += 1
        self.visited.update(request.id for request in requests)
        with scope.entered(sampler, "people.read"):
            said = declarations_of([request.person for request in requests])
        code = f"TL-{self.visits:03d}"
        bench = self.benches[commune % len(self.benches)]
        place = f"Lấy lại mẫu đơn, {self.province.communes[commune].name}"
        session = replace(
            self._session(code, commune, bench, place, "Tổ lấy lại mẫu"), starts_at=at
        )
        self._open([session], at)
        meant = {
            request.id: self.by_words[words.name, words.birth_year, words.phone]
            for request in requests
            for words in (said[request.person],)
        }
        truths: list[Truth] = []
        swabs: list[SwabTaken] = []
        now = at
        for request in sorted(requests, key=lambda one: meant[one.id].serial):
            now += schedule.PER_PERSON + schedule.PER_HOUSEHOLD
            tube, slip = self.new_tube(commune), self.new_slip()
            truths.append(Truth(meant[request.id], tube, slip, now))
            recalled = TubeClass.RECALLED
            swabs.append(SwabTaken(tube, slip, now, request=request.id, tube_class=recalled))
        self.world.swabbed(truths)

        def leave(then: datetime) -> None:
            self._note_refused(record_swabs(swabs, session=code, by=sampler, at=then))
            self._send(truths, commune, bench, then)

        self.agenda.plan(now + schedule.PACKING, leave)


def _words(person: Drawn) -> tuple[str, int | None, str]:
    """What a team asks to find whom a request means: name, birth year, telephone."""
    return person.name, person.born.year, person.phone
