"""Steps of sampling: people into tubes, tubes into boxes, people again; and time passes."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from som.kernel import scope, sql
from som.lab.commands import receive_tubes, refer_tubes
from som.lab.rules import Referral, ReferralReason
from som.people.commands import Death, join_persons, note_deaths
from som.people.matching.reviews import Pair
from som.results import work
from som.sampling.commands import (
    Ending,
    Loss,
    Manifest,
    Session,
    dispatch_tubes,
    end_requests,
    lose_tubes,
    open_sessions,
    record_swabs,
)
from som.sampling.queries import open_requests
from som.sampling.rules import RequestEnd, SwabTaken
from tests.journey.oracle import Thing
from tests.journey.world import SYSTEM, World


class SamplingSteps(World):
    """What the teams, the couriers and the commune do."""

    @rule(
        sizes=st.lists(st.sampled_from([1, 1, 1, 3]), min_size=1, max_size=5),
        lab=st.sampled_from([1, 2]),
        at_once=st.sampled_from([True, True, False]),
    )
    def take(self, sizes: list[int], lab: int, at_once: bool) -> None:
        for code, size in zip(self.town.tubes(len(sizes)), sizes, strict=True):
            swabs = [self.town.swab(code, taken_at=self.now) for _ in range(size)]
            outcome = record_swabs(swabs, session=f"S{lab}", by=self.town.ana, at=self.now)
            assert outcome.done == swabs
            self.noted("sampling.record_swabs")
            slips = [swab.slip for swab in swabs]
            self.swabs |= dict(zip(slips, swabs, strict=True))
            self.oracle.taken(code, slips, slips, self.now).bound = lab
        if at_once:
            self.bring_to(lab)

    @precondition(lambda self: self.to_bring())
    @rule(lab=st.sampled_from([1, 2]))
    def bring(self, lab: int) -> None:
        self.bring_to(lab)

    def bring_to(self, lab: int) -> None:
        """A box to a laboratory, which receives it."""
        going = [t for t in self.to_bring() if t.bound == lab]
        if not going:
            return
        codes = [tube.code for tube in going]
        fresh = [tube.code for tube in going if not tube.sent]
        if fresh:
            box = Manifest(self.named("M"), self.town.north, self.labs[lab])
            sent = dispatch_tubes(fresh, manifest=box, by=self.town.ana, at=self.now)
            assert sent.done == fresh
            self.noted("sampling.dispatch_tubes")
        for tube in going:
            tube.sent = True
        got = receive_tubes(codes, lab=self.labs[lab], by=self.benches[lab], at=self.now)
        late = [t.code for t in going if t.good_until() < self.now]
        assert sorted([*got.done, *late]) == sorted(codes)
        self.noted("lab.receive_tubes")
        for tube in going:
            if tube.code not in late:
                tube.lab, tube.waits, tube.left_for = lab, tube.left_for or "test", ""

    def to_bring(self) -> list[Thing]:
        return [t for t in self.oracle.tubes if not t.lab and not t.closed]

    @precondition(lambda self: self.oracle.referable(self.now))
    @rule(data=st.data(), at_once=st.booleans())
    def refer(self, data: st.DataObject, at_once: bool) -> None:
        """The screening laboratory sends tubes on to the one that may confirm."""
        here = {tube.code: tube for tube in self.oracle.referable(self.now)}
        codes = data.draw(st.lists(st.sampled_from(sorted(here)), unique=True, min_size=1))
        box = Referral(self.named("F"), self.town.lab2, self.town.lab1, ReferralReason.CONFIRMATION)
        outcome = refer_tubes(codes, referral=box, by=self.town.lan, at=self.now)
        assert outcome.done == codes, outcome
        self.noted("lab.refer_tubes")
        for code in codes:
            tube = here[code]
            tube.left_for = "test" if tube.waits == "test" else "retest"
            tube.lab, tube.bound, tube.waits = 0, 1, ""
        if at_once:
            self.bring_to(1)

    @precondition(lambda self: any(self.oracle.asked.values()))
    @rule(data=st.data())
    def sample_again(self, data: st.DataObject) -> None:
        asked = open_requests(by=self.town.dora, at=self.now)
        request = data.draw(st.sampled_from(asked))
        session = Session(
            self.named("T"), "C1", self.town.north, self.town.lab1, "Nhà", self.now, "Mũi 9"
        )
        assert open_sessions([session], by=self.town.dora, at=self.now).done
        self.noted("sampling.open_sessions")
        (code,) = self.town.tubes(1)
        swab = self.town.swab(code, said=None, request=request.id, taken_at=self.now)
        outcome = record_swabs([swab], session=session.code, by=self.town.ana, at=self.now)
        assert outcome.done, outcome
        of = self.slip_of(request.id)
        said = self.swabs[self.slip_that_stands(of)].said
        self.swabs[swab.slip] = SwabTaken(code, swab.slip, self.now, said)
        self.oracle.sampled_again(code, swab.slip, of, self.now)

    def slip_of(self, request: int) -> str:
        with scope.entered(SYSTEM, "results.read"):
            found = sql.row(
                "SELECT w.slip FROM sampling_testrequest r"
                " JOIN sampling_swab w ON w.id = r.from_swab_id WHERE r.id = %s",
                (request,),
            )
        assert found is not None
        return str(found[0])

    def slip_that_stands(self, of: str) -> str:
        """A slip of the entry that stands for somebody now: what it said they are asked by."""
        entries = self.persons()
        with scope.entered(SYSTEM, "results.read"):
            found = sql.row("SELECT people_standing(%s)", (entries[of],))
        assert found is not None
        return next(slip for slip, entry in entries.items() if entry == found[0])

    def living(self) -> list[str]:
        return sorted(set(self.oracle.person.values()) - self.oracle.dead)

    def die(self, data: st.DataObject) -> None:
        """Somebody dies, whatever is under way for them."""
        person = data.draw(st.sampled_from(self.living()))
        given = [Death(self.persons()[person], self.now)]
        assert note_deaths(given, by=self.town.ana, at=self.now).done == given
        self.noted("people.note_deaths")
        self.oracle.died(person)
        self.worker()

    @precondition(lambda self: len(self.living()) > 1)
    @rule(data=st.data())
    def join(self, data: st.DataObject) -> None:
        """The commune finds that two entries are one person, before or after their answers."""
        people = self.living()
        one, other = data.draw(
            st.lists(st.sampled_from(people), min_size=2, max_size=2, unique=True)
        )
        entries = self.persons()
        given = [Pair(entries[one], entries[other])]
        assert join_persons(given, by=self.town.cleo, at=self.now).done == given
        self.noted("people.join_persons")
        self.oracle.joined(one, other)
        self.worker()

    def lose(self, data: st.DataObject) -> None:
        tube = data.draw(st.sampled_from(self.losable()))
        loss, town = Loss(tube.code, "vỡ"), self.town
        assert lose_tubes([loss], witness=town.cleo, by=town.ana, at=self.now).done
        self.noted("sampling.lose_tubes")
        assert work.take_up_lost(at=self.now) == self.oracle.unasked(tube)
        self.oracle.close(tube)

    @rule()
    def wait(self) -> None:
        self.pass_time(1)

    def pass_time(self, hours: int) -> None:
        """Time passes. Whoever is asked for and does not come has refused before it is due."""
        asked = open_requests(by=self.town.dora, at=self.now)
        given = [Ending(request.id, RequestEnd.REFUSED) for request in asked]
        assert len(end_requests(given, by=self.town.ana, at=self.now).done) == len(given)
        self.oracle.asked.clear()
        self.later(timedelta(hours=hours))
        self.worker()
