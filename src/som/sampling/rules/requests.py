"""Test requests: why somebody is asked for, and how the asking ends. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class RequestReason(StrEnum):
    """Why somebody is asked for."""

    ROSTER = "roster"
    SYMPTOM = "symptom"
    CONTACT = "contact"
    DAY = "day"
    RECALLED_POOL = "recalled_pool"
    INCONCLUSIVE = "inconclusive"
    USE_BY_PASSED = "use_by_passed"
    LOST = "lost"
    DISCORDANT = "discordant"

    @property
    def single(self) -> bool:
        """Whether the swab that answers must stand alone in its tube."""
        return self is not RequestReason.ROSTER and self is not RequestReason.DAY


class RequestEnd(StrEnum):
    """How a test request ends: the ledger law knows no other way."""

    SWABBED = "swabbed"
    REFUSED = "refused"
    ABSENT = "absent"
    TRANSFERRED = "transferred"
    DIED = "died"


REQUEST_MOVES: Mapping[str, tuple[str, ...]] = {"open": tuple(RequestEnd)}
