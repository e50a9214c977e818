"""Recalls: the taking back of many answers at once."""

from django.db import models
from django.db.models import F, Q


class Recall(models.Model):
    """A recall: answers of one laboratory that are taken back, from which runs, and why.

    Proposed by one person and confirmed by another; then each answer gets the version *withdrawn*
    and its person is asked for again. No run and no kit lot named: every run read in that time.
    `swabs` is how many were to be taken back when it was confirmed, `taken_back` how many are;
    `asked_again` counts whoever waited for a release, too.
    """

    id = models.BigAutoField(primary_key=True)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    which = models.TextField()
    kit_lot = models.TextField(default="", blank=True)
    run = models.ForeignKey("lab.Run", on_delete=models.PROTECT, null=True, db_index=False)
    read_from = models.DateTimeField()
    read_to = models.DateTimeField()
    reason = models.TextField()
    proposed_by = models.TextField()
    proposed_at = models.DateTimeField()
    withdrawn_by = models.TextField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    confirmed_by = models.TextField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    swabs = models.IntegerField(null=True)
    taken_back = models.IntegerField(default=0, db_default=0)
    asked_again = models.IntegerField(default=0, db_default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # One person alone takes nothing back.
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")),
                name="recall_is_by_two_people",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="recall_has_a_reason"),
            models.CheckConstraint(
                condition=Q(which__in=["negatives", "positives", "all"]),
                name="recall_values_are_known",
            ),
            models.CheckConstraint(
                condition=Q(read_to__gt=F("read_from")), name="recall_covers_some_time"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None, swabs=None, done_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False, swabs__isnull=False),
                name="recall_is_confirmed_whole",
            ),
            # What was given up is not carried out, and what is carried out is not given up.
            models.CheckConstraint(
                condition=Q(withdrawn_by=None, withdrawn_at=None)
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False, confirmed_at=None),
                name="recall_is_withdrawn_before_it_is_confirmed",
            ),
            # Whoever confirms knows what: the same is proposed once at a time.
            models.UniqueConstraint(
                fields=["lab", "which", "kit_lot", "run", "read_from", "read_to"],
                condition=Q(confirmed_at=None, withdrawn_at=None),
                nulls_distinct=False,
                name="recall_is_proposed_once",
            ),
        ]
        indexes = [
            # Recalls, newest first.
            models.Index(F("proposed_at").desc(), F("id").desc(), name="recall_by_proposal"),
            # Whether a verdict is under one: of its laboratory, and reaching past its reading.
            models.Index(fields=["lab", "read_to"], name="recall_by_end"),
            # What is to be carried out.
            models.Index(
                fields=["confirmed_at"],
                name="recall_to_carry_out",
                condition=Q(confirmed_at__isnull=False, done_at__isnull=True),
            ),
        ]
