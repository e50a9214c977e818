from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('results', '0001_initial'),
        ('sampling', '0005_lists'),
        ('people', '0003_matching'),
    ]

    operations = []
