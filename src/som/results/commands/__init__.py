"""The only writers of results: release, decision, correction."""

from som.results.commands.corrections import Correction, correct_results
from som.results.commands.decisions import Decision, decide_discordant_pools
from som.results.commands.release import release_verdicts

__all__ = [
    "Correction",
    "Decision",
    "correct_results",
    "decide_discordant_pools",
    "release_verdicts",
]
