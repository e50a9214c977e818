"""The only writers of results: release, decision, correction."""

from som.results.commands.corrections import Correction, confirm_corrections, propose_corrections
from som.results.commands.decisions import Decision, decide_discordant_pools
from som.results.commands.release import release_verdicts

__all__ = [
    "Correction",
    "Decision",
    "confirm_corrections",
    "decide_discordant_pools",
    "propose_corrections",
    "release_verdicts",
]
