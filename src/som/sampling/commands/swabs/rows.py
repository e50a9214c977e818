"""The rows themselves: each swab with its person, and the requests that it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from som.kernel import sql
from som.kernel.arrays import literal
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused
from som.people.rules import Declaration
from som.sampling.commands.stamps import Taken, stamps_of
from som.sampling.commands.swabs.known import OpenSession
from som.sampling.rules import SwabRefusal, SwabTaken, SwabTold, TubeState


def inserted_swabs(
    people: Sequence[tuple[SwabTold, Declaration]],
    tubes: Mapping[str, TubeState],
    here: OpenSession,
    provinces: Mapping[int, int | None],
    at: datetime,
    outcome: Outcome[SwabTaken],
) -> dict[str, int]:
    """Insert the swabs; answer with their ids by slip."""
    if not people:
        return {}
    swabs = [swab for swab, _ in people]
    said = [declared for _, declared in people]
    persons = [swab.person or 0 for swab in swabs]
    stamps = stamps_of(
        [
            Taken(
                person,
                here.unit,
                here.planned_by,
                declared.residence,
                declared.stays if swab.fresh else None,
            )
            for person, (swab, declared) in zip(persons, people, strict=True)
        ],
        on=at.astimezone(LOCAL).date(),
        provinces=provinces,
    )
    kinds = {stamp: number for number, stamp in enumerate(dict.fromkeys(stamps), start=1)}
    made: dict[str, int] = dict(
        sql.rows(
            """
            INSERT INTO sampling_swab
                (unit_ids, stamp_ids, unit_id, session_id, tube_id, person_id, slip, name, sex,
                 birth_date, birth_year, phone, residence_id, address, specimen, taken_at,
                 recorded_at, due_at)
            SELECT s.answerable, s.told, %(unit)s::int, %(session)s::int, w.tube, w.person, w.slip,
                   w.name, w.sex, w.birth_date, w.birth_year, w.phone, w.residence, w.address,
                   w.specimen, w.taken_at, %(at)s::timestamptz, w.taken_at + %(promise)s::interval
            FROM unnest(%(tubes)s::bigint[], %(persons)s::bigint[], %(slips)s::text[],
                        %(names)s::text[], %(sexes)s::text[], %(birth_dates)s::date[],
                        %(birth_years)s::smallint[], %(phones)s::text[], %(residences)s::int[],
                        %(addresses)s::text[], %(specimens)s::smallint[], %(times)s::timestamptz[],
                        %(stamps)s::int[])
                 AS w (tube, person, slip, name, sex, birth_date, birth_year, phone, residence,
                       address, specimen, taken_at, stamp)
            JOIN (SELECT number, answerable::int[] AS answerable, told::int[] AS told
                  FROM unnest(%(answerable)s::text[], %(told)s::text[]) WITH ORDINALITY
                       AS k (answerable, told, number) OFFSET 0) s ON s.number = w.stamp
            ORDER BY w.slip
            ON CONFLICT DO NOTHING
            RETURNING slip, id
            """,
            {
                "unit": here.unit,
                "session": here.id,
                "at": at,
                "promise": here.promise,
                "tubes": [tubes[swab.given.tube].id for swab in swabs],
                "persons": persons,
                "slips": [swab.key for swab in swabs],
                "names": [d.name for d in said],
                "sexes": [d.sex for d in said],
                "birth_dates": [d.birth_date for d in said],
                "birth_years": [d.birth_year for d in said],
                "phones": [d.phone for d in said],
                "residences": [d.residence for d in said],
                "addresses": [d.address for d in said],
                "specimens": [swab.given.specimen for swab in swabs],
                "times": [swab.given.taken_at for swab in swabs],
                "stamps": [kinds[stamp] for stamp in stamps],
                "answerable": [literal(stamp.answerable) for stamp in kinds],
                "told": [literal(stamp.told) for stamp in kinds],
            },
        )
    )
    missing = [swab for swab in swabs if swab.key not in made] if len(made) < len(swabs) else []
    if missing:
        # Either the person is in this session already, or the slip is somebody's out of sight.
        twice = {
            (line[0], line[1])
            for line in sql.rows(
                "SELECT person_id, specimen FROM sampling_swab"
                " WHERE session_id = %s AND person_id = ANY(%s)",
                (here.id, [swab.person for swab in missing]),
            )
        }
        for swab in missing:
            who = (swab.person, swab.given.specimen)
            reason = SwabRefusal.PERSON_TWICE if who in twice else SwabRefusal.SLIP_USED
            outcome.refused.append(Refused(swab.given, reason))
    outcome.done.extend(swab.given for swab in swabs if swab.key in made)
    return made


def end_requests_of(
    people: Sequence[tuple[SwabTold, Declaration]], recorded: Mapping[str, int], cap: int
) -> list[int]:
    """A swab ends its person's open requests, wherever they were made; answer with the persons.

    A request for a swab alone ends only if the tube stays alone. Of somebody met with their swab
    nobody asked before.
    """
    answering = [swab for swab, _ in people if not swab.fresh and swab.key in recorded]
    if not answering:
        return []
    ended = sql.rows(
        "SELECT person_id FROM sampling_end_requests(%s::bigint[], %s::bigint[], %s)",
        (
            [recorded[swab.key] for swab in answering],
            [swab.given.request for swab in answering if swab.given.request is not None],
            cap == 1,
        ),
    )
    return [line[0] for line in ended]
