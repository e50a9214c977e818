"""Recording swabs: the moment at which name, tube and slip are bound together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from som.kernel import audit, ids, rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.errors import Conflict, NotFound
from som.kernel.outcomes import Outcome, Refused
from som.people import rules as people_rules
from som.people.commands import Registration, register_people
from som.people.queries import declarations_of, holders_of, selves
from som.people.rules import Declaration, Sex
from som.places.queries import units_by_id
from som.sampling import rules
from som.sampling.queries.labels import labels_issued, labels_void, team_ids
from som.sampling.rules import KnownSlip, RequestState, SwabFacts, SwabRefusal, SwabTaken, TubeState


@dataclass(frozen=True, slots=True)
class _Session:
    id: int
    unit: int
    lab: int
    starts_at: datetime
    pool_size: int
    promise: timedelta
    second_specimens: bool


def record_swabs(
    swabs: Sequence[SwabTaken], *, session: str, by: Actor, at: datetime
) -> Outcome[SwabTaken]:
    """Note who was swabbed into which tube in this session.

    Refuses, swab by swab, what `rules.SwabRefusal` names. A slip already recorded with the same
    tube and person stays as it is, so a phone that lost its connection can send everything again;
    the same slip for somebody else is refused, or two people would be one. Tubes are
    filled in the order given: of too many swabs for one tube the first stay. Locks the session
    against closing, then the tubes in the order of their codes.
    """
    outcome: Outcome[SwabTaken] = Outcome()
    with scope.entered(by, "sampling.record") as units:
        here = _open_session(session, units)
        on = at.astimezone(LOCAL).date()
        use_by = timedelta(hours=rulebook.rule("sampling.use_by.hours", on=on).value)
        schemes = [
            rules.Scheme(*line)
            for line in sql.rows("SELECT id, pattern, issuer_id FROM sampling_scheme ORDER BY id")
        ]
        issued = _issued(swabs, units)
        # Tubes first: a batch sent again while the first is under way must find what that recorded.
        scheme_of = {
            swab.tube: scheme.id
            for swab in swabs
            if (scheme := rules.scheme_of(swab.tube, schemes))
            and (scheme.id != rules.OWN_SCHEME or swab.tube in issued)
        }
        teams = team_ids(here.id)
        tubes, made = _locked_tubes(scheme_of, _team_of(swabs, teams), here)
        facts = _facts(swabs, here, issued, teams, at)

        chosen: list[SwabTaken] = []
        slips: dict[str, SwabTaken] = {}
        repeated: dict[SwabTaken, SwabTaken] = {}
        residences = units_by_id(
            [
                place
                for s in swabs
                if s.said
                for place in (s.said.residence, *[stay.unit for stay in s.said.stays])
                if place is not None
            ]
        )
        for swab in swabs:
            slip = ids.slip_code(swab.slip) or swab.slip
            known = facts.slips.get(slip)
            if known is not None:
                if rules.is_the_same(swab, known, facts):
                    outcome.unchanged.append(swab)
                else:
                    outcome.refused.append(Refused(swab, SwabRefusal.SLIP_USED, slip))
                continue
            if slip in slips:
                if replace(swab, slip=slips[slip].slip) == slips[slip]:
                    repeated[swab] = slips[slip]
                else:
                    outcome.refused.append(Refused(swab, SwabRefusal.SLIP_USED, slip))
                continue
            scheme = rules.scheme_of(swab.tube, schemes)
            fault: rules.Fault | None = rules.fault_before_tubes(swab, scheme, facts)
            if fault is None and swab.said is not None:
                fault = people_rules.fault_of(
                    people_rules.tidied(swab.said),
                    on=on,
                    units=residences,
                    named=not swab.card,
                )
            if fault is not None or scheme is None:
                outcome.refused.append(
                    Refused(swab, *(fault or (SwabRefusal.TUBE_UNKNOWN, swab.tube)))
                )
                continue
            slips[slip] = swab
            chosen.append(swab)

        seated = _seated(chosen, tubes, facts, outcome)
        people = _people_of(seated, facts, here, by, at, outcome)
        recorded = _inserted([s for s in seated if s in people], people, tubes, here, at, outcome)
        _note_in_tubes(recorded, tubes, made, use_by)
        answered = _end_requests(recorded, here.pool_size)
        faults = {refused.item: refused for refused in outcome.refused}
        for swab, first in repeated.items():
            if first in recorded:
                outcome.unchanged.append(swab)
            else:
                outcome.refused.append(replace(faults[first], item=swab))
        audit.record(
            by,
            "sampling.record_swabs",
            at=at,
            persons=dict.fromkeys([*[person for person, _ in people.values()], *answered]),
            things=[swab_id for swab_id, _ in recorded.values()],
            note={"session": here.id, "refused": len(outcome.refused)},
        )
    return outcome


def _open_session(code: str, units: frozenset[int] | None) -> _Session:
    """The session if this actor samples there and it is open; shared lock against its closing."""
    found = sql.row(
        """
        SELECT s.id, s.unit_id, s.lab_id, s.starts_at, c.pool_size, c.promise_hours,
               c.second_specimens, s.closed_at
        FROM sampling_session s JOIN sampling_campaign c ON c.id = s.campaign_id
        WHERE s.code = %s FOR SHARE OF s
        """,
        (code,),
    )
    if found is None or (units is not None and found[1] not in units):
        raise NotFound(f"session {code}")
    if found[7] is not None:
        raise Conflict(f"session {code} is closed")
    return _Session(*[*found[:5], timedelta(hours=found[5]), found[6]])


def _issued(swabs: Sequence[SwabTaken], units: frozenset[int] | None) -> dict[str, int]:
    """Those of our own tube codes that the actor's units may use, with their serial numbers."""
    serials = {s.tube: ids.tube_serial(s.tube) for s in swabs}
    ours = {code: serial for code, serial in serials.items() if serial is not None}
    here = labels_issued(list(ours.values()), units) if ours else frozenset()
    return {code: serial for code, serial in ours.items() if serial in here}


