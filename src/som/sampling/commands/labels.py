"""Labels of our own scheme: printed, handed to teams, voided, and counted when a session closes."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from som.access.queries import accounts_named
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, once
from som.sampling import rules
from som.sampling.queries.labels import (
    handouts_of_sessions,
    rolls_of,
    sheets_unsettled,
    used_labels,
    void_labels_of,
)
from som.sampling.rules import LabelRange, LabelRefusal, LabelsLeft, PlanRefusal, VoidReason
from som.sampling.rules.labels import is_possible


@dataclass(frozen=True, slots=True)
class Roll:
    """Labels of our own scheme from the first to the last serial number, issued to a unit."""

    first: int
    last: int
    unit: int


@dataclass(frozen=True, slots=True)
class Team:
    """Two people of a session, by name: one swabs, the other writes down."""

    session: str
    number: int
    swabber: str
    scribe: str


@dataclass(frozen=True, slots=True)
class Handout:
    """Labels from the first to the last serial number, handed to a session, or a team of it."""

    session: str
    first: int
    last: int
    team: int | None = None


@dataclass(frozen=True, slots=True)
class Voiding:
    """Labels from the first to the last serial number that are no longer good, and why.

    Of lost labels a second person, by user name, says so too.
    """

    first: int
    last: int
    reason: VoidReason
    note: str = ""
    witness: str = ""


def issue_rolls(rolls: Sequence[Roll], *, by: Actor, at: datetime) -> Outcome[Roll]:
    """Issue runs of printed labels to units.

    Refuses impossible numbers, and a roll any of whose labels is on another roll: two tubes of one
    name would be two people of one result.
    """
    outcome: Outcome[Roll] = Outcome()
    with scope.entered(by, "sampling.plan"):
        sql.execute("LOCK TABLE sampling_roll IN SHARE ROW EXCLUSIVE MODE")
        possible = [r for r in rolls if is_possible(r.first, r.last)]
        taken = [Roll(*line) for line in set(rolls_of([(r.first, r.last) for r in possible]))]
        new: list[Roll] = []
        for given in rolls:
            if not by.may("sampling.plan", unit=given.unit):
                outcome.refused.append(Refused(given, PlanRefusal.NOT_HERE))
            elif given not in possible:
                outcome.refused.append(Refused(given, PlanRefusal.ROLL_IMPOSSIBLE))
            elif given in taken:
                outcome.unchanged.append(given)
            elif any(r.first <= given.last and given.first <= r.last for r in taken):
                outcome.refused.append(Refused(given, PlanRefusal.ROLL_OVERLAPS))
            else:
                taken.append(given)
                new.append(given)
                outcome.done.append(given)
        sql.execute(
            "INSERT INTO sampling_roll (first, last, unit_id, issued_at)"
            " SELECT *, %s FROM unnest(%s::int[], %s::int[], %s::int[])",
            (at, [r.first for r in new], [r.last for r in new], [r.unit for r in new]),
        )
        audit.record(
            by,
            "sampling.issue_rolls",
            at=at,
            note={"rolls": [[r.first, r.last, r.unit] for r in new]},
        )
    return outcome


def form_teams(teams: Sequence[Team], *, by: Actor, at: datetime) -> Outcome[Team]:
    """Say which two people are a team of a session: whoever plans it says so, or the team itself.

    Refuses a session that is not open here, one person in both places, and a number that stands for
    other people. Locks the sessions in the order of their codes against closing.
    """
    outcome: Outcome[Team] = Outcome()
    with scope.entered(
        by, "sampling.record" if by.may("sampling.record") else "sampling.plan"
    ) as units:
        sessions = _open_sessions([t.session for t in teams], units)
        possible: list[tuple[Team, tuple[int, int], tuple[str, str]]] = []
        for given in teams:
            names = (_tidy(given.swabber), _tidy(given.scribe))
            session = sessions.get(given.session)
            if session is None:
                outcome.refused.append(Refused(given, LabelRefusal.SESSION_UNKNOWN, given.session))
                continue
            if not all(names) or names[0].casefold() == names[1].casefold():
                outcome.refused.append(Refused(given, LabelRefusal.TEAM_OF_ONE))
            elif not 1 <= given.number <= _MOST_TEAMS:
                outcome.refused.append(Refused(given, LabelRefusal.TEAM_UNKNOWN))
            else:
                possible.append((given, (session, given.number), names))
        formed = _form([(*key, *names) for _, key, names in possible], at=at)
        # After the writing: whoever formed the team of a number at the same moment is seen.
        held = {
            line[:2]: line[2:]
            for line in sql.rows(
                "SELECT session_id, number, swabber, scribe FROM sampling_team"
                " WHERE session_id = ANY(%s)",
                (list(sessions.values()),),
            )
        }
        new: list[tuple[int, int]] = []
        for given, key, names in possible:
            if held[key] != names:
                outcome.refused.append(Refused(given, LabelRefusal.TEAM_TAKEN, str(given.number)))
            elif key in formed and key not in new:
                new.append(key)
                outcome.done.append(given)
            else:
                outcome.unchanged.append(given)
        audit.record(by, "sampling.form_teams", at=at, note={"teams": [list(key) for key in new]})
    return outcome


def _form(
    teams: Sequence[tuple[int, int, str, str]], *, at: datetime
) -> frozenset[tuple[int, int]]:
    """Write teams down whose numbers nobody has, the first of a number; answer which were."""
    columns = list(zip(*teams, strict=True)) or [()] * 4
    return frozenset(
        (line[0], line[1])
        for line in sql.rows(
            """
            INSERT INTO sampling_team (session_id, number, swabber, scribe, formed_at)
            SELECT g.session, g.number, g.swabber, g.scribe, %s
            FROM unnest(%s::int[], %s::smallint[], %s::text[], %s::text[]) WITH ORDINALITY
                 AS g (session, number, swabber, scribe, place)
            ORDER BY g.session, g.number, g.place
            ON CONFLICT (session_id, number) DO NOTHING
            RETURNING session_id, number
            """,
            (at, *[list(column) for column in columns]),
        )
    )


_MOST_TEAMS = 999
"""More tables than any session ever had: a larger number is a slip of the finger."""


def _tidy(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())


def _open_sessions(codes: Sequence[str], units: frozenset[int] | None) -> dict[str, int]:
    """Sessions of these units that are open, by code; shared lock against their closing."""
    return dict(
        sql.rows(
            """
            SELECT code, id FROM sampling_session
            WHERE code = ANY(%s) AND closed_at IS NULL AND (%s OR unit_id = ANY(%s))
            ORDER BY code FOR SHARE
            """,
            (list(codes), units is None, sorted(units or ())),
        )
    )


def hand_out_labels(handouts: Sequence[Handout], *, by: Actor, at: datetime) -> Outcome[Handout]:
    """Hand runs of labels to the teams of sessions, who account for each when the session closes.

    Refuses a session that is not open here, a team it does not have, and labels not issued here, in
    another team's hands, used or void. Locks the sessions in the order of their codes.
    """
    outcome: Outcome[Handout] = Outcome()
    with scope.entered(by, "sampling.plan") as units:
        sessions = _open_sessions([h.session for h in handouts], units)
        sql.execute("LOCK TABLE sampling_handout IN SHARE ROW EXCLUSIVE MODE")
        ranges = [(h.first, h.last) for h in handouts if is_possible(h.first, h.last)]
        issued = [r[:2] for r in rolls_of(ranges) if units is None or r[2] in units]
        used, void = used_labels(ranges), void_labels_of(ranges)
        teams = {
            line[:2]: line[2]
            for line in sql.rows(
                "SELECT session_id, number, id FROM sampling_team WHERE session_id = ANY(%s)",
                (list(sessions.values()),),
            )
        }
        held: list[tuple[int, int, int, int | None]] = sql.rows(
            """
            SELECT h.first, h.last, h.session_id, h.team_id
            FROM sampling_handout h JOIN unnest(%s::int[], %s::int[]) AS g (first, last)
              ON int4range(h.first, h.last, '[]') && int4range(g.first, g.last, '[]')
            WHERE h.counted_at IS NULL
            """,
            _columns(ranges),
        )
        new: list[tuple[int, int, int, int | None]] = []
        for given in handouts:
            session = sessions.get(given.session)
            labels = [(given.first, given.last)]
            if session is None:
                outcome.refused.append(Refused(given, LabelRefusal.SESSION_UNKNOWN, given.session))
                continue
            team = teams.get((session, given.team)) if given.team is not None else None
            row = (given.first, given.last, session, team)
            if given.team is not None and team is None:
                outcome.refused.append(Refused(given, LabelRefusal.TEAM_UNKNOWN, str(given.team)))
            elif not is_possible(given.first, given.last):
                outcome.refused.append(Refused(given, LabelRefusal.IMPOSSIBLE))
            elif row in held:
                outcome.unchanged.append(given)
            elif strange := rules.without(labels, issued):
                outcome.refused.append(
                    Refused(given, LabelRefusal.NOT_ISSUED, rules.named(strange))
                )
            elif out := rules.within(labels, [h[:2] for h in held]):
                outcome.refused.append(Refused(given, LabelRefusal.HANDED_OUT, rules.named(out)))
            elif gone := rules.within(labels, used):
                outcome.refused.append(Refused(given, LabelRefusal.USED, rules.named(gone)))
            elif bad := rules.within(labels, void):
                outcome.refused.append(Refused(given, LabelRefusal.VOID, rules.named(bad)))
            else:
                held.append(row)
                new.append(row)
                outcome.done.append(given)
        columns = list(zip(*new, strict=True)) or [()] * 4
        sql.execute(
            """
            INSERT INTO sampling_handout (first, last, session_id, team_id, handed_at)
            SELECT g.*, %s FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[]) AS g
            """,
            (at, *[list(column) for column in columns]),
        )
        audit.record(
            by, "sampling.hand_out_labels", at=at, note={"labels": [list(row) for row in new]}
        )
    return outcome


def _columns(ranges: Sequence[LabelRange]) -> tuple[list[int], list[int]]:
    return [first for first, _ in ranges], [last for _, last in ranges]


def void_labels(voidings: Sequence[Voiding], *, by: Actor, at: datetime) -> Outcome[Voiding]:
    """Note labels as no longer good: nobody can be swabbed into their tubes any more.

    Refuses labels not issued here or on tubes in use, naming them, and a loss without a second
    person of an account of their own. Labels void already stay as they are. Locks the rolls in the
    order of their numbers, so that none is used at the same moment.
    """
    outcome: Outcome[Voiding] = Outcome()
    with scope.entered(by, "sampling.dispatch") as units:
        ranges = [(v.first, v.last) for v in voidings if is_possible(v.first, v.last)]
        issued = [
            roll[:2]
            for roll in rolls_of(ranges, lock="UPDATE")
            if units is None or roll[2] in units
        ]
        used, void = used_labels(ranges), list(void_labels_of(ranges))
        people = witnesses([v.witness for v in voidings], beside=by, at=at)
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
            elif given.reason is VoidReason.LOST and given.witness not in people:
                outcome.refused.append(Refused(given, LabelRefusal.WITNESS, given.witness))
            else:
                void += labels
                new.append(given)
                outcome.done.append(given)
        sql.execute(
            """
            INSERT INTO sampling_voiding (first, last, reason, note, voided_at, voided_by)
            SELECT g.first, g.last, g.reason, g.note, %s,
                   CASE WHEN g.witness = '' THEN ARRAY[%s] ELSE ARRAY[%s, g.witness] END
            FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[], %s::text[])
                 AS g (first, last, reason, note, witness)
            """,
            (
                at,
                by.name,
                by.name,
                *_columns([(v.first, v.last) for v in new]),
                [v.reason for v in new],
                [v.note for v in new],
                [v.witness if v.witness in people else "" for v in new],
            ),
        )
        audit.record(
            by,
            "sampling.void_labels",
            at=at,
            note={"labels": [[v.first, v.last, v.reason] for v in new]},
        )
    return outcome


def witnesses(names: Sequence[str], *, beside: Actor, at: datetime) -> frozenset[str]:
    """Those of these user names that are open accounts of somebody else: who can be asked again."""
    asked = [name for name in once(names) if name and name != beside.name]
    found = accounts_named(asked, on=at.astimezone(LOCAL).date())
    return frozenset(name for name, row in found.items() if row.closed_at is None)


def close_sessions(
    codes: Sequence[str],
    *,
    left: Mapping[str, LabelsLeft] | None = None,
    by: Actor,
    at: datetime,
) -> Outcome[str]:
    """Close sessions: no swab is recorded there any more.

    Every label handed out there is used, void or left: `left` says by session what is left, as runs
    of labels or as their number. Refuses a session that is not the actor's, one whose labels do not
    add up, naming them, and one with numbered sheets not yet entered twice. Locks the sessions in
    the order of their codes, so a batch of swabs under way is finished first.
    """
    outcome: Outcome[str] = Outcome()
    with scope.entered(by, "sampling.plan") as units:
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                """
                SELECT code, id, closed_at FROM sampling_session
                WHERE code = ANY(%s) AND (%s OR unit_id = ANY(%s)) ORDER BY code FOR UPDATE
                """,
                (list(codes), units is None, sorted(units or ())),
            )
        }
        ids = [session for session, _ in held.values()]
        handed = handouts_of_sessions(ids)
        out = [(h.first, h.last) for h in handed]
        gone = [*used_labels(out), *void_labels_of(out)]
        unsettled = sheets_unsettled(ids)
        leftovers: list[tuple[int, int, int]] = []
        for code in once(codes):
            if code not in held:
                outcome.refused.append(Refused(code, PlanRefusal.NOT_HERE))
                continue
            session, closed_at = held[code]
            if closed_at is not None:
                outcome.unchanged.append(code)
                continue
            here = [h for h in handed if h.session == session]
            reckoning = rules.reckoned(
                [(h.first, h.last) for h in here], gone, (left or {}).get(code, LabelsLeft())
            )
            if session in unsettled:
                numbers = ", ".join(map(str, unsettled[session]))
                outcome.refused.append(Refused(code, LabelRefusal.SHEETS_OPEN, numbers))
            elif reckoning.refusal is not None:
                outcome.refused.append(Refused(code, reckoning.refusal, reckoning.detail))
            else:
                outcome.done.append(code)
                leftovers += [
                    (h.id, *labels)
                    for h in here
                    for labels in rules.within([(h.first, h.last)], reckoning.left)
                ]
        closed = [held[code][0] for code in outcome.done]
        sql.execute("UPDATE sampling_session SET closed_at = %s WHERE id = ANY(%s)", (at, closed))
        sql.execute(
            "UPDATE sampling_handout SET counted_at = %s WHERE session_id = ANY(%s)", (at, closed)
        )
        columns = list(zip(*leftovers, strict=True)) or [()] * 3
        sql.execute(
            "INSERT INTO sampling_leftover (handout_id, first, last)"
            " SELECT * FROM unnest(%s::int[], %s::int[], %s::int[])",
            [list(column) for column in columns],
        )
        audit.record(by, "sampling.close_sessions", at=at, note={"codes": outcome.done})
    return outcome
