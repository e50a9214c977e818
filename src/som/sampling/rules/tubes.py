"""Tubes: their classes, schemes of codes, and how they go on. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from som.kernel import ids
from som.kernel.outcomes import Refusal, gettext_noop

OWN_SCHEME = 1
"""The scheme of our own tubes: S, nine digits, check digit. Its row is made by the migration."""


class TubeClass(StrEnum):
    """Why the people in a tube are tested; it travels on the tube, so benches need no names."""

    SCREENING = "screening"
    SYMPTOM = "symptom"
    CONTACT = "contact"
    RECALLED = "recalled"

    @property
    def single(self) -> bool:
        """Symptomatic people, contacts and people called again go into single tubes only."""
        return self is not TubeClass.SCREENING


TUBE_MOVES: Mapping[str, tuple[str, ...]] = {
    "unused": ("open",),
    "open": ("open", "sent", "received", "lost", "expired"),
    "sent": ("received", "lost", "expired"),
    "received": ("lost", "expired"),
}


class DispatchRefusal(Refusal):
    """Why a tube was not put on a manifest."""

    TUBE_UNKNOWN = "tube_unknown_here", gettext_noop("No tube with this code is in use here.")
    TUBE_ELSEWHERE = "tube_on_other_manifest", gettext_noop("This tube is on another manifest.")
    TUBE_CLOSED = "tube_closed_here", gettext_noop("This tube is lost or expired.")


@dataclass(frozen=True, slots=True)
class Scheme:
    """A way to write tube codes: ours, or an issuer's registered pattern."""

    id: int
    pattern: str
    issuer: int | None = None


PATTERN = re.compile(
    r"(?:(?:\[[A-Za-z0-9\-]+\]|\\d|\\\.|[A-Za-z0-9./ \-])(?:\{\d{1,2}(?:,\d{1,2})?\}|\+|\?)?){1,40}"
)
"""What a registered pattern may be made of: letters, digits, sets, \\d and counts. No groups and no
choices, so that no pattern can take for ever on a code."""

LONGEST_CODE = 40
"""More than any printed tube code: the longest seen has 14 characters."""


def scheme_of(code: str, schemes: Sequence[Scheme]) -> Scheme | None:
    """The scheme of a tube code: ours by its check digit, else the first pattern that fits."""
    if ids.tube_serial(code) is not None:
        return next((s for s in schemes if s.id == OWN_SCHEME), None)
    if len(code) > LONGEST_CODE:
        return None
    return next((s for s in schemes if s.id != OWN_SCHEME and re.fullmatch(s.pattern, code)), None)
