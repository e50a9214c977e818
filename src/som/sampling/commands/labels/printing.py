"""Printing labels: each is printed once, or again for a reason that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.sampling import rules
from som.sampling.queries.labels import rolls_of, used_labels, void_labels_of
from som.sampling.queries.prints import labels_on_paper, prints_with_codes
from som.sampling.rules import LabelRange, LabelRefusal, PrintAgain
from som.sampling.rules.labels import is_possible
from som.sampling.rules.stickers import COMMONEST, Stickers


@dataclass(frozen=True, slots=True)
class LabelPrint:
    """Runs of labels to be printed at once.

    The code is drawn with the form: what is sent twice is printed once. `again`: why labels that are
    on paper already are printed once more. `used`: labels gone from the paper's first sheet.
    """

    code: str
    labels: tuple[LabelRange, ...]
    again: PrintAgain | None = None
    paper: Stickers = COMMONEST
    used: int = 0


def print_labels(prints: Sequence[LabelPrint], *, by: Actor, at: datetime) -> Outcome[LabelPrint]:
    """Note which labels are printed now.

    Refuses labels not issued here, used or void, and without a reason those on paper already, because
    they were printed or handed out: two tubes with one code are two people with one answer. Locks the
    rolls in the order of their numbers: of two who print the same labels at once, one is refused.
    """
    outcome: Outcome[LabelPrint] = Outcome()
    with scope.entered(by, "sampling.plan") as units:
        ranges = [run for one in prints for run in one.labels if is_possible(*run)]
        issued = [
            roll[:2]
            for roll in rolls_of(ranges, lock="UPDATE")
            if units is None or roll[2] in units
        ]
        used, void = used_labels(ranges), void_labels_of(ranges)
        on_paper = list(labels_on_paper(ranges))
        held = prints_with_codes([one.code for one in prints])
        new: list[tuple[str, int, int, str, int, str]] = []
        for given in prints:
            labels = rules.merged(given.labels)
            printed = labels, given.paper.code, given.used
            if not labels or not all(is_possible(*run) for run in given.labels):
                outcome.refused.append(Refused(given, LabelRefusal.IMPOSSIBLE))
            elif strange := rules.without(labels, issued):
                outcome.refused.append(
                    Refused(given, LabelRefusal.NOT_ISSUED, rules.named(strange))
                )
            elif given.code in held:
                if held[given.code] == printed:
                    outcome.unchanged.append(given)
                else:
                    outcome.refused.append(Refused(given, LabelRefusal.PRINT_TAKEN, given.code))
            elif gone := rules.within(labels, used):
                outcome.refused.append(Refused(given, LabelRefusal.USED, rules.named(gone)))
            elif bad := rules.within(labels, void):
                outcome.refused.append(Refused(given, LabelRefusal.VOID, rules.named(bad)))
            elif (twice := rules.within(labels, on_paper)) and given.again is None:
                outcome.refused.append(Refused(given, LabelRefusal.PRINTED, rules.named(twice)))
            else:
                held[given.code] = printed
                on_paper += labels
                again = str(given.again) if twice and given.again else ""
                new += [(given.code, *run, given.paper.code, given.used, again) for run in labels]
                outcome.done.append(given)
        columns = list(zip(*new, strict=True)) or [()] * 6
        sql.execute(
            """
            INSERT INTO sampling_labelprint
                (code, first, last, paper, used, again, printed_at, printed_by)
            SELECT g.*, %s, %s
            FROM unnest(%s::text[], %s::int[], %s::int[], %s::text[], %s::int[], %s::text[]) AS g
            """,
            (at, by.name, *[list(column) for column in columns]),
        )
        audit.record(
            by, "sampling.print_labels", at=at, note={"labels": [list(line) for line in new]}
        )
    return outcome
