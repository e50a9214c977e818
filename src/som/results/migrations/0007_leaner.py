"""References of results checked by the statement; a release known by its verdict; fewer indexes."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from som.results import definers

EARNED = """
CREATE OR REPLACE FUNCTION results_release_is_earned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM added a WHERE NOT EXISTS (
            SELECT 1 FROM lab_verdict v JOIN lab_run n ON n.id = v.run_id
            WHERE v.id = a.verdict_id AND v.value <> 'invalid'
              AND n.read_by = a.read_by AND n.lab_id = a.lab_id)
    ) THEN
        RAISE EXCEPTION 'release_is_of_a_run_read' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION results_result_is_earned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off AS $$
BEGIN
    -- Verdict by verdict: all whom it answers were swabbed into the tube, or the tubes of the pool,
    -- that were tested. By the indexes, whatever the statistics say of tables that are filling.
    IF EXISTS (
        SELECT 1 FROM (
            SELECT verdict_id, lab_id, array_agg(DISTINCT swab_id) AS swabs FROM added
            WHERE verdict_id IS NOT NULL GROUP BY verdict_id, lab_id
        ) a WHERE cardinality(a.swabs) <> (
            SELECT count(*) FROM results_release e
            JOIN lab_verdict v ON v.id = e.verdict_id JOIN lab_load l ON l.id = v.load_id
            CROSS JOIN LATERAL (
                SELECT l.tube_id AS id
                UNION ALL
                SELECT m.tube_id FROM lab_member m WHERE m.pool_id = l.pool_id
            ) t
            JOIN sampling_swab w ON w.tube_id = t.id
            WHERE e.verdict_id = a.verdict_id AND e.lab_id = a.lab_id AND w.id = ANY (a.swabs))
    ) THEN
        RAISE EXCEPTION '%', CASE WHEN EXISTS (
            SELECT 1 FROM added a WHERE a.verdict_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM results_release e
                WHERE e.verdict_id = a.verdict_id AND e.lab_id = a.lab_id)
        ) THEN 'result_was_released' ELSE 'result_is_of_the_tube_tested' END
        USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM added a WHERE a.reported_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM sampling_swab w, results_reported p
            JOIN results_report t ON t.id = p.report_id
            WHERE w.id = a.swab_id AND p.id = a.reported_id AND p.state = 'released'
              AND p.tube_id = w.tube_id AND (p.swab_id IS NULL OR p.swab_id = a.swab_id)
              AND t.sender_id = a.lab_id
              -- Who takes an answer back by a recall, the recall knows.
              AND (a.recall_id IS NOT NULL
                   OR p.released_by = a.released_by AND t.received_by = a.read_by))
    ) THEN
        RAISE EXCEPTION 'result_is_of_the_row_released' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM added a WHERE a.recall_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM results_recall c WHERE c.id = a.recall_id)
    ) THEN
        RAISE EXCEPTION 'result_is_of_a_recall' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM added a
        JOIN sampling_swab w ON w.id = a.swab_id JOIN sampling_tube t ON t.id = w.tube_id
        LEFT JOIN lab_verdict v ON v.id = a.verdict_id LEFT JOIN lab_load l ON l.id = v.load_id
        WHERE a.value IN ('positive', 'suspected') AND (t.swabs > 1 OR l.kind = 'pool')
    ) THEN
        RAISE EXCEPTION 'nobody_is_positive_by_a_pool' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER results_reported_is_earned ON results_result;
DROP FUNCTION results_reported_is_earned();

CREATE FUNCTION kernel_key_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'key_stays_what_it_was' USING ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION results_release_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'release_stays_what_it_was' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER results_release_stays BEFORE UPDATE ON results_release
    FOR EACH STATEMENT EXECUTE FUNCTION results_release_stays();
"""
"""What no CHECK can see, because it stands in other tables: nobody is answered by a verdict that was
not released or is not of their tube, nor by a row of a report that was not released, is not of their
tube, or came from somebody else; nobody is told positive because of a pool; and nothing is released
but what somebody else read.

It stands for foreign keys too, which are asked row by row (ADR 11): a result's swab, release, row of a
report and recall are there when it is written, its laboratory is theirs. None of these is ever dropped,
see `kernel.policies.NEVER_DROPPED`; results are never changed."""


# As `kernel.policies.NEVER_DROPPED` was then: a table that it names later comes after this.
POINTED_AT = (
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
    "results_recall",
    "results_reported",
)

KEYS_STAY = ";".join(
    f"CREATE TRIGGER {table}_key_stays BEFORE UPDATE OF id ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION kernel_key_stays()"
    for table in POINTED_AT
)
"""What others point at keeps its key, where no foreign key holds it. Of a release nothing changes at all.
A grant by column would say the same, but whoever locks a whole table needs the right to all of it."""

KNOWN_BY_ITS_VERDICT = """
ALTER TABLE results_release DROP COLUMN id;
ALTER TABLE results_release ADD CONSTRAINT results_release_pkey PRIMARY KEY (verdict_id);
"""


def unchecked(to: str, **how: object) -> models.ForeignKey:
    """A reference that a trigger checks."""
    return models.ForeignKey(
        to, on_delete=django.db.models.deletion.PROTECT, db_constraint=False, **how
    )


class Migration(migrations.Migration):
    """Releases lose their numbers and checks their form: the way back is the backup (ADR 9)."""

    dependencies = [
        ("lab", "0004_benches"),
        ("results", "0006_definers"),
        ("sampling", "0008_turns"),
    ]

    operations = [
        # What was written with a check outstanding is checked now: such a table cannot be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField("result", "swab", unchecked("sampling.swab", db_index=False)),
        migrations.AlterField("result", "verdict", unchecked("lab.verdict", null=True)),
        migrations.AlterField(
            "result", "reported", unchecked("results.reported", null=True, db_index=False)
        ),
        migrations.AlterField("result", "lab", unchecked("places.organisation", db_index=False)),
        migrations.AlterField(
            "result", "recall", unchecked("results.recall", null=True, db_index=False)
        ),
        migrations.RemoveIndex("result", "result_by_lab"),
        migrations.AddIndex(
            "result",
            models.Index(
                fields=["lab", "reported"],
                name="result_by_reporter",
                condition=Q(reported__isnull=False),
            ),
        ),
        migrations.AlterField("release", "lab", unchecked("places.organisation", db_index=False)),
        migrations.AlterField(
            "release",
            "verdict",
            models.OneToOneField(
                "lab.verdict", on_delete=django.db.models.deletion.PROTECT, db_constraint=False
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    """
                    DO $$ DECLARE name text; BEGIN
                        SELECT conname INTO name FROM pg_constraint
                        WHERE conrelid = 'results_release'::regclass AND contype = 'u';
                        EXECUTE format('ALTER TABLE results_release DROP CONSTRAINT %I', name);
                    END $$;
                    """
                    + KNOWN_BY_ITS_VERDICT
                )
            ],
            state_operations=[
                migrations.RemoveField("release", "id"),
                migrations.AlterField(
                    "release",
                    "verdict",
                    models.OneToOneField(
                        "lab.verdict",
                        on_delete=django.db.models.deletion.PROTECT,
                        db_constraint=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
        ),
        migrations.RunSQL(EARNED),
        migrations.RunSQL(KEYS_STAY),
        migrations.RunSQL(definers.LEDGER_GAPS),
    ]
