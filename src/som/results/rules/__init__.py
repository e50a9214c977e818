"""What a verdict means for people, and who may say so. Pure."""

from som.results.rules.decoding import (
    Decoded,
    PoolDecision,
    corrected,
    decoded,
    fault_of_confirmation,
)
from som.results.rules.release import (
    ReleaseRefusal,
    ResultValue,
    Standing,
    fault_of_release,
    standing,
    standings,
)

__all__ = [
    "Decoded",
    "PoolDecision",
    "ReleaseRefusal",
    "ResultValue",
    "Standing",
    "corrected",
    "decoded",
    "fault_of_confirmation",
    "fault_of_release",
    "standing",
    "standings",
]
