"""Row-level security, emitted in one place because another database layout needs another form.

Every table about a person carries `unit_ids`: the units answerable for the row (who took the swab,
where the person lives, lodges, works). A transaction sees a row when one of them is in its scope.
"""

from __future__ import annotations

from collections.abc import Sequence

SCOPE_FUNCTIONS = """
CREATE FUNCTION kernel_everywhere() RETURNS boolean STABLE LANGUAGE plpgsql AS $$
DECLARE scope text := current_setting('som.units', true);
BEGIN
    -- A setting once used and then gone reads as '': it must never read as everything.
    IF scope IS NULL OR scope = '' THEN
        RAISE EXCEPTION 'no scope was set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN scope = '*';
END $$;

CREATE FUNCTION kernel_units() RETURNS int[] STABLE LANGUAGE plpgsql AS $$
DECLARE scope text := current_setting('som.units', true);
BEGIN
    IF scope IS NULL OR scope = '' THEN
        RAISE EXCEPTION 'no scope was set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE WHEN scope = '*' THEN '{}' ELSE scope::int[] END;
END $$;
"""

DROP_SCOPE_FUNCTIONS = "DROP FUNCTION kernel_units(); DROP FUNCTION kernel_everywhere();"

APPEND_ONLY = (
    "kernel_auditentry",
    "results_result",
)
"""Tables the application may add to and read, and never change: what was noted stays noted."""

NEVER_DROPPED = (
    "people_person",
    "places_unit",
    "places_organisation",
    "sampling_scheme",
    "sampling_session",
    "sampling_team",
    "sampling_manifest",
    "sampling_tube",
    "sampling_swab",
    "lab_batch",
    "lab_pool",
    "lab_load",
    "lab_run",
    "lab_verdict",
    "results_release",
    "results_recall",
    "results_reported",
)
"""Tables the application may add to and change, and never delete from. What refers to them is checked
by a trigger once a statement, where a foreign key would be checked once a row. A release is never
changed either, by a trigger: corrections lock it FOR UPDATE, which wants the right to."""

UNGUARDED_ABOUT_PERSONS = ("access_account", "django_session", "kernel_auditentry")
"""The only tables about people without a policy: who signs in, and who saw what."""


def in_scope(column: str = "unit_ids") -> str:
    """The condition under which this transaction may touch a row answerable by these units."""
    return (
        f"CASE WHEN (SELECT kernel_everywhere()) THEN true"
        f" ELSE {column} && (SELECT kernel_units()) END"
    )


def guard(table: str) -> str:
    """SQL that guards a table about persons by its `unit_ids`. For migrations."""
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY {table}_in_scope ON {table}"
        f" USING ({in_scope()}) WITH CHECK ({in_scope()});"
    )


def guard_through(table: str, column: str, parent: str, *, writable: bool = False) -> str:
    """SQL that shows a row when its parent row, itself guarded, shows.

    Unless it is `writable` by whoever sees the parent, writing is a definer's.
    """
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY {table}_in_scope ON {table}{'' if writable else ' FOR SELECT'}"
        f" USING (EXISTS (SELECT 1 FROM {parent} WHERE {parent}.id = {table}.{column}));"
    )


def guard_through_all(table: str, columns: Sequence[str], parent: str) -> str:
    """SQL that lets a row be seen and written where all its parent rows, themselves guarded, show."""
    all_shown = " AND ".join(
        f"EXISTS (SELECT 1 FROM {parent} WHERE {parent}.id = {table}.{column})"
        for column in columns
    )
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY {table}_in_scope ON {table} USING ({all_shown}) WITH CHECK ({all_shown});"
    )


def unguard(table: str) -> str:
    """The reverse of `guard`, `guard_through` and `guard_through_all`."""
    return (
        f"DROP POLICY {table}_in_scope ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    )
