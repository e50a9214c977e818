"""Clocks of tubes under way, their escalations, and what runs found."""

from django.db import models
from django.db.models import F, Q


class Clock(models.Model):
    """A clock of a tube: from when it runs, and when its people were to have their answer.

    One from the taking, one from the reception. It stops when everybody in the tube has an answer
    or was asked again, or the tube was closed; nothing pauses it. `next_at` is when the next step
    of its escalation falls due, empty after the last. `owner` is whoever took the tube over by name;
    until then whoever has it in hand owns it.
    """

    id = models.BigAutoField(primary_key=True)
    tube = models.ForeignKey("sampling.Tube", on_delete=models.PROTECT, db_index=False)
    kind = models.TextField()
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, db_index=False)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    owner = models.TextField(default="", blank=True)
    owned_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tube", "kind"], name="clock_runs_once_a_tube"),
            models.CheckConstraint(
                condition=Q(kind__in=["taking", "reception"]), name="clock_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("started_at")), name="clock_is_due_after_its_start"
            ),
            models.CheckConstraint(
                condition=Q(owner="", owned_at=None) | (Q(owned_at__isnull=False) & ~Q(owner="")),
                name="clock_owner_took_it_over_sometime",
            ),
        ]
        indexes = [
            # What runs, the next due first; few beside the many that have stopped.
            models.Index(
                fields=["kind", "due_at", "tube"],
                name="clock_running",
                condition=Q(stopped_at__isnull=True),
            ),
        ]


class Escalation(models.Model):
    """An escalation: a clock passed this step, in per cent of its time, while the tube was there."""

    id = models.BigAutoField(primary_key=True)
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, db_index=False)
    step = models.SmallIntegerField()
    station = models.TextField()
    owner = models.TextField(default="", blank=True)
    raised_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clock", "step"], name="clock_passes_a_step_once"),
            models.CheckConstraint(
                condition=Q(step__in=[50, 80, 100]), name="escalation_step_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    station__in=["at_session", "on_way", "at_lab", "in_test", "read", "referred"]
                ),
                name="escalation_station_is_known",
            ),
        ]


class Rate(models.Model):
    """A rate of a run: of its first tests, how many were positive and how many invalid.

    Single specimens and pools apart, since a pool is positive more often; what is tested again after
    a pool or an invalid test does not count.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey("lab.Run", on_delete=models.PROTECT, db_index=False)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    method = models.TextField()
    kit_lot = models.TextField()
    pooled = models.BooleanField()
    read_at = models.DateTimeField()
    tests = models.IntegerField()
    positives = models.IntegerField()
    invalids = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "pooled"], name="rate_is_noted_once_a_run"),
            models.CheckConstraint(
                condition=Q(positives__gte=0, invalids__gte=0)
                & Q(tests__gte=F("positives") + F("invalids")),
                name="rate_is_of_its_tests",
            ),
        ]
        indexes = [
            # What was usual of late.
            models.Index(fields=["read_at"], name="rate_by_time"),
        ]
