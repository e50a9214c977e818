"""Seats in tubes: who fits in which, and what each tube holds afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from som.kernel import sql
from som.kernel.outcomes import Outcome, Refused
from som.people import rules as people_rules
from som.people.rules import Declaration
from som.sampling import rules
from som.sampling.commands.swabs.known import OpenSession
from som.sampling.rules import SwabFacts, SwabRefusal, SwabTaken, TubeState


def locked_tubes(
    scheme_of: dict[str, int], team_of: Mapping[str, int | None], here: OpenSession
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


def seated_in_tubes(
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


def note_in_tubes(
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
        # A tube that was kept warm meanwhile does not last longer for one more swab.
        sql.execute(
            """
            UPDATE sampling_tube t
            SET swabs = t.swabs + g.swabs, tube_class = g.tube_class,
                first_swab_at = least(t.first_swab_at, g.first_at),
                use_by_at = least(t.use_by_at, least(t.first_swab_at, g.first_at) + %s)
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
