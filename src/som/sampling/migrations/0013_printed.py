from django.contrib.postgres.indexes import GistIndex
from django.db import migrations, models
from django.db.models import F, Func, Q, Value

UNKNOWN = "UPDATE sampling_roll SET prints_noted = false"
"""Which labels of the rolls issued before this were printed, nobody noted."""


class Migration(migrations.Migration):
    """What was printed is kept: labels of a roll, and the list of who comes to a session when.

    The slots of a session can be moved together, which needs their beginnings to be compared once all
    of them are moved. The way back forgets what was printed.
    """

    dependencies = [
        ("sampling", "0012_trays"),
    ]

    operations = [
        migrations.CreateModel(
            name="LabelPrint",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("code", models.TextField(db_collation="C", null=True)),
                ("first", models.IntegerField()),
                ("last", models.IntegerField()),
                ("paper", models.TextField(null=True)),
                ("used", models.IntegerField(default=0)),
                ("again", models.TextField(blank=True, default="")),
                ("printed_at", models.DateTimeField()),
                ("printed_by", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["code", "first"], name="label_print_names_a_run_once"
                    ),
                    models.CheckConstraint(
                        condition=Q(first__lte=F("last")), name="label_print_has_labels"
                    ),
                    models.CheckConstraint(
                        condition=Q(code=None, paper=None)
                        | Q(code__isnull=False, paper__isnull=False),
                        name="label_print_has_a_code_and_a_paper",
                    ),
                    models.CheckConstraint(
                        condition=Q(again__in=["", "spoiled", "nothing_came", "other_paper"]),
                        name="label_print_reason_is_known",
                    ),
                ],
                "indexes": [
                    GistIndex(
                        Func(F("first"), F("last"), Value("[]"), function="int4range"),
                        name="label_print_by_labels",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            "handout",
            GistIndex(
                Func(F("first"), F("last"), Value("[]"), function="int4range"),
                name="handout_by_labels",
            ),
        ),
        migrations.AddField("roll", "prints_noted", models.BooleanField(db_default=True)),
        migrations.RunSQL(UNKNOWN, migrations.RunSQL.noop),
        migrations.AddField("session", "times_printed_at", models.DateTimeField(null=True)),
        migrations.AddField("session", "times_changed_at", models.DateTimeField(null=True)),
        migrations.RemoveConstraint("slot", "slot_begins_once_a_session"),
        migrations.AddConstraint(
            "slot",
            models.UniqueConstraint(
                fields=["session", "starts_at"],
                name="slot_begins_once_a_session",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
        ),
    ]
