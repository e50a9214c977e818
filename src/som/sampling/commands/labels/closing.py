"""Closing a session: every label handed out there is used, void or left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused, once
from som.sampling import rules
from som.sampling.queries.labels import (
    handouts_of_sessions,
    sheets_unsettled,
    used_labels,
    void_labels_of,
)
from som.sampling.rules import LabelRefusal, LabelsLeft, PlanRefusal


def close_sessions(
    codes: Sequence[str],
    *,
    left: Mapping[str, LabelsLeft] | None = None,
    by: Actor,
    at: datetime,
) -> Outcome[str]:
    """Close sessions: no swab is recorded there any more.

    Every label handed out there is used, void or left: `left` says by session what is left, as runs
    of labels or as their number. Refuses a session that is not the actor's, one whose labels do not
    add up, naming them, and one with numbered sheets not yet entered twice. Locks the sessions in
    the order of their codes, so a batch of swabs under way is finished first.
    """
    outcome: Outcome[str] = Outcome()
    with scope.entered(by, "sampling.plan") as units:
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                """
                SELECT code, id, closed_at FROM sampling_session
                WHERE code = ANY(%s) AND (%s OR unit_id = ANY(%s)) ORDER BY code FOR UPDATE
                """,
                (list(codes), units is None, sorted(units or ())),
            )
        }
        ids = [session for session, _ in held.values()]
        handed = handouts_of_sessions(ids)
        out = [(h.first, h.last) for h in handed]
        gone = [*used_labels(out), *void_labels_of(out)]
        unsettled = sheets_unsettled(ids)
        leftovers: list[tuple[int, int, int]] = []
        for code in once(codes):
            if code not in held:
                outcome.refused.append(Refused(code, PlanRefusal.NOT_HERE))
                continue
            session, closed_at = held[code]
            if closed_at is not None:
                outcome.unchanged.append(code)
                continue
            here = [h for h in handed if h.session == session]
            reckoning = rules.reckoned(
                [(h.first, h.last) for h in here], gone, (left or {}).get(code, LabelsLeft())
            )
            if session in unsettled:
                numbers = ", ".join(map(str, unsettled[session]))
                outcome.refused.append(Refused(code, LabelRefusal.SHEETS_OPEN, numbers))
            elif reckoning.refusal is not None:
                outcome.refused.append(Refused(code, reckoning.refusal, reckoning.detail))
            else:
                outcome.done.append(code)
                leftovers += [
                    (h.id, *labels)
                    for h in here
                    for labels in rules.within([(h.first, h.last)], reckoning.left)
                ]
        closed = [held[code][0] for code in outcome.done]
        sql.execute("UPDATE sampling_session SET closed_at = %s WHERE id = ANY(%s)", (at, closed))
        sql.execute(
            "UPDATE sampling_handout SET counted_at = %s WHERE session_id = ANY(%s)", (at, closed)
        )
        columns = list(zip(*leftovers, strict=True)) or [()] * 3
        sql.execute(
            "INSERT INTO sampling_leftover (handout_id, first, last)"
            " SELECT * FROM unnest(%s::int[], %s::int[], %s::int[])",
            [list(column) for column in columns],
        )
        audit.record(by, "sampling.close_sessions", at=at, note={"codes": outcome.done})
    return outcome
