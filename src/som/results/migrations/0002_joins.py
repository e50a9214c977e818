from django.db import migrations

from som.results import definers


class Migration(migrations.Migration):

    dependencies = [
        ('results', '0001_initial'),
        ('lab', '0002_waiting'),
        ('sampling', '0005_lists'),
        ('people', '0003_matching'),
    ]

    operations = [
        migrations.RunSQL(definers.DROP_LOOK_UP_WITHOUT_CARDS, migrations.RunSQL.noop),
        migrations.RunSQL(definers.LOOK_UP, definers.DROP_LOOK_UP),
        migrations.RunSQL(definers.LEDGER_GAPS, definers.DROP_LEDGER_GAPS),
    ]
