"""Who may release a row of another laboratory's report, and when. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from som.results.rules.reports import ReportedState, ReportRefusal
from som.sampling.lists.written import ListRow, ReportedResult


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
