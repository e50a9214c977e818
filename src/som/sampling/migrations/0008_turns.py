from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """A campaign asks again turn by turn until it is ended; old files of lists are forgotten."""

    dependencies = [
        ("sampling", "0007_stamps"),
    ]

    operations = [
        migrations.AddField("campaign", "ended_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "campaign", "ended_by", models.TextField(blank=True, db_default="", default="")
        ),
        migrations.AddConstraint(
            "campaign",
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="")
                | (Q(ended_at__isnull=False, ends_on__isnull=False) & ~Q(ended_by="")),
                name="campaign_is_ended_by_somebody",
            ),
        ),
        migrations.AddField(
            "testrequest", "followed", models.BooleanField(db_default=False, default=False)
        ),
        migrations.RemoveConstraint("testrequest", "request_ends_as_the_ledger_law_says"),
        migrations.AddConstraint(
            "testrequest",
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_as__isnull=True)
                | Q(
                    ended_at__isnull=False,
                    ended_as__in=[
                        "swabbed",
                        "refused",
                        "absent",
                        "unable",
                        "transferred",
                        "died",
                        "campaign_ended",
                    ],
                ),
                name="request_ends_as_the_ledger_law_says",
            ),
        ),
        migrations.AddConstraint(
            "testrequest",
            models.CheckConstraint(
                condition=~Q(ended_as="campaign_ended")
                | Q(reason="roster", campaign__isnull=False),
                name="request_ends_with_its_campaign_alone",
            ),
        ),
        migrations.AddIndex(
            "testrequest",
            models.Index(
                fields=["campaign"],
                name="request_open_by_campaign",
                condition=Q(campaign__isnull=False, ended_at__isnull=True),
            ),
        ),
        migrations.AddIndex(
            "testrequest",
            models.Index(
                fields=["campaign", "ended_at"],
                name="request_turn_to_come",
                condition=Q(
                    campaign__isnull=False,
                    ended_as__in=["swabbed", "refused"],
                    followed=False,
                ),
            ),
        ),
        migrations.AddIndex(
            "testrequest",
            models.Index(
                fields=["person"], name="request_ended_by_death", condition=Q(ended_as="died")
            ),
        ),
        migrations.AddField("list", "forgotten_at", models.DateTimeField(null=True)),
        migrations.AddConstraint(
            "list",
            models.CheckConstraint(
                condition=Q(forgotten_at__isnull=True)
                | Q(content=b"", refused_file__isnull=True, ended_at__isnull=False),
                name="list_forgotten_keeps_no_file",
            ),
        ),
    ]
