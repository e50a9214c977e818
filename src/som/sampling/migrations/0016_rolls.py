from django.db import migrations, models


class Migration(migrations.Migration):
    """Where the next roll may begin is read off, however many there are."""

    dependencies = [
        ("sampling", "0015_cards_printed"),
    ]

    operations = [
        migrations.AddIndex("roll", models.Index(fields=["last"], name="roll_by_last")),
    ]
