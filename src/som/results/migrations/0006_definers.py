from django.db import migrations

from som.results import definers


class Migration(migrations.Migration):
    """The functions that look across territories, after all tables that they read."""

    dependencies = [
        ("results", "0005_watch"),
        ("notices", "0002_delivery"),
        ("sampling", "0008_turns"),
        ("people", "0003_matching"),
    ]

    operations = [
        migrations.RunSQL(definers.DROP_LOOK_UPS_BEFORE, migrations.RunSQL.noop),
        migrations.RunSQL(definers.LOOK_UP, definers.DROP_LOOK_UP),
        migrations.RunSQL(definers.LEDGER_GAPS, definers.DROP_LEDGER_GAPS),
    ]
