"""What other laboratories report: taken in, matched with people, released by a second receiver."""

from som.results.commands.reported.matching import (
    Match,
    Rejection,
    match_reported,
    reject_reported,
)
from som.results.commands.reported.receiving import ReportSent, note_reports, receive_reports
from som.results.commands.reported.release import release_reported

__all__ = [
    "Match",
    "Rejection",
    "ReportSent",
    "match_reported",
    "note_reports",
    "receive_reports",
    "reject_reported",
    "release_reported",
]