def _team_of(swabs: Sequence[SwabTaken], teams: Mapping[int, int]) -> dict[str, int | None]:
    """Which team filled each tube, as its first swab says; a session's only team needs no saying."""
    only = next(iter(teams.values())) if len(teams) == 1 else None
    found: dict[str, int | None] = {}
    for swab in swabs:
        found.setdefault(swab.tube, only if swab.team is None else teams.get(swab.team))
    return found


def _facts(
    swabs: Sequence[SwabTaken],
    here: _Session,
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


def _locked_tubes(
    scheme_of: dict[str, int], team_of: Mapping[str, int | None], here: _Session
) -> tuple[dict[str, TubeState], frozenset[int]]:
    """The tubes, made if they are new and locked in the order of their codes."""
    if not scheme_of:
        return {}, frozenset()
    made = frozenset(
        line[0]
        for line in sql.rows(
            """
            INSERT INTO sampling_tube (scheme_id, code, session_id, unit_id, lab_id, team_id,
                                       tube_class, swabs, closing_reason, closed_by)
            SELECT t.scheme, t.code, %s, %s, %s, t.team, 'screening', 0, '', '{}'
            FROM unnest(%s::int[], %s::text[], %s::int[]) AS t (scheme, code, team) ORDER BY t.code
            ON CONFLICT (code, scheme_id) DO NOTHING RETURNING id
            """,
            (
                here.id,
                here.unit,
                here.lab,
                list(scheme_of.values()),
                list(scheme_of),
                [team_of[code] for code in scheme_of],
            ),
        )
    )
    return {
        line[1]: TubeState(line[0], line[2], line[3], rules.TubeClass(line[4]), line[5])
        for line in sql.rows(
            """
            SELECT t.id, t.code, t.session_id, t.swabs, t.tube_class,
                   t.manifest_id IS NOT NULL OR t.lost_at IS NOT NULL
                   OR t.expired_at IS NOT NULL
            FROM sampling_tube t JOIN unnest(%s::int[], %s::text[]) AS g (scheme, code)
              ON t.code = g.code AND t.scheme_id = g.scheme
            ORDER BY t.code FOR UPDATE OF t
            """,
            (list(scheme_of.values()), list(scheme_of)),
        )
    }, made


def _seated(
    chosen: Sequence[SwabTaken],
    tubes: dict[str, TubeState],
    facts: SwabFacts,
    outcome: Outcome[SwabTaken],
) -> list[SwabTaken]:
    """Those swabs for which there is room in their tube, in the order given."""
    seated: list[SwabTaken] = []
    people: set[tuple[int, int]] = set()
    numbers: dict[tuple[str, int], list[Declaration]] = {}
    for swab in chosen:
        tube = tubes[swab.tube]
        person = rules.person_of(swab, facts)
        said = people_rules.tidied(swab.said) if swab.said and person is None else None
        # Of a number nobody here holds, whoever of the batch agrees is one person.
        same = numbers.setdefault((said.number, swab.specimen), []) if said and said.number else []
        known = said is not None and any(paper in facts.holders for paper in said.papers)
        if (person is not None and (person, swab.specimen) in people) or (
            said and not known and any(people_rules.agree(other, said) for other in same)
        ):
            outcome.refused.append(Refused(swab, SwabRefusal.PERSON_TWICE))
        elif fault := rules.fault_of_tube(swab, tube, facts):
            outcome.refused.append(Refused(swab, *fault))
        else:
            if person is not None:
                people.add((person, swab.specimen))
            elif said is not None:
                same.append(said)
            tube.swabs += 1
            if rules.stands_alone(swab, facts):
                tube.tube_class = (
                    swab.tube_class if swab.tube_class.single else rules.TubeClass.RECALLED
                )
            seated.append(swab)
    return seated


def _people_of(
    seated: Sequence[SwabTaken],
    facts: SwabFacts,
    here: _Session,
    by: Actor,
    at: datetime,
    outcome: Outcome[SwabTaken],
) -> dict[SwabTaken, tuple[int, Declaration]]:
    """Who each swab is of, and what they declared."""
    people: dict[SwabTaken, tuple[int, Declaration]] = {}
    declared = [s for s in seated if s.request is None and s.said is not None]
    if declared:
        by_slip = {s.slip: s for s in declared}
        registered = register_people(
            [
                Registration(ids.slip_code(s.slip) or s.slip, s.said, walk_in=bool(s.card))
                for s in declared
                if s.said
            ],
            unit=here.unit,
            by=by,
            at=at,
        )
        by_reference = {ids.slip_code(s.slip) or s.slip: s for s in by_slip.values()}
        for entry in registered.held:
            assert entry.person_id is not None
            people[by_reference[entry.reference]] = (entry.person_id, entry.said)
        for refused in registered.refused:
            swab = by_reference[refused.item.reference]
            outcome.refused.append(Refused(swab, refused.reason, refused.detail))
    answering = [s for s in seated if s.request is not None]
    if answering:
        persons = {s: facts.requests[s.request].person for s in answering if s.request is not None}
        known = declarations_of(list(persons.values()))
        for swab, person in persons.items():
            if person in known:
                people[swab] = (person, known[person])
            else:
                outcome.refused.append(Refused(swab, SwabRefusal.REQUEST_UNKNOWN))
    return people


def _inserted(
    seated: Sequence[SwabTaken],
    people: dict[SwabTaken, tuple[int, Declaration]],
    tubes: dict[str, TubeState],
    here: _Session,
    at: datetime,
    outcome: Outcome[SwabTaken],
) -> dict[SwabTaken, tuple[int, int]]:
    """Insert the swabs; answer with each one's id and tube."""
    if not seated:
        return {}
    by_slip = {ids.slip_code(s.slip) or s.slip: s for s in seated}
    said = [people[s][1] for s in by_slip.values()]
    made = dict(
        sql.rows(
            """
            INSERT INTO sampling_swab
                (unit_ids, unit_id, session_id, tube_id, person_id, slip, name, sex, birth_date,
                 birth_year, phone, residence_id, address, specimen, taken_at, recorded_at, due_at)
            SELECT CASE WHEN w.residence IS NULL OR w.residence = %(unit)s
                        THEN ARRAY[%(unit)s] ELSE ARRAY[%(unit)s, w.residence] END,
                   %(unit)s, %(session)s, w.tube, w.person, w.slip, w.name, w.sex, w.birth_date,
                   w.birth_year, w.phone, w.residence, w.address, w.specimen, w.taken_at, %(at)s,
                   w.taken_at + %(promise)s
            FROM unnest(%(tubes)s::bigint[], %(persons)s::bigint[], %(slips)s::text[],
                        %(names)s::text[], %(sexes)s::text[], %(birth_dates)s::date[],
                        %(birth_years)s::smallint[], %(phones)s::text[], %(residences)s::int[],
                        %(addresses)s::text[], %(specimens)s::smallint[], %(times)s::timestamptz[])
                 AS w (tube, person, slip, name, sex, birth_date, birth_year, phone, residence,
                       address, specimen, taken_at)
            ORDER BY w.slip
            ON CONFLICT DO NOTHING
            RETURNING slip, id
            """,
            {
                "unit": here.unit,
                "session": here.id,
                "at": at,
                "promise": here.promise,
                "tubes": [tubes[s.tube].id for s in by_slip.values()],
                "persons": [people[s][0] for s in by_slip.values()],
                "slips": list(by_slip),
                "names": [d.name for d in said],
                "sexes": [d.sex for d in said],
                "birth_dates": [d.birth_date for d in said],
                "birth_years": [d.birth_year for d in said],
                "phones": [d.phone for d in said],
                "residences": [d.residence for d in said],
                "addresses": [d.address for d in said],
                "specimens": [s.specimen for s in by_slip.values()],
                "times": [s.taken_at for s in by_slip.values()],
            },
        )
    )
    missing = [slip for slip in by_slip if slip not in made]
    if missing:
        # Either the person is in this session already, or the slip is somebody's out of sight.
        twice = {
            (line[0], line[1])
            for line in sql.rows(
                "SELECT person_id, specimen FROM sampling_swab"
                " WHERE session_id = %s AND person_id = ANY(%s)",
                (here.id, [people[by_slip[slip]][0] for slip in missing]),
            )
        }
        for slip in missing:
            who = (people[by_slip[slip]][0], by_slip[slip].specimen)
            reason = SwabRefusal.PERSON_TWICE if who in twice else SwabRefusal.SLIP_USED
            outcome.refused.append(Refused(by_slip[slip], reason))
    recorded = {
        by_slip[slip]: (swab_id, tubes[by_slip[slip].tube].id) for slip, swab_id in made.items()
    }
    outcome.done.extend(s for s in seated if s in recorded)
    return recorded


def _note_in_tubes(
    recorded: dict[SwabTaken, tuple[int, int]],
    tubes: dict[str, TubeState],
    made: frozenset[int],
    use_by: timedelta,
) -> None:
    """Count the swabs on their tubes; take back tubes made for swabs that were then refused."""
    counts = Counter(tube for _, tube in recorded.values())
    first: dict[int, datetime] = {}
    classes = {state.id: state.tube_class for state in tubes.values()}
    for swab, (_, tube) in recorded.items():
        first[tube] = min(first.get(tube, swab.taken_at), swab.taken_at)
    if counts:
        sql.execute(
            """
            UPDATE sampling_tube t
            SET swabs = t.swabs + g.swabs, tube_class = g.tube_class,
                first_swab_at = least(t.first_swab_at, g.first_at),
                use_by_at = least(t.first_swab_at, g.first_at) + %s
            FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::timestamptz[])
                 AS g (id, swabs, tube_class, first_at)
            WHERE t.id = g.id
            """,
            (
                use_by,
                list(counts),
                list(counts.values()),
                [classes[tube] for tube in counts],
                [first[tube] for tube in counts],
            ),
        )
    empty = [tube for tube in made if tube not in counts]
    if empty:
        sql.execute("DELETE FROM sampling_tube WHERE id = ANY(%s)", (empty,))


def _end_requests(recorded: dict[SwabTaken, tuple[int, int]], cap: int) -> list[int]:
    """A swab ends its person's open requests, wherever they were made; answer with the persons.

    A request for a swab alone ends only if the tube stays alone.
    """
    if not recorded:
        return []
    ended = sql.rows(
        "SELECT person_id FROM sampling_end_requests(%s::bigint[], %s::bigint[], %s)",
        (
            [swab_id for swab_id, _ in recorded.values()],
            [swab.request for swab in recorded if swab.request is not None],
            cap == 1,
        ),
    )
    return [line[0] for line in ended]
