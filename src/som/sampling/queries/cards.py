"""Walk-in cards as the desk that prints them sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, ids, scope, sql
from som.kernel.actors import Actor
from som.kernel.batches import CHUNK

BLOCK = 1_000
"""A roll of cards begins at a thousand: so its beginning tells whether the thousand is free."""

_BLOCKS_TRIED = 1_000
"""Thousands tried behind one's own last card for one that nobody else has: a million cards."""

AT_ONCE = 1_000
"""Cards in one file: a hundred sheets."""

_CARDS_LOOKED_AT = 2 * CHUNK
"""Cards of which a page tells the rolls: those of two of the longest, or of ten of a thousand."""


@dataclass(frozen=True, slots=True)
class CardRollRow:
    """Cards issued to a unit at one moment, and how many of them were given to somebody."""

    first: int
    last: int
    unit: int
    issued_at: datetime
    given: int

    @property
    def cards(self) -> int:
        """How many cards the roll has."""
        return self.last - self.first + 1

    @property
    def files(self) -> list[tuple[str, int, int]]:
        """The first card of each file in which the roll is printed, its number and the last one's."""
        return [
            (ids.card_code(first), first, min(first + AT_ONCE - 1, self.last))
            for first in range(self.first, self.last + 1, AT_ONCE)
        ]

    @property
    def printed(self) -> tuple[str, str]:
        """The codes of its first and its last card."""
        return ids.card_code(self.first), ids.card_code(self.last)


def card_rolls(*, by: Actor, before: int | None = None) -> tuple[list[CardRollRow], int | None]:
    """Rolls of cards of the actor's units, those of the highest numbers first, and the key of the
    next page; `before` is that of the page before.

    Cards are kept one by one: what was issued in one go, one after the other, is a roll.
    """
    with scope.entered(by, "sampling.plan"):
        found = [
            (CardRollRow(*line[:5]), line[5])
            for line in sql.rows(
                """
                WITH looked_at AS (
                    SELECT serial, unit_id, slip, issued_at FROM sampling_card
                    WHERE %(before)s::int IS NULL OR serial < %(before)s
                    ORDER BY serial DESC LIMIT %(limit)s)
                SELECT min(c.serial), max(c.serial), c.unit_id, c.issued_at,
                       count(w.slip)::int, (SELECT count(*) FROM looked_at)
                FROM (SELECT l.*, l.serial - row_number() OVER (
                          PARTITION BY l.unit_id, l.issued_at ORDER BY l.serial) AS run
                      FROM looked_at l) c
                LEFT JOIN sampling_swab w ON w.slip = c.slip
                GROUP BY c.unit_id, c.issued_at, c.run ORDER BY 1 DESC
                """,
                {"before": before, "limit": _CARDS_LOOKED_AT},
            )
        ]
    shown = [one for one, _ in found]
    if not found or found[0][1] < _CARDS_LOOKED_AT:
        return shown, None
    # The last roll may go on beyond what was looked at: it begins the next page.
    shown = shown[:-1]
    return shown, shown[-1].first


def next_card(*, by: Actor) -> int:
    """Where the next roll of cards may begin: behind one's own, at a thousand that nobody has."""
    with scope.entered(by, "sampling.plan"):
        found = sql.row(
            """
            WITH begins AS (
                SELECT b.serial FROM (SELECT coalesce(max(serial) / %(block)s + 1, 0) AS block
                                      FROM sampling_card) m
                CROSS JOIN generate_series(m.block * %(block)s,
                                           (m.block + %(tried)s) * %(block)s, %(block)s)
                           AS b (serial))
            SELECT serial FROM begins
            WHERE serial NOT IN (SELECT made.serial FROM sampling_cards_made(
                                     ARRAY(SELECT serial FROM begins)) made)
            ORDER BY serial LIMIT 1
            """,
            {"block": BLOCK, "tried": _BLOCKS_TRIED},
        )
    return int(found[0]) if found else 0


def cards_to_print(first: int, last: int, *, by: Actor, at: datetime) -> list[tuple[int, str]]:
    """Serial numbers and slips of these cards, as far as they were issued to the actor's units; of
    more than `AT_ONCE` the first.

    Not of a card in somebody's hand: another like it would open their result. It is noted who read
    the slips.
    """
    with scope.entered(by, "sampling.plan"):
        found = [
            (line[0], line[1])
            for line in sql.rows(
                """
                SELECT c.serial, c.slip FROM sampling_card c
                WHERE c.serial BETWEEN %s AND %s
                  AND c.slip NOT IN (SELECT * FROM sampling_slips_used(ARRAY(
                      SELECT o.slip FROM sampling_card o WHERE o.serial BETWEEN %s AND %s)))
                ORDER BY c.serial LIMIT %s
                """,
                (first, last, first, last, AT_ONCE),
            )
        ]
        audit.record(
            by,
            "sampling.cards_to_print",
            at=at,
            note={"cards": [first, last], "found": len(found)},
            kind=audit.READ,
        )
    return found
