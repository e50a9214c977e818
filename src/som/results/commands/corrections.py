"""Corrections: one person proposes what should have been said, another confirms it, and everyone who
was told the version before is told the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from som.results.rules import Decoded, ReleaseRefusal


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

    Refuses a verdict not released, a correction without a reason, and one of a verdict for which
    another correction is open. What is proposed already, and what the answer already says, changes
    nothing. Locks the releases in the order of their verdicts.
    """
    outcome: Outcome[Correction] = Outcome()
    behalf = system_actor("results")
    with scope.entered(by, "results.review", organisation=lab, behalf=behalf):
        wanted = once(c.verdict for c in corrections)
        verdicts = lab_queries.verdicts_by_id(wanted, lab=lab)
        _lock_releases(wanted)
        proposed = {verdict: value for verdict, (_, value, *_) in _open(wanted, lab).items()}
        latest: dict[int, str] = dict(
            sql.rows(
                """
                SELECT DISTINCT ON (verdict_id) verdict_id, value FROM results_result
                WHERE verdict_id = ANY(%s) ORDER BY verdict_id, version DESC, id
                """,
                (wanted,),
            )
        )
        may_confirm = _may_confirm(lab, at)
        for given in corrections:
            verdict = verdicts.get(given.verdict)
            if verdict is None:
                outcome.refused.append(Refused(given, ReleaseRefusal.UNKNOWN))
            elif not given.reason.strip():
                outcome.refused.append(Refused(given, ReleaseRefusal.REASON_MISSING))
            elif given.value is Verdict.INVALID:
                outcome.refused.append(Refused(given, ReleaseRefusal.CORRECTION_POINTLESS))
            elif given.verdict not in latest:
                outcome.refused.append(Refused(given, ReleaseRefusal.NOT_RELEASED))
            elif given.value == proposed.get(given.verdict) or (
                latest[given.verdict] == _meaning(verdict, given.value, may_confirm).value
            ):
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
    verdict_ids: Sequence[int], *, lab: int, by: Actor, at: datetime
) -> Outcome[int]:
    """Confirm the open corrections of these verdicts: every person answered by them gets the next
    version, and everyone who was told the one before hears of it.

    Refuses a verdict of which nothing is proposed, whoever proposed the correction, and whoever
    read the run. A correction already confirmed stays as it is. Locks the releases in the order of
    their verdicts.
    """
    outcome: Outcome[int] = Outcome()
    behalf = system_actor("results")
    with scope.entered(by, "results.review", organisation=lab, behalf=behalf):
        wanted = once(verdict_ids)
        verdicts = lab_queries.verdicts_by_id(wanted, lab=lab)
        _lock_releases(wanted)
        proposed = _open(wanted, lab)
        confirmed = {
            line[0]
            for line in sql.rows(
                "SELECT verdict_id FROM results_correction"
                " WHERE verdict_id = ANY(%s) AND lab_id = %s AND confirmed_at IS NOT NULL",
                (wanted, lab),
            )
        }
        may_confirm = _may_confirm(lab, at)
        meanings: list[Meaning] = []
        made: list[int] = []
        for verdict_id in wanted:
            verdict = verdicts.get(verdict_id)
            correction, value, reason, proposer = proposed.get(verdict_id, (0, "", "", None))
            if proposer is None and verdict_id in confirmed:
                outcome.unchanged.append(verdict_id)
                continue
            fault = rules.fault_of_confirmation(
                verdict.read_by if verdict else None, proposer, reviewer=by.name
            )
            if fault is not None or verdict is None:
                outcome.refused.append(Refused(verdict_id, fault or ReleaseRefusal.UNKNOWN))
            else:
                made.append(correction)
                meant = _meaning(verdict, Verdict(value), may_confirm)
                meanings.append(Meaning(verdict, meant, reason))
                outcome.done.append(verdict_id)
        sql.execute(
            "UPDATE results_correction SET confirmed_by = %s, confirmed_at = %s WHERE id = ANY(%s)",
            (by.name, at, made),
        )
        persons = write_answers(meanings, by=by, behalf=behalf, at=at)
        audit.record(
            by,
            "results.confirm_corrections",
            at=at,
            persons=persons,
            things=outcome.done,
            note={"lab": lab, "refused": len(outcome.refused)},
            behalf=behalf,
        )
    return outcome


def _lock_releases(verdict_ids: Sequence[int]) -> None:
    """Of a verdict one thing at a time is proposed or confirmed: what is read next stays so."""
    sql.rows(
        "SELECT id FROM results_release WHERE verdict_id = ANY(%s) ORDER BY verdict_id FOR UPDATE",
        (list(verdict_ids),),
    )


def _open(verdict_ids: Sequence[int], lab: int) -> dict[int, tuple[int, str, str, str]]:
    """The open corrections of these verdicts: id, value, reason and who proposed it."""
    return {
        line[0]: (line[1], line[2], line[3], line[4])
        for line in sql.rows(
            "SELECT verdict_id, id, value, reason, proposed_by FROM results_correction"
            " WHERE verdict_id = ANY(%s) AND lab_id = %s AND confirmed_at IS NULL",
            (list(verdict_ids), lab),
        )
    }


def _may_confirm(lab: int, at: datetime) -> bool:
    return Right.CONFIRM in laboratory_rights([lab], at.astimezone(LOCAL).date())[lab]


def _meaning(verdict: VerdictRow, value: Verdict, may_confirm: bool) -> Decoded:
    return rules.corrected(
        LoadKind(verdict.kind), value, swabs=verdict.swabs, may_confirm=may_confirm
    )
