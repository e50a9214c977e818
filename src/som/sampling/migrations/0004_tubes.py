import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from som.kernel.policies import guard, unguard
from som.sampling import definers

# Tubes sent before steps were noted one by one.
SENT = """
INSERT INTO sampling_custody
    (tube_id, step, handed_at, giver, taker, seal, temperature, manifest_id, lab_id, noted_by,
     noted_at)
SELECT t.id, 'sent', m.sent_at, m.giver, m.taker, m.seal, m.temperature, m.id, m.lab_id, m.giver,
       m.sent_at
FROM sampling_tube t JOIN sampling_manifest m ON m.id = t.manifest_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0001_initial'),
        ('sampling', '0003_campaigns'),
    ]

    operations = [
        migrations.CreateModel(
            name='Sheet',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('number', models.IntegerField()),
                ('printed_at', models.DateTimeField()),
                ('printed_by', models.TextField()),
                ('voided_at', models.DateTimeField(null=True)),
                ('void_reason', models.TextField(blank=True, default='')),
                ('voided_by', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('session', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='sampling.session')),
            ],
        ),
        migrations.CreateModel(
            name='SheetLine',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('unit_ids', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('line', models.SmallIntegerField()),
                ('tube', models.TextField(blank=True, db_collation='C', default='')),
                ('slip', models.TextField(blank=True, db_collation='C', default='')),
                ('first', models.JSONField(null=True)),
                ('first_by', models.TextField(blank=True, default='')),
                ('first_at', models.DateTimeField(null=True)),
                ('second', models.JSONField(null=True)),
                ('second_by', models.TextField(blank=True, default='')),
                ('second_at', models.DateTimeField(null=True)),
                ('differing', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('fault', models.TextField(blank=True, default='')),
                ('settled_at', models.DateTimeField(null=True)),
                ('sheet', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='sampling.sheet')),
                ('swab', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='sampling.swab')),
            ],
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('number', models.SmallIntegerField()),
                ('swabber', models.TextField()),
                ('scribe', models.TextField()),
                ('formed_at', models.DateTimeField()),
                ('session', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='teams', to='sampling.session')),
            ],
        ),
        migrations.CreateModel(
            name='Handout',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('first', models.IntegerField()),
                ('last', models.IntegerField()),
                ('handed_at', models.DateTimeField()),
                ('counted_at', models.DateTimeField(null=True)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='sampling.session')),
                ('team', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='sampling.team')),
            ],
        ),
        migrations.AddField(
            model_name='tube',
            name='team',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='sampling.team'),
        ),
        migrations.CreateModel(
            name='Voiding',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('first', models.IntegerField()),
                ('last', models.IntegerField()),
                ('reason', models.TextField()),
                ('note', models.TextField(blank=True, default='')),
                ('voided_at', models.DateTimeField()),
                ('voided_by', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('first__lte', models.F('last'))), name='voiding_has_labels'), models.CheckConstraint(condition=models.Q(('reason__in', ['misprinted', 'damaged', 'lost'])), name='voiding_reason_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('reason', 'lost'), _negated=True), ('voided_by__len__gte', 2), _connector='OR'), name='voiding_of_lost_labels_has_two_people'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(models.F('first'), models.F('last'), models.Value('[]'), function='int4range'), '&&')], name='voiding_labels_are_void_once')],
            },
        ),
        migrations.CreateModel(
            name='Custody',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('step', models.TextField()),
                ('handed_at', models.DateTimeField()),
                ('giver', models.TextField(blank=True, default='')),
                ('taker', models.TextField(blank=True, default='')),
                ('seal', models.TextField(blank=True, default='')),
                ('temperature', models.DecimalField(decimal_places=1, max_digits=4, null=True)),
                ('noted_by', models.TextField()),
                ('noted_at', models.DateTimeField()),
                ('lab', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.organisation')),
                ('manifest', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='sampling.manifest')),
                ('tube', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='sampling.tube')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tube', 'step', 'handed_at'), name='custody_step_is_noted_once'), models.CheckConstraint(condition=models.Q(('step__in', ['sent', 'carried', 'received'])), name='custody_step_is_known'), models.CheckConstraint(condition=models.Q(('temperature__gte', -100), ('temperature__lte', 60)), name='custody_temperature_is_possible')],
            },
        ),
        migrations.CreateModel(
            name='Leftover',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('first', models.IntegerField()),
                ('last', models.IntegerField()),
                ('handout', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='sampling.handout')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('first__lte', models.F('last'))), name='leftover_has_labels')],
            },
        ),
        migrations.AddConstraint(
            model_name='sheet',
            constraint=models.UniqueConstraint(fields=('session', 'number'), name='sheet_number_is_one_sheet_a_session'),
        ),
        migrations.AddConstraint(
            model_name='sheet',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='sheet_has_a_number'),
        ),
        migrations.AddConstraint(
            model_name='sheet',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('void_reason', ''), ('voided_at__isnull', True)), models.Q(('void_reason__in', ['unused', 'damaged', 'lost']), ('voided_at__isnull', False)), _connector='OR'), name='sheet_void_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='sheet',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('void_reason', 'lost'), _negated=True), ('voided_by__len__gte', 2), _connector='OR'), name='sheet_lost_has_two_people'),
        ),
        migrations.AddIndex(
            model_name='sheetline',
            index=models.Index(condition=models.Q(('settled_at__isnull', True)), fields=['tube'], name='sheet_line_open_by_tube'),
        ),
        migrations.AddConstraint(
            model_name='sheetline',
            constraint=models.UniqueConstraint(fields=('sheet', 'line'), name='sheet_line_is_one_line'),
        ),
        migrations.AddConstraint(
            model_name='sheetline',
            constraint=models.UniqueConstraint(condition=models.Q(('slip', ''), _negated=True), fields=('slip',), name='sheet_slip_is_printed_once'),
        ),
        migrations.AddConstraint(
            model_name='sheetline',
            constraint=models.CheckConstraint(condition=models.Q(('second_by', ''), models.Q(('second_by', models.F('first_by')), _negated=True), _connector='OR'), name='sheet_line_is_read_by_two_people'),
        ),
        migrations.AddConstraint(
            model_name='sheetline',
            constraint=models.CheckConstraint(condition=models.Q(('settled_at__isnull', True), models.Q(('differing', []), ('first__isnull', False), ('second__isnull', False)), _connector='OR'), name='sheet_line_settled_was_read_twice'),
        ),
        migrations.AddConstraint(
            model_name='team',
            constraint=models.UniqueConstraint(fields=('session', 'number'), name='team_number_is_one_team_a_session'),
        ),
        migrations.AddConstraint(
            model_name='team',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='team_has_a_number'),
        ),
        migrations.AddConstraint(
            model_name='team',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('swabber', ''), _negated=True), models.Q(('scribe', ''), _negated=True), models.Q(('swabber__iexact', models.F('scribe')), _negated=True)), name='team_is_two_people'),
        ),
        migrations.AddConstraint(
            model_name='handout',
            constraint=models.CheckConstraint(condition=models.Q(('first__lte', models.F('last'))), name='handout_has_labels'),
        ),
        migrations.AddConstraint(
            model_name='handout',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('counted_at__isnull', True)), expressions=[(models.Func(models.F('first'), models.F('last'), models.Value('[]'), function='int4range'), '&&')], name='handout_labels_are_in_one_hand'),
        ),
        migrations.RunSQL(guard("sampling_sheetline"), unguard("sampling_sheetline")),
        migrations.RunSQL(definers.SLIPS_PRINTED, definers.DROP_SLIPS_PRINTED),
        migrations.RunSQL(SENT, "DELETE FROM sampling_custody"),
    ]
