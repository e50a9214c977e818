"""What another laboratory's word means: whose tube or person a row speaks of, and what it says. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from som.kernel.ids import fold
from som.kernel.outcomes import Refusal
from som.lab.rules import LoadKind
from som.lab.verdicts import Verdict
from som.people.rules import Declaration, agree
from som.results.rules.decoding import Decoded, corrected, decoded
from som.results.rules.release import ResultValue
from som.results.rules.reports import ReportedState, ReportRefusal
from som.sampling.lists.reasons import RowRefusal
from som.sampling.lists.written import ListRow, ReportedResult
from som.sampling.rules import LONGEST_CODE, RequestReason
from som.sampling.rules.imports import fault_of_result

_VERDICTS = {
    ReportedResult.POSITIVE: Verdict.POSITIVE,
    ReportedResult.SUSPECTED: Verdict.POSITIVE,
    ReportedResult.NEGATIVE: Verdict.NEGATIVE,
    ReportedResult.INCONCLUSIVE: Verdict.INCONCLUSIVE,
    # What is invalid elsewhere cannot be repeated here.
    ReportedResult.INVALID: Verdict.INCONCLUSIVE,
}
_AGAIN = (ReportedResult.RESAMPLE, ReportedResult.UNFIT)
_UNKNOWN_YET = (ReportedResult.NOT_TESTED, ReportedResult.PENDING, None)

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


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a tube: what they declared there, the papers they hold, the last answer."""

    swab: int
    person: int
    said: Declaration
    answered: Answered | None = None


@dataclass(frozen=True, slots=True)
class TubeFound:
    """A tube in use with the code a row says. `clear`: no other has it; `here`: ours to answer."""

    id: int
    members: tuple[Member, ...]
    here: bool = True
    clear: bool = True
    closed: bool = False
    use_by_on: date | None = None
    at_sender: bool = True
    """Whether it was ever sent to the sender, or is to go there and was sent nowhere yet."""
    loaded: bool = False
    """Whether it was loaded here: a verdict of ours exists or is coming."""


@dataclass(frozen=True, slots=True)
class Before:
    """What the same sender said before of the same sample and person."""

    id: int
    state: ReportedState
    value: str
    tube: int | None
    swab: int | None
    person: int | None
    taken_back: bool = False
    """Whether what it answered was withdrawn since: the same word is free to be said again."""


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What the judgement of a row depends on, beside the row."""

    key: str
    """The sample: our tube's code, else the sender's own number of it; empty: none."""
    tube: TubeFound | None
    said: Declaration
    fault: tuple[Refusal, str] | None = None
    """What is wrong with what is said of the person."""
    holder: int | None = None
    """Who holds the number and does not contradict the row."""
    number_taken: bool = False
    before: Before | None = None
    sender: int = 0
    may_confirm: bool = False
    on: date = date.min
    """The day on which it is judged."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of a row: its state, why, and of whom it speaks as far as that is known."""

    state: ReportedState
    reason: Refusal | None = None
    detail: str = ""
    tube: int | None = None
    swab: int | None = None
    person: int | None = None
    before: int | None = None


LONGEST_KEY = LONGEST_CODE + 11
"""A code as long as any on a tube, with a day behind it."""


def dated_key(code: str, day: date | None) -> str:
    """The sample that a sender's own number names: numbers begin anew, a number and a day do not."""
    return f"{code}@{day.isoformat()}" if code and day is not None else code


def sampled_on(row: ListRow) -> date | None:
    """The day of a sample: when it was taken, else when it was tested."""
    return row.taken_at.date() if row.taken_at else row.taken_on or row.tested_on


def who(row: ListRow) -> str:
    """Who stands in a row, in words: the number where there is one, else name and birth."""
    if row.number:
        return row.number.upper()
    born = row.birth_date.isoformat() if row.birth_date else str(row.birth_year or "")
    return f"{fold(row.name)}|{born}"


def judged(row: ListRow, facts: RowFacts) -> Judged:
    """Whose result a row is: by our tube, else by the sender's number and an identity number.

    Never by a name alone, and never by the place in the list. A row that names somebody who is not
    in the tube waits for a named person.
    """
    result = row.result
    if result is None or result in _UNKNOWN_YET:
        return Judged(ReportedState.REFUSED, ReportRefusal.NO_RESULT_YET)
    if fault := fault_of_result(row, ours=facts.tube is not None, on=facts.on):
        return Judged(ReportedState.REFUSED, fault, facts.key[:LONGEST_KEY])
    if len(facts.key) > LONGEST_KEY:
        return Judged(ReportedState.REFUSED, RowRefusal.CODE_TOO_LONG, facts.key[:LONGEST_CODE])
    before = facts.before
    if before is not None and before.state is not ReportedState.REFUSED:
        if before.value == result and not before.taken_back:
            return Judged(
                ReportedState.REPEATED, None, "", before.tube, before.swab, before.person, before.id
            )
        if before.state is ReportedState.RELEASED:
            # The sender takes its own word back: the next version, through a second person.
            return Judged(
                ReportedState.WAITING, None, "", before.tube, before.swab, before.person, before.id
            )
    found = _of_tube(row, result, facts) if facts.tube else _of_person(row, facts)
    if before is not None and before.state in (ReportedState.REVIEW, ReportedState.WAITING):
        return Judged(
            found.state, found.reason, found.detail, found.tube, found.swab, found.person, before.id
        )
    return found


