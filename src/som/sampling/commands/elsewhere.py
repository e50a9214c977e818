"""Swabs taken by others, of which another laboratory tells: one ledger holds them too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from som.kernel import rulebook, sql
from som.kernel.actors import Actor
from som.kernel.arrays import literal
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused
from som.people.commands import Registration, register_people
from som.people.queries import declarations_of
from som.people.rules import Declaration
from som.places.queries import organisations_by_id
from som.sampling.commands.stamps import Taken, stamps_of
from som.sampling.rules import SwabRefusal

NEVER = "(?!)"
"""The pattern of a sender's own numbers: none that is scanned here fits it, they only come in reports."""

CAMPAIGN_NAME = "Kết quả do phòng xét nghiệm khác báo"


@dataclass(frozen=True, slots=True)
class TakenElsewhere:
    """A swab as its sender tells of it: the sample's number there, when it was taken, and of whom.

    `unit` received the report. `slip` is the natural key: the same again is the same swab. `person`
    is who it is where that is known; else whoever is said is registered. `swab` and `tube` are the
    answer.
    """

    sender: int
    unit: int
    code: str
    slip: str
    taken_at: datetime
    said: Declaration
    person: int | None = None
    swab: int | None = None
    tube: int | None = None

    @property
    def day(self) -> date:
        """The day on which it was taken."""
        return self.taken_at.astimezone(LOCAL).date()


def record_elsewhere(
    swabs: Sequence[TakenElsewhere], *, by: Actor, at: datetime
) -> Outcome[TakenElsewhere]:
    """Note swabs taken by others, inside the caller's transaction, scope and audit.

    Each sender has a scheme for its own numbers, and a session for each day, which nobody else can
    record into. Refuses what registering refuses, and a third test of one person by one sender on
    one day. Ends nobody's request: when it was taken may be long ago. Locks the tubes in the order
    of their codes.
    """
    outcome: Outcome[TakenElsewhere] = Outcome()
    if not swabs:
        return outcome
    known = {
        line[0]: (line[1], line[2])
        for line in sql.rows(
            "SELECT slip, id, tube_id FROM sampling_swab WHERE slip = ANY(%s)",
            ([s.slip for s in swabs],),
        )
    }
    new: dict[str, TakenElsewhere] = {}
    for given in swabs:
        if given.slip in known:
            swab, tube = known[given.slip]
            outcome.unchanged.append(replace(given, swab=swab, tube=tube))
        else:
            new.setdefault(given.slip, given)
    people = _people(list(new.values()), by=by, at=at, outcome=outcome)
    chosen = sorted((s for s in new.values() if s.slip in people), key=lambda s: (s.code, s.slip))
    if not chosen:
        return outcome
    sessions = _sessions(chosen, at=at)
    place_of = {s.slip: sessions[s.sender, s.unit, s.day] for s in chosen}
    specimens = _specimens(chosen, people, place_of)
    for given in chosen:
        if specimens[given.slip] > MOST_SPECIMENS:
            outcome.refused.append(Refused(given, SwabRefusal.PERSON_TWICE))
    chosen = [s for s in chosen if specimens[s.slip] <= MOST_SPECIMENS]
    tubes = _tubes(chosen, place_of)
    made = _inserted(chosen, people, place_of, specimens, tubes, at=at)
    _count(sorted(set(tubes.values())), at=at)
    for given in chosen:
        tube = tubes[given.sender, given.code]
        outcome.done.append(replace(given, swab=made[given.slip], tube=tube))
    return outcome


MOST_SPECIMENS = 2
"""As of a session's swabs: a person has a first and a second specimen."""

Who = dict[str, tuple[int, Declaration]]


def _people(
    swabs: Sequence[TakenElsewhere], *, by: Actor, at: datetime, outcome: Outcome[TakenElsewhere]
) -> Who:
    """Who each swab is of and what they declared, by slip. One registration a receiving unit."""
    found: Who = {}
    for unit in sorted({s.unit for s in swabs if s.person is None}):
        mine = {s.slip: s for s in swabs if s.person is None and s.unit == unit}
        registered = register_people(
            [Registration(slip, s.said) for slip, s in mine.items()], unit=unit, by=by, at=at
        )
        for entry in registered.held:
            assert entry.person_id is not None
            found[entry.reference] = (entry.person_id, entry.said)
        for refused in registered.refused:
            outcome.refused.append(
                Refused(mine[refused.item.reference], refused.reason, refused.detail)
            )
    named = {s.slip: s for s in swabs if s.person is not None}
    declared = declarations_of([s.person for s in named.values() if s.person is not None])
    for slip, swab in named.items():
        if swab.person in declared:
            found[slip] = (swab.person, swab.said)
    sql.execute(
        "SELECT sampling_share_persons(%s::bigint[], %s::int[])",
        (
            [s.person for s in named.values()],
            [s.unit for s in named.values()],
        ),
    )
    return found


