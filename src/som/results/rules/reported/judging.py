"""Whose tube or person a row of another laboratory's report speaks of. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from som.kernel.ids import fold
from som.kernel.outcomes import Refusal
from som.people.rules import Declaration, agree
from som.results.rules.reported.words import Answered, fault_of_answer
from som.results.rules.reports import ReportedState, ReportRefusal
from som.sampling.lists.reasons import RowRefusal
from som.sampling.lists.written import ListRow, ReportedResult
from som.sampling.rules import LONGEST_CODE
from som.sampling.rules.imports import fault_of_result

_UNKNOWN_YET = (ReportedResult.NOT_TESTED, ReportedResult.PENDING, None)


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
class Unclear:
    """What the sender said of a sample that may be this one: one of the two tells no day."""

    before: Before
    said_on: date
    """When it was said last."""


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
    unclear: Unclear | None = None
    """Where nothing is known of this very sample: what may have been said of it all the same."""
    sender: int = 0
    may_confirm: bool = False
    on: date = date.min
    """The day on which it is judged."""
    use_by: timedelta = timedelta()
    """How long a specimen may be tested: so long the same word of one number is of one sample."""


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

    @property
    def displaces(self) -> int | None:
        """The row whose place this one takes, if that was not released yet."""
        stays = self.reason is ReportRefusal.SAMPLE_UNCLEAR
        moved = self.state in (ReportedState.REVIEW, ReportedState.WAITING)
        return self.before if moved and not stays else None


LONGEST_KEY = LONGEST_CODE + 11
"""A code as long as any on a tube, with a day behind it."""


SAMPLED, RECEIVED = "@", "~"
"""What stands between a number and the day of its sample, or that of its receipt where none is said."""


def sample_key(code: str, day: date | None, *, received_on: date) -> str:
    """The sample that a sender's own number names: numbers begin anew, a number and a day do not.

    Where the row tells no day, two that came on different days are not taken for one sample.
    """
    if not code:
        return ""
    return f"{code}{SAMPLED}{day}" if day is not None else f"{code}{RECEIVED}{received_on}"


def told_apart(one: ListRow, other: ListRow) -> bool:
    """Whether the days that two rows of one number tell make two samples of them."""
    taken, taken_too = taken_day(one), taken_day(other)
    if taken is not None and taken_too is not None:
        return taken != taken_too
    days = one.tested_on, other.tested_on
    return None not in days and days[0] != days[1]


def taken_day(row: ListRow) -> date | None:
    """The day on which a sample was taken, if the row tells it."""
    return row.taken_at.date() if row.taken_at else row.taken_on


def sampled_on(row: ListRow) -> date | None:
    """The day of a sample: when it was taken, else when it was tested."""
    return taken_day(row) or row.tested_on


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
    if facts.unclear is not None and found.state is not ReportedState.REFUSED:
        return _of_one_sample_or_two(result, facts, facts.unclear, found)
    if before is not None and before.state in (ReportedState.REVIEW, ReportedState.WAITING):
        return Judged(
            found.state, found.reason, found.detail, found.tube, found.swab, found.person, before.id
        )
    return found


def _of_one_sample_or_two(
    result: ReportedResult, facts: RowFacts, unclear: Unclear, found: Judged
) -> Judged:
    """A row of a number and person of whom the sender spoke before, without days that tell apart.

    The same word so soon that the specimen may still be tested is the same word. Otherwise a named
    person says whether the sender corrects itself or speaks of another sample.
    """
    said = unclear.before
    if said.value == result and not said.taken_back and facts.on - unclear.said_on <= facts.use_by:
        return Judged(ReportedState.REPEATED, None, "", said.tube, said.swab, said.person, said.id)
    reason = ReportRefusal.SAMPLE_UNCLEAR
    return Judged(ReportedState.REVIEW, reason, person=found.person, before=said.id)


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
