"""Labels of our own scheme: on which rolls, in whose hands, used, void or left.

The first part is for commands inside their own scope. A label's tube is found by its code, which
begins with the label's number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.sampling import rules
from som.sampling.queries.sessions import session as session_row
from som.sampling.rules import LabelRange


def _columns(ranges: Sequence[LabelRange]) -> tuple[list[int], list[int]]:
    found = rules.merged(ranges)
    return [first for first, _ in found], [last for _, last in found]


def rolls_of(
    ranges: Sequence[LabelRange],
    *,
    lock: Literal["", "SHARE", "UPDATE"] = "",
) -> list[tuple[int, int, int]]:
    """Rolls that hold any of these labels: first, last, unit; locked in the order of their numbers."""
    return [
        (line[0], line[1], line[2])
        for line in sql.rows(
            f"""
            SELECT r.first, r.last, r.unit_id FROM sampling_roll r
            WHERE r.id = ANY (ARRAY(
                SELECT DISTINCT o.id FROM unnest(%s::int[], %s::int[]) AS g (first, last)
                JOIN sampling_roll o ON int4range(o.first, o.last, '[]')
                                        && int4range(g.first, g.last, '[]')))
            ORDER BY r.first {f"FOR {lock} OF r" if lock else ""}
            """,
            _columns(ranges),
        )
    ]


def used_labels(ranges: Sequence[LabelRange]) -> tuple[LabelRange, ...]:
    """Those of these labels that are on tubes with swabs."""
    return rules.merged(
        (line[0], line[0])
        for line in sql.rows(
            """
            SELECT substr(t.code, 2, 9)::int
            FROM unnest(%s::int[], %s::int[]) AS g (first, last)
            JOIN sampling_tube t
              ON t.code BETWEEN 'S' || lpad(g.first::text, 9, '0')
                            AND 'S' || lpad(g.last::text, 9, '0') || '9'
            WHERE t.scheme_id = %s AND t.swabs > 0
            """,
            (*_columns(ranges), rules.OWN_SCHEME),
        )
    )


def void_labels_of(ranges: Sequence[LabelRange]) -> tuple[LabelRange, ...]:
    """Those of these labels that are void."""
    found = [
        (line[0], line[1])
        for line in sql.rows(
            """
            SELECT DISTINCT v.first, v.last
            FROM unnest(%s::int[], %s::int[]) AS g (first, last)
            JOIN sampling_voiding v ON int4range(v.first, v.last, '[]')
                                       && int4range(g.first, g.last, '[]')
            """,
            _columns(ranges),
        )
    ]
    return rules.within(ranges, found)


def labels_void(serials: Sequence[int]) -> frozenset[int]:
    """Those of these labels that are void, for the recording of swabs into their tubes.

    Locks their rolls against voiding until the transaction ends: a label is voided before it is
    used or not at all.
    """
    if not serials:
        return frozenset()
    labels = rules.merged((serial, serial) for serial in serials)
    rolls_of(labels, lock="SHARE")
    return _void(serials, labels)


def labels_issued(serials: Sequence[int], units: frozenset[int] | None) -> frozenset[int]:
    """Those of these labels that a team of these units may use.

    They are on a roll issued to one of the units, or were handed to a session of one of them.
    """
    return frozenset(
        line[0]
        for line in sql.rows(
            """
            SELECT g.serial FROM unnest(%(serials)s::int[]) AS g (serial)
            WHERE EXISTS (SELECT 1 FROM sampling_roll r
                          WHERE int4range(r.first, r.last, '[]') @> g.serial
                            AND (%(all)s OR r.unit_id = ANY(%(units)s)))
               OR EXISTS (SELECT 1 FROM sampling_handout h
                          JOIN sampling_session s ON s.id = h.session_id
                          WHERE int4range(h.first, h.last, '[]') @> g.serial
                            AND h.counted_at IS NULL AND s.unit_id = ANY(%(units)s))
            """,
            {"serials": list(serials), "all": units is None, "units": sorted(units or ())},
        )
    )


def labels_elsewhere(serials: Sequence[int], session_id: int) -> frozenset[int]:
    """Those of these labels that are in the hands of another session's team."""
    return frozenset(
        line[0]
        for line in sql.rows(
            """
            SELECT g.serial FROM unnest(%s::int[]) AS g (serial)
            WHERE EXISTS (SELECT 1 FROM sampling_handout h
                          WHERE int4range(h.first, h.last, '[]') @> g.serial
                            AND h.counted_at IS NULL AND h.session_id <> %s)
            """,
            (list(serials), session_id),
        )
    )


