import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lab", "0004_benches"),
        ("notices", "0002_delivery"),
        ("places", "0001_initial"),
        ("results", "0004_reported"),
        ("sampling", "0006_storage"),
    ]

    operations = [
        migrations.CreateModel(
            name="Clock",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("started_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("next_at", models.DateTimeField(null=True)),
                ("owner", models.TextField(blank=True, default="")),
                ("owned_at", models.DateTimeField(null=True)),
                ("stopped_at", models.DateTimeField(null=True)),
                (
                    "lab",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="places.organisation",
                    ),
                ),
                (
                    "tube",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="sampling.tube",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="places.unit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("step", models.SmallIntegerField()),
                ("station", models.TextField()),
                ("owner", models.TextField(blank=True, default="")),
                ("raised_at", models.DateTimeField()),
                (
                    "clock",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="results.clock",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Rate",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("method", models.TextField()),
                ("kit_lot", models.TextField()),
                ("pooled", models.BooleanField()),
                ("read_at", models.DateTimeField()),
                ("tests", models.IntegerField()),
                ("positives", models.IntegerField()),
                ("invalids", models.IntegerField()),
                (
                    "lab",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="places.organisation",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="lab.run"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("stopped_at__isnull", True)),
                fields=["kind", "due_at", "tube"],
                name="clock_running",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.UniqueConstraint(
                fields=("tube", "kind"), name="clock_runs_once_a_tube"
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["taking", "reception"])),
                name="clock_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at__gt", models.F("started_at"))),
                name="clock_is_due_after_its_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("owned_at", None), ("owner", "")),
                    models.Q(("owned_at__isnull", False), models.Q(("owner", ""), _negated=True)),
                    _connector="OR",
                ),
                name="clock_owner_took_it_over_sometime",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.UniqueConstraint(
                fields=("clock", "step"), name="clock_passes_a_step_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(("step__in", [50, 80, 100])), name="escalation_step_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "station__in",
                        ["at_session", "on_way", "at_lab", "in_test", "read", "referred"],
                    )
                ),
                name="escalation_station_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="rate",
            index=models.Index(fields=["read_at"], name="rate_by_time"),
        ),
        migrations.AddConstraint(
            model_name="rate",
            constraint=models.UniqueConstraint(
                fields=("run", "pooled"), name="rate_is_noted_once_a_run"
            ),
        ),
        migrations.AddConstraint(
            model_name="rate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("invalids__gte", 0),
                    ("positives__gte", 0),
                    (
                        "tests__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("positives"), "+", models.F("invalids")
                        ),
                    ),
                ),
                name="rate_is_of_its_tests",
            ),
        ),
    ]
