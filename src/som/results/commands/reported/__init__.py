"""What other laboratories report: taken in, matched with people, released by a second receiver."""

from som.results.commands.reported.forgetting import forget_reports, report_kept
from som.results.commands.reported.matching import (
    Match,
    Rejection,
    match_reported,
    reject_reported,
)
from som.results.commands.reported.receiving import ReportSent, note_reports, receive_reports
from som.results.commands.reported.release import release_reported
from som.results.commands.reported.tries import begin_report, end_report

__all__ = [
    "Match",
    "Rejection",
    "ReportSent",
    "begin_report",
    "end_report",
    "forget_reports",
    "match_reported",
    "note_reports",
    "receive_reports",
    "reject_reported",
    "release_reported",
    "report_kept",
]
