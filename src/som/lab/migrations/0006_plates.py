from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Plates by when they were made, those not yet read, and runs by their method are found past all else."""

    dependencies = [
        ("lab", "0005_leaner"),
    ]

    operations = [
        migrations.AddIndex(
            "plate",
            models.Index(fields=["lab", "made_at"], name="plate_by_making"),
        ),
        migrations.AddField(
            "plate",
            "unread",
            models.BooleanField(default=True, db_default=True),
        ),
        migrations.RunSQL(
            "UPDATE lab_plate p SET unread = false"
            " WHERE EXISTS (SELECT 1 FROM lab_run r WHERE r.plate_id = p.id)",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            "plate",
            models.Index(fields=["lab"], condition=Q(unread=True), name="plate_unread"),
        ),
        migrations.AddIndex(
            "run",
            models.Index(fields=["lab", "method", "-read_at", "-id"], name="run_by_method"),
        ),
    ]
