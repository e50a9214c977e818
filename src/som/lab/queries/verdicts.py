"""Verdicts with all that a release must know of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from som.kernel import sql
from som.lab.rules import MemberVerdict, VerdictRow

_VERDICT = """
SELECT v.id, r.lab_id, v.run_id, v.value, v.reason, l.kind, l.sample,
       CASE WHEN l.kind = 'tube' THEN (SELECT t.swabs FROM sampling_tube t WHERE t.id = l.tube_id)
            ELSE p.size END,
       l.pool_id,
       CASE WHEN l.kind = 'tube' THEN ARRAY[l.tube_id]
            ELSE ARRAY(SELECT m.tube_id FROM lab_member m WHERE m.pool_id = l.pool_id
                       ORDER BY m.tube_id) END,
       r.read_by, r.read_at,
       EXISTS (SELECT 1 FROM lab_load ll JOIN lab_verdict lv ON lv.load_id = ll.id
               WHERE lv.id > v.id AND (ll.tube_id = l.tube_id OR ll.pool_id = l.pool_id)),
       (SELECT m.pool_id FROM lab_member m JOIN lab_pool mp ON mp.id = m.pool_id
        WHERE m.tube_id = l.tube_id AND mp.lab_id = r.lab_id), r.method
FROM lab_verdict v
JOIN lab_run r ON r.id = v.run_id
JOIN lab_load l ON l.id = v.load_id
LEFT JOIN lab_pool p ON p.id = l.pool_id
"""


def _verdict(line: tuple[Any, ...]) -> VerdictRow:
    fields = list(line)
    fields[9] = tuple(fields[9])
    return VerdictRow(*fields)


def verdicts_by_id(verdict_ids: Sequence[int], *, lab: int) -> dict[int, VerdictRow]:
    """These verdicts of this laboratory."""
    return {
        line[0]: _verdict(line)
        for line in sql.rows(
            _VERDICT + " WHERE v.id = ANY(%s) AND r.lab_id = %s", (list(verdict_ids), lab)
        )
    }


ON_HOLD = """
EXISTS (
    SELECT 1 FROM lab_hold h
    WHERE h.lifted_at IS NULL
      AND (h.lab_id = n.lab_id
           OR h.unit_id IN (
               SELECT c.unit_id FROM places_organisation o
               JOIN places_coverage c ON c.covered_id = o.unit_id
               WHERE o.id = n.lab_id))
      AND (h.kind = 'lab' OR h.run_id = n.id OR h.plate_id = n.plate_id
           OR (h.kind = 'kit_lot' AND h.kit = n.kit AND h.kit_lot = n.lot)))
"""
"""Whether the run `n` is on hold, with its plate, its kit's lot or its laboratory."""


def held(verdict_ids: Sequence[int]) -> frozenset[int]:
    """Those of these verdicts whose run is on hold."""
    return frozenset(
        line[0]
        for line in sql.rows(
            "SELECT v.id FROM lab_verdict v JOIN lab_run n ON n.id = v.run_id"
            f" WHERE v.id = ANY(%s::bigint[]) AND {ON_HOLD}",
            (list(verdict_ids),),
        )
    )


def members_of_pools(pools: Sequence[int]) -> list[MemberVerdict]:
    """Every member of these pools with the last verdict of its own tube, at whichever laboratory.

    A tube that was referred says as much of its pool as one that stayed; but what was positive at
    the pool's own laboratory explains the pool also where another refuted it since.
    """
    return [
        MemberVerdict(*line)
        for line in sql.rows(
            """
            SELECT m.pool_id,
                   (SELECT v.value FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
                    WHERE l.pool_id = m.pool_id ORDER BY v.id DESC LIMIT 1),
                   m.tube_id, coalesce(t.lost_at, t.expired_at) IS NOT NULL, last.id, last.value
            FROM lab_member m JOIN sampling_tube t ON t.id = m.tube_id
            JOIN lab_pool p ON p.id = m.pool_id
            LEFT JOIN LATERAL (
                SELECT v.id, v.value FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
                WHERE l.tube_id = m.tube_id
                ORDER BY v.value = 'positive' AND l.lab_id = p.lab_id DESC, v.id DESC LIMIT 1
            ) last ON true
            WHERE m.pool_id = ANY(%s) ORDER BY m.pool_id, m.tube_id
            """,
            (list(pools),),
        )
    ]


def pool_ids(codes: Sequence[str], *, lab: int) -> dict[str, int]:
    """Pools of this laboratory by code, locked in the order of their ids."""
    return dict(
        sql.rows(
            "SELECT code, id FROM lab_pool WHERE lab_id = %s AND code = ANY(%s)"
            " ORDER BY id FOR UPDATE",
            (lab, list(codes)),
        )
    )
