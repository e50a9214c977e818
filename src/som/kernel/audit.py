"""Who did or saw what: one row per batch, written in the transaction of what it tells of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from som.kernel import scope, sql
from som.kernel.actors import Actor

WRITE, READ = "write", "read"

_INSERT = """
INSERT INTO kernel_auditentry (at, actor, account_id, acting, kind, action, persons, things, note)
VALUES (%s, %s, %s, %s, %s, %s, %s::bigint[], %s::bigint[], %s::jsonb)
"""


def record(
    by: Actor,
    action: str,
    *,
    at: datetime,
    persons: Iterable[int] = (),
    things: Iterable[int] = (),
    note: Mapping[str, Any] | None = None,
    kind: str = WRITE,
    behalf: Actor | None = None,
) -> None:
    """Note one batch. `persons` and `things` are ids; `note` holds no personal data.

    If the note cannot be written, what it tells of must not happen: the error is not caught.
    """
    sql.execute(
        _INSERT,
        (
            at,
            by.name,
            by.account_id,
            behalf.name if behalf else "",
            kind,
            action,
            sorted(set(persons)),
            sorted(set(things)),
            json.dumps(note or {}),
        ),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of "who saw or changed this person"."""

    at: datetime
    actor: str
    acting: str
    kind: str
    action: str
    note: Mapping[str, Any]


def entries_about(person_id: int, *, by: Actor, at: datetime, limit: int = 200) -> list[Entry]:
    """Who saw or changed this person, newest first. The asking is noted like any other reading."""
    with scope.entered(by, "audit.read"):
        record(by, "audit.entries_about", at=at, persons=[person_id], kind=READ)
        found = sql.rows(
            """
            SELECT at, actor, acting, kind, action, note::text FROM kernel_auditentry
            WHERE persons @> ARRAY[%s]::bigint[] AND persons <> '{}'
            ORDER BY id DESC LIMIT %s
            """,
            (person_id, limit),
        )
    return [Entry(*[*line[:5], json.loads(line[5])]) for line in found]