def _sessions(
    swabs: Sequence[TakenElsewhere], *, at: datetime
) -> dict[tuple[int, int, date], tuple[int, timedelta]]:
    """The session of each sender, receiving unit and day, made where there is none, with its promise."""
    on = at.astimezone(LOCAL).date()
    promise = int(rulebook.rule("sampling.promise.hours", on=on).value)
    units = sorted({s.unit for s in swabs})
    sql.execute(
        """
        INSERT INTO sampling_campaign
            (code, name, unit_id, target_group, reason, legal_basis, frequency_days, pool_size,
             second_specimens, promise_hours, starts_on)
        SELECT 'BC-' || u, %s, u, '', 'screening', '', 0, 20, true, %s, %s
        FROM unnest(%s::int[]) AS u ORDER BY u ON CONFLICT (code) DO NOTHING
        """,
        (CAMPAIGN_NAME, promise, on, units),
    )
    names = organisations_by_id({s.sender for s in swabs})
    days = sorted({(s.sender, s.unit, s.day) for s in swabs})
    sql.execute(
        """
        INSERT INTO sampling_session
            (code, campaign_id, unit_id, lab_id, place, team, starts_at, closed_at)
        SELECT g.code, c.id, g.unit, g.sender, g.name, '', g.starts_at, %s
        FROM unnest(%s::text[], %s::int[], %s::int[], %s::text[], %s::timestamptz[])
             AS g (code, unit, sender, name, starts_at)
        JOIN sampling_campaign c ON c.code = 'BC-' || g.unit
        ORDER BY g.code ON CONFLICT (code) DO NOTHING
        """,
        (
            at,
            [_code(*day) for day in days],
            [unit for _, unit, _ in days],
            [sender for sender, _, _ in days],
            [names[sender].name for sender, _, _ in days],
            [datetime.combine(day, time(), LOCAL) for _, _, day in days],
        ),
    )
    held = {
        line[0]: (line[1], timedelta(hours=line[2]))
        for line in sql.rows(
            "SELECT s.code, s.id, c.promise_hours FROM sampling_session s"
            " JOIN sampling_campaign c ON c.id = s.campaign_id WHERE s.code = ANY(%s)",
            ([_code(*day) for day in days],),
        )
    }
    return {day: held[_code(*day)] for day in days}


def _code(sender: int, unit: int, day: date) -> str:
    return f"BC-{unit}-{sender}-{day:%y%m%d}"


Places = dict[str, tuple[int, timedelta]]


def _specimens(swabs: Sequence[TakenElsewhere], people: Who, place_of: Places) -> dict[str, int]:
    """Which of the person's tests by this sender on that day each is."""
    taken: dict[tuple[int, int], int] = {
        (line[0], line[1]): line[2]
        for line in sql.rows(
            "SELECT session_id, person_id, max(specimen) FROM sampling_swab"
            " WHERE session_id = ANY(%s) AND person_id = ANY(%s) GROUP BY 1, 2",
            (
                sorted({session for session, _ in place_of.values()}),
                sorted({person for person, _ in people.values()}),
            ),
        )
    }
    found = {}
    for given in swabs:
        seat = (place_of[given.slip][0], people[given.slip][0])
        taken[seat] = found[given.slip] = taken.get(seat, 0) + 1
    return found


def _tubes(swabs: Sequence[TakenElsewhere], place_of: Places) -> dict[tuple[int, str], int]:
    """The tube of each sender's number, made where there is none and locked."""
    senders = sorted({s.sender for s in swabs})
    sql.execute(
        """
        INSERT INTO sampling_scheme (issuer_id, name, pattern)
        SELECT o.id, o.name, %s FROM places_organisation o WHERE o.id = ANY(%s) ORDER BY o.id
        ON CONFLICT (issuer_id, pattern) DO NOTHING
        """,
        (NEVER, senders),
    )
    samples: dict[tuple[int, str], TakenElsewhere] = {}
    for given in swabs:
        samples.setdefault((given.sender, given.code), given)
    sql.execute(
        """
        INSERT INTO sampling_tube (scheme_id, code, session_id, unit_id, lab_id, tube_class, swabs,
                                   closing_reason, closed_by)
        SELECT c.id, g.code, g.session, g.unit, g.sender, 'screening', 0, '', '{}'
        FROM unnest(%s::int[], %s::text[], %s::int[], %s::int[]) AS g (sender, code, session, unit)
        JOIN sampling_scheme c ON c.issuer_id = g.sender AND c.pattern = %s
        ORDER BY g.code, g.sender ON CONFLICT (code, scheme_id) DO NOTHING
        """,
        (
            [sender for sender, _ in samples],
            [code for _, code in samples],
            [place_of[s.slip][0] for s in samples.values()],
            [s.unit for s in samples.values()],
            NEVER,
        ),
    )
    return {
        (line[0], line[1]): line[2]
        for line in sql.rows(
            """
            SELECT c.issuer_id, t.code, t.id
            FROM unnest(%s::int[], %s::text[]) AS g (sender, code)
            JOIN sampling_scheme c ON c.issuer_id = g.sender AND c.pattern = %s
            JOIN sampling_tube t ON t.code = g.code AND t.scheme_id = c.id
            ORDER BY t.code, t.scheme_id FOR UPDATE OF t
            """,
            ([sender for sender, _ in samples], [code for _, code in samples], NEVER),
        )
    }


