from collections.abc import Mapping

from django.db import migrations, models
from django.db.models.deletion import PROTECT

from som.kernel.references import refers, refers_no_more
from som.sampling import definers

REFERENCES: Mapping[str, Mapping[str, str]] = {
    "sampling_tube": {
        "scheme_id": "sampling_scheme",
        "session_id": "sampling_session",
        "unit_id": "places_unit",
        "lab_id": "places_organisation",
        "team_id": "sampling_team",
    },
    "sampling_swab": {
        "unit_id": "places_unit",
        "session_id": "sampling_session",
        "tube_id": "sampling_tube",
        "person_id": "people_person",
        "residence_id": "places_unit",
    },
    "sampling_custody": {
        "tube_id": "sampling_tube",
        "manifest_id": "sampling_manifest",
        "lab_id": "places_organisation",
    },
}
"""What rows written by the hundred point at: checked for the whole statement."""


class Migration(migrations.Migration):
    """Tubes, swabs and steps are written with fewer checks a row and one index less."""

    dependencies = [
        ("people", "0004_leaner"),
        ("places", "0001_initial"),
        ("sampling", "0009_opened_by"),
    ]

    operations = [
        # What was written with a check outstanding is checked now: such a table cannot be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            "tube",
            "scheme",
            models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=PROTECT, to="sampling.scheme"
            ),
        ),
        migrations.AlterField(
            "tube",
            "session",
            models.ForeignKey(db_constraint=False, on_delete=PROTECT, to="sampling.session"),
        ),
        migrations.AlterField(
            "tube",
            "unit",
            models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=PROTECT, to="places.unit"
            ),
        ),
        migrations.AlterField(
            "tube",
            "lab",
            models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=PROTECT, to="places.organisation"
            ),
        ),
        migrations.AlterField(
            "tube",
            "team",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=PROTECT,
                to="sampling.team",
            ),
        ),
        migrations.AlterField(
            "swab",
            "unit",
            models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=PROTECT, to="places.unit"
            ),
        ),
        migrations.AlterField(
            "swab",
            "session",
            models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=PROTECT, to="sampling.session"
            ),
        ),
        migrations.AlterField(
            "swab",
            "tube",
            models.ForeignKey(db_constraint=False, on_delete=PROTECT, to="sampling.tube"),
        ),
        migrations.AlterField(
            "swab",
            "person",
            models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=PROTECT, to="people.person"
            ),
        ),
        migrations.AlterField(
            "swab",
            "residence",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=PROTECT,
                related_name="+",
                to="places.unit",
            ),
        ),
        migrations.AlterField(
            "custody",
            "tube",
            models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=PROTECT, to="sampling.tube"
            ),
        ),
        migrations.AlterField(
            "custody",
            "manifest",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=PROTECT,
                to="sampling.manifest",
            ),
        ),
        migrations.AlterField(
            "custody",
            "lab",
            models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=PROTECT, to="places.organisation"
            ),
        ),
        *[
            migrations.RunSQL(refers(table, parents), refers_no_more(table))
            for table, parents in REFERENCES.items()
        ],
        # Led by the person, what keeps them from two tubes of a session also finds all their swabs.
        migrations.RemoveConstraint("swab", "person_is_swabbed_once_a_session"),
        migrations.RemoveIndex("swab", "swab_of_person"),
        migrations.AddConstraint(
            "swab",
            models.UniqueConstraint(
                fields=["person", "session", "specimen"], name="person_is_swabbed_once_a_session"
            ),
        ),
        migrations.RunSQL(definers.TAKE_BACK_TUBES, definers.DROP_TAKE_BACK_TUBES),
        migrations.RunSQL(definers.DROP_END_REQUESTS, definers.END_REQUESTS),
        migrations.RunSQL(definers.END_REQUESTS, definers.DROP_END_REQUESTS),
    ]
