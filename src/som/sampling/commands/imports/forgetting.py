"""Files of lists whose time is over: the bytes go, what became of each row stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from som.kernel import audit, rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, once
from som.sampling.rules.imports import ListRefusal


def forget_files(list_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Delete the files of lists that ended, sent and refused rows alike, some days later.

    The digest stays, so that it can still be said whether a file is the one that was sent. Refuses
    a list not seen here, one that has not ended, and one that ended within the days of the dated
    rule. One forgotten already stays as it is. Locks the lists in the order of their ids.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "sampling.forget"):
        kept = file_kept(at)
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                "SELECT id, ended_at, forgotten_at IS NOT NULL FROM sampling_list"
                " WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
                (list(list_ids),),
            )
        }
        for given in once(list_ids):
            ended_at, forgotten = held.get(given, (None, False))
            if given not in held:
                outcome.refused.append(Refused(given, ListRefusal.UNKNOWN, str(given)))
            elif forgotten:
                outcome.unchanged.append(given)
            elif ended_at is None:
                outcome.refused.append(Refused(given, ListRefusal.NOT_ENDED))
            elif ended_at + kept > at:
                outcome.refused.append(Refused(given, ListRefusal.KEPT_YET))
            else:
                outcome.done.append(given)
        sql.execute(
            "UPDATE sampling_list SET content = '', refused_file = NULL, forgotten_at = %s"
            " WHERE id = ANY(%s)",
            (at, outcome.done),
        )
        audit.record(by, "sampling.forget_files", at=at, things=outcome.done)
    return outcome


def file_kept(at: datetime) -> timedelta:
    """How long the file of a list is kept once the list has ended."""
    on = at.astimezone(LOCAL).date()
    return timedelta(days=int(rulebook.rule("sampling.list_file.days", on=on).value))
