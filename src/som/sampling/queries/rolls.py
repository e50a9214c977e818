"""Rolls of labels as the desk that issues them sees them, and the labels on them still to be printed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.kernel.ids import TUBE_SERIALS
from som.sampling import rules

ROLLS_SEEN = ("sampling.plan", "sampling.dispatch")
"""Who prints labels sees the rolls of their units, and so does whoever uses them up."""

ROLL_LINES = 100
"""What is said of a roll at once: so many lines of what was printed, handed out or voided."""


@dataclass(frozen=True, slots=True)
class RollRow:
    """A roll and what became of its labels. `on_paper`: those printed here, as far as that is noted.

    `fresh`: the first that was never printed nor given to anybody; behind the last where all were.
    """

    id: int
    first: int
    last: int
    unit: int
    issued_at: datetime
    used: int
    void: int
    lost: int
    in_hand: int
    on_paper: int
    fresh: int
    prints_noted: bool

    @property
    def labels(self) -> int:
        """How many labels the roll had."""
        return self.last - self.first + 1

    @property
    def all_printed(self) -> bool:
        """Whether no label is left behind the last that was printed or given to somebody."""
        return self.fresh > self.last

    @property
    def left(self) -> int:
        """How many are neither used, nor void, nor with a team."""
        return self.labels - self.used - self.void - self.lost - self.in_hand

    @property
    def printed(self) -> str:
        """The roll as it is read off its labels."""
        return rules.named([(self.first, self.last)])


# A label's tube is found by its code, which begins with the label's number.
_CODES = "BETWEEN 'S' || lpad({0}::text, 9, '0') AND 'S' || lpad({1}::text, 9, '0') || '9'"
_MET = "int4range(%s.first, %s.last, '[]')"
_ROLL = f"""
SELECT r.id, r.first, r.last, r.unit_id, r.issued_at, u.used, v.void, v.lost,
       (h.handed - h.used - h.void)::int, p.labels,
       greatest(r.first, u.last + 1, v.last + 1, h.last + 1, p.last + 1), r.prints_noted
FROM sampling_roll r
CROSS JOIN LATERAL (
    SELECT count(*)::int AS used, max(substr(t.code, 2, 9)::int) AS last FROM sampling_tube t
    WHERE t.code {_CODES.format("r.first", "r.last")}
      AND t.scheme_id = {rules.OWN_SCHEME} AND t.swabs > 0
) u
CROSS JOIN LATERAL (
    SELECT coalesce(sum(upper(b.both) - lower(b.both)) FILTER (WHERE g.reason <> 'lost'), 0)::int
               AS void,
           coalesce(sum(upper(b.both) - lower(b.both)) FILTER (WHERE g.reason = 'lost'), 0)::int
               AS lost,
           max(upper(b.both) - 1) AS last
    FROM sampling_voiding g
    CROSS JOIN LATERAL (SELECT {_MET % ("g", "g")} * {_MET % ("r", "r")} AS both) b
    WHERE {_MET % ("g", "g")} && {_MET % ("r", "r")}
) v
CROSS JOIN LATERAL (
    SELECT coalesce(sum(upper(b.both) - lower(b.both)) FILTER (WHERE open.is), 0) AS handed,
           max(upper(b.both) - 1) AS last,
           coalesce(sum((SELECT count(*) FROM sampling_tube t
                         WHERE t.code {_CODES.format("lower(b.both)", "(upper(b.both) - 1)")}
                           AND t.scheme_id = {rules.OWN_SCHEME} AND t.swabs > 0))
                    FILTER (WHERE open.is), 0) AS used,
           coalesce(sum((SELECT sum(upper(o.both) - lower(o.both)) FROM (
                             SELECT {_MET % ("g", "g")} * b.both AS both FROM sampling_voiding g
                             WHERE {_MET % ("g", "g")} && b.both) o))
                    FILTER (WHERE open.is), 0) AS void
    FROM sampling_handout h
    CROSS JOIN LATERAL (SELECT {_MET % ("h", "h")} * {_MET % ("r", "r")} AS both) b
    CROSS JOIN LATERAL (SELECT h.counted_at IS NULL AS is) open
    WHERE {_MET % ("h", "h")} && {_MET % ("r", "r")}
) h
CROSS JOIN LATERAL (
    SELECT coalesce(sum(upper(m.run) - lower(m.run)), 0)::int AS labels, max(upper(m.run) - 1) AS last
    FROM unnest((SELECT range_agg({_MET % ("p", "p")} * {_MET % ("r", "r")})
                 FROM sampling_labelprint p
                 WHERE {_MET % ("p", "p")} && {_MET % ("r", "r")})) AS m (run)
) p
WHERE (%(all)s OR r.unit_id = ANY(%(units)s))
"""


def _units(by: Actor) -> frozenset[int] | None:
    """The units whose rolls this actor sees; None: everywhere."""
    held = next((one for one in ROLLS_SEEN if by.may(one)), ROLLS_SEEN[0])
    by.must(held)
    found: frozenset[int] = frozenset()
    for one in ROLLS_SEEN:
        units = by.units_for(one) if by.may(one) else frozenset()
        if units is None:
            return None
        found |= units
    return found


def rolls(*, by: Actor, before: int | None = None, limit: int = 20) -> list[RollRow]:
    """The rolls of the actor's units, the newest first; `before` is the last page's last id."""
    units = _units(by)
    return [
        RollRow(*line)
        for line in sql.rows(
            f"{_ROLL} AND (%(before)s::int IS NULL OR r.id < %(before)s)"
            " ORDER BY r.id DESC LIMIT %(limit)s",
            {
                "all": units is None,
                "units": sorted(units or ()),
                "before": before,
                "limit": limit,
            },
        )
    ]


def roll(roll_id: int, *, by: Actor) -> RollRow:
    """One roll. Raises `NotFound` outside the actor's units."""
    units = _units(by)
    found = sql.row(
        f"{_ROLL} AND r.id = %(roll)s",
        {"all": units is None, "units": sorted(units or ()), "roll": roll_id},
    )
    if found is None:
        raise NotFound(f"roll {roll_id}")
    return RollRow(*found)


