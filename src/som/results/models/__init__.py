"""Releases, results, corrections and decisions about discordant pools."""

from som.results.models.decisions import Correction, PoolDecision
from som.results.models.releases import Release, Result

__all__ = [
    "Correction",
    "PoolDecision",
    "Release",
    "Result",
]
