from django.db import migrations, models


class Migration(migrations.Migration):
    """What is or was on hold is found by what it holds, past all other holds."""

    dependencies = [
        ("lab", "0006_plates"),
    ]

    operations = [
        migrations.AddIndex(
            "hold",
            models.Index(
                fields=["kind", "run", "plate", "kit_lot", "lab"], name="hold_by_what_it_holds"
            ),
        ),
    ]