def next_label(*, by: Actor) -> int | None:
    """The first number after all labels ever issued, wherever: there the next roll may begin. None
    after the last number that a label can have."""
    by.must("sampling.plan")
    after = int(sql.rows("SELECT coalesce(max(last) + 1, 0) FROM sampling_roll")[0][0])
    return after if after < TUBE_SERIALS else None


def labels_to_print(
    roll_id: int, *, first: int, most: int, by: Actor
) -> tuple[rules.LabelRange, ...]:
    """So many labels of a roll from this one of it on, but for those on tubes in use and void ones.

    A label in use is not printed again: two tubes of one name would be two people of one result.
    Raises `NotFound` outside the actor's units.
    """
    by.must("sampling.plan")
    units = by.units_for("sampling.plan")
    held = sql.row(
        "SELECT first, last FROM sampling_roll WHERE id = %s AND (%s OR unit_id = ANY(%s))",
        (roll_id, units is None, sorted(units or ())),
    )
    if held is None:
        raise NotFound(f"roll {roll_id}")
    if not held[0] <= first <= held[1]:
        return ()
    return rules.merged(
        (serial, serial)
        for (serial,) in sql.rows(
            f"""
            SELECT g.serial FROM generate_series(%(first)s::int, %(last)s::int) AS g (serial)
            WHERE NOT EXISTS (
                SELECT 1 FROM sampling_tube t
                WHERE t.code {_CODES.format("g.serial", "g.serial")}
                  AND t.scheme_id = {rules.OWN_SCHEME} AND t.swabs > 0)
              AND NOT EXISTS (SELECT 1 FROM sampling_voiding v
                              WHERE {_MET % ("v", "v")} @> g.serial)
            ORDER BY g.serial LIMIT %(most)s
            """,
            {"first": first, "last": held[1], "most": most},
        )
    )


@dataclass(frozen=True, slots=True)
class HandedRow:
    """Labels of a roll that are with a session, or were."""

    first: int
    last: int
    session: int
    place: str
    team: int | None
    handed_at: datetime
    counted_at: datetime | None

    @property
    def printed(self) -> str:
        """The labels as they are read off the roll."""
        return rules.named([(self.first, self.last)])


@dataclass(frozen=True, slots=True)
class VoidedRow:
    """Labels that are no longer good, why, and who said so."""

    first: int
    last: int
    reason: str
    note: str
    voided_at: datetime
    voided_by: tuple[str, ...]

    @property
    def printed(self) -> str:
        """The labels as they are read off the roll."""
        return rules.named([(self.first, self.last)])


def handed_of_roll(roll_id: int, *, by: Actor, limit: int = ROLL_LINES) -> list[HandedRow]:
    """Where labels of a roll were handed out, the latest first. Raises as `roll` does."""
    here = roll(roll_id, by=by)
    return [
        HandedRow(*line)
        for line in sql.rows(
            f"""
            SELECT h.first, h.last, s.id, s.place, m.number, h.handed_at, h.counted_at
            FROM sampling_handout h JOIN sampling_session s ON s.id = h.session_id
            LEFT JOIN sampling_team m ON m.id = h.team_id
            WHERE {_MET % ("h", "h")} && int4range(%s, %s, '[]')
            ORDER BY h.handed_at DESC, h.id DESC LIMIT %s
            """,
            (here.first, here.last, limit),
        )
    ]


def voided_of_roll(roll_id: int, *, by: Actor, limit: int = ROLL_LINES) -> list[VoidedRow]:
    """Which labels of a roll are void, the latest first. Raises as `roll` does."""
    here = roll(roll_id, by=by)
    return [
        VoidedRow(*[*line[:5], tuple(line[5])])
        for line in sql.rows(
            f"""
            SELECT v.first, v.last, v.reason, v.note, v.voided_at, v.voided_by
            FROM sampling_voiding v
            WHERE {_MET % ("v", "v")} && int4range(%s, %s, '[]')
            ORDER BY v.voided_at DESC, v.id DESC LIMIT %s
            """,
            (here.first, here.last, limit),
        )
    ]
