"""What is known before swabs are recorded: session, labels, teams, slips, people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from som.kernel import ids, sql
from som.kernel.errors import Conflict, NotFound
from som.people import rules as people_rules
from som.people.queries import holders_of, selves
from som.people.rules import Declaration, Sex
from som.sampling.queries.labels import labels_issued, labels_void
from som.sampling.rules import KnownSlip, RequestState, SwabFacts, SwabTaken


@dataclass(frozen=True, slots=True)
class OpenSession:
    id: int
    unit: int
    lab: int
    starts_at: datetime
    pool_size: int
    promise: timedelta
    second_specimens: bool
    planned_by: int


def open_session(code: str, units: frozenset[int] | None) -> OpenSession:
    """The session if this actor samples there and it is open; shared lock against its closing."""
    found = sql.row(
        """
        SELECT s.id, s.unit_id, s.lab_id, s.starts_at, c.pool_size, c.promise_hours,
               c.second_specimens, c.unit_id, s.closed_at
        FROM sampling_session s JOIN sampling_campaign c ON c.id = s.campaign_id
        WHERE s.code = %s FOR SHARE OF s
        """,
        (code,),
    )
    if found is None or (units is not None and found[1] not in units):
        raise NotFound(f"session {code}")
    if found[8] is not None:
        raise Conflict(f"session {code} is closed")
    return OpenSession(*[*found[:5], timedelta(hours=found[5]), *found[6:8]])


def issued_here(swabs: Sequence[SwabTaken], units: frozenset[int] | None) -> dict[str, int]:
    """Those of our own tube codes that the actor's units may use, with their serial numbers."""
    serials = {s.tube: ids.tube_serial(s.tube) for s in swabs}
    ours = {code: serial for code, serial in serials.items() if serial is not None}
    here = labels_issued(list(ours.values()), units) if ours else frozenset()
    return {code: serial for code, serial in ours.items() if serial in here}


def team_of_tubes(swabs: Sequence[SwabTaken], teams: Mapping[int, int]) -> dict[str, int | None]:
    """Which team filled each tube, as its first swab says; a session's only team needs no saying."""
    only = next(iter(teams.values())) if len(teams) == 1 else None
    found: dict[str, int | None] = {}
    for swab in swabs:
        found.setdefault(swab.tube, only if swab.team is None else teams.get(swab.team))
    return found


def facts_of(
    swabs: Sequence[SwabTaken],
    here: OpenSession,
    issued: Mapping[str, int],
    teams: Mapping[int, int],
    at: datetime,
) -> SwabFacts:
    slips = {
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
            ([ids.slip_code(s.slip) or s.slip for s in swabs],),
        )
    }
    hidden = sql.rows(
        "SELECT * FROM sampling_slips_used(%s::text[])",
        ([slip for s in swabs if (slip := ids.slip_code(s.slip)) and slip not in slips],),
    )
    slips.update({line[0]: KnownSlip("", 0, 0, None) for line in hidden})
    requests = {
        line[0]: RequestState(*line[1:])
        for line in sql.rows(
            """
            SELECT r.id, CASE WHEN p.merged_into_id IS NULL THEN p.id
                              ELSE people_standing(p.id) END,
                   r.single, coalesce(r.ended_as IN ('swabbed', 'refused', 'died'), false)
            FROM sampling_testrequest r JOIN people_person p ON p.id = r.person_id
            WHERE r.id = ANY(%s)
            """,
            ([s.request for s in swabs if s.request is not None],),
        )
    }
    holders = holders_of(
        paper for s in swabs if s.said for paper in people_rules.tidied(s.said).papers
    )
    entries = selves(
        [r.person for r in requests.values()] + [holder.person for holder in holders.values()]
    )
    swabbed = sql.rows(
        "SELECT person_id, specimen FROM sampling_swab"
        " WHERE session_id = %s AND person_id = ANY(%s)",
        (here.id, list(entries)),
    )
    cards = sql.rows(
        "SELECT serial, slip FROM sampling_card WHERE serial = ANY(%s)",
        ([n for s in swabs if s.card and (n := ids.card_serial(s.card)) is not None],),
    )
    void = labels_void(list(issued.values()))
    return SwabFacts(
        session=here.id,
        session_starts_at=here.starts_at,
        cap=here.pool_size,
        at=at,
        slips=slips,
        requests=requests,
        holders=holders,
        people_swabbed=frozenset((entries[person], specimen) for person, specimen in swabbed),
        second_specimens=here.second_specimens,
        cards=frozenset((serial, slip) for serial, slip in cards),
        issued=frozenset(issued),
        teams=teams,
        void=frozenset(code for code, serial in issued.items() if serial in void),
    )
