"""The rows themselves: each swab with its person, and the requests that it answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from som.kernel import ids, sql
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused
from som.people.rules import Declaration
from som.sampling.commands.stamps import Taken, literal, stamps_of
from som.sampling.commands.swabs.known import OpenSession
from som.sampling.rules import SwabRefusal, SwabTaken, TubeState


def inserted_swabs(
    seated: Sequence[SwabTaken],
    people: dict[SwabTaken, tuple[int, Declaration]],
    tubes: dict[str, TubeState],
    here: OpenSession,
    at: datetime,
    outcome: Outcome[SwabTaken],
) -> dict[SwabTaken, tuple[int, int]]:
    """Insert the swabs; answer with each one's id and tube."""
    if not seated:
        return {}
    by_slip = {ids.slip_code(s.slip) or s.slip: s for s in seated}
    said = [people[s][1] for s in by_slip.values()]
    stamps = stamps_of(
        [
            Taken(person, here.unit, here.planned_by, declared.residence)
            for person, declared in (people[s] for s in by_slip.values())
        ],
        on=at.astimezone(LOCAL).date(),
    )
    made = dict(
        sql.rows(
            """
            INSERT INTO sampling_swab
                (unit_ids, stamp_ids, unit_id, session_id, tube_id, person_id, slip, name, sex,
                 birth_date, birth_year, phone, residence_id, address, specimen, taken_at,
                 recorded_at, due_at)
            SELECT w.answerable::int[], w.told::int[], %(unit)s, %(session)s, w.tube, w.person, w.slip,
                   w.name, w.sex, w.birth_date, w.birth_year, w.phone, w.residence, w.address,
                   w.specimen, w.taken_at, %(at)s, w.taken_at + %(promise)s
            FROM unnest(%(tubes)s::bigint[], %(persons)s::bigint[], %(slips)s::text[],
                        %(names)s::text[], %(sexes)s::text[], %(birth_dates)s::date[],
                        %(birth_years)s::smallint[], %(phones)s::text[], %(residences)s::int[],
                        %(addresses)s::text[], %(specimens)s::smallint[], %(times)s::timestamptz[],
                        %(answerable)s::text[], %(told)s::text[])
                 AS w (tube, person, slip, name, sex, birth_date, birth_year, phone, residence,
                       address, specimen, taken_at, answerable, told)
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
                "answerable": [literal(stamp.answerable) for stamp in stamps],
                "told": [literal(stamp.told) for stamp in stamps],
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


def end_requests_of(recorded: dict[SwabTaken, tuple[int, int]], cap: int) -> list[int]:
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
