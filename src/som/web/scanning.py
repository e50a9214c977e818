"""What a scanner, a camera or a keyboard sends to a desk, and what the desk says of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext

from som.kernel import ids
from som.kernel.outcomes import Outcome, Refused, once
from som.kernel.outcomes import gettext_noop as _

MOST_AT_ONCE = 2_000
"""Codes in one sending: as many as a tray holds, half an hour of scanning once a second."""


class TooManyCodes(Exception):
    """More codes than go at once: none is taken, and all stand in their box again."""


def codes_of(request: HttpRequest, name: str = "codes") -> list[str]:
    """The codes sent under this name: from the box and from what was pasted, in order, each once.

    A tube of ours is written as stored, whoever typed it how. Raises `TooManyCodes`.
    """
    sent = "\n".join(request.POST.getlist(name)).replace("\0", " ")
    found = (code for line in _LINES.split(sent) for code in codes_in(line))
    codes = list(islice(found, MOST_AT_ONCE + 1))
    if len(codes) > MOST_AT_ONCE:
        raise TooManyCodes
    return once([_as_stored(code) for code in codes])


_LINES = re.compile(r"[\r\n\t]+")

SHORTEST = 6
"""Signs that a code beside others on one line has at least: every code of ours has more."""


def codes_in(line: str) -> list[str]:
    """The codes of one line: several between blanks, or one of an issuer who prints blanks in it.

    Parts that could not each be a code by themselves, `1 nCoV`, are one code.
    """
    parts = line.split()
    if all(len(part) >= SHORTEST and any(map(str.isdigit, part)) for part in parts):
        return parts
    return [" ".join(parts)]


AT_ONCE = 200
"""Signs that a desk's scan box takes at once: `maxlength` of `components/scan.html`."""


def in_one_scan(codes: Sequence[str]) -> str:
    """What one QR code says so that a desk takes in each of these codes by itself.

    Between blanks where they are read apart so. Else between returns, which a scanner types as Enter.
    """
    line = " ".join(codes)
    return line if codes_in(line) == list(codes) else "\r".join(codes)


def _as_stored(code: str) -> str:
    capitals = code.upper()
    return capitals if ids.tube_serial(capitals) is not None else code


@dataclass(frozen=True, slots=True)
class Scanned:
    """What became of one scan, for `{% scanned %}`: the last code in big letters, and the refused."""

    code: str
    words: str
    tone: str
    refused: Sequence[Refused[str]] = ()
    done: int = 0
    again: int = 0

    @property
    def many(self) -> bool:
        """Whether more than one code was sent at once."""
        return self.done + self.again + len(self.refused) > 1

    @property
    def alone(self) -> bool:
        """Whether one code was sent and refused: then the list of the last refused says no more."""
        return len(self.refused) == 1 and not self.many


def scanned(
    outcome: Outcome[Any],
    codes: Sequence[str],
    *,
    done: str,
    again: str = _("Scanned before"),
) -> Scanned | None:
    """What is said of codes sent at once: `done` of what was done, `again` of what was so already.

    Both are sentences marked for translation. None where nothing was sent.
    """
    if not codes:
        return None
    refused = {one.item: one for one in outcome.refused}
    last = next((code for code in reversed(codes) if code in refused), codes[-1])
    if last in refused:
        tone, words = "late", gettext(refused[last].reason.sentence)
    elif last in outcome.unchanged:
        tone, words = "waiting", gettext(again)
    else:
        tone, words = "done", gettext(done)
    return Scanned(last, words, tone, outcome.refused, len(outcome.done), len(outcome.unchanged))
