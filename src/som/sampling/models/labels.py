"""Rolls of labels of our own scheme, and what becomes of labels before they are on tubes in use."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Func, Q, Value


class Roll(models.Model):
    """A run of labels of our own scheme, issued to a unit.

    Without `prints_noted` it is from before printing was noted: nobody knows what was printed then.
    """

    id = models.AutoField(primary_key=True)
    first = models.IntegerField()
    last = models.IntegerField()
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT)
    issued_at = models.DateTimeField()
    prints_noted = models.BooleanField(db_default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="roll_has_labels"),
            # A label printed twice would be two tubes of one name.
            ExclusionConstraint(
                name="roll_labels_are_printed_once",
                expressions=[
                    (
                        Func(F("first"), F("last"), Value("[]"), function="int4range"),
                        RangeOperators.OVERLAPS,
                    )
                ],
            ),
        ]
        # Where the next roll may begin.
        indexes = [models.Index(fields=["last"], name="roll_by_last")]


class LabelPrint(models.Model):
    """A run of labels that was printed: two tubes with one code are two people with one answer.

    `code`: of what was printed at once on this `paper`, of whose first sheet so many labels were `used`
    before; both are None where a roll came printed. `again`: why, where some was on paper already.
    """

    id = models.AutoField(primary_key=True)
    code = models.TextField(db_collation="C", null=True)
    first = models.IntegerField()
    last = models.IntegerField()
    paper = models.TextField(null=True)
    used = models.IntegerField(default=0)
    again = models.TextField(default="", blank=True)
    printed_at = models.DateTimeField()
    printed_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "first"], name="label_print_names_a_run_once"),
            models.CheckConstraint(
                condition=Q(first__lte=F("last")), name="label_print_has_labels"
            ),
            models.CheckConstraint(
                condition=Q(code=None, paper=None) | Q(code__isnull=False, paper__isnull=False),
                name="label_print_has_a_code_and_a_paper",
            ),
            models.CheckConstraint(
                condition=Q(again__in=["", "spoiled", "nothing_came", "other_paper"]),
                name="label_print_reason_is_known",
            ),
        ]
        indexes = [
            # Whether a label was printed before.
            GistIndex(
                Func(F("first"), F("last"), Value("[]"), function="int4range"),
                name="label_print_by_labels",
            ),
        ]


class Team(models.Model):
    """A team of a session: one person swabs, another writes down.

    Both by name, as they are called: volunteers have no accounts.
    """

    id = models.AutoField(primary_key=True)
    session = models.ForeignKey(
        "sampling.Session", on_delete=models.PROTECT, db_index=False, related_name="teams"
    )
    number = models.SmallIntegerField()
    swabber = models.TextField()
    scribe = models.TextField()
    formed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "number"], name="team_number_is_one_team_a_session"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="team_has_a_number"),
            # Gloves that touch noses do not touch lists.
            models.CheckConstraint(
                condition=~Q(swabber="") & ~Q(scribe="") & ~Q(swabber__iexact=F("scribe")),
                name="team_is_two_people",
            ),
        ]


class Handout(models.Model):
    """A run of labels in the hands of a session's team, until the session closes."""

    id = models.AutoField(primary_key=True)
    session = models.ForeignKey("sampling.Session", on_delete=models.PROTECT)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, db_index=False)
    first = models.IntegerField()
    last = models.IntegerField()
    handed_at = models.DateTimeField()
    counted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="handout_has_labels"),
            # A label is in the hands of one team at a time.
            ExclusionConstraint(
                name="handout_labels_are_in_one_hand",
                expressions=[
                    (
                        Func(F("first"), F("last"), Value("[]"), function="int4range"),
                        RangeOperators.OVERLAPS,
                    )
                ],
                condition=Q(counted_at__isnull=True),
            ),
        ]
        indexes = [
            # Whether a label was ever handed out: then it is on paper.
            GistIndex(
                Func(F("first"), F("last"), Value("[]"), function="int4range"),
                name="handout_by_labels",
            ),
        ]


class Leftover(models.Model):
    """A run of labels that a team had left when its session closed; they may be handed out again."""

    id = models.AutoField(primary_key=True)
    handout = models.ForeignKey(Handout, on_delete=models.PROTECT)
    first = models.IntegerField()
    last = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="leftover_has_labels"),
        ]


class Voiding(models.Model):
    """A run of labels that are no longer good: misprinted, damaged or lost before any swab."""

    id = models.AutoField(primary_key=True)
    first = models.IntegerField()
    last = models.IntegerField()
    reason = models.TextField()
    note = models.TextField(default="", blank=True)
    voided_at = models.DateTimeField()
    voided_by = ArrayField(models.TextField())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="voiding_has_labels"),
            models.CheckConstraint(
                condition=Q(reason__in=["misprinted", "damaged", "lost"]),
                name="voiding_reason_is_known",
            ),
            # Labels out of sight could be on tubes out of sight: nobody loses them alone.
            models.CheckConstraint(
                condition=~Q(reason="lost") | Q(voided_by__len__gte=2),
                name="voiding_of_lost_labels_has_two_people",
            ),
            # A label is void once, for one reason.
            ExclusionConstraint(
                name="voiding_labels_are_void_once",
                expressions=[
                    (
                        Func(F("first"), F("last"), Value("[]"), function="int4range"),
                        RangeOperators.OVERLAPS,
                    )
                ],
            ),
        ]
