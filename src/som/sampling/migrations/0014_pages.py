from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """Sessions and boxes are read a page at a time, the newest first, and what is open past all that is not."""

    dependencies = [
        ("sampling", "0013_printed"),
    ]

    operations = [
        migrations.AddIndex(
            "session",
            models.Index(F("starts_at").desc(), F("id").desc(), name="session_by_start"),
        ),
        migrations.AddIndex(
            "session",
            models.Index(fields=["closed_at", "unit"], name="session_by_closing"),
        ),
        migrations.AddIndex(
            "manifest",
            models.Index(F("sent_at").desc(), F("id").desc(), name="manifest_by_sending"),
        ),
        migrations.AddIndex(
            "manifest",
            models.Index(
                fields=["lab", "sent_at"],
                condition=Q(closed_at__isnull=True),
                name="manifest_not_unpacked",
            ),
        ),
    ]
