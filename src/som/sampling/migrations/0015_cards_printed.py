from django.contrib.postgres.indexes import GistIndex
from django.db import migrations, models
from django.db.models import F, Func, Q, Value

UNKNOWN = """
INSERT INTO sampling_cardprint (first, last, again, printed_at, printed_by)
SELECT min(c.serial), max(c.serial), '', c.issued_at, ''
FROM (SELECT serial, unit_id, issued_at, serial - row_number() OVER (
          PARTITION BY unit_id, issued_at ORDER BY serial) AS run
      FROM sampling_card) c
GROUP BY c.unit_id, c.issued_at, c.run
"""
"""Which of the cards issued before this were printed, nobody noted: so each may be on paper."""


class Migration(migrations.Migration):
    """Which cards were printed is kept, as it is of labels. The way back forgets it."""

    dependencies = [
        ("sampling", "0014_pages"),
    ]

    operations = [
        migrations.CreateModel(
            name="CardPrint",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("code", models.TextField(db_collation="C", null=True)),
                ("first", models.IntegerField()),
                ("last", models.IntegerField()),
                ("again", models.TextField(blank=True, default="")),
                ("printed_at", models.DateTimeField()),
                ("printed_by", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["code", "first"], name="card_print_names_a_run_once"
                    ),
                    models.CheckConstraint(
                        condition=Q(first__lte=F("last")), name="card_print_has_cards"
                    ),
                    models.CheckConstraint(
                        condition=Q(again__in=["", "spoiled", "nothing_came"]),
                        name="card_print_reason_is_known",
                    ),
                ],
                "indexes": [
                    GistIndex(
                        Func(F("first"), F("last"), Value("[]"), function="int4range"),
                        name="card_print_by_cards",
                    ),
                ],
            },
        ),
        migrations.RunSQL(UNKNOWN, migrations.RunSQL.noop),
    ]
