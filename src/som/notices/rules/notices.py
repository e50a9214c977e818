"""Kinds of notices: what is told of a person. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from som.kernel.outcomes import Refusal, gettext_noop


class NoticeKind(StrEnum):
    """What is told."""

    RESULT_READY = "result_ready"  # to the person: that there is a result, never which
    POSITIVE = "positive"  # to a locality
    POOL_HELD = "pool_held"  # to a locality: members of a pool that must be tested again
    CORRECTED = "corrected"  # to everyone who was told the version before


class NoticeRefusal(Refusal):
    """Why a notice was not acknowledged, or nothing was noted of a message."""

    UNKNOWN = "notice_unknown", gettext_noop("There is no such notice to this unit.")


class NoticeWanted(NamedTuple):
    """One thing to tell one addressee: a phone or a unit.

    `key`: of one subject told once, however often asked. `units` answer for it.
    """

    key: str
    kind: NoticeKind
    person: int
    units: Sequence[int]
    subject: int
    to_unit: int | None = None
    to_phone: str = ""
    body: Mapping[str, str] | None = None
