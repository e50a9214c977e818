"""Releases, results, corrections, recalls, decisions about pools, and reports of others."""

from som.results.models.decisions import Correction, PoolDecision
from som.results.models.recalls import Recall
from som.results.models.releases import Release, Result
from som.results.models.reported import Report, Reported
from som.results.models.watch import Clock, Escalation, Rate

__all__ = [
    "Clock",
    "Correction",
    "Escalation",
    "PoolDecision",
    "Rate",
    "Recall",
    "Release",
    "Report",
    "Reported",
    "Result",
]
