"""Trays of the laboratory's desks: what was scanned and waits to be acted on together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from django.http import HttpRequest

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refusal, Refused
from som.sampling.commands import empty_trays, lay_in_trays, take_from_trays
from som.sampling.rules import Laid


def laid(
    codes: Sequence[str], faults: Mapping[str, Refusal], desk: str, *, by: Actor
) -> Outcome[str]:
    """Lay what nothing speaks against into the tray of this desk."""
    sound = [Laid(desk, code) for code in codes if code not in faults]
    noted: Outcome[Laid] = lay_in_trays(sound, by=by, at=clock.now()) if sound else Outcome()
    return Outcome(
        [one.code for one in noted.done],
        [one.code for one in noted.unchanged],
        [Refused(code, fault) for code, fault in faults.items()]
        + [Refused(one.item.code, one.reason, one.detail) for one in noted.refused],
    )


def taken(codes: Sequence[str], desk: str, *, by: Actor) -> None:
    """Take what was acted on out of the tray."""
    if codes:
        take_from_trays([Laid(desk, code) for code in codes], by=by, at=clock.now())


def put_back(request: HttpRequest, desk: str, *, by: Actor) -> bool:
    """Whether a button asked to take one code out, or all; then it was done."""
    if "empty" in request.POST:
        empty_trays([desk], by=by, at=clock.now())
    elif code := request.POST.get("take", ""):
        taken([code], desk, by=by)
    else:
        return False
    return True


def sum_of(codes: Sequence[str]) -> str:
    """A checksum of what a page shows of a tray, so that what it sends can be held against the tray."""
    return hashlib.sha256("\n".join(codes).encode()).hexdigest()[:16]


def known_to_page(
    request: HttpRequest, lying: Sequence[str], sent: Sequence[str] = ()
) -> frozenset[str] | None:
    """What the page that sent this knows of the tray; None where something else came to lie in it.

    The same account may scan at another browser. Codes that were sent before and are sent again, as
    the answer was lost, lie behind those the page showed.
    """
    shown = request.POST.get("tray", "")
    for count in range(len(lying), -1, -1):
        if sum_of(lying[:count]) == shown:
            return frozenset([*lying, *sent])
        if count and lying[count - 1] not in sent:
            break
    return None
