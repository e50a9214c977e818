from django.db import migrations

from som.results import definers


class Migration(migrations.Migration):
    """Whose answers no neighbour may carry, asked across territories."""

    dependencies = [
        ("results", "0007_leaner"),
        ("people", "0004_leaner"),
        ("sampling", "0012_trays"),
    ]

    operations = [
        migrations.RunSQL(definers.WITHHELD, definers.DROP_WITHHELD),
    ]
