"""The teams of a session, and the labels put into their hands."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.sampling import rules
from som.sampling.queries.labels import (
    labels_on_sheets,
    rolls_of,
    used_labels,
    void_labels_of,
)
from som.sampling.rules import LabelRefusal
from som.sampling.rules.labels import is_possible


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
    another team's hands, on another session's sheet that is not entered yet, used or void. Locks the
    sessions in the order of their codes, and the printing of sheets until it is done.
    """
    outcome: Outcome[Handout] = Outcome()
    with scope.entered(by, "sampling.plan") as units:
        sessions = _open_sessions([h.session for h in handouts], units)
        sql.execute("LOCK TABLE sampling_handout, sampling_sheet IN SHARE ROW EXCLUSIVE MODE")
        ranges = [(h.first, h.last) for h in handouts if is_possible(h.first, h.last)]
        issued = [r[:2] for r in rolls_of(ranges) if units is None or r[2] in units]
        used, void = used_labels(ranges), void_labels_of(ranges)
        on_sheets = labels_on_sheets(ranges)
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
            ([first for first, _ in ranges], [last for _, last in ranges]),
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
            elif written := rules.within(
                labels, [(label, label) for label, other in on_sheets if other != session]
            ):
                outcome.refused.append(Refused(given, LabelRefusal.ON_SHEET, rules.named(written)))
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
