"""What has come to a laboratory, and what of it waits for its list."""

from django.db import models
from django.db.models import Q


class Reception(models.Model):
    """A tube's arrival at a laboratory, and what it waits for there.

    `waits_for` is empty while the tube is in a pool or on a plate, and after its last verdict.
    """

    id = models.BigAutoField(primary_key=True)
    tube = models.ForeignKey("sampling.Tube", on_delete=models.PROTECT, db_index=False)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    received_at = models.DateTimeField()
    received_by = models.TextField()
    waits_for = models.TextField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tube", "lab"], name="tube_is_received_once_a_lab"),
            models.CheckConstraint(
                condition=Q(waits_for__in=["test", "retest"]), name="reception_wait_is_known"
            ),
        ]
        indexes = [
            # The bench's worklist: what waits here, longest first.
            models.Index(
                fields=["lab", "received_at"],
                name="reception_waiting",
                condition=Q(waits_for__isnull=False),
            ),
        ]


class UnlistedTube(models.Model):
    """A tube that reached a laboratory before anybody told whose swabs are in it.

    It waits for its list and then is received, with the time at which it really came. It ends
    otherwise when it went on to another laboratory or was closed before its list came.
    """

    id = models.BigAutoField(primary_key=True)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    code = models.TextField(db_collation="C")
    arrived_at = models.DateTimeField()
    noted_by = models.TextField()
    giver = models.TextField(default="", blank=True)
    seal = models.TextField(default="", blank=True)
    temperature = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    ended_at = models.DateTimeField(null=True)
    ended_as = models.TextField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "lab"], name="unlisted_tube_waits_once_a_lab"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_as__isnull=True)
                | Q(ended_at__isnull=False, ended_as__in=["received", "moved", "closed"]),
                name="unlisted_tube_ends_in_a_known_way",
            ),
        ]
        indexes = [
            # What waits for its list here, longest first.
            models.Index(
                fields=["lab", "arrived_at"],
                name="unlisted_tube_waiting",
                condition=Q(ended_at__isnull=True),
            ),
        ]
