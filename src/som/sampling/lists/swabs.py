"""A sampling list made ready for recording: each row a swab, or refused with its row. Pure."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from som.kernel import ids
from som.kernel.outcomes import Outcome, Refused
from som.people.rules import Declaration
from som.sampling.lists.reasons import RowRefusal
from som.sampling.lists.written import ListRow, Names, RowRefused, WrittenList
from som.sampling.rules import SwabTaken

UNITS_ENDED_ON = date(2025, 6, 30)
"""The last day of districts: lists name units as they stood then, or as they stand now."""


@dataclass(frozen=True, slots=True)
class Residence:
    """What the names of a row mean today: a unit, or none because it was divided or unknown."""

    unit: int | None
    divided: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A list made ready for `record_swabs`: the swabs with their rows, and what was refused."""

    swabs: Mapping[SwabTaken, ListRow]
    refused: tuple[RowRefused, ...]


def prepared(
    given: WrittenList,
    residences: Mapping[Names, Residence],
    *,
    taken_at: datetime,
    secret: bytes,
) -> Prepared:
    """The list as swabs to record, and every row that cannot be one.

    The list has no slips: each row's is drawn from `secret` and from who stands in which tube, so
    that the same list sent again means the same swabs, and somebody else in that place never means
    the swab recorded before.
    """
    swabs: dict[SwabTaken, ListRow] = {}
    refused = list(given.refused)
    for row in given.rows:
        lives = residences.get(row.residence, Residence(None))
        if lives.unit is None:
            reason = RowRefusal.UNIT_SPLIT if lives.divided else RowRefusal.UNIT_UNKNOWN
            written = ", ".join(filter(None, reversed(row.residence)))
            heading = " ".join(given.columns.get("commune", "").split())
            refused.append(RowRefused(row.row, heading, reason, written, row.sheet))
            continue
        said = declared(row, lives.unit)
        slip = slip_of(row, secret)
        swabs[SwabTaken(row.tube, slip, taken_at, said, tube_class=row.tube_class)] = row
    return Prepared(swabs, tuple(refused))


def declared(row: ListRow, residence: int | None) -> Declaration:
    """What the row says of its person, who lives in this unit."""
    return Declaration(
        row.name,
        row.sex,
        birth_date=row.birth_date,
        birth_year=row.birth_year,
        phone=row.phone,
        number=row.number,
        residence=residence,
        address=row.address,
        guardian=row.guardian,
    )


def outcome_of(ready: Prepared, recorded: Outcome[SwabTaken]) -> Outcome[ListRow | RowRefused]:
    """What became of every row: rows in = done + unchanged + refused, each refused with its row."""
    here = [
        RowRefused(ready.swabs[fault.item].row, "", fault.reason, fault.detail)
        for fault in recorded.refused
    ]
    refused = sorted((*ready.refused, *here), key=lambda one: one.row)
    return Outcome(
        [ready.swabs[swab] for swab in recorded.done],
        [ready.swabs[swab] for swab in recorded.unchanged],
        [Refused(one, one.reason, one.detail) for one in refused],
    )


def slip_of(row: ListRow, secret: bytes) -> str:
    """The slip of one row; nobody without the secret can guess it."""
    drawn = hmac.digest(secret, "\n".join((row.tube, *row.who)).encode(), hashlib.sha256)
    return ids.new_slip_code(random.Random(drawn))  # noqa: S311 (seeded with 256 secret bits)
