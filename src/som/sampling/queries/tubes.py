"""Tubes as laboratories see them: no persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.sampling import rules
from som.sampling.queries.sight import seen_by, tube_seen


@dataclass(frozen=True, slots=True)
class TubeRow:
    """A tube as laboratories see it: no person."""

    id: int
    code: str
    swabs: int
    tube_class: str
    first_swab_at: datetime | None
    use_by_at: datetime | None
    lab: int
    session: int
    manifest: int | None
    closed: bool


_TUBE = (
    "t.id, t.code, t.swabs, t.tube_class, t.first_swab_at, t.use_by_at, t.lab_id, t.session_id,"
    " t.manifest_id, coalesce(t.lost_at, t.expired_at) IS NOT NULL"
)


def tubes_with_codes(codes: Sequence[str], *, lab: int | None = None) -> dict[str, list[TubeRow]]:
    """Tubes in use by code; with `lab`, those addressed to it where a code is several issuers'."""
    found: dict[str, list[TubeRow]] = {}
    for line in sql.rows(
        f"SELECT {_TUBE} FROM sampling_tube t WHERE t.code = ANY(%s) AND t.swabs > 0 ORDER BY t.id",
        (list(codes),),
    ):
        tube = TubeRow(*line)
        found.setdefault(tube.code, []).append(tube)
    if lab is not None:
        for code, tubes in found.items():
            if len(tubes) > 1:
                found[code] = [t for t in tubes if t.lab == lab] or tubes
    return found


def codes_readable(codes: Sequence[str]) -> frozenset[str]:
    """Those of these codes that can be a tube's: ours by the check digit, or a registered issuer's."""
    schemes = [
        rules.Scheme(*line)
        for line in sql.rows("SELECT id, pattern, issuer_id FROM sampling_scheme ORDER BY id")
    ]
    return frozenset(code for code in codes if rules.scheme_of(code, schemes) is not None)


def tubes_whole(
    tube_ids: Sequence[int], *, by: Actor, at: datetime, settles_after: timedelta
) -> frozenset[int]:
    """Those of these tubes whose people are all recorded, as far as anybody can tell.

    Nobody more can be recorded into a tube that was sent, is full, stands alone or whose session is
    closed. Of others nobody was for so long, and nobody of theirs is still on a numbered sheet.
    """
    with scope.entered(by, "sampling.read") as units:
        return frozenset(
            line[0]
            for line in sql.rows(
                """
                SELECT t.id FROM sampling_tube t
                JOIN sampling_session s ON s.id = t.session_id
                JOIN sampling_campaign c ON c.id = s.campaign_id
                WHERE t.id = ANY(%(tubes)s) AND t.swabs > 0
                  AND (%(all)s OR t.unit_id = ANY(%(units)s))
                  AND (t.manifest_id IS NOT NULL OR s.closed_at IS NOT NULL
                       OR t.swabs >= c.pool_size OR t.tube_class <> 'screening'
                       OR (NOT EXISTS (SELECT 1 FROM sampling_swab w
                                       WHERE w.tube_id = t.id AND w.recorded_at > %(since)s)
                           AND NOT EXISTS (
                               SELECT 1 FROM sampling_sheetline l
                               JOIN sampling_sheet p ON p.id = l.sheet_id
                               WHERE l.tube = t.code AND l.settled_at IS NULL
                                 AND p.voided_at IS NULL AND p.session_id = t.session_id)))
                """,
                {
                    "tubes": list(tube_ids),
                    "since": at - settles_after,
                    "all": units is None,
                    "units": sorted(units or ()),
                },
            )
        )


@dataclass(frozen=True, slots=True)
class CustodyRow:
    """A step of a tube from one pair of hands into the next."""

    step: str
    handed_at: datetime
    giver: str
    taker: str
    seal: str
    temperature: Decimal | None
    manifest: str
    lab: int
    noted_by: str
    noted_at: datetime


def custody(code: str, *, by: Actor) -> list[CustodyRow]:
    """Through whose hands the tubes of this code went, in order of time; nothing about persons.

    For whoever sees the tube's unit, or a laboratory to which it was sent or came.
    """
    seen = seen_by(by)
    return [
        CustodyRow(*line)
        for line in sql.rows(
            f"""
            SELECT c.step, c.handed_at, c.giver, c.taker, c.seal, c.temperature,
                   coalesce(m.code, ''), c.lab_id, c.noted_by, c.noted_at
            FROM sampling_tube t JOIN sampling_custody c ON c.tube_id = t.id
            LEFT JOIN sampling_manifest m ON m.id = c.manifest_id
            WHERE t.code = %(code)s AND t.swabs > 0
              AND ({tube_seen("t")}
                   OR EXISTS (SELECT 1 FROM sampling_custody e
                              WHERE e.tube_id = t.id AND e.lab_id = ANY(%(labs)s)))
            ORDER BY t.id, c.handed_at, c.id
            """,
            seen | {"code": code},
        )
    ]
