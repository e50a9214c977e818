import django.db.models.deletion
from django.db import migrations, models

from som.kernel.policies import guard_through, unguard
from som.people import definers


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0001_initial'),
        ('places', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='SharedNumber',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='person',
            name='person_has_a_name',
        ),
        migrations.AddField(
            model_name='person',
            name='compared_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='person',
            name='died_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='person',
            name='guardian',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='person',
            name='merged_into',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person'),
        ),
        migrations.AddField(
            model_name='person',
            name='named_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='person',
            name='owed_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='whereabouts',
            name='person',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='people.person'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='person_merged'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('name', '')), fields=['registered_at'], name='person_unnamed'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('compared_at__isnull', True)), fields=['id'], name='person_uncompared'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('owed_since__isnull', False)), fields=['owed_since'], name='person_owed'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('died_at__isnull', False)), fields=['died_at'], name='person_died'),
        ),
        migrations.AddIndex(
            model_name='whereabouts',
            index=models.Index(fields=['person', 'kind', '-as_of'], name='whereabouts_of_person'),
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), ('reference__isnull', False), _connector='OR'), name='person_has_a_name_or_a_card'),
        ),
        migrations.AddConstraint(
            model_name='person',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into', models.F('id')), _negated=True), name='person_is_merged_into_another'),
        ),
        migrations.AddField(
            model_name='sharednumber',
            name='document',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='people.document'),
        ),
        migrations.AddField(
            model_name='sharednumber',
            name='person',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='people.person'),
        ),
        migrations.AddConstraint(
            model_name='sharednumber',
            constraint=models.UniqueConstraint(fields=('person', 'document'), name='shared_number_is_noted_once'),
        ),
        migrations.RunSQL(
            guard_through("people_sharednumber", "person_id", "people_person", writable=True),
            unguard("people_sharednumber"),
        ),
        migrations.RunSQL(definers.STANDING, definers.DROP_STANDING),
        migrations.RunSQL(definers.SELVES, definers.DROP_SELVES),
        migrations.RunSQL(definers.AGREES, definers.DROP_AGREES),
        migrations.RunSQL(
            definers.DROP_CLAIM_DOCUMENTS.replace("FUNCTION", "FUNCTION IF EXISTS"),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(definers.CLAIM_DOCUMENTS, definers.DROP_CLAIM_DOCUMENTS),
        migrations.RunSQL(definers.HAND_OVER_DOCUMENTS, definers.DROP_HAND_OVER_DOCUMENTS),
    ]
