"""Who acts, and which accounts there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from som.access import roles, rules
from som.access.roles import SYSTEM, Held
from som.kernel import clock, ids, sql
from som.kernel.actors import NOBODY, Actor
from som.kernel.errors import NotFound


def actor_of(account_id: int, *, on: date) -> Actor:
    """Who this account is on this day and what it may do where; `NOBODY` for a closed account.

    Units are widened to every unit they answer for: parts, and predecessors by lineage.
    """
    found = sql.rows(
        """
        SELECT a.username, a.full_name, s.role, s.unit_id, s.organisation_id,
               ARRAY(SELECT c.covered_id FROM places_coverage c WHERE c.unit_id = s.unit_id)
        FROM access_account a
        LEFT JOIN access_assignment s ON s.account_id = a.id
            AND s.valid_from <= %(on)s AND (s.valid_to IS NULL OR s.valid_to >= %(on)s)
        WHERE a.id = %(account)s AND a.closed_at IS NULL
        """,
        {"account": account_id, "on": on},
    )
    if not found:
        return NOBODY
    return roles.actor_with(
        found[0][0],
        [
            Held(role, frozenset(covered) | {unit} if unit is not None else frozenset(), place)
            for _, _, role, unit, place, covered in found
            if role is not None
        ],
        account_id=account_id,
        label=found[0][1],
    )


def system_actor(name: str) -> Actor:
    """The named actor for work no person does with their own hands. Asks no database."""
    role = SYSTEM[name]
    return Actor(name=f"system:{name}", label=role.label, everywhere=role.permissions)


def account_ids(usernames: Sequence[str]) -> dict[str, int]:
    """The accounts that have these user names."""
    return dict(
        sql.rows(
            "SELECT username, id FROM access_account WHERE username = ANY(%s)", (list(usernames),)
        )
    )


def full_names(usernames: Iterable[str | None]) -> dict[str, str]:
    """What the people behind these user names are called; who has no account is left out."""
    return dict(
        sql.rows(
            "SELECT username, full_name FROM access_account WHERE username = ANY(%s)",
            ([name for name in usernames if name],),
        )
    )


def accounts_named(
    usernames: Sequence[str], *, on: date, lock: bool = False
) -> dict[str, rules.AccountRow]:
    """These accounts as they stand, with their roles of this day or later."""
    if lock:
        sql.rows(
            "SELECT id FROM access_account WHERE username = ANY(%s) ORDER BY id FOR UPDATE",
            (list(usernames),),
        )
    found = sql.rows(
        """
        SELECT a.id, a.username, a.full_name, a.unit_id, a.organisation_id, a.language,
               a.closed_at,
               array_agg(s.role ORDER BY s.id), array_agg(coalesce(s.unit_id, o.unit_id) ORDER BY s.id)
        FROM access_account a
        LEFT JOIN access_assignment s ON s.account_id = a.id
            AND (s.valid_to IS NULL OR s.valid_to >= %s)
        LEFT JOIN places_organisation o ON o.id = s.organisation_id
        WHERE a.username = ANY(%s)
        GROUP BY a.id
        """,
        (on, list(usernames)),
    )
    rows = []
    for line in found:
        held = zip(*line[7:], strict=True)
        reaches = frozenset((role, unit) for role, unit in held if role is not None)
        columns: tuple[Any, ...] = (*line[:7], reaches)
        rows.append(rules.AccountRow(*columns))
    return {row.username: row for row in rows}


def assignments_held(account_ids: Sequence[int]) -> dict[rules.Key, list[rules.Days]]:
    """The days on which these accounts hold which role where, past and future."""
    held: dict[rules.Key, list[rules.Days]] = {}
    for account, role, unit, organisation, first, last in sql.rows(
        "SELECT account_id, role, unit_id, organisation_id, valid_from, valid_to"
        " FROM access_assignment WHERE account_id = ANY(%s)",
        (list(account_ids),),
    ):
        held.setdefault((account, role, unit, organisation), []).append((first, last))
    return held


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """An account with one of its roles and the place it holds it at."""

    username: str
    full_name: str
    role: str
    place: str


def role_holders(*, on: date) -> list[RoleHolder]:
    """Every open account with its roles on this day, in the order of the table of roles.

    For the demo's sign-in page; a working installation never lists its accounts to the public.
    """
    found = sql.rows(
        """
        SELECT a.username, a.full_name, s.role, coalesce(u.name, o.name, '')
        FROM access_account a
        JOIN access_assignment s ON s.account_id = a.id
            AND s.valid_from <= %(on)s AND (s.valid_to IS NULL OR s.valid_to >= %(on)s)
        LEFT JOIN places_unit u ON u.id = s.unit_id
        LEFT JOIN places_organisation o ON o.id = s.organisation_id
        WHERE a.closed_at IS NULL
        ORDER BY array_position(%(roles)s::text[], s.role), a.username
        """,
        {"on": on, "roles": list(roles.ROLES)},
    )
    return [RoleHolder(*line) for line in found]


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role as given: where, on which days, by whom."""

    role: str
    unit_id: int | None
    organisation_id: int | None
    valid_from: date
    valid_to: date | None
    given_by: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account as its administrator sees it; `code_until` is the end of a code not yet used."""

    id: int
    username: str
    full_name: str
    unit_id: int
    organisation_id: int | None
    opened_at: datetime
    closed_at: datetime | None
    code_until: datetime | None
    state: rules.AccountState
    roles: tuple[HeldRole, ...]


_ACCOUNT_LINES = f"""
SELECT a.id, a.username, a.full_name, a.unit_id, a.organisation_id, a.opened_at, a.closed_at,
       a.first_code_expires_at, a.password <> '' AND left(a.password, 1) <> '!'
