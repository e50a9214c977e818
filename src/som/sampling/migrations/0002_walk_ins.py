from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('sampling', '0001_initial'),
        ('people', '0002_identity'),
    ]

    operations = []
