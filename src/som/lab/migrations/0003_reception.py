import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('lab', '0002_waiting'),
        ('places', '0001_initial'),
        ('sampling', '0006_storage'),
    ]

    operations = [
        migrations.CreateModel(
            name='Disposal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('reason', models.TextField()),
                ('note', models.TextField(blank=True, default='')),
                ('disposed_at', models.DateTimeField()),
                ('disposed_by', models.TextField()),
                ('witness', models.TextField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='reception',
            name='reception_wait_is_known',
        ),
        migrations.AddConstraint(
            model_name='reception',
            constraint=models.CheckConstraint(condition=models.Q(('waits_for__in', ['test', 'retest', 'referral'])), name='reception_wait_is_known'),
        ),
        migrations.RemoveConstraint(
            model_name='unlistedtube',
            name='unlisted_tube_ends_in_a_known_way',
        ),
        migrations.AddField(
            model_name='reception',
            name='box',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sampling.manifest'),
        ),
        migrations.AddField(
            model_name='reception',
            name='condition',
            field=models.TextField(default='good'),
        ),
        migrations.AddField(
            model_name='reception',
            name='left_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='reception',
            name='left_for',
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name='unlistedtube',
            name='box',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sampling.manifest'),
        ),
        migrations.AddField(
            model_name='unlistedtube',
            name='condition',
            field=models.TextField(default='good'),
        ),
        migrations.AddField(
            model_name='unlistedtube',
            name='ended_by',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name='unlistedtube',
            name='note',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='unlistedtube',
            name='reason',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddConstraint(
            model_name='reception',
            constraint=models.UniqueConstraint(condition=models.Q(('left_at__isnull', True)), fields=('tube',), name='tube_is_at_one_lab'),
        ),
        migrations.AddIndex(
            model_name='reception',
            index=models.Index(condition=models.Q(('box__isnull', False)), fields=['box'], name='reception_by_box'),
        ),
        migrations.AddIndex(
            model_name='unlistedtube',
            index=models.Index(condition=models.Q(('box__isnull', False)), fields=['box'], name='unlisted_tube_by_box'),
        ),
        migrations.AddConstraint(
            model_name='reception',
            constraint=models.CheckConstraint(condition=models.Q(('condition__in', ['good', 'warm', 'leaking', 'broken', 'unlabelled'])), name='reception_condition_is_known'),
        ),
        migrations.AddConstraint(
            model_name='reception',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('left_at__isnull', True), ('left_for__isnull', True)), models.Q(('left_at__isnull', False), ('waits_for__isnull', True)), _connector='OR'), name='reception_left_waits_no_more'),
        ),
        migrations.AddConstraint(
            model_name='reception',
            constraint=models.CheckConstraint(condition=models.Q(('left_for__in', ['test', 'retest'])), name='reception_left_for_is_known'),
        ),
        migrations.AddConstraint(
            model_name='unlistedtube',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_as__isnull', True), ('ended_at__isnull', True)), models.Q(('ended_as__in', ['received', 'moved', 'closed', 'discarded']), ('ended_at__isnull', False)), _connector='OR'), name='unlisted_tube_ends_in_a_known_way'),
        ),
        migrations.AddConstraint(
            model_name='unlistedtube',
            constraint=models.CheckConstraint(condition=models.Q(('condition__in', ['good', 'warm', 'leaking', 'broken', 'unlabelled'])), name='unlisted_tube_condition_is_known'),
        ),
        migrations.AddConstraint(
            model_name='unlistedtube',
            constraint=models.CheckConstraint(condition=models.Q(('ended_as__isnull', True), models.Q(('ended_as', 'discarded'), _negated=True), models.Q(models.Q(('reason', ''), _negated=True), ('ended_by__len__gte', 2)), _connector='OR'), name='unlisted_tube_discarded_has_reason_and_two_people'),
        ),
        migrations.AddField(
            model_name='disposal',
            name='lab',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='places.organisation'),
        ),
        migrations.AddField(
            model_name='disposal',
            name='tube',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='sampling.tube'),
        ),
        migrations.AddIndex(
            model_name='disposal',
            index=models.Index(fields=['lab', '-disposed_at'], name='disposal_by_lab'),
        ),
        migrations.AddConstraint(
            model_name='disposal',
            constraint=models.UniqueConstraint(fields=('tube',), name='tube_is_disposed_of_once'),
        ),
        migrations.AddConstraint(
            model_name='disposal',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['rejected', 'destroyed'])), name='disposal_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='disposal',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='disposal_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='disposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('witness', ''), _negated=True), models.Q(('witness', models.F('disposed_by')), _negated=True)), name='disposal_has_two_people'),
        ),
    ]
