"""Where the journey takes place, and what always holds there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.db import connection, transaction
from hypothesis.stateful import RuleBasedStateMachine, invariant

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.results import work
from som.results.queries import SecondIdentifier, ledger_gaps, look_up, waiting_for_release
from som.sampling.rules import SwabTaken
from som.sampling.work import take_up_deaths
from tests.journey.oracle import Oracle, Thing
from tests.town import NOON, Town

PUBLIC, SYSTEM = system_actor("public"), system_actor("results")

_LAWLESS = """
SELECT count(*) FROM results_result r
JOIN sampling_swab w ON w.id = r.swab_id JOIN sampling_tube t ON t.id = w.tube_id
JOIN lab_verdict v ON v.id = r.verdict_id JOIN lab_run n ON n.id = v.run_id
JOIN lab_load l ON l.id = v.load_id
WHERE NOT EXISTS (SELECT 1 FROM lab_reception c WHERE c.tube_id = t.id AND c.lab_id = n.lab_id)
   OR (r.value = 'positive' AND (l.tube_id IS DISTINCT FROM t.id OR t.swabs > 1))
   OR r.released_by = n.read_by
"""


class World(RuleBasedStateMachine):
    """The north of the town with its two laboratories, and beside it the oracle."""

    def __init__(self) -> None:
        super().__init__()
        self.town, self.oracle, self.now = Town(), Oracle(), NOON
        self.bich = replace(self.town.bao, name="bich")  # the second reviewer of laboratory one
        self.dung = replace(self.town.dora, name="dung")  # the second receiver of reports
        self.labs = {1: self.town.lab1, 2: self.town.lab2}
        self.benches = {1: self.town.ben, 2: self.town.lan}
        self.reviewers = {1: self.town.bao, 2: self.town.long}
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

    def rows(self, lab: int) -> dict[str, int]:
        """What waits for its release at a laboratory: what was loaded, and its verdict."""
        waiting = waiting_for_release(self.labs[lab], by=self.reviewers[lab])
        return {row.sample: row.verdict for row in waiting}

    def persons(self) -> dict[str, int]:
        """The person's entry by slip."""
        with scope.entered(SYSTEM, "results.read"):
            return dict(
                sql.rows(
                    "SELECT slip, person_id FROM sampling_swab WHERE slip = ANY(%s)",
                    (list(self.swabs),),
                )
            )

    def worker(self) -> None:
        """What the worker does every minute."""
        work.take_up_recalls(at=self.now)
        take_up_deaths(at=self.now)
        late = self.oracle.overdue(self.now)
        assert work.take_up_expired(at=self.now) == len(late)
        for tube in late:
            self.oracle.close(tube)
        work.take_up_lost(at=self.now)
        work.take_up_clocks(at=self.now)
        work.take_up_rates(at=self.now)
        work.take_up_calls(at=self.now)
        work.take_up_owed(at=self.now)

    def losable(self) -> list[Thing]:
        """Open tubes with somebody who has no answer."""
        return [
            tube
            for tube in self.oracle.tubes
            if not tube.closed and not any(slip in self.oracle.told for slip in tube.slips)
        ]

    def later(self, by: timedelta) -> None:
        self.now += by

    # What always holds

    @invariant()
    def everybody_is_told_what_the_oracle_says(self) -> None:
        for slip, swab in self.swabs.items():
            assert swab.said is not None
            second = SecondIdentifier(birth_date=swab.said.birth_date)
            answer = look_up(slip, second, by=PUBLIC, at=self.now)
            assert answer is not None
            told = self.oracle.told.get(slip, [])
            said = (swab.tube, answer.value, answer.version, answer.asked_again)
            asked = self.oracle.asked.get(slip, False)
            assert said == (swab.tube, told[-1] if told else None, len(told) or None, asked)

    @invariant()
    def the_ledger_closes(self) -> None:
        gaps = [gap.law for gap in ledger_gaps(by=self.town.dora, at=self.now)]
        # Nobody needs to release anything here, also not what belies a word on paper.
        if any(
            self.oracle.belied(t, s) and not t.released for t in self.oracle.tubes for s in t.slips
        ):
            gaps = [law for law in gaps if law != "verdict_against_the_answer"]
        assert gaps == []

    @invariant()
    def no_result_is_against_the_law(self) -> None:
        with scope.entered(SYSTEM, "results.read"):
            assert sql.row(_LAWLESS) == (0,)
        connection.check_constraints()
