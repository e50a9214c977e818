"""One index for once and by subject; references checked once a statement instead of once a row."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from som.kernel.references import refers, refers_no_more

REFERENCES = {"person_id": "people_person", "to_unit_id": "places_unit"}


class Migration(migrations.Migration):

    dependencies = [
        ("notices", "0002_delivery"),
        ("people", "0001_initial"),
        ("places", "0001_initial"),
    ]

    operations = [
        # What was written with a check outstanding is checked now: such a table cannot be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveConstraint("notice", "notice_is_written_once"),
        migrations.RemoveIndex("notice", "notice_by_subject"),
        migrations.AddConstraint(
            "notice",
            models.UniqueConstraint(fields=("subject_id", "key"), name="notice_is_written_once"),
        ),
        migrations.AlterField(
            "notice",
            "person",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="people.person",
            ),
        ),
        migrations.AlterField(
            "notice",
            "to_unit",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="places.unit",
            ),
        ),
        *[
            migrations.AddIndex(
                table,
                models.Index(
                    fields=["next_try_at", "id"],
                    name=f"{table}_alone",
                    condition=Q(delivered_at__isnull=True, attempts__gte=2),
                ),
            )
            for table in ("notice", "alarm")
        ],
        *[
            migrations.AddIndex(
                table,
                models.Index(
                    fields=["next_try_at"],
                    name=f"{table}_away",
                    condition=Q(delivered_at__isnull=True, away=True),
                ),
            )
            for table in ("notice", "alarm")
        ],
        migrations.RunSQL(refers("notices_notice", REFERENCES), refers_no_more("notices_notice")),
    ]
