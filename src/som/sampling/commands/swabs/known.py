"""What is known before swabs are recorded: session, labels, teams, slips, people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from som.kernel import ids, sql
from som.kernel.errors import Conflict, NotFound
from som.people.queries import holders_of, selves
from som.people.rules import Declaration, Sex
from som.sampling.queries.labels import labels_usable
from som.sampling.rules import (
    OWN_SCHEME,
    KnownSlip,
    RequestState,
    Scheme,
    SwabFacts,
    SwabTaken,
    SwabTold,
)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that takes swabs; `teams` are its teams, number → row."""

    id: int
    unit: int
    lab: int
    starts_at: datetime
    pool_size: int
    promise: timedelta
    second_specimens: bool
    planned_by: int
    teams: Mapping[int, int]


def open_session(code: str, units: frozenset[int] | None) -> OpenSession:
    """The session if this actor samples there and it is open; shared lock against its closing."""
    found = sql.row(
        """
        SELECT s.id, s.unit_id, s.lab_id, s.starts_at, c.pool_size, c.promise_hours,
               c.second_specimens, c.unit_id, s.closed_at,
               ARRAY(SELECT t.number::int FROM sampling_team t WHERE t.session_id = s.id ORDER BY t.id),
               ARRAY(SELECT t.id FROM sampling_team t WHERE t.session_id = s.id ORDER BY t.id)
        FROM sampling_session s JOIN sampling_campaign c ON c.id = s.campaign_id
        WHERE s.code = %s FOR SHARE OF s
        """,
        (code,),
    )
    if found is None or (units is not None and found[1] not in units):
        raise NotFound(f"session {code}")
    if found[8] is not None:
        raise Conflict(f"session {code} is closed")
    teams = dict(zip(found[9], found[10], strict=True))
    promise = timedelta(hours=found[5])
    return OpenSession(*[*found[:5], promise, *found[6:8], teams])


def schemes_of(swabs: Sequence[SwabTaken]) -> list[Scheme]:
    """The schemes that these tubes may be of: those of others only if one is none of ours."""
    if all(ids.tube_serial(tube) is not None for tube in {swab.tube for swab in swabs}):
        return [Scheme(OWN_SCHEME, "")]
    return [
        Scheme(*line)
        for line in sql.rows("SELECT id, pattern, issuer_id FROM sampling_scheme ORDER BY id")
    ]


def labels_here(
    swabs: Sequence[SwabTold], units: frozenset[int] | None
) -> tuple[frozenset[str], frozenset[str]]:
    """Those of our own tube codes that the actor's units may use, and those of them that are void."""
    ours = {swab.serial: swab.given.tube for swab in swabs if swab.serial is not None}
    issued, void = labels_usable(list(ours), units)
    return frozenset(map(ours.__getitem__, issued)), frozenset(map(ours.__getitem__, void))


def team_of_tubes(swabs: Sequence[SwabTold], teams: Mapping[int, int]) -> dict[str, int | None]:
    """Which team filled each tube, as its first swab says; a session's only team needs no saying."""
    only = next(iter(teams.values())) if len(teams) == 1 else None
    found: dict[str, int | None] = {}
    for swab in swabs:
        team = swab.given.team
        found.setdefault(swab.given.tube, only if team is None else teams.get(team))
    return found


def facts_of(
    swabs: Sequence[SwabTold],
    here: OpenSession,
    issued: frozenset[str],
    void: frozenset[str],
    at: datetime,
) -> SwabFacts:
    """What the judgement of these swabs depends on; what none of them asks about is not read."""
    requests = _requests([s.given.request for s in swabs if s.given.request is not None])
    holders = holders_of(paper for swab in swabs for paper in swab.papers)
    met = [r.person for r in requests.values()] + [holder.person for holder in holders.values()]
    cards = [n for s in swabs if s.given.card and (n := ids.card_serial(s.given.card)) is not None]
    return SwabFacts(
        session=here.id,
        session_starts_at=here.starts_at,
        cap=here.pool_size,
        at=at,
        slips=_slips([swab.slip for swab in swabs if swab.slip is not None]),
        requests=requests,
        holders=holders,
        people_swabbed=_swabbed(here.id, met) if met else frozenset(),
        second_specimens=here.second_specimens,
        cards=_cards(cards) if cards else frozenset(),
        issued=issued,
        teams=here.teams,
        void=void,
    )


def _slips(slips: list[str]) -> dict[str, KnownSlip]:
    """Those of these slips that are in somebody's hand: whose, as far as this unit may look."""
    used = sql.rows("SELECT * FROM sampling_slips_used(%s::text[])", (slips,)) if slips else []
    if not used:
        return {}
    hidden = {line[0]: KnownSlip("", 0, 0, None) for line in used}
    return hidden | {
        line[0]: KnownSlip(
            line[1],
            line[2],
            line[3],
            Declaration(line[4], Sex(line[5]) if line[5] else None, *line[6:]),
        )
        for line in sql.rows(
            """
            SELECT w.slip, t.code, w.session_id,
                   CASE WHEN p.merged_into_id IS NULL THEN w.person_id
                        ELSE people_standing(w.person_id) END,
                   w.name, w.sex, w.birth_date, w.birth_year
            FROM sampling_swab w JOIN sampling_tube t ON t.id = w.tube_id
            LEFT JOIN people_person p ON p.id = w.person_id
            WHERE w.slip = ANY(%s)
            """,
            (list(hidden),),
        )
    }


def _requests(named: list[int]) -> dict[int, RequestState]:
    if not named:
        return {}
    return {
        line[0]: RequestState(*line[1:])
        for line in sql.rows(
            """
            SELECT r.id, CASE WHEN p.merged_into_id IS NULL THEN p.id
                              ELSE people_standing(p.id) END,
                   r.single, coalesce(r.ended_as IN ('swabbed', 'refused', 'died'), false)
            FROM sampling_testrequest r JOIN people_person p ON p.id = r.person_id
            WHERE r.id = ANY(%s)
            """,
            (named,),
        )
    }


def _swabbed(session: int, persons: list[int]) -> frozenset[tuple[int, int]]:
    """Of these people those already swabbed in the session, with the number of the specimen."""
    entries = selves(persons)
    found = sql.rows(
        "SELECT person_id, specimen FROM sampling_swab"
        " WHERE session_id = %s AND person_id = ANY(%s)",
        (session, list(entries)),
    )
    return frozenset((entries[person], specimen) for person, specimen in found)


def _cards(serials: list[int]) -> frozenset[tuple[int, str]]:
    """Serial number and slip of those of these cards that were issued here."""
    found = sql.rows("SELECT serial, slip FROM sampling_card WHERE serial = ANY(%s)", (serials,))
    return frozenset((serial, slip) for serial, slip in found)
