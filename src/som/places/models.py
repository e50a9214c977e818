"""Units with their history, organisations, laboratory rights, sites."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from som.places import rules


def _days() -> Func:
    """The days on which a row holds, both ends included; without a last day, for good."""
    return Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange")


class Unit(models.Model):
    """A province, district or commune on the days on which it is in force.

    `valid_to` is the last day. `parent_code` means the parent on each day; `parent` is the one on
    the last of these days. `name_key` is the name without kind and tones, `written_key` the name
    without kind in one spelling, `search_key` name and path without tones.
    """

    id = models.IntegerField(primary_key=True)
    code = models.TextField()
    name = models.TextField()
    kind = models.TextField()
    level = models.SmallIntegerField()
    parent_code = models.TextField(default="")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", db_index=False
    )
    valid_from = models.DateField(default=rules.BEGINNING)
    valid_to = models.DateField(null=True)
    successor_codes = ArrayField(models.TextField(), default=list)
    name_key = models.TextField()
    written_key = models.TextField()
    search_key = models.TextField(default="")

    class Meta:
        constraints = [
            # Codes are used again, so a code and a day together must mean one unit.
            ExclusionConstraint(
                name="unit_code_means_one_unit_a_day",
                expressions=[(F("code"), RangeOperators.EQUAL), (_days(), RangeOperators.OVERLAPS)],
                # Checked when the statement ends: one update may end a unit and lengthen another.
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            # The natural key by which a list loaded again finds its units.
            models.UniqueConstraint(fields=["code", "valid_from"], name="unit_begins_once"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="unit_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(level__in=[int(level) for level in rules.Level]),
                name="unit_level_is_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[str(kind) for kind in rules.Kind]), name="unit_kind_is_known"
            ),
        ]
        indexes = [
            # A province's or district's own units, whatever the day.
            models.Index(fields=["parent_code", "level"], name="unit_by_parent"),
            # Lists of people write names, not codes: the exact name of a level.
            models.Index(fields=["written_key", "level"], name="unit_by_written_name"),
        ]


class Lineage(models.Model):
    """A step from a unit that ended to one that took it over, wholly or (split) in part."""

    id = models.BigAutoField(primary_key=True)
    old = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    new = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    split = models.BooleanField()

    class Meta:
        constraints = [
            # One step between two units; also finds the successors of a unit.
            models.UniqueConstraint(fields=["old", "new"], name="lineage_leads_once"),
            models.CheckConstraint(condition=~Q(old=F("new")), name="lineage_leads_elsewhere"),
        ]


class Coverage(models.Model):
    """A unit and another whose rows it answers for; derived from units whenever they are loaded.

    It covers itself, its descendants on any day, and every predecessor all of whose successors it
    covers. So a split commune is covered by its province, not by the communes it was split over.
    """

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    covered = models.ForeignKey(Unit, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            # Stated once; also finds everything a unit covers.
            models.UniqueConstraint(fields=["unit", "covered"], name="coverage_is_stated_once"),
        ]


class Population(models.Model):
    """A count of the people of a unit on a day, with its area and its middle where known."""

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    counted_on = models.DateField()
    population = models.IntegerField(null=True)
    area_km2 = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)

    class Meta:
        constraints = [
            # One count a day, or a rate would have two denominators.
            models.UniqueConstraint(fields=["unit", "counted_on"], name="population_counted_once"),
            models.CheckConstraint(
                condition=Q(population=None) | Q(population__gte=0),
                name="population_is_not_negative",
            ),
        ]


class PendingChange(models.Model):
    """A change of a unit's status that is decided but whose day of effect is not known."""

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    name_then = models.TextField()
    note = models.TextField(default="")

    class Meta:
        constraints = [
            # Announced once, however often the list is loaded.
            models.UniqueConstraint(fields=["unit", "name_then"], name="pending_change_once"),
        ]


class Organisation(models.Model):
    """A body that takes swabs, tests or is visited; its code never changes."""

    id = models.AutoField(primary_key=True)
    code = models.TextField()
    kind = models.TextField()
    name = models.TextField()
    # Lists of a unit's organisations go by unit, hence its index.
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            # The natural key: registering twice is registering once.
            models.UniqueConstraint(fields=["code"], name="organisation_code_is_unique"),
            models.CheckConstraint(
                condition=~Q(code="") & ~Q(name=""), name="organisation_is_named"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[str(kind) for kind in rules.OrganisationKind]),
                name="organisation_kind_is_known",
            ),
        ]


class LaboratoryRight(models.Model):
    """A right of a laboratory to confirm, or to screen, on the days from first to last."""

    id = models.AutoField(primary_key=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    right = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            # One answer to "could it confirm that day?"; also finds a laboratory's rights.
            ExclusionConstraint(
                name="laboratory_right_holds_once_a_day",
                expressions=[
                    (F("organisation"), RangeOperators.EQUAL),
                    (F("right"), RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="laboratory_right_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(right__in=[str(right) for right in rules.Right]),
                name="laboratory_right_is_known",
            ),
        ]


class Site(models.Model):
    """A place where swabs are taken or people are visited: a hall, a school, a checkpoint."""

    id = models.AutoField(primary_key=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    # An organisation's sites are listed on its page, hence its index.
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    kind = models.TextField()
    name = models.TextField()
    address = models.TextField(default="")

    class Meta:
        constraints = [
            # The natural key; also lists the sites of a unit.
            models.UniqueConstraint(fields=["unit", "kind", "name"], name="site_is_named_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[str(kind) for kind in rules.SiteKind]),
                name="site_kind_is_known",
            ),
        ]
