from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('sampling', '0003_campaigns'),
    ]

    operations = []
