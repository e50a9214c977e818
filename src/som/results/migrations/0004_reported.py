import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from som.kernel.policies import guard, unguard

EARNED = """
CREATE FUNCTION results_reported_is_earned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM added a JOIN sampling_swab w ON w.id = a.swab_id
        JOIN results_reported p ON p.id = a.reported_id
        JOIN results_report t ON t.id = p.report_id
        WHERE p.state <> 'released' OR p.tube_id IS DISTINCT FROM w.tube_id
           OR (p.swab_id IS NOT NULL AND p.swab_id <> a.swab_id) OR t.sender_id <> a.lab_id
           -- Who takes an answer back by a recall, the recall knows.
           OR (a.recall_id IS NULL
               AND (p.released_by <> a.released_by OR t.received_by <> a.read_by))
    ) THEN
        RAISE EXCEPTION 'result_is_of_the_row_released' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER results_reported_is_earned AFTER INSERT ON results_result
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION results_reported_is_earned();
"""
"""What no CHECK can see, because it stands in other tables: nobody is answered by a row of a report
that was not released, is not of their tube, or came from somebody else."""

NOT_EARNED = """
DROP TRIGGER results_reported_is_earned ON results_result;
DROP FUNCTION results_reported_is_earned();
"""


class Migration(migrations.Migration):
    """Reports of other laboratories: a result rests on a verdict or on a row of one."""

    dependencies = [
        ("results", "0003_recalls"),
        ("sampling", "0008_turns"),
        ("people", "0003_matching"),
        ("places", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('unit_ids', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('name', models.TextField()),
                ('content', models.BinaryField()),
                ('digest', models.BinaryField()),
                ('kind', models.TextField(blank=True, default='')),
                ('rows', models.IntegerField()),
                ('noted', models.IntegerField(default=0)),
                ('received_by', models.TextField()),
                ('received_at', models.DateTimeField()),
                ('tries', models.SmallIntegerField(db_default=0, default=0)),
                ('fault', models.TextField(blank=True, db_default='', default='')),
                ('forgotten_at', models.DateTimeField(null=True)),
                ('list', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='sampling.list')),
                ('sender', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.organisation')),
                ('unit', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.unit')),
            ],
        ),
        migrations.CreateModel(
            name='Reported',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('unit_ids', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('place', models.IntegerField()),
                ('row', models.IntegerField()),
                ('sheet', models.TextField(blank=True, default='')),
                ('key', models.TextField(db_collation='C')),
                ('said', models.JSONField()),
                ('who', models.TextField(blank=True, default='')),
                ('value', models.TextField(blank=True, default='')),
                ('method', models.TextField(blank=True, default='')),
                ('ct', models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ('taken_at', models.DateTimeField()),
                ('tested_on', models.DateField()),
                ('state', models.TextField()),
                ('reason', models.TextField(blank=True, default='')),
                ('field', models.TextField(blank=True, default='')),
                ('detail', models.TextField(blank=True, default='')),
                ('decided_by', models.TextField(blank=True, default='')),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision', models.TextField(blank=True, default='')),
                ('released_by', models.TextField(blank=True, default='')),
                ('released_at', models.DateTimeField(null=True)),
                ('before', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='results.reported')),
                ('person', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='people.person')),
                ('report', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='results.report')),
                ('residence', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.unit')),
                ('swab', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='sampling.swab')),
                ('tube', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='sampling.tube')),
            ],
        ),
        migrations.AlterField(
            model_name='result',
            name='verdict',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='lab.verdict'),
        ),
        migrations.AddField(
            model_name='result',
            name='reported',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='results.reported'),
        ),
        migrations.AddConstraint(
            model_name='result',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reported', None), ('verdict__isnull', False)), models.Q(('reported__isnull', False), ('verdict', None)), _connector='OR'), name='result_has_one_origin'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('fault', ''), ('noted__lt', models.F('rows'))), fields=['id'], name='report_to_work_on'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['received_at', 'id'], name='report_by_age'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['digest'], name='report_by_digest'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('forgotten_at__isnull', True)), fields=['received_at'], name='report_kept'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('forgotten_at__isnull', True), ('content', b''), _connector='OR'), name='report_forgotten_keeps_no_file'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('list__isnull', False)), fields=['list'], name='report_of_list'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('sender', 'digest'), name='report_is_received_once'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('noted__gte', 0), ('noted__lte', models.F('rows'))), name='report_notes_its_rows'),
        ),
        migrations.AddIndex(
            model_name='reported',
            index=models.Index(fields=['key'], name='reported_by_key'),
        ),
        migrations.AddIndex(
            model_name='reported',
            index=models.Index(fields=['state', 'id'], name='reported_by_state'),
        ),
        migrations.AddIndex(
            model_name='reported',
            index=models.Index(condition=models.Q(('state__in', ['review', 'waiting']), ('tube__isnull', False)), fields=['tube'], name='reported_tube_waiting'),
        ),
        migrations.AddIndex(
            model_name='reported',
            index=models.Index(fields=['report', 'state', 'place'], name='reported_of_report'),
        ),
        migrations.AddConstraint(
            model_name='reported',
            constraint=models.UniqueConstraint(fields=('report', 'place'), name='reported_has_its_place'),
        ),
        migrations.AddConstraint(
            model_name='reported',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['review', 'waiting', 'released', 'repeated', 'refused', 'replaced'])), name='reported_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='reported',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['refused', 'review']), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='reported_refused_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='reported',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('released_at__isnull', False), ('state', 'released'), ('tube__isnull', False), models.Q(('released_by', ''), _negated=True)), models.Q(models.Q(('state', 'released'), _negated=True), ('released_at', None), ('released_by', '')), _connector='OR'), name='reported_release_is_whole'),
        ),
        migrations.AddConstraint(
            model_name='reported',
            constraint=models.CheckConstraint(condition=models.Q(('released_by', ''), models.Q(('released_by', models.F('decided_by')), _negated=True), _connector='OR'), name='reported_is_released_by_another'),
        ),
        migrations.RunSQL(guard("results_report"), unguard("results_report")),
        migrations.RunSQL(guard("results_reported"), unguard("results_reported")),
        migrations.RunSQL(EARNED, NOT_EARNED),
    ]
