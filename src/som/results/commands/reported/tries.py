"""How often the worker began with a report: one that it cannot note is not tried for ever."""

from __future__ import annotations

from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.results.rules.reports import ReportRefusal

MOST_TRIES = 3


def begin_report(report_id: int, *, by: Actor) -> bool:
    """Note, in a transaction of its own, that the rows of a report are taken up.

    False where that never ended too often: then the report is stopped, and says so on its page.
    """
    with scope.entered(by, "results.receive_reports"):
        found = sql.row(
            """
            UPDATE results_report
            SET tries = tries + 1, fault = CASE WHEN tries >= %s THEN %s ELSE fault END
            WHERE id = %s RETURNING fault
            """,
            (MOST_TRIES, str(ReportRefusal.UNEXPECTED), report_id),
        )
    return found is not None and not found[0]


def end_report(report_id: int, *, by: Actor) -> None:
    """Note that it went well."""
    with scope.entered(by, "results.receive_reports"):
        sql.execute("UPDATE results_report SET tries = 0 WHERE id = %s AND tries > 0", (report_id,))
