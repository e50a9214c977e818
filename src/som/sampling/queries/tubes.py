"""Tubes as laboratories see them: no persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import sql


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
