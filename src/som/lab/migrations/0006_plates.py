from django.db import migrations, models


class Migration(migrations.Migration):
    """A laboratory's plates are found by when they were made."""

    dependencies = [
        ("lab", "0005_leaner"),
    ]

    operations = [
        migrations.AddIndex(
            "plate",
            models.Index(fields=["lab", "made_at"], name="plate_by_making"),
        ),
    ]
