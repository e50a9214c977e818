"""Where positive lab pools stand, counting what other laboratories reported of their members, and who
read their runs."""

from __future__ import annotations

from collections.abc import Sequence

from som.kernel import sql
from som.lab import queries as lab_queries
from som.lab.rules import MemberVerdict
from som.results import rules
from som.results.queries.barriers import READ_AS
from som.results.rules import ResultValue, Standing


def pools_standing(pools: Sequence[int]) -> dict[int, Standing]:
    """The standing of each of these pools, for a command or query in the scope of `results`."""
    if not pools:
        return {}
    members = lab_queries.members_of_pools(pools)
    return rules.standings(members, reported_of(members))


def readers_of_pools(pools: Sequence[int]) -> dict[int, list[str]]:
    """By pool, who read a run with the pool or one of its members in it, whatever came of it."""
    return dict(
        sql.rows(
            f"""
            SELECT l.pool, array_agg(DISTINCT n.read_by)
            FROM (
                SELECT pool_id AS pool, plate_id, run_id FROM lab_load
                WHERE pool_id = ANY(%(pools)s)
                UNION
                SELECT m.pool_id, l.plate_id, l.run_id FROM lab_member m
                JOIN lab_load l ON l.tube_id = m.tube_id WHERE m.pool_id = ANY(%(pools)s)
            ) l JOIN lab_run n ON {READ_AS}
            GROUP BY l.pool
            """,
            {"pools": list(pools)},
        )
    )


def reported_of(members: Sequence[MemberVerdict]) -> dict[int, ResultValue]:
    """By tube, the answer that stands to a member of a pool where another laboratory reported it."""
    return {
        line[0]: ResultValue(line[1])
        for line in sql.rows(
            """
            SELECT w.tube_id, r.value FROM sampling_swab w
            JOIN LATERAL (SELECT a.value, a.reported_id FROM results_result a
                          WHERE a.swab_id = w.id ORDER BY a.version DESC LIMIT 1) r ON true
            WHERE w.tube_id = ANY(%s) AND r.reported_id IS NOT NULL
            """,
            ([member.tube for member in members],),
        )
    }
