from django.db import migrations, models


class Migration(migrations.Migration):
    """A session keeps who opened it: its tubes have an owner before anybody sends them."""

    dependencies = [
        ("sampling", "0008_turns"),
    ]

    operations = [
        migrations.AddField(
            "session", "opened_by", models.TextField(blank=True, db_default="", default="")
        ),
    ]
