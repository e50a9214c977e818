import django.db.models.deletion
from django.db import migrations, models

# What was loaded and read before runs knew their kit and loads their laboratory and run. The last
# statement checks the foreign keys now: a table with checks outstanding cannot be altered.
BEFORE = """
UPDATE lab_run r SET kit = p.kit FROM lab_plate p WHERE p.id = r.plate_id;
UPDATE lab_load l SET lab_id = p.lab_id FROM lab_plate p WHERE p.id = l.plate_id;
UPDATE lab_load l SET run_id = r.id FROM lab_run r WHERE r.plate_id = l.plate_id;
UPDATE lab_run SET lot = regexp_replace(
    upper(normalize(kit_lot, NFKC)), '[^[:alnum:]._/-]', '', 'g');
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('lab', '0003_reception'),
        ('places', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('code', models.TextField(db_collation='C')),
                ('kit', models.TextField()),
                ('kit_lot', models.TextField()),
                ('made_at', models.DateTimeField()),
                ('made_by', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='Capacity',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('tests_a_day', models.IntegerField()),
                ('valid_from', models.DateField()),
                ('set_at', models.DateTimeField()),
                ('set_by', models.TextField()),
            ],
            options={
                'verbose_name_plural': 'capacities',
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('kit', models.TextField(blank=True, default='')),
                ('kit_lot', models.TextField(blank=True, default='')),
                ('reason', models.TextField()),
                ('held_by', models.TextField()),
                ('held_at', models.DateTimeField()),
                ('lifted_by', models.TextField(null=True)),
                ('lifted_at', models.DateTimeField(null=True)),
                ('lifted_for', models.TextField(blank=True, default='')),
            ],
        ),
        migrations.CreateModel(
            name='Layout',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kit', models.TextField()),
                ('size', models.SmallIntegerField()),
                ('mode', models.TextField()),
                ('wells', models.JSONField()),
                ('set_at', models.DateTimeField()),
                ('set_by', models.TextField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='reception',
            name='reception_wait_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='run',
            name='run_file_is_read_once',
        ),
        migrations.AddField(
            model_name='load',
            name='first_column',
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='load',
            name='lab',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='places.organisation'),
        ),
        migrations.AddField(
            model_name='load',
            name='last_column',
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='load',
            name='run',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='lab.run'),
        ),
        migrations.AddField(
            model_name='plate',
            name='controls',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='plate',
            name='turn',
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='run',
            name='barcode',
            field=models.TextField(blank=True, db_collation='C', db_default='', default=''),
        ),
        migrations.AddField(
            model_name='run',
            name='kit',
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='lot',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='run',
            name='method',
            field=models.TextField(db_default='pcr', default='pcr'),
        ),
        migrations.AddField(
            model_name='run',
            name='operator',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='run',
            name='started_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(BEFORE, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='load',
            name='lab',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.organisation'),
        ),
        migrations.AlterField(
            model_name='run',
            name='kit',
            field=models.TextField(),
        ),
        migrations.AlterField(
            model_name='load',
            name='plate',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='lab.plate'),
        ),
        migrations.AlterField(
            model_name='run',
            name='plate',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='lab.plate'),
        ),
        migrations.AddConstraint(
            model_name='reception',
            constraint=models.CheckConstraint(condition=models.Q(('waits_for__in', ['test', 'retest', 'referral'])), name='reception_wait_is_known'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(condition=models.Q(('plate__isnull', False)), fields=('sha256', 'lab'), name='run_file_is_read_once'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(condition=models.Q(('barcode', ''), _negated=True), fields=('barcode', 'kit', 'lab'), name='cartridge_is_used_once'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('barcode', ''), ('method', 'pcr'), ('plate__isnull', False), models.Q(('sha256', ''), _negated=True)), models.Q(('ended_at__isnull', False), ('method', 'cartridge'), ('plate__isnull', True), models.Q(('barcode', ''), _negated=True)), models.Q(('barcode', ''), ('ended_at__isnull', False), ('method', 'antigen'), ('plate__isnull', True), ('started_at__isnull', False)), _connector='OR'), name='run_is_known_by_what_it_was_read_from'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('plate__isnull', False), ('started_at__isnull', True), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='device_is_read_after_it_was_begun'),
        ),
        migrations.AddField(
            model_name='batch',
            name='lab',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.organisation'),
        ),
        migrations.AddField(
            model_name='load',
            name='batch',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='lab.batch'),
        ),
        migrations.AddIndex(
            model_name='load',
            index=models.Index(condition=models.Q(('kind__in', ['tube', 'pool'])), fields=['lab', 'loaded_at'], name='load_by_day'),
        ),
        migrations.AddConstraint(
            model_name='load',
            constraint=models.CheckConstraint(condition=models.Q(('plate__isnull', False), models.Q(('kind', 'tube'), ('run__isnull', False)), _connector='OR'), name='load_without_plate_is_a_tube_read'),
        ),
        migrations.AddConstraint(
            model_name='load',
            constraint=models.UniqueConstraint(condition=models.Q(('plate__isnull', True)), fields=('tube', 'loaded_at'), name='tube_is_in_one_device_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='load',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('first_column__isnull', True), ('last_column__isnull', True)), models.Q(('batch__isnull', True), ('first_column__gte', 1), ('kind__in', ['no_template', 'negative', 'positive']), ('last_column__gte', models.F('first_column')), ('last_column__isnull', False)), _connector='OR'), name='load_covers_columns_as_a_control'),
        ),
        migrations.AddField(
            model_name='capacity',
            name='lab',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.organisation'),
        ),
        migrations.AddField(
            model_name='hold',
            name='lab',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='places.organisation'),
        ),
        migrations.AddField(
            model_name='hold',
            name='plate',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='lab.plate'),
        ),
        migrations.AddField(
            model_name='hold',
            name='run',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='lab.run'),
        ),
        migrations.AddField(
            model_name='hold',
            name='unit',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='places.unit'),
        ),
        migrations.AddField(
            model_name='layout',
            name='lab',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.organisation'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.UniqueConstraint(fields=('code', 'lab'), name='batch_code_is_one_batch'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('kit_lot', ''), _negated=True), name='batch_has_a_kit_lot'),
        ),
        migrations.AddConstraint(
            model_name='capacity',
            constraint=models.UniqueConstraint(fields=('lab', 'valid_from'), name='capacity_is_set_once_a_day'),
        ),
        migrations.AddConstraint(
            model_name='capacity',
            constraint=models.CheckConstraint(condition=models.Q(('tests_a_day__gte', 0)), name='capacity_is_a_number_of_tests'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'plate'), ('kit_lot', ''), ('plate__isnull', False), ('run__isnull', True)), models.Q(('kind', 'run'), ('kit_lot', ''), ('plate__isnull', True), ('run__isnull', False)), models.Q(('kind', 'kit_lot'), ('plate__isnull', True), ('run__isnull', True), models.Q(('kit_lot', ''), _negated=True)), models.Q(('kind', 'lab'), ('kit_lot', ''), ('plate__isnull', True), ('run__isnull', True)), _connector='OR'), name='hold_names_what_it_holds'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lab__isnull', False), ('unit__isnull', True)), models.Q(('kind', 'kit_lot'), ('lab__isnull', True), ('unit__isnull', False)), _connector='OR'), name='hold_is_somewhere'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='hold_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lifted_at__isnull', True), ('lifted_by__isnull', True)), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False)), _connector='OR'), name='hold_is_lifted_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('lifted_by__isnull', True), models.Q(('lifted_by', models.F('held_by')), _negated=True), _connector='OR'), name='hold_is_lifted_by_a_second_person'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('kind', 'lab', 'unit', 'plate', 'run', 'kit', 'kit_lot'), name='hold_is_placed_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='layout',
            constraint=models.UniqueConstraint(fields=('lab', 'kit', 'size'), name='layout_is_set_once_a_kit'),
        ),
        migrations.AddConstraint(
            model_name='layout',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['fixed', 'moving'])), name='layout_mode_is_known'),
        ),
        migrations.AddField(
            model_name='verdict',
            name='open',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddIndex(
            model_name='verdict',
            index=models.Index(condition=models.Q(('open', True), models.Q(('value', 'invalid'), _negated=True)), fields=['run'], name='verdict_open'),
        ),
    ]
