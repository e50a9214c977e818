import django.db.models.deletion
from django.db import migrations, models

NAME_LAB = """
UPDATE results_result r SET lab_id = n.lab_id
FROM lab_verdict v JOIN lab_run n ON n.id = v.run_id WHERE v.id = r.verdict_id;
UPDATE lab_verdict v SET open = false
WHERE EXISTS (SELECT 1 FROM results_release e WHERE e.verdict_id = v.id);
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""
"""Every result so far was tested where its run was read; what was released is open no more. Checked before the table changes again."""

EARNED = """
CREATE FUNCTION results_release_is_earned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM added a JOIN lab_verdict v ON v.id = a.verdict_id
        JOIN lab_run n ON n.id = v.run_id
        WHERE v.value = 'invalid' OR n.read_by <> a.read_by OR n.lab_id <> a.lab_id
    ) THEN
        RAISE EXCEPTION 'release_is_of_a_run_read' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER results_release_is_earned AFTER INSERT ON results_release
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION results_release_is_earned();

CREATE FUNCTION results_result_is_earned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM added a WHERE a.verdict_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM results_release e WHERE e.verdict_id = a.verdict_id)
    ) THEN
        RAISE EXCEPTION 'result_was_released' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM added a JOIN sampling_swab w ON w.id = a.swab_id
        JOIN lab_verdict v ON v.id = a.verdict_id JOIN lab_load l ON l.id = v.load_id
        WHERE l.tube_id IS DISTINCT FROM w.tube_id AND NOT EXISTS (
            SELECT 1 FROM lab_member m WHERE m.pool_id = l.pool_id AND m.tube_id = w.tube_id)
    ) THEN
        RAISE EXCEPTION 'result_is_of_the_tube_tested' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER results_result_is_earned AFTER INSERT ON results_result
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION results_result_is_earned();
"""
"""What no CHECK can see, because it stands in other tables: nobody is answered by a verdict that was
not released or is not of their tube, and nothing is released but what somebody else read."""

NOT_EARNED = """
DROP TRIGGER results_result_is_earned ON results_result;
DROP FUNCTION results_result_is_earned();
DROP TRIGGER results_release_is_earned ON results_release;
DROP FUNCTION results_release_is_earned();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("results", "0002_joins"),
        ("lab", "0004_benches"),
        ("sampling", "0007_stamps"),
    ]

    operations = [
        migrations.CreateModel(
            name="Recall",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("lab", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="places.organisation")),
                ("which", models.TextField()),
                ("kit_lot", models.TextField(blank=True, default="")),
                ("run", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="lab.run")),
                ("read_from", models.DateTimeField()),
                ("read_to", models.DateTimeField()),
                ("reason", models.TextField()),
                ("proposed_by", models.TextField()),
                ("proposed_at", models.DateTimeField()),
                ("withdrawn_by", models.TextField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("confirmed_by", models.TextField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("swabs", models.IntegerField(null=True)),
                ("taken_back", models.IntegerField(db_default=0, default=0)),
                ("asked_again", models.IntegerField(db_default=0, default=0)),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["lab", "-proposed_at", "-id"], name="recall_by_lab"),
                    models.Index(condition=models.Q(("confirmed_at__isnull", False), ("done_at__isnull", True)), fields=["confirmed_at"], name="recall_to_carry_out"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("confirmed_by", None), models.Q(("confirmed_by", models.F("proposed_by")), _negated=True), _connector="OR"), name="recall_is_by_two_people"),
                    models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="recall_has_a_reason"),
                    models.CheckConstraint(condition=models.Q(("which__in", ["negatives", "positives", "all"])), name="recall_values_are_known"),
                    models.CheckConstraint(condition=models.Q(("read_to__gt", models.F("read_from"))), name="recall_covers_some_time"),
                    models.CheckConstraint(condition=models.Q(models.Q(("confirmed_at", None), ("confirmed_by", None), ("done_at", None), ("swabs", None)), models.Q(("confirmed_at__isnull", False), ("confirmed_by__isnull", False), ("swabs__isnull", False)), _connector="OR"), name="recall_is_confirmed_whole"),
                    models.CheckConstraint(condition=models.Q(models.Q(("withdrawn_at", None), ("withdrawn_by", None)), models.Q(("confirmed_at", None), ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)), _connector="OR"), name="recall_is_withdrawn_before_it_is_confirmed"),
                    models.UniqueConstraint(condition=models.Q(("confirmed_at", None), ("withdrawn_at", None)), fields=("lab", "which", "kit_lot", "run", "read_from", "read_to"), name="recall_is_proposed_once", nulls_distinct=False),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name="correction",
            name="open_correction_is_one_a_verdict",
        ),
        migrations.AddField(
            model_name="correction",
            name="withdrawn_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="correction",
            name="withdrawn_by",
            field=models.TextField(null=True),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.UniqueConstraint(condition=models.Q(("confirmed_at", None), ("withdrawn_at", None)), fields=("verdict",), name="open_correction_is_one_a_verdict"),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("withdrawn_at", None), ("withdrawn_by", None)), models.Q(("confirmed_at", None), ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)), _connector="OR"), name="correction_is_withdrawn_before_it_is_confirmed"),
        ),
        migrations.AddField(
            model_name="result",
            name="lab",
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="places.organisation"),
        ),
        migrations.AddField(
            model_name="result",
            name="recall",
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="results.recall"),
        ),
        migrations.RunSQL(NAME_LAB, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="result",
            name="lab",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="places.organisation"),
        ),
        migrations.AddIndex(
            model_name="result",
            index=models.Index(fields=["lab", "released_at"], name="result_by_lab"),
        ),
        migrations.AddConstraint(
            model_name="result",
            constraint=models.CheckConstraint(condition=models.Q(("recall", None), models.Q(("value", "withdrawn"), ("version__gt", 1)), _connector="OR"), name="recall_only_takes_back"),
        ),
        migrations.AddConstraint(
            model_name="result",
            constraint=models.UniqueConstraint(condition=models.Q(("recall__isnull", False)), fields=("recall", "swab"), name="recall_takes_an_answer_back_once"),
        ),
        migrations.RunSQL(EARNED, NOT_EARNED),
    ]
