"""Verdicts that can be nobody's next answer: noted by a named person, and closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused
from som.lab import queries as lab_queries
from som.lab.commands import settle_verdicts
from som.places.queries import laboratory_rights
from som.places.rules import Right
from som.results import rules
from som.results.commands.release import answers_before
from som.results.commands.standing import answering, answers_standing
from som.results.rules import ReleaseRefusal


@dataclass(frozen=True, slots=True)
class Closing:
    """A verdict that is not released and waits no more, and why."""

    verdict: int
    reason: str


def close_verdicts(
    closings: Sequence[Closing], *, lab: int, by: Actor, at: datetime
) -> Outcome[Closing]:
    """Close verdicts of this laboratory that their people's answers keep from ever being released.

    A weaker test that says otherwise than a positive, and a test that says what was said already:
    the answers stand. Refuses what can be released, a positive whose people were answered otherwise,
    whoever read the run, and a closing without a reason. One that waits no more stays as it is. Locks
    the laboratory, then the swabs in the order of their ids. The reasons stand in the audit.
    """
    outcome: Outcome[Closing] = Outcome()
    behalf = system_actor("results")
    with scope.entered(by, "results.review", organisation=lab, behalf=behalf):
        wanted = [given.verdict for given in closings]
        answering([lab])
        verdicts = lab_queries.verdicts_by_id(wanted, lab=lab)
        answered = answers_standing([tube for v in verdicts.values() for tube in v.tubes])
        over = {
            line[0]
            for line in sql.rows(
                "SELECT id FROM lab_verdict WHERE id = ANY(%s) AND NOT open", (list(verdicts),)
            )
        }
        may_confirm = Right.CONFIRM in laboratory_rights([lab], at.astimezone(LOCAL).date())[lab]
        for given in closings:
            verdict = verdicts.get(given.verdict)
            if not given.reason.strip():
                outcome.refused.append(Refused(given, ReleaseRefusal.REASON_MISSING))
            elif given.verdict in over:
                outcome.unchanged.append(given)
            elif fault := rules.fault_of_closing(
                verdict,
                reviewer=by.name,
                may_confirm=may_confirm,
                answered=answers_before(verdict, answered),
            ):
                outcome.refused.append(Refused(given, fault))
            else:
                over.add(given.verdict)
                outcome.done.append(given)
        settle_verdicts([given.verdict for given in outcome.done])
        audit.record(
            by,
            "results.close_verdicts",
            at=at,
            things=[given.verdict for given in outcome.done],
            note={
                "lab": lab,
                "refused": len(outcome.refused),
                "reasons": {str(given.verdict): given.reason.strip() for given in outcome.done},
            },
            behalf=behalf,
        )
    return outcome
