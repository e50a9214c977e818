import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """Swabs carry the units that hear of a positive; those recorded before get what was told then."""

    dependencies = [
        ("sampling", "0006_storage"),
    ]

    operations = [
        migrations.AddField(
            model_name="swab",
            name="stamp_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.IntegerField(), default=list, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="swab",
            index=models.Index(fields=["residence", "taken_at"], name="swab_of_residents"),
        ),
        migrations.RunSQL(
            """
            UPDATE sampling_swab w SET stamp_ids = ARRAY(
                SELECT u FROM unnest(w.unit_ids || c.unit_id) WITH ORDINALITY AS g (u, place)
                GROUP BY u ORDER BY min(place))
            FROM sampling_session s JOIN sampling_campaign c ON c.id = s.campaign_id
            WHERE s.id = w.session_id
            """,
            migrations.RunSQL.noop,
        ),
    ]
