from django.db import migrations, models
from django.db.models import Q
from django.db.models.deletion import PROTECT


BACK = """
UPDATE sampling_storage s SET lab_id = t.lab_id FROM sampling_tube t
WHERE t.id = s.tube_id AND s.lab_id IS NULL;
SET CONSTRAINTS ALL IMMEDIATE;
"""
"""Before, a laboratory stands at every line: where a station kept a tube, the one it goes to."""


class Migration(migrations.Migration):
    """What somebody scanned and has not acted on yet is kept; a station keeps tubes cold, too.

    Forward only once a station has kept a tube: its lines name no laboratory, which the column then
    has to hold again. The way back is the backup, as of the other migrations (ADR 9).
    """

    dependencies = [
        ("sampling", "0011_slots"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tray",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kept_by", models.TextField(db_collation="C")),
                ("desk", models.TextField(db_collation="C")),
                ("code", models.TextField(db_collation="C")),
                ("place", models.TextField(blank=True, default="")),
                ("laid_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["kept_by", "desk", "code"], name="tray_holds_a_code_once"
                    ),
                    models.UniqueConstraint(
                        fields=["kept_by", "desk", "place"],
                        name="tray_place_has_one_code",
                        condition=~Q(place=""),
                    ),
                    models.CheckConstraint(
                        condition=~Q(code="") & ~Q(desk=""), name="tray_line_has_a_code"
                    ),
                ],
            },
        ),
        migrations.AlterField(
            "storage",
            "lab",
            models.ForeignKey(
                db_index=False, null=True, on_delete=PROTECT, to="places.organisation"
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, BACK),
    ]
