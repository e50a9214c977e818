import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from som.kernel.policies import guard, unguard
from som.sampling import definers


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0002_identity'),
        ('places', '0001_initial'),
        ('sampling', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Card',
            fields=[
                ('serial', models.IntegerField(primary_key=True, serialize=False)),
                ('unit_ids', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('slip', models.TextField(db_collation='C')),
                ('issued_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='swab',
            name='person_is_swabbed_once_a_session',
        ),
        migrations.AddField(
            model_name='swab',
            name='specimen',
            field=models.SmallIntegerField(default=1),
        ),
        migrations.AddIndex(
            model_name='swab',
            index=models.Index(fields=['person', '-taken_at'], name='swab_of_person'),
        ),
        migrations.AddConstraint(
            model_name='swab',
            constraint=models.UniqueConstraint(fields=('session', 'person', 'specimen'), name='person_is_swabbed_once_a_session'),
        ),
        migrations.AddConstraint(
            model_name='swab',
            constraint=models.CheckConstraint(condition=models.Q(('specimen__in', [1, 2])), name='swab_is_first_or_second_specimen'),
        ),
        migrations.AddField(
            model_name='card',
            name='unit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.unit'),
        ),
        migrations.AddConstraint(
            model_name='card',
            constraint=models.UniqueConstraint(fields=('slip',), name='card_has_its_own_slip'),
        ),
        migrations.AddConstraint(
            model_name='card',
            constraint=models.CheckConstraint(condition=models.Q(('serial__gte', 0), ('serial__lt', 1000000000)), name='card_serial_has_nine_digits'),
        ),
        migrations.RunSQL(guard("sampling_card"), unguard("sampling_card")),
        migrations.RunSQL(definers.CARDS_MADE, definers.DROP_CARDS_MADE),
    ]
