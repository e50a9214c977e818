"""The whole journey of tubes, step by step as Hypothesis likes it, against the plain oracle."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.lab.commands import make_pools, receive_tubes
from som.lab.rules import PoolMade
from som.lab.verdicts import Verdict
from som.results import work
from som.results.commands import (
    Correction,
    Decision,
    confirm_corrections,
    decide_discordant_pools,
    propose_corrections,
    release_verdicts,
)
from som.results.queries import SecondIdentifier, ledger_gaps, look_up, waiting_for_release
from som.results.rules import PoolDecision
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
from tests.journey.oracle import Oracle, Thing
from tests.town import NOON, Town

PUBLIC, SYSTEM = system_actor("public"), system_actor("results")
SHOWN = ["positive", "negative", "negative", "inconclusive", "invalid"]

_LAWLESS = """
SELECT count(*) FROM results_result r
JOIN sampling_swab w ON w.id = r.swab_id JOIN sampling_tube t ON t.id = w.tube_id
JOIN lab_verdict v ON v.id = r.verdict_id JOIN lab_run n ON n.id = v.run_id
JOIN lab_load l ON l.id = v.load_id
WHERE NOT EXISTS (SELECT 1 FROM lab_reception c WHERE c.tube_id = t.id AND c.lab_id = n.lab_id)
   OR (r.value = 'positive' AND (l.tube_id IS DISTINCT FROM t.id OR t.swabs > 1))
   OR r.released_by = n.read_by
