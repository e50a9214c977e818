from django.db import migrations


class Migration(migrations.Migration):
    """Made the functions of `definers.py`, which `0006_definers` makes anew as they are now."""

    dependencies = [
        ("results", "0001_initial"),
        ("lab", "0002_waiting"),
        ("sampling", "0005_lists"),
        ("people", "0003_matching"),
    ]

    operations = []
