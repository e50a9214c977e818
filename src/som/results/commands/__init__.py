"""The only writers of results: release, decision, correction, and what is owed later."""

from som.results.commands.closings import Closing, close_verdicts
from som.results.commands.corrections import (
    Correction,
    confirm_corrections,
    propose_corrections,
    withdraw_corrections,
)
from som.results.commands.decisions import Decision, decide_discordant_pools
from som.results.commands.owed import tell_newly_owed
from som.results.commands.recalls import (
    close_recalls,
    confirm_recalls,
    propose_recalls,
    take_back_results,
    withdraw_recalls,
)
from som.results.commands.release import release_verdicts
from som.results.commands.reported import (
    Match,
    Rejection,
    ReportSent,
    begin_report,
    end_report,
    forget_reports,
    match_reported,
    note_reports,
    receive_reports,
    reject_reported,
    release_reported,
    report_kept,
)
from som.results.commands.watch import advance_clocks, note_rates, take_over_clocks

__all__ = [
    "Closing",
    "Correction",
    "Decision",
    "Match",
    "Rejection",
    "ReportSent",
    "advance_clocks",
    "begin_report",
    "close_recalls",
    "close_verdicts",
    "confirm_corrections",
    "confirm_recalls",
    "decide_discordant_pools",
    "end_report",
    "forget_reports",
    "match_reported",
    "note_rates",
    "note_reports",
    "propose_corrections",
    "propose_recalls",
    "receive_reports",
    "reject_reported",
    "release_reported",
    "release_verdicts",
    "report_kept",
    "take_back_results",
    "take_over_clocks",
    "tell_newly_owed",
    "withdraw_corrections",
    "withdraw_recalls",
]
