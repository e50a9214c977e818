"""Walk-ins whose name is still to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class WalkInRow:
    """Somebody known by the card in their hand, and where they were swabbed."""

    person: int
    registered_at: datetime
    card: int
    sex: str | None
    birth_year: int | None
    taken_at: datetime
    tube: str
    unit: int
    place: str
    named: bool
    """Whether their name is known by now."""


_CARD_HOLDERS = """
SELECT p.id, p.registered_at, c.serial, p.sex, p.birth_year, w.taken_at, t.code, w.unit_id, s.place,
       p.name <> '' OR p.merged_into_id IS NOT NULL
FROM people_person p
JOIN sampling_swab w ON w.person_id = p.id
JOIN sampling_card c ON c.slip = w.slip
JOIN sampling_tube t ON t.id = w.tube_id
JOIN sampling_session s ON s.id = w.session_id
"""
_UNNAMED = "p.name = '' AND p.merged_into_id IS NULL"


def walk_ins(
    *, by: Actor, at: datetime, before: tuple[datetime, int] | None = None, limit: int = 50
) -> list[WalkInRow]:
    """Walk-ins of the actor's units without a name, latest first; `before` is the last page's key."""
    with scope.entered(by, "people.register"):
        found = [
            WalkInRow(*line)
            for line in sql.rows(
                f"""
                {_CARD_HOLDERS} WHERE {_UNNAMED}
                AND (%(at)s::timestamptz IS NULL OR (p.registered_at, p.id) < (%(at)s, %(id)s))
                ORDER BY p.registered_at DESC, p.id DESC LIMIT %(limit)s
                """,
                {
                    "at": before[0] if before else None,
                    "id": before[1] if before else None,
                    "limit": limit,
                },
            )
        ]
        audit.record(
            by, "sampling.walk_ins", at=at, persons=[w.person for w in found], kind=audit.READ
        )
    return found


def walk_in(person: int, *, by: Actor, at: datetime) -> WalkInRow:
    """A walk-in, named by now or not. Raises `NotFound` outside the actor's units."""
    found = _walk_in("p.id = %s", person, by=by, at=at)
    if found is None:
        raise NotFound("walk-in")
    return found


def walk_in_with_card(serial: int, *, by: Actor, at: datetime) -> WalkInRow | None:
    """The walk-in who holds this card and has no name yet, if one of the actor's units met them."""
    return _walk_in(f"c.serial = %s AND {_UNNAMED}", serial, by=by, at=at)


def _walk_in(which: str, key: int, *, by: Actor, at: datetime) -> WalkInRow | None:
    with scope.entered(by, "people.register"):
        line = sql.row(f"{_CARD_HOLDERS} WHERE {which} ORDER BY w.taken_at LIMIT 1", (key,))
        found = WalkInRow(*line) if line else None
        audit.record(
            by,
            "sampling.walk_in",
            at=at,
            persons=[found.person] if found else [],
            kind=audit.READ,
        )
    return found
