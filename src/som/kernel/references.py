"""References between tables, checked for all rows of a statement at once. For migrations.

PostgreSQL checks a foreign key row by row and locks the row that it points at. Where rows come by the
thousand and what they point at is never deleted (`policies.NEVER_DROPPED`), a trigger that looks at the
whole statement says the same for less; how much less stands in ADR 11. A model of such a table says
`db_constraint=False`.
"""

from __future__ import annotations

from collections.abc import Mapping

_FUNCTIONS = """
-- As the owner: what a row points at exists whether or not the writer may see it. Without sequential
-- scans: a plan made while the parent was small would stay when it has grown.
CREATE FUNCTION {table}_refers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE ends record;
BEGIN
    SELECT {ends} INTO ends FROM written;
{of_all}
    RETURN NULL;
END $$;

CREATE FUNCTION {table}_refers_anew() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
{of_one}
    RETURN NEW;
END $$;

CREATE TRIGGER {table}_refers AFTER INSERT ON {table}
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {table}_refers();

CREATE TRIGGER {table}_refers_anew BEFORE UPDATE OF {columns} ON {table}
FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION {table}_refers_anew();
"""

_OF_ALL = """
    -- What all rows have in common is looked up once, what none has not at all.
    IF ends.least_{column} = ends.most_{column} THEN
        IF NOT EXISTS (SELECT 1 FROM {parent} p WHERE p.id = ends.least_{column}) THEN
            {missing}
        END IF;
    ELSIF ends.least_{column} IS NOT NULL AND EXISTS (
        SELECT 1 FROM written w WHERE w.{column} IS NOT NULL
        AND (SELECT p.id FROM {parent} p WHERE p.id = w.{column}) IS NULL
    ) THEN
        {missing}
    END IF;
"""

_OF_ONE = """
    IF NEW.{column} IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM {parent} p WHERE p.id = NEW.{column}
    ) THEN
        {missing}
    END IF;
"""

_MISSING = (
    "RAISE foreign_key_violation USING TABLE = '{table}',"
    " CONSTRAINT = '{table}_{column}_is_there',"
    " MESSAGE = 'a row of {table} names no row of {parent} in {column}';"
)


def refers(table: str, parents: Mapping[str, str]) -> str:
    """SQL that lets every row of a table point, in these columns, at a row of these tables by id.

    A column that is empty points at nothing and is not asked about.
    """
    of_all, of_one = [], []
    for column, parent in parents.items():
        named = {"table": table, "column": column, "parent": parent}
        named["missing"] = _MISSING.format(**named)
        of_all.append(_OF_ALL.format(**named))
        of_one.append(_OF_ONE.format(**named))
    return _FUNCTIONS.format(
        table=table,
        columns=", ".join(parents),
        changed=" OR ".join(f"OLD.{c} IS DISTINCT FROM NEW.{c}" for c in parents),
        ends=", ".join(f"min({c}) AS least_{c}, max({c}) AS most_{c}" for c in parents),
        of_all="".join(of_all),
        of_one="".join(of_one),
    )


def refers_no_more(table: str) -> str:
    """The reverse of `refers`."""
    return (
        f"DROP TRIGGER {table}_refers ON {table}; DROP TRIGGER {table}_refers_anew ON {table};"
        f" DROP FUNCTION {table}_refers(); DROP FUNCTION {table}_refers_anew();"
    )
