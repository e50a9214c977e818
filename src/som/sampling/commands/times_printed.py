"""The printed list of who comes to a session when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused, once
from som.sampling.rules import SlotRefusal


def note_times_printed(codes: Sequence[str], *, by: Actor, at: datetime) -> Outcome[str]:
    """Note that the list of who comes to these sessions when is printed: a later change makes it old.

    Refuses a session that is not the actor's. Locks the sessions in the order of their codes.
    """
    outcome: Outcome[str] = Outcome()
    with scope.entered(by, "sampling.read") as units:
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                "SELECT code, id, times_printed_at FROM sampling_session WHERE code = ANY(%s)"
                " AND (%s OR unit_id = ANY(%s)) ORDER BY code FOR NO KEY UPDATE",
                (once(codes), units is None, sorted(units or ())),
            )
        }
        for code in once(codes):
            if code not in held:
                outcome.refused.append(Refused(code, SlotRefusal.SESSION_UNKNOWN, code))
            elif held[code][1] is not None and held[code][1] >= at:
                outcome.unchanged.append(code)
            else:
                outcome.done.append(code)
        sql.execute(
            "UPDATE sampling_session SET times_printed_at = %s WHERE id = ANY(%s)",
            (at, [held[code][0] for code in outcome.done]),
        )
        audit.record(
            by, "sampling.note_times_printed", at=at, note={"sessions": list(outcome.done)}
        )
    return outcome
