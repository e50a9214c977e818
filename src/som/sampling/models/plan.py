"""Campaigns with their laboratories and sessions."""

from django.db import models
from django.db.models import F, Q


class Campaign(models.Model):
    """A decision whom to test, why, how and by when.

    `frequency_days`: the same people again every so many days; 0 for once. Only with
    `second_specimens` may one person be swabbed twice in a session. Without a last day it goes on
    until somebody says that it has ended; whoever of its list was not swabbed by then is asked for
    no more.
    """

    id = models.AutoField(primary_key=True)
    code = models.TextField()
    name = models.TextField()
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT)
    target_group = models.TextField(default="", blank=True)
    reason = models.TextField()
    legal_basis = models.TextField(default="", blank=True)
    frequency_days = models.SmallIntegerField(default=0)
    pool_size = models.SmallIntegerField()
    second_specimens = models.BooleanField(default=False)
    promise_hours = models.SmallIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(default="", db_default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="campaign_code_is_one_campaign"),
            # People are asked for no more because somebody said so, by name and day.
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="")
                | (Q(ended_at__isnull=False, ends_on__isnull=False) & ~Q(ended_by="")),
                name="campaign_is_ended_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(pool_size__gte=1, pool_size__lte=20),
                name="campaign_pool_size_is_possible",
            ),
            models.CheckConstraint(
                condition=Q(promise_hours__gte=1), name="campaign_promises_something"
            ),
            models.CheckConstraint(
                condition=Q(frequency_days__gte=0), name="campaign_frequency_is_possible"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="campaign_ends_after_it_starts",
            ),
        ]


class CampaignLaboratory(models.Model):
    """A laboratory to which a campaign's sessions may send; a campaign that names none allows all."""

    id = models.AutoField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, db_index=False)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)

    class Meta:
        constraints = [
            # Named twice is named once; also finds what a campaign names.
            models.UniqueConstraint(
                fields=["campaign", "lab"], name="campaign_names_a_laboratory_once"
            ),
        ]


class Session(models.Model):
    """A place, a team and a day on which a campaign's swabs are taken.

    `site`: the registered place, where it is one. `ends_at`: when the team means to be through.
    `expected`: how many people it reckons with, which the laboratory must have room for.
    `times_printed_at`: when the list of who comes when was last printed; `times_changed_at`: when people
    last got, changed or lost their times.
    `opened_by` answers for its tubes until somebody sends them; empty where nobody here opened it,
    or it was opened before this was kept.
    """

    id = models.AutoField(primary_key=True)
    code = models.TextField()
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT)
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    place = models.TextField()
    team = models.TextField(default="", blank=True)
    opened_by = models.TextField(default="", db_default="", blank=True)
    starts_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    site = models.ForeignKey(
        "places.Site", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    ends_at = models.DateTimeField(null=True)
    expected = models.IntegerField(null=True)
    times_printed_at = models.DateTimeField(null=True)
    times_changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="session_code_is_one_session"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="session_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(expected__isnull=True) | Q(expected__gte=1),
                name="session_expects_somebody",
            ),
        ]
        indexes = [
            # Sessions are listed by when they begin, a page at a time.
            models.Index(F("starts_at").desc(), F("id").desc(), name="session_by_start"),
            # Which sessions are open here, and which were still open on a day.
            models.Index(fields=["closed_at", "unit"], name="session_by_closing"),
        ]
