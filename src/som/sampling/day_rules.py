"""Dated rules that a page tells and its command holds to: both ask here, for the same day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from som.kernel import rulebook
from som.kernel.clock import local_day


def most_at_once(territory: Sequence[str], at: datetime) -> int:
    """How many people may wait at one place in this territory, by the rule of the day."""
    found = rulebook.rule("sampling.slot.most", on=local_day(at), territory=territory)
    return int(found.value)
