"""Campaigns and their sessions."""

from django.db import models
from django.db.models import Q


class Campaign(models.Model):
    """A decision whom to test, why, how and by when."""

    id = models.AutoField(primary_key=True)
    code = models.TextField()
    name = models.TextField()
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT)
    reason = models.TextField()
    legal_basis = models.TextField(default="", blank=True)
    pool_size = models.SmallIntegerField()
    promise_hours = models.SmallIntegerField()
    starts_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="campaign_code_is_one_campaign"),
            models.CheckConstraint(
                condition=Q(pool_size__gte=1, pool_size__lte=20),
                name="campaign_pool_size_is_possible",
            ),
            models.CheckConstraint(
                condition=Q(promise_hours__gte=1), name="campaign_promises_something"
            ),
        ]


class Session(models.Model):
    """A place, a team and a day on which a campaign's swabs are taken."""

    id = models.AutoField(primary_key=True)
    code = models.TextField()
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT)
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    place = models.TextField()
    team = models.TextField(default="", blank=True)
    starts_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="session_code_is_one_session"),
        ]
