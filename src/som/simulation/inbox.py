"""Officers who take notice of what their commune or the province was told, in office hours."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.notices.commands import acknowledge_notices
from som.notices.queries import unacknowledged_notices
from som.simulation.province import Province

_FROM, _UNTIL = time(7), time(20)
_READ_AFTER = timedelta(minutes=40)
_LIE_THERE = frozenset({0, 12, 40})
"""These of a desk's notices, by their turn: nobody gets to them."""
_ALL = 100_000


@dataclass(slots=True)
class Inbox:
    """What each unit was told so far, and which notices of it lie there."""

    told: Counter[int] = field(default_factory=Counter)
    left: set[int] = field(default_factory=set)

    def take_notice(self, province: Province, at: datetime) -> None:
        """Let each officer acknowledge what came a while ago."""
        if not _FROM <= at.astimezone(LOCAL).time() < _UNTIL:
            return
        for commune in province.communes:
            self._at_desk(commune.unit, province.officer_at(commune.unit), at)
        self._at_desk(province.unit, province.second, at)

    def _at_desk(self, unit: int, officer: Actor, at: datetime) -> None:
        read: list[int] = []
        for notice in unacknowledged_notices(by=officer, at=at, limit=_ALL):
            late = at - notice.written_at >= _READ_AFTER
            if notice.to_unit != unit or notice.id in self.left or not late:
                continue
            if self.told[unit] in _LIE_THERE:
                self.left.add(notice.id)
            else:
                read.append(notice.id)
            self.told[unit] += 1
        if read:
            acknowledge_notices(read, by=officer, at=at)
