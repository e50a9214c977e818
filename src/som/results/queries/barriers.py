"""What keeps a verdict from being released: a hold, a recall, a use-by that had passed."""

from __future__ import annotations

from collections.abc import Sequence

from som.kernel import sql
from som.lab.queries import ON_HOLD
from som.results.rules import Barriers

COVERED = """
c.lab_id = n.lab_id AND n.read_at >= c.read_from AND n.read_at < c.read_to
AND (c.run_id IS NULL OR c.run_id = n.id) AND (c.kit_lot = '' OR c.kit_lot = n.lot)
"""
"""Whether a recall `c` is about the run `n`."""

REPORTED_COVERED = """
c.run_id IS NULL AND c.kit_lot = ''
AND (d.tested_on + 1)::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' > c.read_from
AND d.tested_on::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh' < c.read_to
"""
"""Whether a recall `c` is about the day of the test that the row `d` of a report tells of.

Of a reported row the run and the lot are not known: a recall by them leaves it alone."""

READ_AS = "n.plate_id = l.plate_id OR n.id = l.run_id"
"""Whether what was loaded as `l` was read in the run `n`: of its plate, or of a device of its own."""

TESTED_LATE = """
EXISTS (SELECT 1 FROM sampling_tube x WHERE x.id = l.tube_id AND x.use_by_at < l.loaded_at)
OR EXISTS (SELECT 1 FROM lab_member xm JOIN sampling_tube x ON x.id = xm.tube_id
           WHERE xm.pool_id = l.pool_id AND x.use_by_at < l.loaded_at)
"""
"""Whether what was loaded as `l` was past its use-by then."""

VOID = f"""
(EXISTS (SELECT 1 FROM lab_run n JOIN results_recall c ON {COVERED}
         WHERE n.id = v.run_id AND c.confirmed_at IS NOT NULL
           AND (c.which = 'all' OR c.which = v.value || 's'))
 OR {TESTED_LATE})
"""
"""Whether the verdict `v` of the load `l` will never be released: nobody waits for it."""

DEAD = """
EXISTS (SELECT 1 FROM people_selves(ARRAY[w.person_id]) s
        JOIN people_person p ON p.id = s.entry WHERE p.died_at IS NOT NULL)
"""
"""Whether the person of the swab `w` died, under whichever of their entries: nobody asks for them."""


# One statement that usually finds nothing. Runs are few beside their verdicts: looked at once each.
_KEPT_BACK = f"""
WITH these AS MATERIALIZED (
    SELECT v.id, v.run_id, v.load_id, v.value FROM lab_verdict v
    WHERE v.id = ANY(%(ids)s::bigint[])
), runs AS MATERIALIZED (
    SELECT n.id, {ON_HOLD} AS held,
           ARRAY(SELECT c.which FROM results_recall c WHERE c.withdrawn_at IS NULL AND {COVERED})
               AS recalled
    FROM lab_run n WHERE n.id IN (SELECT run_id FROM these)
)
SELECT 'held', v.id FROM runs n JOIN these v ON v.run_id = n.id WHERE n.held
UNION ALL
SELECT 'recalled', v.id FROM runs n JOIN these v ON v.run_id = n.id
WHERE n.recalled && ARRAY['all', v.value || 's']
UNION ALL
SELECT 'late', v.id FROM these v JOIN lab_load l ON l.id = v.load_id WHERE {TESTED_LATE}
UNION ALL
SELECT 'released', e.verdict_id FROM results_release e
WHERE e.verdict_id = ANY(%(ids)s::bigint[])
"""


def barriers_of(verdict_ids: Sequence[int]) -> Barriers:
    """What keeps these verdicts back, for a command or query inside its own scope."""
    found: dict[str, set[int]] = {
        "held": set(),
        "recalled": set(),
        "late": set(),
        "released": set(),
    }
    for why, verdict in sql.rows(_KEPT_BACK, {"ids": list(verdict_ids)}):
        found[why].add(verdict)
    return Barriers(
        held=found["held"],
        recalled=found["recalled"],
        past_use_by=found["late"],
        released=found["released"],
    )


def recalled_values(verdict_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """By verdict, which answers of its run a recall takes back or is proposed to."""
    return {
        line[0]: frozenset(line[1])
        for line in sql.rows(
            f"""
            SELECT v.id, array_agg(c.which) FROM lab_verdict v JOIN lab_run n ON n.id = v.run_id
            JOIN results_recall c ON c.withdrawn_at IS NULL AND {COVERED}
            WHERE v.id = ANY(%s) GROUP BY v.id
            """,
            (list(verdict_ids),),
        )
    }
