import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from som.kernel.policies import guard, unguard


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0001_initial'),
        ('places', '0001_initial'),
        ('sampling', '0004_tubes'),
    ]

    operations = [
        migrations.CreateModel(
            name='List',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('unit_ids', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('purpose', models.TextField()),
                ('reason', models.TextField(blank=True, default='')),
                ('due_on', models.DateField(null=True)),
                ('name', models.TextField()),
                ('content', models.BinaryField()),
                ('digest', models.BinaryField()),
                ('kind', models.TextField(blank=True, default='')),
                ('sheet', models.TextField(blank=True, default='')),
                ('columns', models.JSONField(default=dict)),
                ('day', models.DateField(null=True)),
                ('state', models.TextField(default='waiting')),
                ('fault', models.TextField(blank=True, default='')),
                ('fault_detail', models.TextField(blank=True, default='')),
                ('rows', models.IntegerField(null=True)),
                ('noted', models.IntegerField(default=0)),
                ('judged', models.IntegerField(default=0)),
                ('done', models.IntegerField(default=0)),
                ('unchanged', models.IntegerField(default=0)),
                ('refused', models.IntegerField(default=0)),
                ('refused_file', models.BinaryField(null=True)),
                ('refused_in_file', models.IntegerField(default=0)),
                ('tries', models.SmallIntegerField(default=0, db_default=0)),
                ('sent_at', models.DateTimeField()),
                ('sent_by', models.TextField()),
                ('sent_by_account', models.IntegerField(null=True)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('confirmed_by', models.TextField(blank=True, default='')),
                ('confirmed_by_account', models.IntegerField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('campaign', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='sampling.campaign')),
                ('session', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='sampling.session')),
                ('unit', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.unit')),
            ],
        ),
        migrations.CreateModel(
            name='ListRow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('unit_ids', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('place', models.IntegerField()),
                ('row', models.IntegerField()),
                ('sheet', models.TextField(blank=True, default='')),
                ('key', models.TextField(db_collation='C')),
                ('same_as', models.IntegerField(null=True)),
                ('said', models.JSONField()),
                ('verdict', models.TextField(blank=True, default='')),
                ('outcome', models.TextField(blank=True, default='')),
                ('reason', models.TextField(blank=True, default='')),
                ('field', models.TextField(blank=True, default='')),
                ('detail', models.TextField(blank=True, default='')),
                ('cautions', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('swabbed_at', models.DateTimeField(null=True)),
                ('list', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='sampling.list')),
                ('person', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='people.person')),
                ('residence', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.unit')),
            ],
        ),
        migrations.AddIndex(
            model_name='list',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'read', 'confirmed']), models.Q(('refused__gt', models.F('refused_in_file')), ('state__in', ['previewed', 'done'])), _connector='OR'), fields=['id'], name='list_to_work_on'),
        ),
        migrations.AddIndex(
            model_name='list',
            index=models.Index(fields=['sent_at', 'id'], name='list_by_age'),
        ),
        migrations.AddConstraint(
            model_name='list',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('campaign__isnull', False), ('purpose', 'roster'), ('session__isnull', True)), models.Q(('campaign__isnull', True), ('purpose', 'swabs'), ('session__isnull', False)), models.Q(('campaign__isnull', True), ('purpose', 'results'), ('session__isnull', True)), _connector='OR'), name='list_is_for_what_its_purpose_needs'),
        ),
        migrations.AddConstraint(
            model_name='list',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'read', 'previewed', 'confirmed', 'done', 'stopped', 'unreadable', 'dropped'])), name='list_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='list',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('rows', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('done'), '+', models.F('unchanged')), '+', models.F('refused'))), ('rows__isnull', False)), _connector='OR'), name='list_done_accounts_for_every_row'),
        ),
        migrations.AddConstraint(
            model_name='list',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['waiting', 'read', 'previewed', 'confirmed', 'stopped'])), fields=('unit', 'purpose', 'campaign', 'session', 'reason', 'due_on', 'digest'), name='list_under_way_is_sent_once', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='listrow',
            index=models.Index(condition=models.Q(('outcome', '')), fields=['list', 'place'], name='list_row_waiting'),
        ),
        migrations.AddIndex(
            model_name='listrow',
            index=models.Index(fields=['list', 'verdict', 'place'], name='list_row_by_verdict'),
        ),
        migrations.AddConstraint(
            model_name='listrow',
            constraint=models.UniqueConstraint(fields=('list', 'place'), name='list_row_has_its_place'),
        ),
        migrations.AddConstraint(
            model_name='listrow',
            constraint=models.CheckConstraint(condition=models.Q(('verdict__in', ['', 'new', 'known', 'unchanged', 'refused'])), name='list_row_verdict_is_known'),
        ),
        migrations.AddConstraint(
            model_name='listrow',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['', 'done', 'unchanged', 'refused'])), name='list_row_outcome_is_known'),
        ),
        migrations.AddConstraint(
            model_name='listrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'refused'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='list_row_refused_has_a_reason'),
        ),
        migrations.RunSQL(guard("sampling_list"), unguard("sampling_list")),
        migrations.RunSQL(guard("sampling_listrow"), unguard("sampling_listrow")),
    ]
