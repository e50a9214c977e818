"""What another laboratory's word says of people, and which answers stand against it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from som.kernel.ids import fold
from som.lab.rules import LoadKind
from som.lab.verdicts import Verdict
from som.results.rules.decoding import Decoded, corrected, decoded
from som.results.rules.release import ResultValue
from som.results.rules.reports import ReportRefusal
from som.sampling.lists.written import ReportedResult
from som.sampling.rules import RequestReason

_VERDICTS = {
    ReportedResult.POSITIVE: Verdict.POSITIVE,
    ReportedResult.SUSPECTED: Verdict.POSITIVE,
    ReportedResult.NEGATIVE: Verdict.NEGATIVE,
    ReportedResult.INCONCLUSIVE: Verdict.INCONCLUSIVE,
    # What is invalid elsewhere cannot be repeated here.
    ReportedResult.INVALID: Verdict.INCONCLUSIVE,
}
_AGAIN = (ReportedResult.RESAMPLE, ReportedResult.UNFIT)

_ANTIGEN = re.compile(r"nhanh|khang nguyen|antigen|rapid|\b(?:rdt|ag|kn)\b")
_MOLECULAR = re.compile(
    r"pcr|real ?time|\blamp\b|xpert|\bnaa?t\b|sinh hoc phan tu|\bshpt\b|giai trinh tu"
)


def is_molecular(method: str) -> bool:
    """Whether a method as laboratories write it surely looks for the gene: else it confirms nobody.

    Rapid antigen tests go by many names (Ag, KN, a maker's), and often none is written.
    """
    words = re.sub(r"[\W_]+", " ", fold(method))
    return bool(_MOLECULAR.search(words)) and not _ANTIGEN.search(words)


def meaning(
    value: ReportedResult, *, alone: bool, may_confirm: bool, again: bool = False
) -> Decoded:
    """What a reported value means for the people it speaks of; `again`: an answer was given before.

    Nobody is positive because of a pool here either. A suspected person is asked for: what is left
    of the specimen is at a laboratory that cannot confirm it, or there is nothing left.
    """
    if value in _AGAIN:
        taken_back = ResultValue.WITHDRAWN if again else None
        return Decoded(taken_back, again=RequestReason.INCONCLUSIVE)
    confirms = may_confirm and value is ReportedResult.POSITIVE
    decode = corrected if again else decoded
    return decode(
        LoadKind.TUBE,
        _VERDICTS[value],
        swabs=1 if alone else 2,
        may_confirm=confirms,
        confirms=confirms,
    )


@dataclass(frozen=True, slots=True)
class Answered:
    """The last answer to a swab: what it says, and the sender of the report if it was reported."""

    value: str
    sender: int | None


def fault_of_answer(
    answered: Answered | None,
    result: ReportedResult,
    *,
    alone: bool,
    sender: int,
    may_confirm: bool,
) -> ReportRefusal | None:
    """Whether a swab's last answer says the same (`ANSWERED`) or forbids this one; None: it is free.

    A sender may take its own word back, and what was only suspected is confirmed or refuted by a
    laboratory that may. What was withdrawn waits for another answer.
    """
    if answered is None or answered.value == ResultValue.WITHDRAWN:
        return None
    said = meaning(result, alone=alone, may_confirm=may_confirm).value
    if answered.value == ResultValue.SUSPECTED and may_confirm:
        return None
    if _FAMILY.get(answered.value, answered.value) == _FAMILY.get(said or "", said):
        return ReportRefusal.ANSWERED
    return None if answered.sender == sender else ReportRefusal.ANSWERED_OTHERWISE


_FAMILY: Mapping[str, str] = {
    ResultValue.NEGATIVE_BY_POOL: ResultValue.NEGATIVE,
    ResultValue.SUSPECTED: ResultValue.POSITIVE,
}
"""Values that say the same of a person."""
