import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from som.kernel.policies import guard, unguard
from som.sampling import definers


class Migration(migrations.Migration):

    dependencies = [
        ('sampling', '0002_walk_ins'),
        ('people', '0002_identity'),
        ('places', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CampaignLaboratory',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('unit_ids', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('offered_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('answer', models.TextField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='testrequest',
            name='request_ends_as_the_ledger_law_says',
        ),
        migrations.RemoveConstraint(
            model_name='testrequest',
            name='request_absence_has_a_revisit',
        ),
        migrations.AddField(
            model_name='campaign',
            name='ends_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='frequency_days',
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='campaign',
            name='second_specimens',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='campaign',
            name='target_group',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='testrequest',
            name='campaign',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sampling.campaign'),
        ),
        migrations.AddField(
            model_name='testrequest',
            name='day_number',
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='testrequest',
            name='unable_because',
            field=models.TextField(null=True),
        ),
        migrations.AddIndex(
            model_name='testrequest',
            index=models.Index(fields=['person'], name='request_of_person'),
        ),
        migrations.AddIndex(
            model_name='testrequest',
            index=models.Index(condition=models.Q(('campaign__isnull', False)), fields=['campaign'], name='request_by_campaign'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('frequency_days__gte', 0)), name='campaign_frequency_is_possible'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='campaign_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='testrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_as__isnull', True), ('ended_at__isnull', True)), models.Q(('ended_as__in', ['swabbed', 'refused', 'absent', 'unable', 'transferred', 'died']), ('ended_at__isnull', False)), _connector='OR'), name='request_ends_as_the_ledger_law_says'),
        ),
        migrations.AddConstraint(
            model_name='testrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_as__in', ['absent', 'unable']), _negated=True), ('revisit_on__isnull', False), _connector='OR'), name='request_absence_has_a_revisit'),
        ),
        migrations.AddConstraint(
            model_name='testrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_as', 'unable'), _negated=True), ('unable_because__isnull', False), _connector='OR'), name='request_unable_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='testrequest',
            constraint=models.CheckConstraint(condition=models.Q(('day_number__isnull', True), models.Q(('day_number__gte', 0), ('reason', 'day')), _connector='OR'), name='request_day_is_of_a_schedule'),
        ),
        migrations.AddField(
            model_name='campaignlaboratory',
            name='campaign',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='sampling.campaign'),
        ),
        migrations.AddField(
            model_name='campaignlaboratory',
            name='lab',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.organisation'),
        ),
        migrations.AddField(
            model_name='transfer',
            name='request',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='sampling.testrequest'),
        ),
        migrations.AddField(
            model_name='transfer',
            name='to_unit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.unit'),
        ),
        migrations.AddField(
            model_name='transfer',
            name='unit',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.unit'),
        ),
        migrations.AddConstraint(
            model_name='campaignlaboratory',
            constraint=models.UniqueConstraint(fields=('campaign', 'lab'), name='campaign_names_a_laboratory_once'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(condition=models.Q(('answered_at__isnull', True)), fields=['to_unit'], name='transfer_waiting'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(fields=['request'], name='transfer_of_request'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_at__isnull', True)), fields=('request',), name='transfer_is_to_one_unit'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer__isnull', True), ('answered_at__isnull', True)), models.Q(('answer__in', ['accepted', 'declined', 'withdrawn']), ('answered_at__isnull', False)), _connector='OR'), name='transfer_is_answered_in_words_known'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('unit', models.F('to_unit')), _negated=True), name='transfer_is_to_another_unit'),
        ),
        migrations.RunSQL(guard("sampling_transfer"), unguard("sampling_transfer")),
        migrations.RunSQL(definers.END_REQUESTS, definers.DROP_END_REQUESTS),
        migrations.RunSQL(definers.TRANSFERS_WAITING, definers.DROP_TRANSFERS_WAITING),
        migrations.RunSQL(definers.TRANSFERS_HERE, definers.DROP_TRANSFERS_HERE),
        migrations.RunSQL(definers.TAKE_OVER, definers.DROP_TAKE_OVER),
        migrations.RunSQL(definers.SHARE_PERSONS, definers.DROP_SHARE_PERSONS),
        migrations.RunSQL(definers.LAST_SWABS, definers.DROP_LAST_SWABS),
    ]
