"""The rights of the application's role, given by the owner after every migration.

The application owns nothing: it reads and writes rows, and row-level security holds for it. What
was noted for good (audit, results) it may add to and never change.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

READ_ONLY = ("django_migrations",)
"""Tables only a migration writes."""


class ApplicationRoleError(Exception):
    """The application's role could pass row-level security, or is missing."""


def _owned(connection: BaseDatabaseWrapper, kinds: Sequence[str]) -> list[str]:
    """Relations of these kinds in the schema that belong to the owner."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT relname FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND relkind = ANY (%s)
              AND pg_has_role(relowner, 'USAGE')
            ORDER BY relname
            """,
            [list(kinds)],
        )
        return [name for (name,) in cursor.fetchall()]


def _owned_routines(connection: BaseDatabaseWrapper) -> list[str]:
    """Functions of ours, as GRANT names them; those of extensions are not the owner's."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT oid::regprocedure::text FROM pg_proc
            WHERE pronamespace = current_schema()::regnamespace
              AND pg_has_role(proowner, 'USAGE')
              AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
            ORDER BY 1
            """
        )
        return [name for (name,) in cursor.fetchall()]


def check_application(connection: BaseDatabaseWrapper, app_role: str) -> None:
    """Refuse a role for which row-level security would not hold, or that may become such a one."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT EXISTS (
                SELECT FROM pg_roles held
                WHERE (held.rolsuper OR held.rolbypassrls OR held.rolname = current_user)
                  AND pg_has_role(app.oid, held.oid, 'MEMBER'))
            FROM pg_roles app WHERE app.rolname = %s
            """,
            [app_role],
        )
        found = cursor.fetchone()
    if found is None:
        raise ApplicationRoleError(f"the role {app_role} of DATABASE_URL does not exist")
    if found[0]:
        raise ApplicationRoleError(
            f"the role {app_role} of DATABASE_URL is a superuser, may bypass row-level security or"
            " has the owner's rights; name another role there"
        )


def grant_application(connection: BaseDatabaseWrapper, app_role: str) -> None:
    """Give the application's role what it needs and no more. `connection` is the owner's.

    Safe to repeat; a right that a newer version no longer gives is taken back.
    """
    from som.kernel.policies import APPEND_ONLY, NEVER_DROPPED

    check_application(connection, app_role)
    role = sql.Identifier(app_role)
    tables = _owned(connection, ("r", "p", "v", "m"))
    append_only = [name for name in tables if name in APPEND_ONLY]
    kept = [name for name in tables if name in NEVER_DROPPED]
    read_only = [name for name in tables if name in READ_ONLY]
    ordinary = [name for name in tables if name not in {*append_only, *kept, *read_only}]
    schema = sql.SQL("SCHEMA {}").format(sql.Identifier(_schema(connection)))
    grants = [
        (sql.SQL("USAGE"), schema),
        (sql.SQL("SELECT, INSERT, UPDATE, DELETE"), _named(ordinary)),
        (sql.SQL("SELECT, INSERT, UPDATE"), _named(kept)),
        (sql.SQL("SELECT, INSERT"), _named(append_only)),
        (sql.SQL("SELECT"), _named(read_only)),
        (sql.SQL("USAGE"), _named(_owned(connection, ("S",)), "SEQUENCE")),
    ]
    with connection.cursor() as cursor:
        statements = []
        if tables:
            statements.append(sql.SQL("REVOKE ALL ON {} FROM {}").format(_named(tables), role))
        for rights, things in grants:
            if things is not None:
                statements.append(sql.SQL("GRANT {} ON {} TO {}").format(rights, things, role))
        if routines := _owned_routines(connection):
            named = sql.SQL(", ").join(sql.SQL(name) for name in routines)
            statements.append(sql.SQL("REVOKE ALL ON ROUTINE {} FROM PUBLIC").format(named))
            statements.append(sql.SQL("GRANT EXECUTE ON ROUTINE {} TO {}").format(named, role))
        cursor.execute(sql.SQL("; ").join(statements))


def _schema(connection: BaseDatabaseWrapper) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


def _named(names: Sequence[str], kind: str = "TABLE") -> sql.Composed | None:
    if not names:
        return None
    return sql.SQL(kind) + sql.SQL(" ") + sql.SQL(", ").join(map(sql.Identifier, names))