def _inserted(
    swabs: Sequence[TakenElsewhere],
    people: Who,
    place_of: Places,
    specimens: dict[str, int],
    tubes: dict[tuple[int, str], int],
    *,
    at: datetime,
) -> dict[str, int]:
    """Insert the swabs; answer with their ids by slip.

    The commune where the person lives answers for them, where the receiving unit covers it.
    """
    said = [people[s.slip][1] for s in swabs]
    stamps = stamps_of(
        [
            Taken(people[s.slip][0], s.unit, s.unit, declared.residence)
            for s, declared in zip(swabs, said, strict=True)
        ],
        on=at.astimezone(LOCAL).date(),
    )
    return dict(
        sql.rows(
            """
            INSERT INTO sampling_swab
                (unit_ids, stamp_ids, unit_id, session_id, tube_id, person_id, slip, name, sex,
                 birth_date, birth_year, phone, residence_id, address, specimen, taken_at,
                 recorded_at, due_at)
            SELECT w.answerable::int[], w.told::int[],
                   coalesce((SELECT v.covered_id FROM places_coverage v
                             JOIN places_unit h ON h.id = v.covered_id AND h.level = 3
                             WHERE v.unit_id = w.unit AND v.covered_id = w.residence LIMIT 1),
                            w.unit),
                   w.session, w.tube, w.person, w.slip, w.name, w.sex, w.birth_date, w.birth_year,
                   w.phone, w.residence, w.address, w.specimen, w.taken_at, %(at)s,
                   w.taken_at + w.promise
            FROM unnest(%(units)s::int[], %(sessions)s::int[], %(promises)s::interval[],
                        %(tubes)s::bigint[], %(persons)s::bigint[], %(slips)s::text[],
                        %(names)s::text[], %(sexes)s::text[], %(birth_dates)s::date[],
                        %(birth_years)s::smallint[], %(phones)s::text[], %(residences)s::int[],
                        %(addresses)s::text[], %(specimens)s::smallint[], %(times)s::timestamptz[],
                        %(answerable)s::text[], %(told)s::text[])
                 AS w (unit, session, promise, tube, person, slip, name, sex, birth_date,
                       birth_year, phone, residence, address, specimen, taken_at, answerable, told)
            ORDER BY w.slip RETURNING slip, id
            """,
            {
                "at": at,
                "units": [s.unit for s in swabs],
                "sessions": [place_of[s.slip][0] for s in swabs],
                "promises": [place_of[s.slip][1] for s in swabs],
                "tubes": [tubes[s.sender, s.code] for s in swabs],
                "persons": [people[s.slip][0] for s in swabs],
                "slips": [s.slip for s in swabs],
                "names": [d.name for d in said],
                "sexes": [d.sex for d in said],
                "birth_dates": [d.birth_date for d in said],
                "birth_years": [d.birth_year for d in said],
                "phones": [d.phone for d in said],
                "residences": [d.residence for d in said],
                "addresses": [d.address for d in said],
                "specimens": [specimens[s.slip] for s in swabs],
                "times": [s.taken_at for s in swabs],
                "answerable": [literal(stamp.answerable) for stamp in stamps],
                "told": [literal(stamp.told) for stamp in stamps],
            },
        )
    )


def _count(tubes: Sequence[int], *, at: datetime) -> None:
    """Count the swabs of these tubes; their use-by runs from the first, as of every tube."""
    use_by = timedelta(
        hours=rulebook.rule("sampling.use_by.hours", on=at.astimezone(LOCAL).date()).value
    )
    sql.execute(
        """
        UPDATE sampling_tube t
        SET swabs = g.swabs, first_swab_at = g.first, use_by_at = g.first + %s
        FROM (SELECT tube_id, count(*) AS swabs, min(taken_at) AS first FROM sampling_swab
              WHERE tube_id = ANY(%s) GROUP BY tube_id) g
        WHERE t.id = g.tube_id
        """,
        (use_by, list(tubes)),
    )
