"""Steps of results: released, decided, corrected, held, recalled, reported by others."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from som.kernel import scope, sql
from som.lab.commands import lift_holds, place_holds
from som.lab.queries import holds_in_force
from som.lab.rules import HoldKind, HoldWanted, Lifting
from som.lab.verdicts import Verdict
from som.results.commands import (
    Correction,
    Decision,
    Match,
    ReportSent,
    confirm_corrections,
    confirm_recalls,
    decide_discordant_pools,
    match_reported,
    note_reports,
    propose_corrections,
    propose_recalls,
    receive_reports,
    release_reported,
    release_verdicts,
)
from som.results.queries import corrections_open, recall_open
from som.results.rules import PoolDecision, RecallWanted
from som.sampling.commands import RowRead
from som.sampling.lists import ReportedResult
from som.sampling.lists.written import ListRow
from tests.journey.oracle import Thing
from tests.journey.world import World


class ResultsSteps(World):
    """What reviewers and receivers do, each of them the second person."""

    @precondition(lambda self: self.rows(1) or self.rows(2))
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        lab = data.draw(st.sampled_from([n for n in (1, 2) if self.rows(n)]))
        waiting = sorted(self.rows(lab))
        self.release_these(
            lab, data.draw(st.lists(st.sampled_from(waiting), unique=True, min_size=1))
        )

    def release_these(self, lab: int, chosen: list[str]) -> None:
        waiting = self.rows(lab)
        things = {t.code: t for t in self.oracle.tubes + self.oracle.pools}
        outcome = release_verdicts(
            [waiting[code] for code in chosen],
            lab=self.labs[lab],
            by=self.reviewers[lab],
            at=self.now,
        )
        self.noted("results.release_verdicts")
        right = [
            code
            for code in chosen
            if things[code].said_by == lab and self.oracle.releasable(things[code])
        ]
        assert sorted(outcome.done) == sorted(waiting[code] for code in right), outcome
        for code in right:
            self.verdicts[code] = waiting[code]
            self.oracle.release(things[code])
        self.worker()

    @precondition(lambda self: any(map(self.oracle.discordant, self.oracle.pools)))
    @rule(data=st.data(), decision=st.sampled_from(PoolDecision))
    def decide(self, data: st.DataObject, decision: PoolDecision) -> None:
        pools = [pool for pool in self.oracle.pools if self.oracle.discordant(pool)]
        pool = data.draw(st.sampled_from(pools))
        waiting = self.rows(pool.lab)
        outcome = decide_discordant_pools(
            [Decision(pool.code, decision, "đã xem")],
            lab=self.labs[pool.lab],
            by=self.reviewers[pool.lab],
            at=self.now,
        )
        self.noted("results.decide_discordant_pools")
        if pool.decided:
            assert bool(outcome.unchanged) == (pool.decided == decision)
            return
        kept = [
            tube
            for tube in pool.members
            if tube.said_by == pool.said_by
            and tube.said not in ("", "invalid")
            and tube.void
            and self.oracle.follows(tube)
        ]
        grave = any(
            self.oracle.told[slip][-1] in ("positive", "suspected")
            for tube in pool.members
            for slip in tube.slips
            if slip in self.oracle.told
        )
        assert bool(outcome.done) == (decision == "again" or not (kept or grave)), outcome
        if not outcome.done:
            return
        if decision == PoolDecision.NEGATIVE:
            self.verdicts |= {
                tube.code: waiting[tube.code]
                for tube in pool.members
                if tube.said in ("negative", "inconclusive")
                and tube.said_by == pool.said_by
                and self.oracle.follows(tube)
            }
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
        waiting = [c.id for c in corrections_open(self.town.lab1, by=first)]
        assert not confirm_corrections(waiting, by=first, **where).done
        self.everybody_is_told_what_the_oracle_says()
        confirmed = confirm_corrections(waiting, by=second, **where)
        self.noted("results.confirm_corrections")
        assert bool(proposed.done) == bool(confirmed.done) == self.oracle.correct(thing, value)

    def correctable(self) -> list[Thing]:
        """What laboratory one answered and nobody else since."""
        return [
            thing
            for thing in self.oracle.tubes + self.oracle.pools
            if thing.code in self.verdicts and thing.released and thing.said_by == 1
            and all(self.oracle.told_by.get(slip) == 1 for slip in thing.everyone())
            and all(self.oracle.told_of[slip] == thing.code for slip in thing.everyone())
            and self.oracle.told[thing.everyone()[0]][-1] != "withdrawn"
            and (thing.members or len(thing.slips) == 1 or thing.said == "negative")
            and (not thing.members or thing.said == "negative")
        ]  # fmt: skip

    @precondition(lambda self: self.rows(1))
    @rule(kind=st.sampled_from([HoldKind.LAB, HoldKind.KIT_LOT]))
    def hold(self, kind: HoldKind) -> None:
        """Nothing leaves a laboratory on hold; whoever placed the hold does not lift it."""
        lot = {"kit": "n1_n2_rp_multiplex", "kit_lot": "LOT-1"} if kind is HoldKind.KIT_LOT else {}
        given = [HoldWanted(kind, "xem lại", lab=self.town.lab1, **lot)]
        assert place_holds(given, by=self.town.bao, at=self.now).done == given
        self.noted("lab.place_holds")
        waiting = list(self.rows(1).values())
        refused = release_verdicts(waiting, lab=self.town.lab1, by=self.bich, at=self.now)
        assert not refused.done
        (held,) = holds_in_force(by=self.town.bao)
        lifting = [Lifting(held.id, "đã xem")]
        assert not lift_holds(lifting, by=self.town.bao, at=self.now).done
        assert lift_holds(lifting, by=self.bich, at=self.now).done == lifting
        self.noted("lab.lift_holds")

    def recall(self, lab: int) -> None:
        """All that a laboratory answered so far is taken back."""
        self.later(timedelta(minutes=1))
        given = RecallWanted(
            self.labs[lab], self.now - timedelta(days=30), self.now, "ngưỡng đặt sai"
        )
        first, second = self.town.dora, self.dung
        assert propose_recalls([given], by=first, at=self.now).done == [given]
        self.noted("results.propose_recalls")
        number = recall_open(given, by=first)
        assert number is not None
        assert not confirm_recalls([number], by=first, at=self.now).done
        self.everybody_is_told_what_the_oracle_says()
        assert confirm_recalls([number], by=second, at=self.now).done == [number]
        self.noted("results.confirm_recalls")
        self.oracle.recall(lab)
        self.worker()

    @precondition(lambda self: self.reportable())
    @rule(data=st.data(), value=st.sampled_from(["positive", "negative"]))
    def report(self, data: st.DataObject, value: str) -> None:
        """A laboratory without this system sends its word on a tube of ours."""
        tube = data.draw(st.sampled_from(self.reportable()))
        name = self.named("kq")
        sent = ReportSent(self.town.lab1, self.town.province, name, name.encode(), 1)
        (made,) = receive_reports([sent], by=self.town.dora, at=self.now).done
        assert made.report_id is not None
        given = ListRow(2, result=ReportedResult(value), tube=tube.code, method="RT-PCR")
        row = RowRead(0, given)
        noted = note_reports([row], report=made.report_id, by=self.town.dora, at=self.now)
        assert noted.done == [row]
        self.noted("results.note_reports")
        ids = self.reported(made.report_id)
        doubtful = self.reported(made.report_id, state="review")
        if doubtful:  # not known to be there, or tested here too: somebody has looked
            looked = [Match(one, None, "đã gọi") for one in doubtful]
            assert match_reported(looked, by=self.town.dora, at=self.now).done == looked
            self.noted("results.match_reported")
        assert not release_reported(ids, by=self.town.dora, at=self.now).done
        self.everybody_is_told_what_the_oracle_says()
        released = release_reported(ids, by=self.dung, at=self.now)
        assert released.done == ids, released
        self.noted("results.release_reported")
        self.oracle.report(tube, value)
        self.worker()

    def reportable(self) -> list[Thing]:
        """Open tubes whose people have no answer yet; none once that laboratory's word is recalled."""
        if 1 in self.oracle.recalled:
            return []
        return [
            tube for tube in self.losable() if not tube.reported and tube.good_until() >= self.now
        ]

    def reported(self, report: int, state: str = "") -> list[int]:
        with scope.entered(self.town.dora, "results.receive_reports"):
            return [
                line[0]
                for line in sql.rows(
                    "SELECT id FROM results_reported WHERE report_id = %s AND %s IN ('', state)",
                    (report, state),
                )
            ]
