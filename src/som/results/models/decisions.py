"""Corrections and decisions about discordant pools."""

from django.db import models
from django.db.models import F, Q


class Correction(models.Model):
    """A correction of a released verdict, proposed by one person and confirmed by another.

    A proposal may be withdrawn as long as nobody has confirmed it.
    """

    id = models.BigAutoField(primary_key=True)
    verdict = models.ForeignKey("lab.Verdict", on_delete=models.PROTECT)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    value = models.TextField()
    reason = models.TextField()
    proposed_by = models.TextField()
    proposed_at = models.DateTimeField()
    confirmed_by = models.TextField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    withdrawn_by = models.TextField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # One person alone corrects nothing.
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")),
                name="correction_is_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="confirmation_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(value__in=["negative", "positive", "inconclusive"]),
                name="correction_value_is_known",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="proposal_has_a_reason"),
            # Whoever confirms knows what: of a verdict one correction is open at a time.
            models.UniqueConstraint(
                fields=["verdict"],
                condition=Q(confirmed_at=None, withdrawn_at=None),
                name="open_correction_is_one_a_verdict",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_by=None, withdrawn_at=None)
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False, confirmed_at=None),
                name="correction_is_withdrawn_before_it_is_confirmed",
            ),
        ]


class PoolDecision(models.Model):
    """A named person's decision about a discordant lab pool."""

    id = models.BigAutoField(primary_key=True)
    pool = models.OneToOneField("lab.Pool", on_delete=models.PROTECT)
    decision = models.TextField()
    reason = models.TextField()
    decided_by = models.TextField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decision__in=["negative", "again"]), name="pool_decision_is_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="pool_decision_has_a_reason"),
        ]
