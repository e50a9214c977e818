"""Walk-in cards: printed with a code and a slip, for whoever comes without papers, phone or time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, ids, scope, sql
from som.kernel.actors import Actor
from som.kernel.batches import CHUNK
from som.kernel.outcomes import Outcome, Refused
from som.sampling.rules import PlanRefusal


@dataclass(frozen=True, slots=True)
class CardRoll:
    """Walk-in cards from the first to the last serial number, issued to a unit."""

    first: int
    last: int
    unit: int

    @property
    def serials(self) -> range:
        """The numbers printed on the cards."""
        return range(self.first, self.last + 1)


def issue_cards(rolls: Sequence[CardRoll], *, by: Actor, at: datetime) -> Outcome[CardRoll]:
    """Make walk-in cards for units to print, each with a slip that nobody can guess.

    Refuses impossible numbers, more cards in a roll than one transaction takes, and a roll any of
    whose cards was made before for another roll or unit. The same roll again stays as it is.
    """
    outcome: Outcome[CardRoll] = Outcome()
    with scope.entered(by, "sampling.plan"):
        sql.execute("LOCK TABLE sampling_card IN SHARE ROW EXCLUSIVE MODE")
        possible: list[CardRoll] = []
        seen: set[CardRoll] = set()
        for given in rolls:
            if not by.may("sampling.plan", unit=given.unit):
                outcome.refused.append(Refused(given, PlanRefusal.NOT_HERE))
            elif not (0 <= given.first <= given.last < ids.TUBE_SERIALS):
                outcome.refused.append(Refused(given, PlanRefusal.ROLL_IMPOSSIBLE))
            elif len(given.serials) > CHUNK:
                outcome.refused.append(Refused(given, PlanRefusal.ROLL_IMPOSSIBLE, str(CHUNK)))
            elif given in seen:
                outcome.unchanged.append(given)
            else:
                seen.add(given)
                possible.append(given)
        wanted = {serial for roll in possible for serial in roll.serials}
        held = dict(
            sql.rows("SELECT serial, unit_id FROM sampling_cards_made(%s::int[])", (list(wanted),))
        )
        new: dict[int, int] = {}
        for given in possible:
            made = [held.get(serial) for serial in given.serials]
            if all(unit == given.unit for unit in made):
                outcome.unchanged.append(given)
            elif any(unit is not None for unit in made):
                outcome.refused.append(Refused(given, PlanRefusal.ROLL_OVERLAPS))
            else:
                for serial in given.serials:
                    held[serial] = new[serial] = given.unit
                outcome.done.append(given)
        sql.execute(
            "INSERT INTO sampling_card (serial, unit_ids, unit_id, slip, issued_at)"
            " SELECT c.serial, ARRAY[c.unit], c.unit, c.slip, %s"
            " FROM unnest(%s::int[], %s::int[], %s::text[]) AS c (serial, unit, slip)",
            (at, list(new), list(new.values()), [ids.new_slip_code() for _ in new]),
        )
        audit.record(
            by,
            "sampling.issue_cards",
            at=at,
            note={"rolls": [[r.first, r.last, r.unit] for r in outcome.done]},
        )
    return outcome
