from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    """Recalls are read a page at a time, and those of a run past all that ended before it."""

    dependencies = [
        ("results", "0008_withheld"),
    ]

    operations = [
        migrations.RemoveIndex("recall", "recall_by_lab"),
        migrations.AddIndex(
            "recall",
            models.Index(F("proposed_at").desc(), F("id").desc(), name="recall_by_proposal"),
        ),
        migrations.AddIndex(
            "recall", models.Index(fields=["lab", "read_to"], name="recall_by_end")
        ),
    ]
