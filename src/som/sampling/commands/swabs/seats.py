"""Seats in tubes: who fits in which, and what each tube holds afterwards."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from som.kernel import sql
from som.kernel.outcomes import Outcome, Refused
from som.people import rules as people_rules
from som.people.rules import Declaration
from som.sampling import rules
from som.sampling.commands.custody import held_by_labs
from som.sampling.commands.swabs.known import OpenSession
from som.sampling.rules import (
    OWN_SCHEME,
    SwabFacts,
    SwabRefusal,
    SwabTaken,
    SwabTold,
    TubeClass,
    TubeState,
)


@dataclass(slots=True)
class Filled:
    """What is in a tube by these swabs alone."""

    swabs: int
    tube_class: TubeClass
    first_at: datetime


def tubes_of(
    swabs: Sequence[SwabTold],
    issued: Container[str],
    team_of: Mapping[str, int | None],
    here: OpenSession,
    use_by: timedelta,
) -> tuple[dict[str, TubeState], dict[str, Filled]]:
    """The tubes that may be used here, locked in the order of their codes; and those made new.

    New ones are written as they will be if every swab is recorded, as most are: a row is written once.
    `note_in_tubes` puts right what came otherwise.
    """
    scheme_of: dict[str, int] = {}
    made: dict[str, Filled] = {}
    for swab in swabs:
        taken, scheme = swab.given, swab.scheme
        if scheme is None or (scheme.id == OWN_SCHEME and taken.tube not in issued):
            continue
        filled = made.get(taken.tube)
        if filled is None:
            scheme_of[taken.tube] = scheme.id
            made[taken.tube] = Filled(1, taken.tube_class, taken.taken_at)
        else:
            filled.swabs = min(filled.swabs + 1, here.pool_size)
            filled.tube_class = TubeClass.SCREENING
            filled.first_at = min(filled.first_at, taken.taken_at)
    if not made:
        return {}, {}
    ids = dict(
        sql.rows(
            """
            INSERT INTO sampling_tube
                (scheme_id, code, session_id, unit_id, lab_id, team_id, tube_class, swabs,
                 first_swab_at, use_by_at, closing_reason, closed_by)
            SELECT t.scheme, t.code, %s::int, %s::int, %s::int, t.team, t.tube_class, t.swabs,
                   t.first_at, t.first_at + %s::interval, '', '{}'
            FROM unnest(%s::int[], %s::text[], %s::int[], %s::text[], %s::smallint[],
                        %s::timestamptz[]) AS t (scheme, code, team, tube_class, swabs, first_at)
            ORDER BY t.code
            ON CONFLICT (code, scheme_id) DO NOTHING RETURNING code, id
            """,
            (
                here.id,
                here.unit,
                here.lab,
                use_by,
                list(scheme_of.values()),
                list(scheme_of),
                [team_of[code] for code in scheme_of],
                [filled.tube_class for filled in made.values()],
                [filled.swabs for filled in made.values()],
                [filled.first_at for filled in made.values()],
            ),
        )
    )
    tubes = {
        code: TubeState(number, here.id, 0, TubeClass.SCREENING, False)
        for code, number in ids.items()
    }
    there = [code for code in scheme_of if code not in ids] if len(ids) < len(made) else []
    if there:
        for code in there:
            del made[code]
        tubes |= _locked(there, [scheme_of[code] for code in there])
    return tubes, made


def _locked(codes: Sequence[str], schemes: Sequence[int]) -> dict[str, TubeState]:
    """Tubes that were there before.

    Whoever is in a tube stands still from its reception on: what it holds is tested and answered as
    the laboratory found it.
    """
    tubes = {
        line[1]: TubeState(line[0], line[2], line[3], TubeClass(line[4]), line[5])
        for line in sql.rows(
            """
            SELECT t.id, t.code, t.session_id, t.swabs, t.tube_class,
                   t.manifest_id IS NOT NULL OR t.lost_at IS NOT NULL
                   OR t.expired_at IS NOT NULL
            FROM sampling_tube t JOIN unnest(%s::int[], %s::text[]) AS g (scheme, code)
              ON t.code = g.code AND t.scheme_id = g.scheme
            ORDER BY t.code FOR UPDATE OF t
            """,
            (list(schemes), list(codes)),
        )
    }
    # After the locks: a reception of this moment must be seen.
    at_labs = held_by_labs([tube.id for tube in tubes.values()])
    for tube in tubes.values():
        tube.closed = tube.closed or tube.id in at_labs
    return tubes


def seated_in_tubes(
    chosen: Sequence[SwabTold],
    tubes: Mapping[str, TubeState],
    facts: SwabFacts,
    outcome: Outcome[SwabTaken],
) -> list[SwabTold]:
    """Those swabs for which there is room in their tube, in the order given."""
    seated: list[SwabTold] = []
    people: set[tuple[int, int]] = set()
    numbers: dict[tuple[str, int], list[Declaration]] = {}
    for swab in chosen:
        taken, person = swab.given, swab.person
        tube = tubes[taken.tube]
        said = swab.said if person is None else None
        # Of a number nobody here holds, whoever of the batch agrees is one person.
        same = numbers.setdefault((said.number, taken.specimen), []) if said and said.number else []
        known = bool(facts.holders) and any(paper in facts.holders for paper in swab.papers)
        if (person is not None and (person, taken.specimen) in people) or (
            said and same and not known and any(people_rules.agree(other, said) for other in same)
        ):
            outcome.refused.append(Refused(taken, SwabRefusal.PERSON_TWICE))
        elif fault := rules.fault_of_tube(taken, tube, facts):
            outcome.refused.append(Refused(taken, *fault))
        else:
            if person is not None:
                people.add((person, taken.specimen))
            elif said is not None:
                same.append(said)
            tube.swabs += 1
            if rules.stands_alone(taken, facts):
                tube.tube_class = (
                    taken.tube_class if taken.tube_class.single else TubeClass.RECALLED
                )
            seated.append(swab)
    return seated


def note_in_tubes(
    recorded: Sequence[SwabTold],
    tubes: Mapping[str, TubeState],
    made: Mapping[str, Filled],
    use_by: timedelta,
) -> None:
    """Count the swabs on those tubes that do not say so already; take back those made for nobody."""
    filled: dict[str, Filled] = {}
    for swab in recorded:
        taken = swab.given
        held = filled.get(taken.tube)
        if held is None:
            filled[taken.tube] = Filled(1, tubes[taken.tube].tube_class, taken.taken_at)
        else:
            held.swabs += 1
            held.first_at = min(held.first_at, taken.taken_at)
    other = {code: held for code, held in filled.items() if made.get(code) != held}
    if other:
        # A tube that was kept warm meanwhile does not last longer for one more swab.
        sql.execute(
            """
            UPDATE sampling_tube t
            SET swabs = CASE WHEN g.made THEN g.swabs ELSE t.swabs + g.swabs END,
                tube_class = g.tube_class,
                first_swab_at = CASE WHEN g.made THEN g.first_at
                                     ELSE least(t.first_swab_at, g.first_at) END,
                use_by_at = CASE WHEN g.made THEN g.first_at + %(use_by)s::interval
                                 ELSE least(t.use_by_at, least(t.first_swab_at, g.first_at)
                                                         + %(use_by)s::interval) END
            FROM unnest(%(ids)s::bigint[], %(swabs)s::int[], %(classes)s::text[],
                        %(first)s::timestamptz[], %(made)s::boolean[])
                 AS g (id, swabs, tube_class, first_at, made)
            WHERE t.id = g.id
            """,
            {
                "use_by": use_by,
                "ids": [tubes[code].id for code in other],
                "swabs": [held.swabs for held in other.values()],
                "classes": [held.tube_class for held in other.values()],
                "first": [held.first_at for held in other.values()],
                "made": [code in made for code in other],
            },
        )
    empty = [tubes[code].id for code in made if code not in filled]
    if empty:
        sql.execute("SELECT sampling_take_back_tubes(%s::bigint[])", (empty,))