def _of_tube(row: ListRow, result: ReportedResult, facts: RowFacts) -> Judged:
    tube = facts.tube
    assert tube is not None
    if not tube.here:
        return Judged(ReportedState.REFUSED, ReportRefusal.TUBE_ELSEWHERE, facts.key)
    if not tube.clear:
        return Judged(ReportedState.REFUSED, ReportRefusal.TUBE_UNCLEAR, facts.key)
    swab = tube.members[0].swab if len(tube.members) == 1 else None
    alone = len(tube.members) == 1
    told = [
        fault_of_answer(
            m.answered, result, alone=alone, sender=facts.sender, may_confirm=facts.may_confirm
        )
        for m in tube.members
    ]
    if any(one is ReportRefusal.ANSWERED_OTHERWISE for one in told):
        reason = ReportRefusal.ANSWERED_OTHERWISE
        return Judged(ReportedState.REFUSED, reason, facts.key, tube.id, swab)
    if all(one is ReportRefusal.ANSWERED for one in told):
        return Judged(ReportedState.REPEATED, None, facts.key, tube.id, swab)
    if tube.closed or (
        tube.use_by_on is not None and row.tested_on is not None and row.tested_on > tube.use_by_on
    ):
        return Judged(ReportedState.REFUSED, ReportRefusal.TUBE_CLOSED, facts.key)
    if not fits(row, facts.said, facts.holder, tube.members):
        reason = ReportRefusal.NOT_IN_TUBE
        return Judged(ReportedState.REVIEW, reason, facts.key, tube.id, swab)
    if not tube.at_sender:
        reason = ReportRefusal.NOT_AT_SENDER
        return Judged(ReportedState.REVIEW, reason, facts.key, tube.id, swab)
    if tube.loaded:
        reason = ReportRefusal.TESTED_HERE
        return Judged(ReportedState.REVIEW, reason, facts.key, tube.id, swab)
    return Judged(ReportedState.WAITING, None, "", tube.id, swab)


def _of_person(row: ListRow, facts: RowFacts) -> Judged:
    if not row.name:
        return Judged(ReportedState.REVIEW, ReportRefusal.POSITIVE_OF_NOBODY)
    if facts.fault is not None:
        return Judged(ReportedState.REFUSED, *facts.fault)
    if facts.holder is not None:
        return Judged(ReportedState.WAITING, person=facts.holder)
    if facts.number_taken:
        return Judged(ReportedState.REVIEW, ReportRefusal.NUMBER_OF_ANOTHER)
    if not facts.said.papers:
        return Judged(ReportedState.REVIEW, ReportRefusal.NO_NUMBER)
    return Judged(ReportedState.WAITING)


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


def fits(row: ListRow, said: Declaration, holder: int | None, members: Sequence[Member]) -> bool:
    """Whether everybody a row names was swabbed into the tube; a row with its code alone fits."""
    names = row.names or ((row.name,) if row.name else ())
    if not names:
        return True
    if len(names) == 1 and holder is not None and any(m.person == holder for m in members):
        return True
    if len(names) == 1:
        return any(agree(m.said, said) for m in members)
    known: Collection[str] = {m.said.name_key for m in members}
    return all(fold(name) in known for name in names)


@dataclass(frozen=True, slots=True)
class Reported:
    """A row of a report with all that its release must know."""

    id: int
    report: int
    name: str
    """What the file is called."""
    unit: int
    lab: int
    """The sender."""
    read_by: str
    """Whoever took the report in."""
    whole: bool
    """Whether every row of the report is noted."""
    row: int
    key: str
    who: str
    said: ListRow
    value: str
    method: str
    taken_at: datetime
    tested_on: date
    residence: int | None
    state: ReportedState
    tube: int | None
    swab: int | None
    person: int | None
    decided_by: str
    persons: int
    """How many people the report has in the sample."""
    ours: bool
    """Whether it is a tube of ours."""

    @property
    def result(self) -> ReportedResult:
        return ReportedResult(self.value)

    @property
    def sample(self) -> tuple[int, str, str]:
        """What the row speaks of: a swab, a pool of ours as a whole, or somebody in a sample."""
        if self.swab is not None:
            return self.report, self.key, f"#{self.swab}"
        return self.report, self.key, "" if self.ours else self.who

    @property
    def pooled(self) -> bool:
        """Whether the sender had several people in the sample."""
        several = not self.ours and self.persons > 1
        return several or self.said.pooled or (self.said.pool_size or 1) > 1

    @property
    def reason(self) -> str:
        """Why a later version is said: the file, and the row in it."""
        return f"{self.name}, {self.row}"


def fault_of_reported(
    row: Reported | None,
    *,
    receiver: str,
    siblings: Sequence[Reported],
    beside: Sequence[Reported] = (),
) -> ReportRefusal | None:
    """What forbids this receiver to release this row; None when nothing does.

    `siblings`: every row of the report that speaks of the same, this one among them; `beside`: every
    row of it that has the same code.
    """
    if row is None:
        return ReportRefusal.UNKNOWN
    if row.state is not ReportedState.WAITING:
        return ReportRefusal.NOT_WAITING
    if row.read_by == receiver:
        return ReportRefusal.RECEIVED_BY_SAME
    waiting = [one for one in siblings if one.state is ReportedState.WAITING]
    # Also who refused a row beside this one: one person would choose between two answers.
    if any(one.decided_by == receiver for one in (*siblings, *beside)):
        return ReportRefusal.MATCHED_BY_SAME
    if not row.whole:
        return ReportRefusal.INCOMPLETE
    if any(
        one.state is ReportedState.REVIEW or (one in waiting and one.value != row.value)
        for one in siblings
    ):
        return ReportRefusal.TUBE_DOUBTFUL
    return None
