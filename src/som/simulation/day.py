"""The drawn day: people at tables, benches and desks do their work through the same commands as all.

In the morning the list of the provincial form is taken in and teams swab the households; boxes go to
the laboratories; what they release calls people of positive field pools to be swabbed again, singly.
What goes wrong on purpose is planned onto a day from outside: see `faults`, `roster`, `antigen_point`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from som.kernel import ids
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused
from som.lab.commands import set_capacities
from som.lab.rules import CapacityWanted
from som.results.queries import Waiting
from som.sampling.commands import (
    Manifest,
    Session,
    close_sessions,
    dispatch_tubes,
    hand_over_boxes,
    open_sessions,
    record_swabs,
)
from som.sampling.rules import BoxPassed, SwabTaken
from som.simulation import listing, schedule, worker
from som.simulation.bench import SAMPLES_PER_PLATE, Bench, idle_since
from som.simulation.inbox import Inbox
from som.simulation.people import Drawn, Household
from som.simulation.province import CAMPAIGN, FIRST_LABEL, ROLL, Province
from som.simulation.schedule import Agenda
from som.simulation.teams import Box, Team, boxes, formed, parted
from som.simulation.visits import visit
from som.simulation.world import Truth, World

LIST_PEOPLE = 160
"""People of the sampling list; a small demo lists a quarter of everybody."""
_GENUINE_SESSION = "QT"
_BEFORE = timedelta(hours=2)
"""Lists are sent in before the first swab."""
_LABORATORY_OF_TEAM = (0, 1, 0, 0, 0, 1)
"""By turns; so that both get field pools and single tubes."""
_DRIVER = "Lái xe, Tổ vận chuyển"

Tell = Callable[[str, int], None]
"""Hears how much more of what is done."""


class Day:
    """One drawn day, from the first swab to the last release.

    `on`: the day, the province's own unless given. `codes`: what sessions, pools and plates of this
    day begin with, so that two days of one province never share a code; `first_label`: the place in
    each commune's roll of labels from which on this day's are used. `apart`: the people of the genuine
    export; `list_people`: how many are on the list of the provincial form.
    """

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
        on: date | None = None,
        codes: str = "",
        first_label: int = 0,
        list_people: int = LIST_PEOPLE,
    ) -> None:
        self.province, self.world, self.apart = province, world, apart
        self.outbox, self.tell = outbox, tell
        self.seed, self.codes = seed, codes
        self.on = province.day if on is None else on
        self.random = random.Random(f"day {codes}{seed}")
        self.slips = random.Random(f"slips {codes}{seed}")
        self.start = datetime.combine(self.on, time(), LOCAL) + schedule.FIRST_SWAB
        self.agenda = Agenda(self.start - _BEFORE)
        self.refused: list[Refused] = []  # type: ignore[type-arg]
        self.listed = listing.Taken()
        self.sessions: dict[str, Actor] = {}
        """Code → who opened it."""
        self.inbox = Inbox()
        self.visits = 0
        self.visited: set[int] = set()
        self.away = 0
        """So many of the people asked for again are not at home when the first team comes."""
        self.answered: set[int] = set()
        self._watched_at = self.start - schedule.WATCH_EVERY
        self.boxes: list[tuple[Team, Box]] = []
        self.serials = [
            iter(range(FIRST_LABEL + n * ROLL + first_label, FIRST_LABEL + (n + 1) * ROLL))
            for n in range(len(province.communes))
        ]
        self.by_words = {_words(p): p for p in world.people}
        self.benches = [
            Bench(
                lab,
                world,
                self.agenda,
                idle_since(self.start, schedule.instruments_for(len(world.people), lab.share)),
                self.note_refused,
                self._released,
                self.plan_visits,
                codes,
            )
            for lab in province.laboratories
        ]
        self.on_list, rest = parted(households, min(list_people, len(world.people) // 4))
        self.teams = formed(rest, province.communes)

    def work(self, until: datetime | None = None) -> None:
        """Let the day happen: all of it, or until then and no further."""
        self.prepare()
        self.agenda.run(until)

    def prepare(self) -> None:
        """Plan what teams and drivers will do."""
        self._set_ceilings()
        self._open_sessions()
        listing.plan(self)
        for team in self.teams:
            for box in self.boxes_of(team, self.begins(team)):
                self.boxes.append((team, box))
                self.plan_box(self._code_of(team), team.commune, box, self.bench_of(team))
            done_at = max(box.leaves_at for other, box in self.boxes if other is team)
            self.close_session_at(self._code_of(team), done_at)
        if self.apart:
            self.agenda.plan(self.start, self._genuine)
        self.agenda.plan(self.start, self._pull)

    @property
    def ended_at(self) -> datetime:
        """When the last thing of the day was done."""
        return self.agenda.now

    # --- sessions -------------------------------------------------------------------------------

    def note_refused(self, outcome: Outcome) -> None:  # type: ignore[type-arg]
        """Keep what was refused: it stands in the table."""
        self.refused += outcome.refused

    def begins(self, team: Team) -> datetime:  # noqa: ARG002  (a day of several shifts asks)
        """When this team sets up its table."""
        return self.start

    def bench_of(self, team: Team) -> Bench:
        """Where this team's tubes go: the smaller laboratory gets every third team's."""
        return self.benches[_LABORATORY_OF_TEAM[self.teams.index(team) % len(_LABORATORY_OF_TEAM)]]

    def _set_ceilings(self) -> None:
        """Each laboratory may load as much a day as its instruments can run."""
        a_day = SAMPLES_PER_PLATE * schedule.RUNS_A_DAY
        wanted = [
            CapacityWanted(bench.lab.id, len(bench.instruments) * a_day, self.on)
            for bench in self.benches
        ]
        at = self.start - _BEFORE
        self.note_refused(set_capacities(wanted, by=self.province.officer, at=at))

    def _code_of(self, team: Team) -> str:
        return f"{self.codes}{team.code}"

    def _open_sessions(self) -> None:
        at = self.start - timedelta(hours=1)
        sessions = [
            self._session(
                self._code_of(team),
                team.commune,
                self.bench_of(team).lab.id,
                f"{'Tại hộ' if team.pools else 'Chợ'}, {self.province.communes[team.commune].name}",
                f"Tổ {place}",
                self.begins(team),
            )
            for place, team in enumerate(self.teams, start=1)
        ]
        if self.apart:
            lab, place = self.benches[0].lab.id, "Mẫu đối chứng"
            sessions.append(self._session(_GENUINE_SESSION, 0, lab, place, "Đối chứng"))
        self._open(sessions, at)

    def open_session(
        self, code: str, commune: int, lab: int, place: str, team: str, at: datetime
    ) -> None:
        """Open one more session, which begins now."""
        self._open([self._session(code, commune, lab, place, team, at)], at)

    def _session(
        self, code: str, commune: int, lab: int, place: str, team: str, at: datetime | None = None
    ) -> Session:
        unit = self.province.communes[commune].unit
        return Session(code, CAMPAIGN, unit, lab, place, at or self.start, team)

    def _open(self, sessions: Sequence[Session], at: datetime) -> None:
        """Each commune's officer opens its own."""
        for commune in self.province.communes:
            here = [session for session in sessions if session.unit == commune.unit]
            officer = self.province.officer_at(commune.unit)
            if here:
                self.note_refused(open_sessions(here, by=officer, at=at))
                self.sessions.update((session.code, officer) for session in here)

    def close_session_at(self, code: str, done_at: datetime) -> None:
        """Close a session when its team has cleared up."""
        self.agenda.plan(done_at + schedule.CLEARING, lambda at: self.close_session(code, at))

    def close_session(self, code: str, at: datetime) -> None:
        """No swab is recorded there any more."""
        self.note_refused(close_sessions([code], by=self.sessions[code], at=at))

    # --- boxes ----------------------------------------------------------------------------------

    def plan_box(
        self,
        session: str,
        commune: int,
        box: Box,
        bench: Bench,
        requests: dict[int, int] | None = None,
    ) -> None:
        """Record what is in the box, send it, and let it arrive.

        `requests`: by serial number, the test request that a swab answers. A box whose list comes
        late is on its way before anybody has recorded what is in it.
        """

        def record(at: datetime) -> None:
            sampler = self.province.samplers[commune]
            swabs = [_taken(truth, requests or {}) for truth in box.swabs]
            self.note_refused(record_swabs(swabs, session=session, by=sampler, at=at))
            if session != _GENUINE_SESSION:
                self.tell("swabs", len(swabs))

        def leave(at: datetime) -> None:
            if box.list_late:
                arrives = at + schedule.road(self.random)
                codes = _codes(box.swabs)
                self.agenda.plan(arrives, lambda now: bench.receive(codes, now))
                self.agenda.plan(arrives + box.list_late, record)
                return
            record(at)
            self.send(box.swabs, commune, bench, at, lost=box.lost)

        self.world.swabbed(box.swabs)
        self.agenda.plan(box.leaves_at, leave)

    def send(
        self,
        swabs: Sequence[Truth],
        commune: int,
        bench: Bench,
        at: datetime,
        *,
        lost: frozenset[str] = frozenset(),
    ) -> None:
        """Send a box to a laboratory, by the hands of a driver; what is lost never arrives."""
        codes = _codes(swabs)
        unit = self.province.communes[commune].unit
        seal = f"NP{self.random.randrange(10**6):06d}"
        manifest = Manifest(f"BB-{codes[0]}", unit, bench.lab.id, "Tổ vận chuyển", seal)
        sampler = self.province.samplers[commune]
        self.note_refused(dispatch_tubes(codes, manifest=manifest, by=sampler, at=at))
        leaves = at + schedule.PACKING
        passed = BoxPassed(manifest.code, leaves, manifest.taker, _DRIVER, seal)
        self.agenda.plan(
            leaves,
            lambda now: self.note_refused(hand_over_boxes([passed], by=sampler, at=now)),
        )
        arrives = leaves + schedule.road(self.random)
        if codes[0] in self.world.apart:
            self.agenda.plan(arrives, lambda now: bench.receive_genuine(codes, now))
        else:
            come = [code for code in codes if code not in lost]
            self.agenda.plan(arrives, lambda now: bench.receive(come, now))

    def boxes_of(self, team: Team, start: datetime) -> Iterator[Box]:
        """The boxes of this team, with new labels and slips."""
        return boxes(
            team,
            start=start,
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

    def _genuine(self, at: datetime) -> None:
        """Eight people whose tubes bear the sample names of the genuine export."""
        box = Box(at + schedule.BOX_EVERY)
        for number, person in enumerate(self.apart, start=1):
            taken = at + schedule.PER_PERSON * number
            box.swabs.append(Truth(person, f"{number} nCoV", self.new_slip(), taken))
        self.world.apart.update(truth.tube for truth in box.swabs)
        self.plan_box(_GENUINE_SESSION, 0, box, self.benches[0])
        self.close_session_at(_GENUINE_SESSION, box.leaves_at)

    # --- what follows ---------------------------------------------------------------------------

    def _pull(self, at: datetime) -> None:
        """Let the worker look, now and every quarter of an hour while anything is going on."""
        if at - self._watched_at >= schedule.WATCH_EVERY:
            self.look(at)
            self._watched_at = at
        else:
            self.pull(at)
        if self.agenda.waiting:
            self.agenda.plan(at + schedule.PULL_EVERY, self._pull)

    def look(self, at: datetime) -> None:
        """One round of the worker, of the watch and of the officers who read what they were told."""
        self.pull(at)
        self.inbox.take_notice(self.province, at)
        worker.watch(at)

    def pull(self, at: datetime) -> None:
        """Let the worker look once, and people go on with what it found."""
        pulled = worker.pull(self.outbox, at)
        if pulled.asked_again:
            self.plan_visits(at)
        if pulled.listed:
            for bench in self.benches:
                bench.work(at)

    def plan_visits(self, at: datetime) -> None:
        """Send a team to whoever is asked for again, in each commune."""
        for commune in range(len(self.province.communes)):
            self.agenda.plan(
                at + schedule.RECALL_AFTER,
                lambda now, commune=commune: visit(self, commune, now),  # type: ignore[misc]
            )

    def _released(self, verdicts: Sequence[Waiting], at: datetime) -> None:
        """Tell whom it concerns, and send teams to the people of positive field pools."""
        worker.deliver(self.outbox, at)
        self.note_answered(
            swab
            for one in verdicts
            if one.value == "negative" or one.kind == "tube"
            for swab in self.world.swabs_in(one.sample)
        )
        if any(one.value == "positive" and one.kind == "tube" for one in verdicts):
            self.plan_visits(at)

    def note_answered(self, swabs: Iterable[Truth]) -> None:
        """Count whoever has an answer now for the first time."""
        now = {
            swab.person.serial
            for swab in swabs
            if swab.tube not in self.world.apart and self.world.due(swab) is not None
        } - self.answered
        self.answered |= now
        self.tell("answered", len(now))


def _codes(swabs: Sequence[Truth]) -> list[str]:
    return list(dict.fromkeys(truth.tube for truth in swabs))


def _taken(truth: Truth, requests: dict[int, int]) -> SwabTaken:
    """The swab as the team records it: of whom a request asks for, or of somebody who says who they
    are."""
    request = requests.get(truth.person.serial)
    return SwabTaken(
        truth.tube,
        truth.slip,
        truth.taken_at,
        truth.person.declaration() if request is None else None,
        request,
        truth.person.tube_class,
    )


def _words(person: Drawn) -> tuple[str, int | None, str]:
    """What a team asks to find whom a request means: name, birth year, telephone."""
    return person.name, person.born.year, person.phone
