"""A desk's tray: codes are judged as they are scanned, laid, and kept until they are acted on together.

Desks of later stages lay into trays, too: `Tray` is theirs as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refusal, Refused
from som.kernel.outcomes import gettext_noop as _
from som.sampling import commands, queries
from som.sampling.rules import Laid
from som.web.scanning import Scanned, codes_of, scanned

SHOWN = 200
"""Lines of a desk's list: what was scanned before them is counted."""

Fault = tuple[Refusal, str]
"""Why a code may not be acted on at this desk, and what exactly is wrong."""

Judge = Callable[[Sequence[str]], Mapping[str, Fault]]
"""Says of codes why they may not be acted on here; those that may are left out."""


def nothing_wrong(codes: Sequence[str]) -> Mapping[str, Fault]:  # noqa: ARG001 - a judge
    """Of a desk that judges codes when it scans them, in a way of its own."""
    return {}


@dataclass(frozen=True, slots=True)
class Line:
    """A code in a tray, the how many-th scanned; `fault`: why it may not be acted on by now.

    `note`: what it is, at a desk that takes several kinds. `near`: its use-by is.
    """

    number: int
    code: str
    fault: str = ""
    detail: str = ""
    note: str = ""
    near: bool = False


@dataclass(frozen=True, slots=True)
class Lying:
    """What `{% tray %}` shows of a tray: its `codes` as scanned, of which `wrong` may not be acted on,
    with the `lines` to show of them; and for how many days they are kept."""

    codes: Sequence[str]
    lines: Sequence[Line]
    wrong: int
    days: int

    @property
    def count(self) -> int:
        return len(self.codes)

    @property
    def sum(self) -> str:
        return sum_of(self.codes)


@dataclass(frozen=True, slots=True)
class Tray:
    """One's own tray at a desk.

    `judged` asks what speaks against codes, when they are scanned and whenever they are shown. `done`,
    `again` and `taken` are what is said of a code, marked for translation.
    """

    desk: str
    by: Actor
    judged: Judge = nothing_wrong
    done: str = _("Laid in the tray")
    again: str = _("In the tray already")
    taken: str = _("Taken out of the tray")

    def codes(self) -> list[str]:
        """What lies in it, in the order of scanning."""
        return [line.code for line in queries.tray(self.desk, by=self.by)]

    def act(
        self, request: HttpRequest, scan: Callable[[Sequence[str]], Scanned | None] | None = None
    ) -> Scanned | None:
        """Do what the desk was sent: codes scanned, one taken out again, or all of them.

        `scan`: what becomes of codes scanned, at a desk that does more than lay them.
        """
        if "empty" in request.POST:
            commands.empty_trays([self.desk], by=self.by, at=clock.now())
            return None
        if code := request.POST.get("take", "").replace("\0", ""):
            self.take([code])
            return Scanned(code, gettext(self.taken), "waiting", again=1)
        codes = codes_of(request)
        return (scan or self.lay)(codes) if codes else None

    def lay(self, codes: Sequence[str]) -> Scanned | None:
        """Lay what nothing speaks against; what is said of it."""
        faults = self.judged(codes)
        laid = commands.lay_in_trays(
            [Laid(self.desk, code) for code in codes if code not in faults],
            by=self.by,
            at=clock.now(),
        )
        refused = [Refused(code, *faults[code]) for code in codes if code in faults]
        refused += [Refused(one.item.code, one.reason, one.detail) for one in laid.refused]
        outcome = Outcome(
            [one.code for one in laid.done], [one.code for one in laid.unchanged], refused
        )
        return scanned(outcome, codes, done=self.done, again=self.again)

    def take(self, codes: Sequence[str]) -> None:
        """Take codes out: those acted on. What was refused stays, with its reason."""
        commands.take_from_trays(
            [Laid(self.desk, code) for code in codes], by=self.by, at=clock.now()
        )

    def lying(self) -> Lying:
        """What lies in it, each code judged anew."""
        codes = self.codes()
        return lying(codes, self.judged(codes) if codes else {})


def lying(
    codes: Sequence[str],
    faults: Mapping[str, Fault],
    *,
    notes: Mapping[str, str] | None = None,
    near: Collection[str] = (),
) -> Lying:
    """What lies in a tray: what may not be acted on first, and the last scanned before the others."""
    lines = [
        Line(number, code, *_said(faults.get(code)), (notes or {}).get(code, ""), code in near)
        for number, code in enumerate(codes, 1)
    ]
    shown = sorted(lines, key=lambda line: (not line.fault, -line.number))[:SHOWN]
    return Lying(codes, shown, len(faults), kept_days())


def sum_of(codes: Sequence[str]) -> str:
    """A checksum of what a page shows of a tray, so that what it sends can be held against the tray."""
    return hashlib.sha256("\n".join(codes).encode()).hexdigest()[:16]


def fault_of_page(request: HttpRequest, codes: Sequence[str]) -> str:
    """Why a page may not act on these codes: none lies here, or others than it showed.

    A second person vouches for what the page showed them.
    """
    if not codes:
        return gettext("There is no tube on the list yet: scan or type its code.")
    if request.POST.get("tray") != sum_of(codes):
        return gettext("Other tubes lie here than this page showed: look again.")
    return ""


def _said(fault: Fault | None) -> tuple[str, str]:
    return ("", "") if fault is None else (gettext(fault[0].sentence), fault[1])


def kept_days() -> int:
    """For how many days a tray keeps what was scanned."""
    return queries.tray_kept(clock.now()).days


def part_of(request: HttpRequest, template: str) -> str:
    """The desk's part of the page where one scan alone was sent, else the page."""
    return f"{template}#desk" if getattr(request, "htmx", False) else template
