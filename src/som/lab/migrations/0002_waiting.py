import django.db.models.deletion
from django.db import migrations, models

# Tubes received before steps were noted one by one.
ARRIVALS = """
INSERT INTO sampling_custody
    (tube_id, step, handed_at, giver, taker, seal, lab_id, noted_by, noted_at)
SELECT tube_id, 'received', received_at, '', received_by, '', lab_id, received_by, received_at
FROM lab_reception
"""


class Migration(migrations.Migration):

    dependencies = [
        ('lab', '0001_initial'),
        ('places', '0001_initial'),
        ('sampling', '0004_tubes'),
    ]

    operations = [
        migrations.CreateModel(
            name='UnlistedTube',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('code', models.TextField(db_collation='C')),
                ('arrived_at', models.DateTimeField()),
                ('noted_by', models.TextField()),
                ('giver', models.TextField(blank=True, default='')),
                ('seal', models.TextField(blank=True, default='')),
                ('temperature', models.DecimalField(decimal_places=1, max_digits=4, null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_as', models.TextField(null=True)),
                ('lab', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.organisation')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['lab', 'arrived_at'], name='unlisted_tube_waiting')],
                'constraints': [models.UniqueConstraint(fields=('code', 'lab'), name='unlisted_tube_waits_once_a_lab'), models.CheckConstraint(condition=models.Q(models.Q(('ended_as__isnull', True), ('ended_at__isnull', True)), models.Q(('ended_as__in', ['received', 'moved', 'closed']), ('ended_at__isnull', False)), _connector='OR'), name='unlisted_tube_ends_in_a_known_way')],
            },
        ),
        migrations.RunSQL(ARRIVALS, "DELETE FROM sampling_custody WHERE step = 'received'"),
    ]