def labels_on_sheets(ranges: Sequence[LabelRange]) -> list[tuple[int, int]]:
    """Those of these labels that stand on lines of sheets not settled yet, each with its session."""
    return [
        (line[0], line[1])
        for line in sql.rows(
            """
            SELECT substr(l.tube, 2, 9)::int, s.session_id
            FROM unnest(%s::int[], %s::int[]) AS g (first, last)
            JOIN sampling_sheetline l
              ON l.tube BETWEEN 'S' || lpad(g.first::text, 9, '0')
                            AND 'S' || lpad(g.last::text, 9, '0') || '9'
             AND l.tube ~ '^S[0-9]{10}$'
            JOIN sampling_sheet s ON s.id = l.sheet_id
            WHERE l.settled_at IS NULL AND s.voided_at IS NULL
            """,
            _columns(ranges),
        )
    ]


def labels_usable(
    serials: Sequence[int], units: frozenset[int] | None
) -> tuple[frozenset[int], frozenset[int]]:
    """Those of these labels that a team of these units may use, as `labels_issued` says; and those
    of them that are void, their rolls locked as `labels_void` does."""
    if not serials:
        return frozenset(), frozenset()
    labels = rules.merged((serial, serial) for serial in serials)
    # Most labels are on a roll of the team's own unit: then no handout is asked about.
    own = rules.merged(
        (first, last)
        for first, last, unit in rolls_of(labels, lock="SHARE")
        if units is None or unit in units
    )
    strange = rules.without(labels, own)
    issued = frozenset(serials)
    if strange:
        others = [serial for first, last in strange for serial in range(first, last + 1)]
        issued = issued.difference(others) | labels_issued(others, units)
    return issued, _void(serials, labels)


def _void(serials: Sequence[int], labels: Sequence[LabelRange]) -> frozenset[int]:
    void = void_labels_of(labels)
    if not void:
        return frozenset()
    return frozenset(s for first, last in void for s in range(first, last + 1)) & set(serials)


@dataclass(frozen=True, slots=True)
class HandoutRow:
    """A run of labels handed to a session."""

    id: int
    session: int
    team: int | None
    first: int
    last: int
    handed_at: datetime


def handouts_of_sessions(session_ids: Sequence[int]) -> list[HandoutRow]:
    """The runs of labels handed to these sessions, for a command or query that asked already."""
    return [
        HandoutRow(*line)
        for line in sql.rows(
            """
            SELECT h.id, h.session_id, t.number, h.first, h.last, h.handed_at
            FROM sampling_handout h LEFT JOIN sampling_team t ON t.id = h.team_id
            WHERE h.session_id = ANY(%s) ORDER BY h.first, h.id
            """,
            (list(session_ids),),
        )
    ]


def sheets_unsettled(session_ids: Sequence[int]) -> dict[int, list[int]]:
    """By session the numbers of its sheets, not void, with lines that two people do not agree on."""
    found: dict[int, list[int]] = {}
    for session, number in sql.rows(
        """
        SELECT s.session_id, s.number FROM sampling_sheet s
        WHERE s.session_id = ANY(%s) AND s.voided_at IS NULL
          AND EXISTS (SELECT 1 FROM sampling_sheetline l
                      WHERE l.sheet_id = s.id AND l.settled_at IS NULL)
        ORDER BY s.session_id, s.number
        """,
        (list(session_ids),),
    ):
        found.setdefault(session, []).append(number)
    return found


