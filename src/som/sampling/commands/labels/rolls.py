"""Rolls of labels: issued to units, and single labels noted as no longer good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import NOBODY, Actor, second_person
from som.kernel.outcomes import Outcome, Refused
from som.sampling import rules
from som.sampling.queries.labels import rolls_of, used_labels, void_labels_of
from som.sampling.rules import LabelRange, LabelRefusal, PlanRefusal, VoidReason
from som.sampling.rules.labels import is_possible


@dataclass(frozen=True, slots=True)
class Roll:
    """Labels of our own scheme from the first to the last serial number, issued to a unit.

    `printed`: they came on paper from elsewhere.
    """

    first: int
    last: int
    unit: int
    printed: bool = False


@dataclass(frozen=True, slots=True)
class Voiding:
    """Labels from the first to the last serial number that are no longer good, and why."""

    first: int
    last: int
    reason: VoidReason
    note: str = ""


def issue_rolls(rolls: Sequence[Roll], *, by: Actor, at: datetime) -> Outcome[Roll]:
    """Issue runs of labels to units; those that came on paper are noted as printed.

    Refuses impossible numbers, and a roll any of whose labels is on another roll: two tubes of one
    name would be two people of one result.
    """
    outcome: Outcome[Roll] = Outcome()
    with scope.entered(by, "sampling.plan"):
        sql.execute("LOCK TABLE sampling_roll IN SHARE ROW EXCLUSIVE MODE")
        possible = [r for r in rolls if is_possible(r.first, r.last)]
        taken = set(rolls_of([(r.first, r.last) for r in possible]))
        new: list[Roll] = []
        for given in rolls:
            if not by.may("sampling.plan", unit=given.unit):
                outcome.refused.append(Refused(given, PlanRefusal.NOT_HERE))
            elif given not in possible:
                outcome.refused.append(Refused(given, PlanRefusal.ROLL_IMPOSSIBLE))
            elif (given.first, given.last, given.unit) in taken:
                outcome.unchanged.append(given)
            elif any(first <= given.last and given.first <= last for first, last, _ in taken):
                outcome.refused.append(Refused(given, PlanRefusal.ROLL_OVERLAPS))
            else:
                taken.add((given.first, given.last, given.unit))
                new.append(given)
                outcome.done.append(given)
        sql.execute(
            "INSERT INTO sampling_roll (first, last, unit_id, issued_at)"
            " SELECT *, %s FROM unnest(%s::int[], %s::int[], %s::int[])",
            (at, [r.first for r in new], [r.last for r in new], [r.unit for r in new]),
        )
        came = [(r.first, r.last) for r in new if r.printed]
        sql.execute(
            """
            INSERT INTO sampling_labelprint (first, last, used, again, printed_at, printed_by)
            SELECT g.first, g.last, 0, '', %s, %s
            FROM unnest(%s::int[], %s::int[]) AS g (first, last)
            """,
            (at, by.name, *_columns(came)),
        )
        audit.record(
            by,
            "sampling.issue_rolls",
            at=at,
            note={"rolls": [[r.first, r.last, r.unit] for r in new]},
        )
    return outcome


def void_labels(
    voidings: Sequence[Voiding], *, witness: Actor | None = None, by: Actor, at: datetime
) -> Outcome[Voiding]:
    """Note labels as no longer good: nobody can be swabbed into their tubes any more.

    Refuses labels not issued here or on tubes in use, naming them, and a loss that no second person
    with a role where they were issued says too. Labels void already stay as they are. Locks the rolls
    in the order of their numbers, so that none is used at the same moment.
    """
    outcome: Outcome[Voiding] = Outcome()
    with scope.entered(by, "sampling.dispatch") as units:
        ranges = [(v.first, v.last) for v in voidings if is_possible(v.first, v.last)]
        rolls = [r for r in rolls_of(ranges, lock="UPDATE") if units is None or r[2] in units]
        issued = [roll[:2] for roll in rolls]
        used, void = used_labels(ranges), list(void_labels_of(ranges))
        second = second_person(witness, beside=by)
        new: list[Voiding] = []
        for given in voidings:
            labels = [(given.first, given.last)]
            if not is_possible(given.first, given.last):
                outcome.refused.append(Refused(given, LabelRefusal.IMPOSSIBLE))
            elif strange := rules.without(labels, issued):
                outcome.refused.append(
                    Refused(given, LabelRefusal.NOT_ISSUED, rules.named(strange))
                )
            elif not rules.without(labels, void):
                outcome.unchanged.append(given)
            elif gone := rules.within(labels, used):
                outcome.refused.append(Refused(given, LabelRefusal.USED, rules.named(gone)))
            elif twice := rules.within(labels, void):
                outcome.refused.append(Refused(given, LabelRefusal.VOID, rules.named(twice)))
            elif given.reason is VoidReason.LOST and second is NOBODY:
                outcome.refused.append(Refused(given, LabelRefusal.WITNESS))
            elif given.reason is VoidReason.LOST and not all(
                second.holds(unit=unit)
                for first, last, unit in rolls
                if rules.within(labels, [(first, last)])
            ):
                outcome.refused.append(Refused(given, LabelRefusal.WITNESS_STRANGE, second.name))
            else:
                void += labels
                new.append(given)
                outcome.done.append(given)
        said_by = [by.name] if second is NOBODY else [by.name, second.name]
        sql.execute(
            """
            INSERT INTO sampling_voiding (first, last, reason, note, voided_at, voided_by)
            SELECT g.first, g.last, g.reason, g.note, %s, %s::text[]
            FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[])
                 AS g (first, last, reason, note)
            """,
            (
                at,
                said_by,
                *_columns([(v.first, v.last) for v in new]),
                [v.reason for v in new],
                [v.note for v in new],
            ),
        )
        audit.record(
            by,
            "sampling.void_labels",
            at=at,
            note={"labels": [[v.first, v.last, v.reason] for v in new], "by": said_by},
        )
    return outcome


def _columns(ranges: Sequence[LabelRange]) -> tuple[list[int], list[int]]:
    return [first for first, _ in ranges], [last for _, last in ranges]
