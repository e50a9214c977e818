"""The only writers of results: release, decision, correction, and what is owed later."""

from som.results.commands.corrections import Correction, confirm_corrections, propose_corrections
from som.results.commands.decisions import Decision, decide_discordant_pools
from som.results.commands.owed import tell_newly_owed
from som.results.commands.release import release_verdicts

__all__ = [
    "Correction",
    "Decision",
    "confirm_corrections",
    "decide_discordant_pools",
    "propose_corrections",
    "release_verdicts",
    "tell_newly_owed",
]
