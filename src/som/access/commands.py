"""Opens and closes accounts, issues first codes, gives and ends roles."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from som.access import queries, rules
from som.access.rules import (
    AccessRefusal,
    EndedAssignment,
    FirstCode,
    FirstPassword,
    NewAccount,
    NewAssignment,
)
from som.kernel import audit, clock, ids, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused, once
from som.places import queries as places
from som.places.rules import Level


def open_accounts(
    accounts: Sequence[NewAccount], *, by: Actor, at: datetime
) -> Outcome[NewAccount]:
    """Open these accounts, each without roles and without a password.

    Refuses a user name that another person has, and a unit outside the actor's territory. The same
    account again stays as it is.
    """
    with scope.entered(by, "access.manage") as territory:
        outcome = rules.judge_new_accounts(
            accounts,
            queries.accounts_named([a.username for a in accounts], on=_day(at)),
            territory=territory,
            units=places.units_by_id([a.unit_id for a in accounts]),
            organisations=places.organisations_by_id(
                [a.organisation_id for a in accounts if a.organisation_id is not None]
            ),
        )
        opened = sql.rows(
            """
            INSERT INTO access_account (username, full_name, unit_id, organisation_id, language,
                password, first_code_hash, opened_at)
            SELECT n.username, n.full_name, n.unit_id, n.organisation_id, n.language, %s, '', %s
            FROM unnest(%s::text[], %s::text[], %s::int[], %s::int[], %s::text[])
                AS n (username, full_name, unit_id, organisation_id, language)
            ORDER BY n.username
            ON CONFLICT (username) DO NOTHING
            RETURNING id, username
            """,
            (
                make_password(None),
                at,
                [a.username for a in outcome.done],
                [a.full_name for a in outcome.done],
                [a.unit_id for a in outcome.done],
                [a.organisation_id for a in outcome.done],
                [a.language for a in outcome.done],
            ),
        )
        names = {username for _, username in opened}
        for account in [a for a in outcome.done if a.username not in names]:
            outcome.done.remove(account)
            outcome.refused.append(Refused(account, AccessRefusal.USERNAME_TAKEN))
        audit.record(by, "access.open_accounts", at=at, things=[account for account, _ in opened])
    return outcome


def issue_first_codes(usernames: Sequence[str], *, by: Actor, at: datetime) -> Outcome[FirstCode]:
    """Issue each of these accounts a one-time code to print; an earlier code works no more.

    Only the hash is kept: the code is in the outcome and nowhere else. The old password works
    until the code is used. Refuses an account that reaches beyond the actor's territory or holds a
    role that the actor may not give, because a code is a way into it. `at` is real time, whatever
    a drill's clock says: a code must not come back to life when the clock is set.
    """
    outcome: Outcome[FirstCode] = Outcome()
    expires_at = rules.first_code_expiry(at)
    with scope.entered(by, "access.manage"):
        accounts = queries.accounts_named(usernames, on=_day(at), lock=True)
        issued: list[tuple[int, str]] = []
        for username in once(usernames):
            account = accounts.get(username)
            if account is None:
                reason = AccessRefusal.UNKNOWN_ACCOUNT
            elif account.closed_at is not None:
                reason = AccessRefusal.CLOSED
            elif not rules.may_take_over(account, by):
                reason = AccessRefusal.BEYOND_TERRITORY
            else:
                code = ids.new_slip_code()
                issued.append((account.id, rules.first_code_hash(username, code)))
                outcome.done.append(FirstCode(username, ids.printed_slip_code(code), expires_at))
                continue
            outcome.refused.append(Refused(FirstCode(username), reason))
        sql.execute(
            """
            UPDATE access_account a
            SET first_code_hash = n.hash, first_code_expires_at = %s
            FROM unnest(%s::bigint[], %s::text[]) AS n (id, hash) WHERE a.id = n.id
            """,
            (expires_at, [one for one, _ in issued], [kept for _, kept in issued]),
        )
        audit.record(
            by, "access.issue_first_codes", at=at, things=[account for account, _ in issued]
        )
    return outcome


def set_first_passwords(
    passwords: Sequence[FirstPassword], *, by: Actor, at: datetime
) -> Outcome[FirstPassword]:
    """Exchange printed codes for passwords. Every code works once; `at` is real time.

    Refuses a wrong, used or expired code and an unknown or closed account with one and the same
    reason, so that nobody learns which accounts exist. Hashing is slow, so it happens before any
    row is locked; the update takes only rows that still hold the code.
    """
    outcome: Outcome[FirstPassword] = Outcome()
    with scope.entered(by, "access.set_first_password"):
        waiting = {
            username: (account, kept)
            for account, username, kept in sql.rows(
                """
                SELECT id, username, first_code_hash FROM access_account
                WHERE username = ANY(%s) AND closed_at IS NULL
                    AND first_code_hash <> '' AND first_code_expires_at > %s
                """,
                ([p.username for p in passwords], at),
            )
        }
        changes: list[tuple[int, str, str, FirstPassword]] = []
        for given in passwords:
            account, kept = waiting.get(given.username, (0, ""))
            code = ids.slip_code(given.code) or ""
            if not hmac.compare_digest(rules.first_code_hash(given.username, code), kept):
                outcome.refused.append(Refused(given, AccessRefusal.WRONG_CODE))
                continue
            try:
                validate_password(given.password)
            except ValidationError as error:
                detail = " ".join(error.messages)
                outcome.refused.append(Refused(given, AccessRefusal.WEAK_PASSWORD, detail))
                continue
            del waiting[given.username]
            changes.append((account, kept, make_password(given.password), given))
        changed = {
            account
            for (account,) in sql.rows(
                """
                UPDATE access_account a
                SET password = n.password, first_code_hash = '', first_code_expires_at = NULL
                FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n (id, hash, password)
                WHERE a.id = n.id AND a.first_code_hash = n.hash AND a.closed_at IS NULL
                RETURNING a.id
                """,
                (
                    [change[0] for change in changes],
                    [change[1] for change in changes],
                    [change[2] for change in changes],
                ),
            )
        }
        for account, _, _, given in changes:
            if account in changed:
                outcome.done.append(given)
            else:
                outcome.refused.append(Refused(given, AccessRefusal.WRONG_CODE))
        audit.record(by, "access.set_first_passwords", at=at, things=changed)
    return outcome


def give_assignments(
    assignments: Sequence[NewAssignment], *, by: Actor, at: datetime
) -> Outcome[NewAssignment]:
    """Give these accounts these roles at these places on these days.

    Refuses a place outside the actor's territory (a role bound to no place is beyond every
    territory), a role of laboratories or of a province's administrator to who does not administer
    the province, rights for the actor's own account, and days that overlap the same role held
    already. Which of two overlapping assignments comes first matters: the second is refused.

    A code issued before and not used yet works no more: whoever kept it would come into an account
    that now may do more. Locks the accounts in the order of their ids.
    """
    with scope.entered(by, "access.manage"):
        usernames = [a.username for a in assignments]
        accounts = queries.accounts_named(usernames, on=_day(at), lock=True)
        units = places.units_by_id([a.unit_id for a in assignments if a.unit_id is not None])
        outcome = rules.judge_new_assignments(
            assignments,
            accounts,
            queries.assignments_held([a.id for a in accounts.values()]),
            by=by,
            units=units,
            provinces=[unit.id for unit in units.values() if unit.level == Level.PROVINCE],
            organisation_units=_organisation_units(assignments),
        )
        given = sql.rows(
            """
            INSERT INTO access_assignment
                (account_id, role, unit_id, organisation_id, valid_from, valid_to,
                 given_by_id, given_at)
            SELECT n.account, n.role, n.unit, n.organisation, n.first, n.last, %s, %s
            FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::int[], %s::date[], %s::date[])
                AS n (account, role, unit, organisation, first, last)
            RETURNING account_id
            """,
            (
                by.account_id,
                at,
                [accounts[a.username].id for a in outcome.done],
                [a.role for a in outcome.done],
                [a.unit_id for a in outcome.done],
                [a.organisation_id for a in outcome.done],
                [a.valid_from for a in outcome.done],
                [a.valid_to for a in outcome.done],
            ),
        )
        sql.execute(
            """
            UPDATE access_account SET first_code_hash = '', first_code_expires_at = NULL
            WHERE id = ANY(%s) AND first_code_hash <> ''
            """,
            ([account for (account,) in given],),
        )
        audit.record(
            by,
            "access.give_assignments",
            at=at,
            things=[account for (account,) in given],
            note={"roles": sorted({a.role for a in outcome.done})},
        )
    return outcome


def end_assignments(
    endings: Sequence[EndedAssignment], *, by: Actor, at: datetime
) -> Outcome[EndedAssignment]:
    """Let these roles be held no longer than their last day; of two last days the earlier counts.

    Refuses what is not held on that day, what lies outside the actor's territory and what the actor
    may not give. Locks the accounts in the order of their ids.
    """
    with scope.entered(by, "access.manage"):
        accounts = queries.accounts_named([e.username for e in endings], on=_day(at), lock=True)
        outcome, ends = rules.judge_endings(
            endings,
            accounts,
            queries.assignments_held([a.id for a in accounts.values()]),
            by=by,
            organisation_units=_organisation_units(endings),
        )
        keys = list(ends)
        sql.execute(
            """
            UPDATE access_assignment s SET valid_to = n.last
            FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::int[], %s::date[], %s::date[])
                AS n (account, role, unit, organisation, first, last)
            WHERE s.account_id = n.account AND s.role = n.role AND s.valid_from = n.first
                AND s.unit_id IS NOT DISTINCT FROM n.unit
                AND s.organisation_id IS NOT DISTINCT FROM n.organisation
            """,
            (
                *([key[part] for key, _ in keys] for part in range(4)),
                [first for _, first in keys],
                list(ends.values()),
            ),
        )
        audit.record(by, "access.end_assignments", at=at, things=[key[0] for key, _ in keys])
    return outcome


def close_accounts(usernames: Sequence[str], *, by: Actor, at: datetime) -> Outcome[str]:
    """Close these accounts: whoever is signed in is out at the next click.

    Refuses an account that reaches beyond the actor's territory or holds a role that the actor may
    not end. A closed account stays closed.
    """
    outcome: Outcome[str] = Outcome()
    with scope.entered(by, "access.manage"):
        accounts = queries.accounts_named(usernames, on=_day(at), lock=True)
        for username in once(usernames):
            account = accounts.get(username)
            if account is None:
                outcome.refused.append(Refused(username, AccessRefusal.UNKNOWN_ACCOUNT))
            elif not rules.may_take_over(account, by):
                outcome.refused.append(Refused(username, AccessRefusal.BEYOND_TERRITORY))
            elif account.closed_at is not None:
                outcome.unchanged.append(username)
            else:
                outcome.done.append(username)
        closed = [accounts[username].id for username in outcome.done]
        sql.execute(
            """
            UPDATE access_account
            SET closed_at = %s, first_code_hash = '', first_code_expires_at = NULL
            WHERE id = ANY(%s) AND closed_at IS NULL
            """,
            (at, closed),
        )
        audit.record(by, "access.close_accounts", at=at, things=closed)
    return outcome


def _day(at: datetime) -> date:
    return at.astimezone(clock.LOCAL).date()


def _organisation_units(
    named: Sequence[NewAssignment] | Sequence[EndedAssignment],
) -> dict[int, int | None]:
    wanted = [one.organisation_id for one in named if one.organisation_id is not None]
    return {found: row.unit_id for found, row in places.organisations_by_id(wanted).items()}
