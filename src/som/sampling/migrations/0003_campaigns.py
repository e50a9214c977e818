from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('sampling', '0002_walk_ins'),
    ]

    operations = []
