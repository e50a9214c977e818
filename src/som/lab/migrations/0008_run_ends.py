from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Where an instrument's clock was wrong, what its file said and how somebody knew better."""

    dependencies = [
        ("lab", "0007_holds"),
    ]

    operations = [
        migrations.AddField("run", "ended_said", models.DateTimeField(null=True)),
        migrations.AddField(
            "run", "ended_why", models.TextField(blank=True, db_default="", default="")
        ),
        migrations.AddConstraint(
            "run",
            models.CheckConstraint(
                condition=Q(ended_why="", ended_said__isnull=True)
                | Q(ended_at__isnull=False) & ~Q(ended_why=""),
                name="run_end_against_its_file_has_a_reason",
            ),
        ),
    ]
