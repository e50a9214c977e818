import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0001_initial'),
        ('sampling', '0005_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='Storage',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('stored_at', models.DateTimeField()),
                ('temperature', models.DecimalField(decimal_places=1, max_digits=4, null=True)),
                ('noted_by', models.TextField()),
            ],
        ),
        migrations.AddField(
            model_name='manifest',
            name='closed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='manifest',
            name='closed_by',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='manifest',
            name='from_lab',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.organisation'),
        ),
        migrations.AddField(
            model_name='manifest',
            name='missing',
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='manifest',
            name='reason',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.RemoveConstraint(
            model_name='custody',
            name='custody_step_is_noted_once',
        ),
        migrations.AddConstraint(
            model_name='custody',
            constraint=models.UniqueConstraint(fields=('tube', 'step', 'handed_at', 'lab'), name='custody_step_is_noted_once'),
        ),
        migrations.AddIndex(
            model_name='custody',
            index=models.Index(condition=models.Q(('step', 'sent')), fields=['manifest'], name='custody_by_manifest'),
        ),
        migrations.AddConstraint(
            model_name='manifest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('from_lab__isnull', True), ('reason', '')), models.Q(('from_lab__isnull', False), models.Q(('from_lab', models.F('lab')), _negated=True), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='manifest_goes_on_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='manifest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by', ''), ('missing__isnull', True)), models.Q(('closed_at__isnull', False), ('missing__gte', 0), models.Q(('closed_by', ''), _negated=True)), _connector='OR'), name='manifest_closed_says_what_was_missing'),
        ),
        migrations.AddField(
            model_name='storage',
            name='lab',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.organisation'),
        ),
        migrations.AddField(
            model_name='storage',
            name='tube',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='sampling.tube'),
        ),
        migrations.AddConstraint(
            model_name='storage',
            constraint=models.UniqueConstraint(fields=('tube', 'stored_at'), name='tube_is_kept_one_way_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='storage',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['fridge', 'frozen', 'thawed', 'room'])), name='storage_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='storage',
            constraint=models.CheckConstraint(condition=models.Q(('temperature__isnull', True), models.Q(('kind__in', ['fridge', 'thawed']), ('temperature__gte', 2), ('temperature__lte', 8)), models.Q(('kind', 'frozen'), ('temperature__gte', -100), ('temperature__lte', -70)), models.Q(('kind', 'room'), ('temperature__gt', -70), ('temperature__lte', 60)), _connector='OR'), name='storage_temperature_fits_its_kind'),
        ),
    ]
