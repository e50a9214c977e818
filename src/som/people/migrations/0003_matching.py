import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from som.kernel.policies import guard_through, guard_through_all, unguard
from som.people import definers


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0002_identity'),
    ]

    operations = [
        migrations.CreateModel(
            name='Likeness',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('words', models.TextField()),
                ('newborn', models.BooleanField()),
                ('phones', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('numbers', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('communes', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('hamlets', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('keys', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='people.person')),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['keys'], name='likeness_by_key')],
            },
        ),
        migrations.CreateModel(
            name='Candidate',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('score', models.FloatField()),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('found_at', models.DateTimeField()),
                ('decision', models.TextField(blank=True, default='')),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.TextField(blank=True, default='')),
                ('one', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('decided_at__isnull', True)), fields=['-score', 'id'], name='candidate_open'), models.Index(condition=models.Q(('decided_at__isnull', False)), fields=['-decided_at', '-id'], name='candidate_decided')],
                'constraints': [models.CheckConstraint(condition=models.Q(('one__lt', models.F('other'))), name='candidate_is_in_order'), models.UniqueConstraint(fields=('one', 'other'), name='candidate_is_one_pair'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decision', '')), models.Q(('decided_at__isnull', False), ('decision__in', ['joined', 'parted'])), _connector='OR'), name='candidate_is_decided_once')],
            },
        ),
        migrations.CreateModel(
            name='Join',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('units_added', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('joined_at', models.DateTimeField()),
                ('joined_by', models.TextField()),
                ('parted_at', models.DateTimeField(null=True)),
                ('parted_by', models.TextField(blank=True, default='')),
                ('gone', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person')),
                ('kept', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kept', models.F('gone')), _negated=True), name='join_is_of_two'), models.UniqueConstraint(condition=models.Q(('parted_at__isnull', True)), fields=('gone',), name='join_holds_once')],
            },
        ),
        migrations.RunSQL(
            guard_through("people_likeness", "person_id", "people_person", writable=True),
            unguard("people_likeness"),
        ),
        migrations.RunSQL(
            guard_through_all("people_candidate", ("one_id", "other_id"), "people_person"),
            unguard("people_candidate"),
        ),
        migrations.RunSQL(
            guard_through_all("people_join", ("kept_id", "gone_id"), "people_person"),
            unguard("people_join"),
        ),
        migrations.RunSQL(definers.SIMILAR, definers.DROP_SIMILAR),
    ]
