"""Tubes as a laboratory has them, locked for what is to be done with them."""

from __future__ import annotations

from collections.abc import Sequence

from som.kernel import sql
from som.lab.queries.at_lab import locked_at_lab
from som.lab.rules import AtLab


def tubes_at_lab(codes: Sequence[str], *, lab: int) -> dict[str, AtLab]:
    """Tubes in use of these codes by code; where several issuers use one code, the one that is here.

    Locks tubes in the order of their codes, then receptions here in the order of their tubes: a bench
    has only the latter, and asks for no more of a tube than that it is there.
    """
    ids = [
        line[0]
        for line in sql.rows(
            "SELECT id FROM sampling_tube WHERE code = ANY(%s) AND swabs > 0"
            " ORDER BY code, scheme_id FOR NO KEY UPDATE",
            (list(codes),),
        )
    ]
    sql.rows(
        "SELECT id FROM lab_reception WHERE lab_id = %s AND tube_id = ANY(%s)"
        " ORDER BY tube_id FOR UPDATE",
        (lab, ids),
    )
    # After the locks: what was received, loaded or thrown away meanwhile must be seen.
    return locked_at_lab(ids, lab=lab)
