"""Corrections: one person proposes what should have been said, another confirms it, and everyone who
was told the version before is told the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, once
from som.lab import queries as lab_queries
from som.lab.rules import LoadKind, VerdictRow
from som.lab.verdicts import Verdict
from som.places.queries import laboratory_rights
from som.places.rules import Right
from som.results import rules
from som.results.commands.answers import Meaning, write_answers
from som.results.commands.standing import answering, answers_standing
from som.results.queries.barriers import barriers_of, recalled_values
from som.results.rules import Decoded, LastAnswer, Proposed, ReleaseRefusal, Which


@dataclass(frozen=True, slots=True)
class Correction:
    """What a released verdict should have said, and why."""

    verdict: int
    value: Verdict
    reason: str


def propose_corrections(
    corrections: Sequence[Correction], *, lab: int, by: Actor, at: datetime
) -> Outcome[Correction]:
    """Propose what released verdicts should have said. Nobody is told before another confirms it.

    Refuses a verdict not released, a correction without a reason, one of a verdict for which
    another correction is open, one of an answer that a later test or a recall replaces, and one
    of what is on hold or was tested past its use-by. What
    is proposed already, and what the answer already says, changes nothing. Locks the releases in
    the order of their verdicts, then the swabs.
    """
    outcome: Outcome[Correction] = Outcome()
    behalf = system_actor("results")
    with scope.entered(by, "results.review", organisation=lab, behalf=behalf):
        wanted = once(c.verdict for c in corrections)
        at_work = _AtWork.begun(wanted, lab, at)
        proposed = dict(
            sql.rows(
                "SELECT verdict_id, value FROM results_correction WHERE verdict_id = ANY(%s)"
                " AND lab_id = %s AND confirmed_at IS NULL AND withdrawn_at IS NULL",
                (wanted, lab),
            )
        )
        for given in corrections:
            verdict = at_work.verdicts.get(given.verdict)
            if verdict is None:
                outcome.refused.append(Refused(given, ReleaseRefusal.UNKNOWN))
            elif not given.reason.strip():
                outcome.refused.append(Refused(given, ReleaseRefusal.REASON_MISSING))
            elif given.value is Verdict.INVALID:
                outcome.refused.append(Refused(given, ReleaseRefusal.CORRECTION_POINTLESS))
            elif (fault := at_work.fault_of(verdict, given.value)) is not None:
                outcome.refused.append(Refused(given, fault))
            elif given.value == proposed.get(given.verdict) or at_work.says(verdict, given.value):
                outcome.unchanged.append(given)
            elif given.verdict in proposed:
                outcome.refused.append(Refused(given, ReleaseRefusal.CORRECTION_OPEN))
            else:
                proposed[given.verdict] = given.value
                outcome.done.append(given)
        sql.execute(
            """
            INSERT INTO results_correction (verdict_id, lab_id, value, reason, proposed_by,
                                            proposed_at)
            SELECT c.verdict, %s, c.value, c.reason, %s, %s
            FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS c (verdict, value, reason)
            """,
            (
                lab,
                by.name,
                at,
                [c.verdict for c in outcome.done],
                [c.value for c in outcome.done],
                [c.reason.strip() for c in outcome.done],
            ),
        )
        audit.record(
            by,
            "results.propose_corrections",
            at=at,
            things=[c.verdict for c in outcome.done],
            note={"lab": lab, "refused": len(outcome.refused)},
            behalf=behalf,
        )
    return outcome


def confirm_corrections(
    correction_ids: Sequence[int], *, lab: int, by: Actor, at: datetime
) -> Outcome[int]:
    """Confirm these corrections: every person answered by their verdicts gets the next version, and
    everyone who was told the one before hears of it.

    Refuses a correction that is not this laboratory's, one withdrawn, whoever proposed it, whoever
    read the run, one of an answer that a later test or a recall has replaced since, and one of what
    is on hold or was tested past its use-by. A
    correction already confirmed stays as it is. Locks the releases in the order of their verdicts,
    then the swabs.
    """
    outcome: Outcome[int] = Outcome()
    behalf = system_actor("results")
    with scope.entered(by, "results.review", organisation=lab, behalf=behalf):
        wanted = once(correction_ids)
        at_work = _AtWork.begun([p.verdict for p in _proposed(wanted, lab).values()], lab, at)
        # Read again: what stood there before the locks were had may stand no more.
        proposed = _proposed(wanted, lab)
        meanings: list[Meaning] = []
        for number in wanted:
            one = proposed.get(number)
            if one is not None and one.confirmed:
                outcome.unchanged.append(number)
                continue
            verdict = at_work.verdicts.get(one.verdict) if one else None
            fault = rules.fault_of_confirmation(one, reviewer=by.name)
            if one is not None and verdict is not None and fault is None:
                fault = at_work.fault_of(verdict, Verdict(one.value))
            if fault is not None or one is None or verdict is None:
                outcome.refused.append(Refused(number, fault or ReleaseRefusal.UNKNOWN))
            else:
                meant = at_work.meaning(verdict, Verdict(one.value))
                told = frozenset(a.swab for a in at_work.answers[verdict.id])
                meanings.append(Meaning(verdict, meant, one.reason, only=told))
                outcome.done.append(number)
        sql.execute(
            "UPDATE results_correction SET confirmed_by = %s, confirmed_at = %s WHERE id = ANY(%s)",
            (by.name, at, outcome.done),
        )
        persons = write_answers(meanings, by=by, behalf=behalf, at=at)
        audit.record(
            by,
            "results.confirm_corrections",
            at=at,
            persons=persons,
            things=[m.verdict.id for m in meanings],
            note={"lab": lab, "refused": len(outcome.refused)},
            behalf=behalf,
        )
    return outcome


def withdraw_corrections(
    correction_ids: Sequence[int], *, lab: int, by: Actor, at: datetime
) -> Outcome[int]:
    """Withdraw proposals that nobody has confirmed: whoever proposed them or another reviewer.

    Refuses a correction that is not this laboratory's and one confirmed already. One withdrawn
    before stays as it is. Locks the releases in the order of their verdicts.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "results.review", organisation=lab):
        wanted = once(correction_ids)
        _lock_releases([p.verdict for p in _proposed(wanted, lab).values()])
        proposed = _proposed(wanted, lab)
        for number in wanted:
            one = proposed.get(number)
            if one is None:
                outcome.refused.append(Refused(number, ReleaseRefusal.CORRECTION_UNKNOWN))
            elif one.withdrawn:
                outcome.unchanged.append(number)
            elif one.confirmed:
                outcome.refused.append(Refused(number, ReleaseRefusal.CORRECTION_CONFIRMED))
            else:
                outcome.done.append(number)
        sql.execute(
            "UPDATE results_correction SET withdrawn_by = %s, withdrawn_at = %s WHERE id = ANY(%s)",
            (by.name, at, outcome.done),
        )
        audit.record(
            by,
            "results.withdraw_corrections",
            at=at,
            things=[proposed[number].verdict for number in outcome.done],
            note={"lab": lab},
        )
    return outcome


