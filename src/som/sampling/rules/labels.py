"""Labels of our own scheme: handed out, used, void, left; every one is accounted for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from som.kernel.ids import TUBE_SERIALS, tube_code
from som.kernel.outcomes import Refusal, gettext_noop

LabelRange = tuple[int, int]
"""Serial numbers from the first to the last, both inclusive."""

RANGES_NAMED = 10
"""How many runs of labels a refusal names; the rest it counts."""


class VoidReason(StrEnum):
    """Why a label is no longer good, though nobody was swabbed into its tube."""

    MISPRINTED = "misprinted"
    DAMAGED = "damaged"
    LOST = "lost"


class PrintAgain(StrEnum):
    """Why labels that are on paper already are printed once more."""

    SPOILED = "spoiled"
    NOTHING_CAME = "nothing_came"
    OTHER_PAPER = "other_paper"


PRINT_OPEN = timedelta(minutes=15)
"""So long whoever printed labels can open the file again: a viewer that fetches it twice, a printer
that is switched on. No source is known. After that, printing again asks for a reason."""


class LabelRefusal(Refusal):
    """Why labels were not printed, not handed out, not voided, or their session not closed."""

    NOT_ISSUED = "labels_not_issued", gettext_noop("Some of these labels were not issued here.")
    IMPOSSIBLE = "labels_impossible", gettext_noop("The numbers of the labels are impossible.")
    SESSION_UNKNOWN = "labels_session_unknown", gettext_noop("No such session is open here.")
    TEAM_UNKNOWN = "labels_team_unknown", gettext_noop("The session has no team of this number.")
    TEAM_TAKEN = "team_taken", gettext_noop("The session has another team of this number.")
    TEAM_OF_ONE = (
        "team_of_one",
        gettext_noop("A team is two different people: one swabs, another writes."),
    )
    HANDED_OUT = (
        "labels_handed_out",
        gettext_noop("Some of these labels are in the hands of another team."),
    )
    USED = "labels_used", gettext_noop("Some of these labels are on tubes in use.")
    VOID = "labels_void", gettext_noop("Some of these labels are void.")
    PRINTED = (
        "labels_printed",
        gettext_noop("Some of these labels are on paper already: say why they are printed again."),
    )
    PRINT_TAKEN = (
        "labels_print_taken",
        gettext_noop("This code already stands for other labels that were printed."),
    )
    ON_SHEET = (
        "labels_on_sheet",
        gettext_noop("Some of these labels stand on another session's sheet, not entered yet."),
    )
    WITNESS = (
        "labels_need_a_witness",
        gettext_noop("Lost labels need a second person who holds a role today."),
    )
    WITNESS_STRANGE = (
        "labels_witness_strange",
        gettext_noop("The second person holds no role where these labels were issued."),
    )
    UNACCOUNTED = (
        "labels_unaccounted",
        gettext_noop("Some labels of this session are neither used nor void nor left."),
    )
    NOT_LEFT = (
        "labels_not_left",
        gettext_noop("Some labels said to be left are used, void, or were never handed out."),
    )
    COUNT_DIFFERS = (
        "labels_count_differs",
        gettext_noop("Another number of labels must be left than was counted."),
    )
    SHEETS_OPEN = (
        "sheets_open",
        gettext_noop("Some numbered sheets of this session are not entered twice yet."),
    )


@dataclass(frozen=True, slots=True)
class LabelsLeft:
    """What a team had left when its session closed: runs of labels, or just their number."""

    ranges: tuple[LabelRange, ...] = ()
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What closing found: the labels left, or why it cannot be so and which labels are meant."""

    left: tuple[LabelRange, ...]
    refusal: LabelRefusal | None = None
    detail: str = ""


def is_possible(first: int, last: int) -> bool:
    """Whether there can be labels of these numbers."""
    return 0 <= first <= last < TUBE_SERIALS


def merged(ranges: Iterable[LabelRange]) -> tuple[LabelRange, ...]:
    """The same labels as few runs in their order."""
    found: list[LabelRange] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def without(ranges: Iterable[LabelRange], others: Iterable[LabelRange]) -> tuple[LabelRange, ...]:
    """The labels of these runs that are in none of the others."""
    taken = merged(others)
    found: list[LabelRange] = []
    place = 0
    for first, last in merged(ranges):
        while place < len(taken) and taken[place][1] < first:
            place += 1
        start, at = first, place
        while at < len(taken) and taken[at][0] <= last:
            if taken[at][0] > start:
                found.append((start, taken[at][0] - 1))
            start = taken[at][1] + 1
            at += 1
        if start <= last:
            found.append((start, last))
    return tuple(found)


def within(ranges: Iterable[LabelRange], others: Sequence[LabelRange]) -> tuple[LabelRange, ...]:
    """The labels of these runs that are also in the others."""
    given = merged(ranges)
    return without(given, without(given, others))


def count_of(ranges: Iterable[LabelRange]) -> int:
    """How many labels these runs are."""
    return sum(last - first + 1 for first, last in merged(ranges))


def named(ranges: Iterable[LabelRange], code: Callable[[int], str] = tube_code) -> str:
    """These labels as people read them off the roll: the first runs, then how many more runs."""
    found = merged(ranges)
    words = [
        code(first) if first == last else f"{code(first)}–{code(last)}"
        for first, last in found[:RANGES_NAMED]
    ]
    if len(found) > RANGES_NAMED:
        words.append(f"+{len(found) - RANGES_NAMED}")
    return ", ".join(words)


def reckoned(held: Iterable[LabelRange], gone: Iterable[LabelRange], left: LabelsLeft) -> Reckoning:
    """Whether every label handed out is used, void or left. `gone`: those used or void.

    A number of labels left is enough when it is the number that must be left.
    """
    rest = without(held, gone)
    if left.count is not None:
        if left.count != count_of(rest):
            detail = f"{left.count} / {count_of(rest)}: {named(rest)}"
            return Reckoning((), LabelRefusal.COUNT_DIFFERS, detail)
        return Reckoning(rest)
    if wrong := without(left.ranges, rest):
        return Reckoning((), LabelRefusal.NOT_LEFT, named(wrong))
    if missing := without(rest, left.ranges):
        return Reckoning((), LabelRefusal.UNACCOUNTED, named(missing))
    return Reckoning(rest)