@dataclass(frozen=True, slots=True)
class LabelAccount:
    """What became of a run of labels handed to a session.

    While the session is open, `unaccounted` are those in the team's hands; after it none are.
    """

    first: int
    last: int
    team: int | None
    handed_at: datetime
    used: int
    void: int
    left: int
    unaccounted: tuple[LabelRange, ...]

    @property
    def labels(self) -> int:
        """How many labels were handed out."""
        return self.last - self.first + 1

    @property
    def printed(self) -> str:
        """The labels handed out, as they are read off the roll."""
        return rules.named([(self.first, self.last)])

    @property
    def in_hand(self) -> int:
        """How many of them the team must still have."""
        return rules.count_of(self.unaccounted)

    @property
    def named(self) -> str:
        """The labels the team must still have, as they are read off the roll."""
        return rules.named(self.unaccounted)


def label_accounts(session_id: int, *, by: Actor) -> list[LabelAccount]:
    """What became of the labels handed to a session. Raises `NotFound` outside the actor's units."""
    session_row(session_id, by=by)
    handed = handouts_of_sessions([session_id])
    ranges = [(h.first, h.last) for h in handed]
    used, void = used_labels(ranges), void_labels_of(ranges)
    left: dict[int, list[LabelRange]] = {}
    for handout, first, last in sql.rows(
        "SELECT handout_id, first, last FROM sampling_leftover WHERE handout_id = ANY(%s)",
        ([h.id for h in handed],),
    ):
        left.setdefault(handout, []).append((first, last))
    accounts = []
    for handout in handed:
        labels = [(handout.first, handout.last)]
        # What was left may have been used or voided since: here it was left.
        kept = left.get(handout.id, [])
        accounts.append(
            LabelAccount(
                handout.first,
                handout.last,
                handout.team,
                handout.handed_at,
                used=rules.count_of(rules.without(rules.within(labels, used), kept)),
                void=rules.count_of(rules.without(rules.within(labels, void), kept)),
                left=rules.count_of(kept),
                unaccounted=rules.without(labels, [*used, *void, *kept]),
            )
        )
    return accounts


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team of a session: who swabs, who writes, and how many tubes they filled."""

    number: int
    swabber: str
    scribe: str
    tubes: int


def teams(session_id: int, *, by: Actor) -> list[TeamRow]:
    """The teams of a session by number. Raises `NotFound` outside the actor's units."""
    session_row(session_id, by=by)
    return [
        TeamRow(*line)
        for line in sql.rows(
            """
            SELECT m.number, m.swabber, m.scribe,
                   (SELECT count(*) FROM sampling_tube t
                    WHERE t.session_id = m.session_id AND t.team_id = m.id)
            FROM sampling_team m WHERE m.session_id = %s ORDER BY m.number
            """,
            (session_id,),
        )
    ]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A numbered sheet of a session, and how far its lines are."""

    number: int
    printed_at: datetime
    void_reason: str
    lines: int
    unread: int
    read_once: int
    differing: int
    faults: int
    settled: int

    @property
    def state(self) -> str:
        """How far the sheet is, as a key of the table of states."""
        if self.void_reason:
            return "void"
        if self.settled == self.lines:
            return "done"
        if self.differing or self.faults:
            return "differing"
        return "printed" if self.unread == self.lines else "entered"


def sheets(session_id: int, *, by: Actor) -> list[SheetRow]:
    """The numbered sheets of a session by number. Raises `NotFound` outside the actor's units."""
    session_row(session_id, by=by)
    with scope.entered(by, "sampling.read"):
        return [
            SheetRow(*line)
            for line in sql.rows(
                """
                SELECT s.number, s.printed_at, s.void_reason, count(l.id),
                       count(*) FILTER (WHERE l.first IS NULL),
                       count(*) FILTER (WHERE l.first IS NOT NULL AND l.second IS NULL),
                       count(*) FILTER (WHERE l.differing <> '{}'),
                       count(*) FILTER (WHERE l.fault <> ''),
                       count(l.settled_at)
                FROM sampling_sheet s LEFT JOIN sampling_sheetline l ON l.sheet_id = s.id
                WHERE s.session_id = %s GROUP BY s.id ORDER BY s.number
                """,
                (session_id,),
            )
        ]
