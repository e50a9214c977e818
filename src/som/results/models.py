"""Releases, results, corrections and decisions about discordant pools."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Release(models.Model):
    """A second person's word that a verdict stands."""

    id = models.BigAutoField(primary_key=True)
    verdict = models.OneToOneField("lab.Verdict", on_delete=models.PROTECT)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    read_by = models.TextField()
    released_by = models.TextField()
    released_at = models.DateTimeField()

    class Meta:
        constraints = [
            # One person alone releases nothing.
            models.CheckConstraint(
                condition=~Q(released_by=F("read_by")), name="release_is_by_a_second_person"
            ),
        ]


class Result(models.Model):
    """A result: the answer to one swab, as one version. Never changed; a correction is the next."""

    id = models.BigAutoField(primary_key=True)
    unit_ids = ArrayField(models.IntegerField())
    swab = models.ForeignKey("sampling.Swab", on_delete=models.PROTECT, db_index=False)
    version = models.SmallIntegerField()
    value = models.TextField()
    verdict = models.ForeignKey("lab.Verdict", on_delete=models.PROTECT)
    read_by = models.TextField()
    released_by = models.TextField()
    released_at = models.DateTimeField()
    reason = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["swab", "version"], name="result_version_is_one"),
            models.CheckConstraint(condition=Q(version__gte=1), name="result_version_counts"),
            models.CheckConstraint(
                condition=Q(
                    value__in=[
                        "negative",
                        "negative_by_pool",
                        "positive",
                        "suspected",
                        "inconclusive",
                        "withdrawn",
                    ]
                ),
                name="result_value_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(released_by=F("read_by")), name="result_is_by_a_second_person"
            ),
            models.CheckConstraint(
                condition=Q(version=1) | ~Q(reason=""), name="correction_has_a_reason"
            ),
        ]


class Correction(models.Model):
    """A correction of a released verdict, proposed by one person and confirmed by another."""

    id = models.BigAutoField(primary_key=True)
    verdict = models.ForeignKey("lab.Verdict", on_delete=models.PROTECT)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    value = models.TextField()
    reason = models.TextField()
    proposed_by = models.TextField()
    proposed_at = models.DateTimeField()
    confirmed_by = models.TextField(null=True)
    confirmed_at = models.DateTimeField(null=True)

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
                condition=Q(confirmed_at=None),
                name="open_correction_is_one_a_verdict",
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
