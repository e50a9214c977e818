import django.db.models.deletion
from django.db import migrations, models

from som.kernel.references import refers, refers_no_more
from som.people import definers


class Migration(migrations.Migration):
    """Places point at persons and units by statement; claiming numbers says only what is not new."""

    dependencies = [
        ("people", "0003_matching"),
        ("places", "0001_initial"),
    ]

    operations = [
        # What was written with a check outstanding is checked now: such a table cannot be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            "whereabouts",
            "person",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="people.person",
            ),
        ),
        migrations.AlterField(
            "whereabouts",
            "unit",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="places.unit",
            ),
        ),
        # Pages of those owed go by their ids.
        migrations.RemoveIndex("person", "person_owed"),
        migrations.AddIndex(
            "person",
            models.Index(
                fields=["id"], name="person_owed", condition=models.Q(owed_since__isnull=False)
            ),
        ),
        migrations.RunSQL(
            refers("people_whereabouts", {"person_id": "people_person", "unit_id": "places_unit"}),
            refers_no_more("people_whereabouts"),
        ),
        migrations.RunSQL(
            definers.DROP_CLAIM_DOCUMENTS.replace("FUNCTION", "FUNCTION IF EXISTS"),
            definers.CLAIM_DOCUMENTS,
        ),
        migrations.RunSQL(definers.CLAIM_DOCUMENTS, definers.DROP_CLAIM_DOCUMENTS),
        migrations.RunSQL(definers.HOLDERS, definers.DROP_HOLDERS),
    ]
