"""Audit, dated rules and the clock's offset."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value


class AuditEntry(models.Model):
    """A note of who did or read what: one row per batch, never changed.

    `persons` are the ids of the persons written or read, so that "who saw or changed this person"
    is one look-up. `acting` names the system actor in whose scope it ran, if any.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Func(function="clock_timestamp"))
    actor = models.TextField()
    account_id = models.IntegerField(null=True)
    acting = models.TextField(default="")
    kind = models.CharField(max_length=5)
    action = models.TextField()
    persons = ArrayField(models.BigIntegerField(), default=list)
    things = ArrayField(models.BigIntegerField(), default=list)
    note = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["write", "read"]), name="audit_kind_is_write_or_read"
            ),
        ]
        indexes = [
            # "Who saw or changed this person": one look-up, however old.
            GinIndex(
                fields=["persons"],
                name="audit_by_person",
                condition=~Q(persons=[]),
            ),
        ]


class Rule(models.Model):
    """A number of the field, with its legal basis and the days and territory for which it holds."""

    id = models.AutoField(primary_key=True)
    key = models.TextField()
    value = models.JSONField()
    unit = models.TextField(default="", blank=True)
    legal_basis = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    territory = models.TextField(default="", blank=True)
    stricter = models.CharField(max_length=6, default="none")

    class Meta:
        constraints = [
            # One answer for one day and place, or a decision could not be replayed.
            ExclusionConstraint(
                name="rule_holds_once_a_day_and_territory",
                expressions=[
                    (F("key"), RangeOperators.EQUAL),
                    (F("territory"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_to"),
                            Value("[]"),
                            function="daterange",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(stricter__in=["higher", "lower", "none"]),
                name="rule_stricter_is_known",
            ),
        ]


class ClockOffset(models.Model):
    """A constant by which a demo or drill sets the clock off; at most one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    offset = models.DurationField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="clock_has_one_offset"),
        ]
