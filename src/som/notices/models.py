"""Notices and alarms. Notices are guarded by row-level security: each is about a person."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from som.notices.rules import TOGETHER


class Outgoing(models.Model):
    """A thing on its way out of the house.

    `next_try_at`: from when a worker may take it up. Claiming it moves that on, in case the worker
    dies; so does a failure. `last_error` is a code, never what a receiver wrote; `away`: the
    receiver as a whole was not there.
    """

    attempts = models.IntegerField(default=0)
    next_try_at = models.DateTimeField()
    last_error = models.TextField(default="", blank=True)
    away = models.BooleanField(default=False)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        indexes = [
            # The worker's queue.
            models.Index(
                fields=["next_try_at", "id"],
                name="%(class)s_to_deliver",
                condition=Q(delivered_at__isnull=True),
            ),
            # Those of the queue that go alone, and those whose receiver was away: few, and not looked
            # for among all that wait.
            models.Index(
                fields=["next_try_at", "id"],
                name="%(class)s_alone",
                condition=Q(delivered_at__isnull=True, attempts__gte=TOGETHER),
            ),
            models.Index(
                fields=["next_try_at"],
                name="%(class)s_away",
                condition=Q(delivered_at__isnull=True, away=True),
            ),
        ]


class Notice(Outgoing):
    """A thing told to one addressee. `subject_id` is the id of what it tells of (a swab).

    Of whom and to whom it tells is checked once a statement (migration 0003), not once a row.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.TextField(db_collation="C")
    unit_ids = ArrayField(models.IntegerField())
    kind = models.TextField()
    person = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    subject_id = models.BigIntegerField()
    to_unit = models.ForeignKey(
        "places.Unit", on_delete=models.PROTECT, null=True, db_constraint=False, db_index=False
    )
    to_phone = models.TextField(default="", blank=True)
    body = models.JSONField(default=dict)
    written_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.TextField(default="", blank=True)

    class Meta(Outgoing.Meta):
        constraints = [
            # Also: whom was this result told to; a correction tells them all.
            models.UniqueConstraint(fields=["subject_id", "key"], name="notice_is_written_once"),
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
            *Outgoing.Meta.indexes,
            # A locality's inbox, what is not acknowledged first.
            models.Index(
                fields=["to_unit", "written_at"],
                name="notice_unacknowledged",
                condition=Q(to_unit__isnull=False, acknowledged_at__isnull=True),
            ),
        ]


class Alarm(Outgoing):
    """A thing that calls for whoever holds a permission at one laboratory or unit.

    It says nothing of any person, so no row-level security guards it. Open until what it tells of
    is over; acknowledged when somebody there has taken it on.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.TextField(db_collation="C")
    kind = models.TextField()
    permission = models.TextField()
    organisation = models.ForeignKey(
        "places.Organisation", on_delete=models.PROTECT, null=True, db_index=False
    )
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, null=True, db_index=False)
    subject_id = models.BigIntegerField(null=True)
    body = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.TextField(default="", blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta(Outgoing.Meta):
        constraints = [
            # However often a worker comes by, it calls once.
            models.UniqueConstraint(fields=["key"], name="alarm_is_raised_once"),
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, unit__isnull=True)
                | Q(organisation__isnull=True, unit__isnull=False),
                name="alarm_has_one_addressee",
            ),
            # Somebody by name took it on, or nobody did.
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by="")
                | (Q(acknowledged_at__isnull=False) & ~Q(acknowledged_by="")),
                name="alarm_acknowledged_by_somebody",
            ),
        ]
        indexes = [
            *Outgoing.Meta.indexes,
            # What calls a laboratory or unit now, longest first.
            models.Index(
                fields=["organisation", "unit", "permission", "raised_at"],
                name="alarm_open",
                condition=Q(closed_at__isnull=True),
            ),
        ]
