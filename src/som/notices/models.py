"""Notices. Guarded by row-level security: each is about a person."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Notice(models.Model):
    """A thing told to one addressee. `subject_id` is the id of what it tells of (a result)."""

    id = models.BigAutoField(primary_key=True)
    key = models.TextField(db_collation="C")
    unit_ids = ArrayField(models.IntegerField())
    kind = models.TextField()
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, db_index=False)
    subject_id = models.BigIntegerField()
    to_unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, null=True, db_index=False)
    to_phone = models.TextField(default="", blank=True)
    body = models.JSONField(default=dict)
    written_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="notice_is_written_once"),
            models.CheckConstraint(
                condition=Q(to_unit__isnull=False, to_phone="")
                | (Q(to_unit__isnull=True) & ~Q(to_phone="")),
                name="notice_has_one_addressee",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | Q(to_unit__isnull=False),
                name="notice_acknowledged_by_a_unit",
            ),
        ]
        indexes = [
            # The worker's queue, oldest first.
            models.Index(
                fields=["id"], name="notice_waiting", condition=Q(delivered_at__isnull=True)
            ),
            # A locality's inbox, what is not acknowledged first.
            models.Index(
                fields=["to_unit", "written_at"],
                name="notice_unacknowledged",
                condition=Q(to_unit__isnull=False, acknowledged_at__isnull=True),
            ),
            # Whom was this result told to; a correction tells them all.
            models.Index(fields=["subject_id"], name="notice_by_subject"),
        ]
