"""Files of reports whose time is over: the bytes go, what each row said stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from som.kernel import audit, rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, once
from som.results.rules.reports import ReportRefusal


def forget_reports(report_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Delete the files of reports, some days after they were taken in.

    Digest, name and rows stay. Refuses one not seen here, one whose rows are still being noted, and
    one that came within the days of the dated rule. One forgotten already stays as it is. Locks the
    reports in the order of their ids.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "results.forget"):
        kept = report_kept(at)
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                "SELECT id, received_at, noted < rows AND fault = '', forgotten_at IS NOT NULL"
                " FROM results_report WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
                (list(report_ids),),
            )
        }
        for given in once(report_ids):
            if given not in held:
                outcome.refused.append(Refused(given, ReportRefusal.UNKNOWN, str(given)))
                continue
            received_at, at_work, forgotten = held[given]
            if forgotten:
                outcome.unchanged.append(given)
            elif at_work:
                outcome.refused.append(Refused(given, ReportRefusal.NOT_ENDED))
            elif received_at + kept > at:
                outcome.refused.append(Refused(given, ReportRefusal.KEPT_YET))
            else:
                outcome.done.append(given)
        sql.execute(
            "UPDATE results_report SET content = '', forgotten_at = %s WHERE id = ANY(%s)",
            (at, outcome.done),
        )
        audit.record(by, "results.forget_reports", at=at, things=outcome.done)
    return outcome


def report_kept(at: datetime) -> timedelta:
    """How long the file of a report is kept."""
    on = at.astimezone(LOCAL).date()
    return timedelta(days=int(rulebook.rule("results.report_file.days", on=on).value))
