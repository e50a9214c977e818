"""Corrections: the next version, told to everyone who was told the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused
from som.lab import queries as lab_queries
from som.lab.verdicts import Verdict
from som.places.queries import laboratory_rights
from som.places.rules import Right
from som.results.commands.answers import Meaning, write_answers
from som.results.commands.release import meaning_of
from som.results.rules import Decoded, ReleaseRefusal, ResultValue
from som.sampling.rules import RequestReason


@dataclass(frozen=True, slots=True)
class Correction:
    """What a released verdict should have said, and why."""

    verdict: int
    value: Verdict
    reason: str


def correct_results(
    corrections: Sequence[Correction], *, lab: int, by: Actor, at: datetime
) -> Outcome[Correction]:
    """Correct released verdicts: every person answered by them gets the next version.

    Members of a pool that was negative and is not are not positive: their answer is withdrawn and
    each is asked for again. Refuses a verdict not released, whoever read its run, and a correction
    without a reason. The same correction again changes nothing. Locks the releases in the order of
    their verdicts.
    """
    outcome: Outcome[Correction] = Outcome()
    behalf = system_actor("results")
    with scope.entered(by, "results.review", organisation=lab, behalf=behalf):
        wanted = [c.verdict for c in corrections]
        verdicts = lab_queries.verdicts_by_id(wanted, lab=lab)
        sql.rows(
            "SELECT id FROM results_release WHERE verdict_id = ANY(%s) ORDER BY verdict_id"
            " FOR UPDATE",
            (wanted,),
        )
        latest = {
            line[0]: line[1]
            for line in sql.rows(
                """
                SELECT DISTINCT ON (verdict_id) verdict_id, value FROM results_result
                WHERE verdict_id = ANY(%s) ORDER BY verdict_id, version DESC, id
                """,
                (wanted,),
            )
        }
        may_confirm = Right.CONFIRM in laboratory_rights([lab], at.astimezone(LOCAL).date())[lab]
        meanings: list[Meaning] = []
        corrected: set[int] = set()
        for given in corrections:
            verdict = verdicts.get(given.verdict)
            if verdict is None:
                outcome.refused.append(Refused(given, ReleaseRefusal.UNKNOWN))
            elif verdict.read_by == by.name:
                outcome.refused.append(Refused(given, ReleaseRefusal.READ_BY_SAME))
            elif not given.reason.strip():
                outcome.refused.append(Refused(given, ReleaseRefusal.REASON_MISSING))
            elif given.value is Verdict.INVALID:
                outcome.refused.append(Refused(given, ReleaseRefusal.CORRECTION_POINTLESS))
            elif given.verdict not in latest:
                outcome.refused.append(Refused(given, ReleaseRefusal.NOT_RELEASED))
            else:
                meant = meaning_of(replace(verdict, value=given.value), may_confirm=may_confirm)
                if meant.value is None:
                    meant = Decoded(
                        ResultValue.WITHDRAWN, held=True, again=RequestReason.RECALLED_POOL
                    )
                if latest[given.verdict] == meant.value:
                    outcome.unchanged.append(given)
                elif given.verdict in corrected:
                    outcome.refused.append(Refused(given, ReleaseRefusal.CORRECTED_TWICE))
                else:
                    corrected.add(given.verdict)
                    latest[given.verdict] = meant.value
                    meanings.append(Meaning(verdict, meant, given.reason.strip()))
                    outcome.done.append(given)
        persons = write_answers(meanings, by=by, behalf=behalf, at=at)
        audit.record(
            by,
            "results.correct_results",
            at=at,
            persons=persons,
            things=[c.verdict for c in outcome.done],
            note={"lab": lab, "refused": len(outcome.refused)},
            behalf=behalf,
        )
    return outcome