FROM access_account a
WHERE (%(everywhere)s OR a.unit_id = ANY(%(territory)s::int[]) OR EXISTS (
        SELECT 1 FROM access_assignment s
        LEFT JOIN places_organisation o ON o.id = s.organisation_id
        WHERE s.account_id = a.id AND (s.valid_to IS NULL OR s.valid_to >= %(today)s)
            AND coalesce(s.unit_id, o.unit_id) = ANY(%(territory)s::int[])))
    AND (%(username)s::text IS NULL OR a.username = %(username)s)
    AND NOT EXISTS (
        SELECT 1 FROM unnest(%(words)s::text[]) AS asked(word)
        WHERE strpos(a.username || ' ' || {sql.folded("a.full_name")}, asked.word) = 0)
    AND (%(opened_at)s::timestamptz IS NULL OR (a.opened_at, a.id) < (%(opened_at)s, %(id)s))
ORDER BY a.opened_at DESC, a.id DESC
LIMIT %(limit)s
"""


def account_lines(
    *,
    by: Actor,
    at: datetime,
    real: datetime,
    text: str = "",
    before: tuple[datetime, int] | None = None,
    limit: int,
) -> list[AccountLine]:
    """The accounts of the actor's territory whose names hold every word, newest first.

    Accounts of other territories are among them while they hold a role in this one: who looks
    after a territory sees everybody who may act there. Roles of days gone by are left out. First
    codes run by `real` time, which a drill's clock does not change.
    """
    return _lines(by, at, real, text=text, before=before, limit=limit, past=False)


def account_line(username: str, *, by: Actor, at: datetime, real: datetime) -> AccountLine:
    """This account with all its roles, also those of days gone by; `NotFound` if it is not seen."""
    found = _lines(by, at, real, username=username, limit=1, past=True)
    if not found:
        raise NotFound(f"no account {username}")
    return found[0]


def _lines(
    by: Actor,
    at: datetime,
    real: datetime,
    *,
    limit: int,
    past: bool,
    username: str | None = None,
    text: str = "",
    before: tuple[datetime, int] | None = None,
) -> list[AccountLine]:
    by.must("access.manage")
    territory = by.units_for("access.manage")
    today = at.astimezone(clock.LOCAL).date()
    found = sql.rows(
        _ACCOUNT_LINES,
        {
            "everywhere": territory is None,
            "territory": list(territory or ()),
            "today": today,
            "username": username,
            "words": ids.fold(text).split(),
            "opened_at": before[0] if before else None,
            "id": before[1] if before else None,
            "limit": limit,
        },
    )
    held: dict[int, list[HeldRole]] = {}
    for account, *columns in sql.rows(
        """
        SELECT s.account_id, s.role, s.unit_id, s.organisation_id, s.valid_from, s.valid_to,
               coalesce(g.full_name, ''), s.given_at
        FROM access_assignment s LEFT JOIN access_account g ON g.id = s.given_by_id
        WHERE s.account_id = ANY(%(accounts)s)
            AND (%(past)s OR s.valid_to IS NULL OR s.valid_to >= %(today)s)
        ORDER BY coalesce(s.valid_to < %(today)s, false), s.valid_from, s.id
        """,
        {"accounts": [line[0] for line in found], "past": past, "today": today},
    ):
        held.setdefault(account, []).append(HeldRole(*columns))
    lines = []
    for line in found:
        state = rules.account_state(
            closed=line[6] is not None, has_password=line[8], code_until=line[7], at=real
        )
        lines.append(AccountLine(*[*line[:8], state, tuple(held.get(line[0], ()))]))
    return lines
