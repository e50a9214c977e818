"""Walk-in cards, with a code and a slip, for whoever comes without papers, phone or time: issued, and
printed once, or again for a reason that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, ids, scope, sql
from som.kernel.actors import Actor
from som.kernel.batches import CHUNK
from som.kernel.outcomes import Outcome, Refused
from som.sampling.queries.cards import card_prints_with_codes, cards_issued, cards_on_paper
from som.sampling.rules import LabelRange, PlanRefusal, PrintAgain, merged, within, without
from som.sampling.rules.cards import CardRefusal, fault_of_card_print
from som.sampling.rules.labels import is_possible


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


@dataclass(frozen=True, slots=True)
class CardPrint:
    """Runs of cards to be printed at once.

    The code is drawn with the form: what is sent twice is printed once. `again`: why cards that are on
    paper already are printed once more.
    """

    code: str
    cards: tuple[LabelRange, ...]
    again: PrintAgain | None = None


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


def print_cards(prints: Sequence[CardPrint], *, by: Actor, at: datetime) -> Outcome[CardPrint]:
    """Note which cards are printed now.

    Refuses cards not issued here or in somebody's hand, and without a reason those on paper already:
    of two cards with one code the second opens the first's result. Locks what was printed: of two who
    print the same cards at once, one is refused.
    """
    outcome: Outcome[CardPrint] = Outcome()
    with scope.entered(by, "sampling.plan"):
        sql.execute("LOCK TABLE sampling_cardprint IN SHARE ROW EXCLUSIVE MODE")
        asked = [run for one in prints for run in one.cards if is_possible(*run)]
        issued, held = cards_issued(asked)
        on_paper = list(cards_on_paper(asked))
        known = card_prints_with_codes([one.code for one in prints])
        new: list[tuple[str, int, int, str]] = []
        for given in prints:
            cards = merged(given.cards)
            if given.code in known and not without(cards, issued):
                if known[given.code] == cards:
                    outcome.unchanged.append(given)
                else:
                    outcome.refused.append(Refused(given, CardRefusal.PRINT_TAKEN, given.code))
            elif fault := fault_of_card_print(
                cards, issued=issued, held=held, on_paper=on_paper, again=given.again
            ):
                outcome.refused.append(Refused(given, *fault))
            else:
                again = str(given.again) if given.again and within(cards, on_paper) else ""
                known[given.code] = cards
                on_paper += cards
                new += [(given.code, *run, again) for run in cards]
                outcome.done.append(given)
        columns = list(zip(*new, strict=True)) or [()] * 4
        sql.execute(
            """
            INSERT INTO sampling_cardprint (code, first, last, again, printed_at, printed_by)
            SELECT g.*, %s, %s
            FROM unnest(%s::text[], %s::int[], %s::int[], %s::text[]) AS g
            """,
            (at, by.name, *[list(column) for column in columns]),
        )
        audit.record(
            by, "sampling.print_cards", at=at, note={"cards": [list(line) for line in new]}
        )
    return outcome