"""


class Journey(RuleBasedStateMachine):
    """Tubes of the north on their way through laboratory one, whatever happens to them."""

    def __init__(self) -> None:
        super().__init__()
        self.town, self.oracle, self.now = Town(), Oracle(), NOON
        self.bich = replace(self.town.bao, name="bich")  # the second reviewer of laboratory one
        self.swabs: dict[str, SwabTaken] = {}
        self.verdicts: dict[str, int] = {}
        self.count = 0
        self.whole = transaction.atomic()
        self.whole.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.whole.__exit__(None, None, None)

    def named(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def noted(self, action: str) -> None:
        """The newest line of the audit tells of what was just done."""
        found = sql.row("SELECT action FROM kernel_auditentry ORDER BY id DESC LIMIT 1")
        assert found == (action,)

    def rows(self) -> dict[str, int]:
        waiting = waiting_for_release(self.town.lab1, by=self.town.bao)
        return {row.sample: row.verdict for row in waiting}

    # Steps

    @rule(sizes=st.lists(st.sampled_from([1, 1, 1, 3]), min_size=1, max_size=5))
    def take(self, sizes: list[int]) -> None:
        for code, size in zip(self.town.tubes(len(sizes)), sizes, strict=True):
            swabs = [self.town.swab(code, taken_at=self.now) for _ in range(size)]
            outcome = record_swabs(swabs, session="S1", by=self.town.ana, at=self.now)
            assert outcome.done == swabs
            self.noted("sampling.record_swabs")
            slips = [swab.slip for swab in swabs]
            self.swabs |= dict(zip(slips, swabs, strict=True))
            self.oracle.taken(code, slips, slips, self.now)

    @precondition(lambda self: any(not t.here and not t.closed for t in self.oracle.tubes))
    @rule()
    def bring(self) -> None:
        going = [t for t in self.oracle.tubes if not t.here and not t.closed]
        codes = [tube.code for tube in going]
        box = Manifest(self.named("M"), self.town.north, self.town.lab1)
        assert dispatch_tubes(codes, manifest=box, by=self.town.ana, at=self.now).done == codes
        self.noted("sampling.dispatch_tubes")
        got = receive_tubes(codes, lab=self.town.lab1, by=self.town.ben, at=self.now)
        assert sorted(got.done) == sorted(codes)
        self.noted("lab.receive_tubes")
        for tube in going:
            tube.here, tube.waits = True, "test"

    @precondition(lambda self: len(self.oracle.poolable(self.now)) > 1)
    @rule(data=st.data())
    def pool(self, data: st.DataObject) -> None:
        tubes = self.oracle.poolable(self.now)
        size = data.draw(st.integers(2, min(3, len(tubes))))
        pool = Thing(self.named("P"), members=tubes[:size], waits="test")
        given = PoolMade(pool.code, tuple(tube.code for tube in pool.members))
        made = make_pools([given], lab=self.town.lab1, by=self.town.ben, at=self.now)
        assert made.done == [given]
        self.noted("lab.make_pools")
        self.oracle.pools.append(pool)
        for tube in pool.members:
            tube.waits, tube.pool = "", pool

    @precondition(lambda self: self.oracle.waiting(self.now))
    @rule(data=st.data(), sound=st.sampled_from([True, True, True, False]))
    def test(self, data: st.DataObject, sound: bool) -> None:
        things = self.oracle.waiting(self.now)
        shown = data.draw(
            st.lists(st.sampled_from(SHOWN), min_size=len(things), max_size=len(things))
        )
        found = {thing.code: what for thing, what in zip(things, shown, strict=True)}
        controls = ("negative", "positive") if sound else ("positive", "positive")
        self.town.run(self.named("R"), found, at=self.now, controls=controls)
        self.noted("lab.read_runs")
        for thing in things:
            self.oracle.read(thing, found[thing.code] if sound else "invalid")
        self.worker()

    @precondition(lambda self: self.rows())
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        waiting = self.rows()
        chosen = data.draw(st.lists(st.sampled_from(sorted(waiting)), unique=True, min_size=1))
        things = {t.code: t for t in self.oracle.tubes + self.oracle.pools}
        outcome = release_verdicts(
            [waiting[code] for code in chosen], lab=self.town.lab1, by=self.town.bao, at=self.now
        )
        self.noted("results.release_verdicts")
        right = [code for code in chosen if self.oracle.releasable(things[code])]
        assert sorted(outcome.done) == sorted(waiting[code] for code in right)
        for code in right:
            self.verdicts[code] = waiting[code]
            self.oracle.release(things[code])
        self.worker()

    @precondition(lambda self: any(map(self.oracle.discordant, self.oracle.pools)))
    @rule(data=st.data(), decision=st.sampled_from(PoolDecision))
    def decide(self, data: st.DataObject, decision: PoolDecision) -> None:
        pools = [pool for pool in self.oracle.pools if self.oracle.discordant(pool)]
        pool = data.draw(st.sampled_from(pools))
        waiting = self.rows()
        outcome = decide_discordant_pools(
            [Decision(pool.code, decision, "đã xem")],
            lab=self.town.lab1,
            by=self.town.bao,
            at=self.now,
        )
        self.noted("results.decide_discordant_pools")
        if pool.decided:
            assert bool(outcome.unchanged) == (pool.decided == decision)
            return
        assert outcome.done
        self.verdicts |= {tube.code: waiting[tube.code] for tube in pool.members if tube.said in (
            "negative", "inconclusive") and decision == "negative"}  # fmt: skip
        self.oracle.decide(pool, decision)
        self.worker()

    @precondition(lambda self: self.correctable())
    @rule(data=st.data(), value=st.sampled_from([v for v in Verdict if v != "invalid"]))
    def correct(self, data: st.DataObject, value: Verdict) -> None:
        thing = data.draw(st.sampled_from(self.correctable()))
        verdict = self.verdicts[thing.code]
        first, second = data.draw(st.permutations([self.town.bao, self.bich]))
        where = {"lab": self.town.lab1, "at": self.now}
        proposed = propose_corrections([Correction(verdict, value, "nhầm")], by=first, **where)
        self.noted("results.propose_corrections")
        assert not proposed.refused
        self.everybody_is_told_what_the_oracle_says()
        assert not confirm_corrections([verdict], by=first, **where).done
        self.everybody_is_told_what_the_oracle_says()
        confirmed = confirm_corrections([verdict], by=second, **where)
        self.noted("results.confirm_corrections")
        assert bool(proposed.done) == bool(confirmed.done) == self.oracle.correct(thing, value)

    def correctable(self) -> list[Thing]:
        return [
            thing
            for thing in self.oracle.tubes + self.oracle.pools
            if thing.code in self.verdicts and thing.everyone()[0] in self.oracle.told
            and (thing.members or len(thing.slips) == 1 or thing.said == "negative")
            and (not thing.members or thing.said == "negative")
        ]  # fmt: skip

    @precondition(lambda self: any(self.oracle.asked.values()))
    @rule(data=st.data())
    def recall(self, data: st.DataObject) -> None:
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
        self.swabs[swab.slip] = SwabTaken(code, swab.slip, self.now, self.swabs[of].said)
        self.oracle.recalled(code, swab.slip, of, self.now)

    def slip_of(self, request: int) -> str:
        with scope.entered(SYSTEM, "results.read"):
            found = sql.row(
                "SELECT w.slip FROM sampling_testrequest r"
                " JOIN sampling_swab w ON w.id = r.from_swab_id WHERE r.id = %s",
                (request,),
            )
        assert found is not None
        return str(found[0])

    @precondition(lambda self: self.losable())
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        tube = data.draw(st.sampled_from(self.losable()))
        loss = Loss(tube.code, "vỡ", "cleo")
        assert lose_tubes([loss], by=self.town.ana, at=self.now).done
        self.noted("sampling.lose_tubes")
        assert work.take_up_lost(at=self.now) == self.oracle.unasked(tube)
        self.oracle.close(tube)

    def losable(self) -> list[Thing]:
        return [
            tube
            for tube in self.oracle.tubes
            if not tube.closed and not any(slip in self.oracle.told for slip in tube.slips)
        ]

    @rule(hours=st.sampled_from([1, 30]))
    def wait(self, hours: int) -> None:
        """Time passes. Whoever is asked for and does not come has refused before it is due."""
        asked = open_requests(by=self.town.dora, at=self.now)
        given = [Ending(request.id, RequestEnd.REFUSED) for request in asked]
        assert len(end_requests(given, by=self.town.ana, at=self.now).done) == len(given)
        self.oracle.asked.clear()
        self.now += timedelta(hours=hours)
        self.worker()

    def worker(self) -> None:
        """What the worker does every few minutes."""
        late = self.oracle.overdue(self.now)
        assert work.take_up_expired(at=self.now) == len(late)
        for tube in late:
            self.oracle.close(tube)

    # What always holds

    @invariant()
    def everybody_is_told_what_the_oracle_says(self) -> None:
        for slip, swab in self.swabs.items():
            assert swab.said is not None
            second = SecondIdentifier(birth_date=swab.said.birth_date)
            answer = look_up(slip, second, by=PUBLIC, at=self.now)
            assert answer is not None
            told = self.oracle.told.get(slip, [])
            assert answer.value == (told[-1] if told else None)
            assert answer.version == (len(told) or None)
            assert answer.asked_again == self.oracle.asked.get(slip, False)

    @invariant()
    def the_ledger_closes(self) -> None:
        assert ledger_gaps(by=self.town.dora, at=self.now) == []

    @invariant()
    def no_result_is_against_the_law(self) -> None:
        with scope.entered(SYSTEM, "results.read"):
            assert sql.row(_LAWLESS) == (0,)
        connection.check_constraints()


@pytest.mark.django_db
@pytest.mark.slow
def test_everybody_is_told_what_they_must_be() -> None:
    examples = int(os.environ.get("HYPOTHESIS_MAX_EXAMPLES") or 25)
    run_state_machine_as_test(
        Journey,
        settings=settings(max_examples=examples, stateful_step_count=25, phases=[Phase.generate]),
    )
