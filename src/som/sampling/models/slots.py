"""The slots of a session, and who comes in which."""

from django.db import models
from django.db.models import F, Q


class Slot(models.Model):
    """A part of a session's hours in which no more people are asked to come than may wait at once."""

    id = models.BigAutoField(primary_key=True)
    session = models.ForeignKey(
        "sampling.Session", on_delete=models.PROTECT, db_index=False, related_name="slots"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    places = models.SmallIntegerField()

    class Meta:
        constraints = [
            # Also finds the slots of a session, in their order. Compared once all are moved.
            models.UniqueConstraint(
                fields=["session", "starts_at"],
                name="slot_begins_once_a_session",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="slot_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=Q(places__gte=1), name="slot_has_places"),
        ]


class Appointment(models.Model):
    """A place in a slot for somebody who is asked for: when they come, so that nobody crowds.

    Nobody is turned away for want of one, and whoever comes at another time is swabbed too.
    """

    id = models.BigAutoField(primary_key=True)
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT)
    request = models.ForeignKey(
        "sampling.TestRequest", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    given_at = models.DateTimeField()
    given_by = models.TextField()

    class Meta:
        constraints = [
            # Two times told to one person are one too many: given anew, the place is moved.
            models.UniqueConstraint(fields=["request"], name="request_has_one_appointment"),
        ]
