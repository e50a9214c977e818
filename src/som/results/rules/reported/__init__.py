"""What another laboratory's report means: of whom a row speaks, what it says, who may release it."""

from som.results.rules.reported.judging import (
    LONGEST_KEY,
    RECEIVED,
    SAMPLED,
    Before,
    Judged,
    Member,
    RowFacts,
    TubeFound,
    Unclear,
    fits,
    judged,
    sample_key,
    sampled_on,
    told_apart,
    who,
)
from som.results.rules.reported.releasing import Reported, fault_of_reported
from som.results.rules.reported.words import Answered, fault_of_answer, is_molecular, meaning

__all__ = [
    "LONGEST_KEY",
    "RECEIVED",
    "SAMPLED",
    "Answered",
    "Before",
    "Judged",
    "Member",
    "Reported",
    "RowFacts",
    "TubeFound",
    "Unclear",
    "fault_of_answer",
    "fault_of_reported",
    "fits",
    "is_molecular",
    "judged",
    "meaning",
    "sample_key",
    "sampled_on",
    "told_apart",
    "who",
]
