"""What has come to a laboratory, what of it waits for its list, and what was thrown away."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Reception(models.Model):
    """A tube's arrival at a laboratory, in which condition, and what it waits for there.

    `waits_for` is empty while the tube is in a pool or on a plate, after its last verdict, and once
    it has left for another laboratory, which is to do with it what `left_for` says. `box` is the
    manifest of the box it was unpacked from, whether or not it is on that.
    """

    id = models.BigAutoField(primary_key=True)
    # Checked for the whole statement (migration 0005), not by a foreign key a row.
    tube = models.ForeignKey(
        "sampling.Tube", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    lab = models.ForeignKey(
        "places.Organisation", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    received_at = models.DateTimeField()
    received_by = models.TextField()
    condition = models.TextField(default="good")
    box = models.ForeignKey(
        "sampling.Manifest",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    waits_for = models.TextField(null=True)
    left_at = models.DateTimeField(null=True)
    left_for = models.TextField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tube", "lab"], name="tube_is_received_once_a_lab"),
            # Two laboratories that both had it would both answer.
            models.UniqueConstraint(
                fields=["tube"], name="tube_is_at_one_lab", condition=Q(left_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(waits_for__in=["test", "retest", "referral"]),
                name="reception_wait_is_known",
            ),
            models.CheckConstraint(
                condition=Q(condition__in=["good", "warm", "leaking", "broken", "unlabelled"]),
                name="reception_condition_is_known",
            ),
            # What is not here waits for nothing here; what is here was sent for nothing elsewhere.
            models.CheckConstraint(
                condition=Q(left_at__isnull=True, left_for__isnull=True)
                | Q(left_at__isnull=False, waits_for__isnull=True),
                name="reception_left_waits_no_more",
            ),
            models.CheckConstraint(
                condition=Q(left_for__in=["test", "retest"]), name="reception_left_for_is_known"
            ),
        ]
        indexes = [
            # The bench's worklist: what waits here, longest first.
            models.Index(
                fields=["lab", "received_at"],
                name="reception_waiting",
                condition=Q(waits_for__isnull=False),
            ),
            # What was unpacked from this box.
            models.Index(fields=["box"], name="reception_by_box", condition=Q(box__isnull=False)),
        ]


class UnlistedTube(models.Model):
    """A tube that reached a laboratory before anybody told whose swabs are in it.

    It waits for its list and then is received, with the time at which it really came. It ends
    otherwise when it went on to another laboratory, was closed before its list came, or was thrown
    away: for a reason, by two people.
    """

    id = models.BigAutoField(primary_key=True)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    code = models.TextField(db_collation="C")
    arrived_at = models.DateTimeField()
    noted_by = models.TextField()
    giver = models.TextField(default="", blank=True)
    seal = models.TextField(default="", blank=True)
    temperature = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    condition = models.TextField(default="good")
    box = models.ForeignKey(
        "sampling.Manifest",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
    )
    ended_at = models.DateTimeField(null=True)
    ended_as = models.TextField(null=True)
    reason = models.TextField(default="", blank=True)
    note = models.TextField(default="", blank=True)
    ended_by = ArrayField(models.TextField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "lab"], name="unlisted_tube_waits_once_a_lab"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_as__isnull=True)
                | Q(
                    ended_at__isnull=False,
                    ended_as__in=["received", "moved", "closed", "discarded"],
                ),
                name="unlisted_tube_ends_in_a_known_way",
            ),
            models.CheckConstraint(
                condition=Q(condition__in=["good", "warm", "leaking", "broken", "unlabelled"]),
                name="unlisted_tube_condition_is_known",
            ),
            # Nobody throws a tube away alone or for no reason.
            models.CheckConstraint(
                condition=Q(ended_as__isnull=True)
                | ~Q(ended_as="discarded")
                | (~Q(reason="") & Q(ended_by__len__gte=2)),
                name="unlisted_tube_discarded_has_reason_and_two_people",
            ),
        ]
        indexes = [
            # What waits for its list here, longest first.
            models.Index(
                fields=["lab", "arrived_at"],
                name="unlisted_tube_waiting",
                condition=Q(ended_at__isnull=True),
            ),
            # What was unpacked from this box.
            models.Index(
                fields=["box"], name="unlisted_tube_by_box", condition=Q(box__isnull=False)
            ),
        ]


class Disposal(models.Model):
    """A tube's end at a laboratory: rejected before any test, or destroyed after it."""

    id = models.BigAutoField(primary_key=True)
    tube = models.ForeignKey("sampling.Tube", on_delete=models.PROTECT, db_index=False)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    kind = models.TextField()
    reason = models.TextField()
    note = models.TextField(default="", blank=True)
    disposed_at = models.DateTimeField()
    disposed_by = models.TextField()
    witness = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tube"], name="tube_is_disposed_of_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["rejected", "destroyed"]), name="disposal_kind_is_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="disposal_has_a_reason"),
            # Nobody throws a tube away alone.
            models.CheckConstraint(
                condition=~Q(witness="") & ~Q(witness=F("disposed_by")),
                name="disposal_has_two_people",
            ),
        ]
        indexes = [
            # What this laboratory threw away, newest first.
            models.Index(fields=["lab", "-disposed_at"], name="disposal_by_lab"),
        ]