@dataclass(frozen=True, slots=True)
class _AtWork:
    """Verdicts whose correction is at hand, with the answers that stand, all held still."""

    verdicts: dict[int, VerdictRow]
    answers: dict[int, list[LastAnswer]]
    """By verdict, the last answers that came of it."""
    answered: frozenset[int]
    """Verdicts with people in their tubes who have an answer, of this or another test."""
    barriers: rules.Barriers
    recalled: dict[int, frozenset[str]]
    may_confirm: bool

    @classmethod
    def begun(cls, verdict_ids: Sequence[int], lab: int, at: datetime) -> _AtWork:
        """Lock these verdicts' releases and swabs, then look."""
        answering([lab])
        _lock_releases(verdict_ids)
        verdicts = lab_queries.verdicts_by_id(verdict_ids, lab=lab)
        by_tube = answers_standing([t for v in verdicts.values() for t in v.tubes])
        rights = laboratory_rights([lab], at.astimezone(LOCAL).date())[lab]
        return cls(
            verdicts,
            {
                v.id: [a for t in v.tubes for a in by_tube.get(t, ()) if a.verdict == v.id]
                for v in verdicts.values()
            },
            frozenset(v.id for v in verdicts.values() if any(map(by_tube.get, v.tubes))),
            # Of recalls it counts which answers they take back, also corrected ones.
            replace(barriers_of(verdict_ids), recalled=()),
            recalled_values(verdict_ids),
            Right.CONFIRM in rights,
        )

    def fault_of(self, verdict: VerdictRow, value: Verdict) -> ReleaseRefusal | None:
        """Why this verdict can not be corrected to this; None when it can."""
        answers = self.answers[verdict.id]
        if not answers:
            superseded = verdict.id in self.answered
            return ReleaseRefusal.SUPERSEDED if superseded else ReleaseRefusal.NOT_RELEASED
        for which in map(Which, self.recalled.get(verdict.id, ())):
            if value in which.verdicts or any(
                a.value in which.answers or a.value is rules.ResultValue.WITHDRAWN for a in answers
            ):
                return ReleaseRefusal.RECALLED
        return self.barriers.fault_of(verdict.id)

    def says(self, verdict: VerdictRow, value: Verdict) -> bool:
        """Whether the answers say already what this correction would."""
        meant = self.meaning(verdict, value).value
        return all(a.value is meant for a in self.answers[verdict.id])

    def meaning(self, verdict: VerdictRow, value: Verdict) -> Decoded:
        """What people hear by this correction."""
        return rules.corrected(
            LoadKind(verdict.kind),
            value,
            swabs=verdict.swabs,
            may_confirm=self.may_confirm,
            confirms=verdict.confirms,
        )


def _lock_releases(verdict_ids: Sequence[int]) -> None:
    """Of a verdict one thing at a time is proposed or confirmed: what is read next stays so."""
    sql.rows(
        "SELECT 1 FROM results_release WHERE verdict_id = ANY(%s) ORDER BY verdict_id FOR UPDATE",
        (list(verdict_ids),),
    )


def _proposed(correction_ids: Sequence[int], lab: int) -> dict[int, Proposed]:
    """These corrections of this laboratory as they stand."""
    return {
        line[0]: Proposed(*line)
        for line in sql.rows(
            """
            SELECT c.id, c.verdict_id, c.value, c.reason, n.read_by, c.proposed_by,
                   c.confirmed_at IS NOT NULL, c.withdrawn_at IS NOT NULL
            FROM results_correction c JOIN lab_verdict v ON v.id = c.verdict_id
            JOIN lab_run n ON n.id = v.run_id
            WHERE c.id = ANY(%s) AND c.lab_id = %s
            """,
            (list(correction_ids), lab),
        )
    }
