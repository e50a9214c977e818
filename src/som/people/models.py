"""Persons, their documents and their whereabouts. All guarded by row-level security."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

UNITS_ANSWERABLE = "Units answerable for the row: row-level security shows it to them alone."


class Person(models.Model):
    """A human being met at least once.

    `reference` is the natural key of somebody met without papers (the slip printed for them), so
    that sending the same declaration again makes nobody twice.
    """

    id = models.BigAutoField(primary_key=True)
    unit_ids = ArrayField(models.IntegerField(), db_comment=UNITS_ANSWERABLE)
    reference = models.TextField(null=True)
    name = models.TextField()
    name_key = models.TextField(db_collation="C")
    sex = models.CharField(max_length=1, null=True)
    birth_date = models.DateField(null=True)
    birth_year = models.SmallIntegerField(null=True)
    phone = models.TextField(default="", blank=True)
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sex__in=["M", "F"]), name="person_sex_is_known"),
            models.CheckConstraint(condition=~Q(name=""), name="person_has_a_name"),
            models.UniqueConstraint(
                fields=["reference"],
                name="person_reference_is_one_person",
                condition=Q(reference__isnull=False),
            ),
        ]
        indexes = [
            # Finding a person by the beginning of the name; C collation, because under policies
            # only leakproof comparisons use an index.
            models.Index(fields=["name_key"], name="person_by_name"),
        ]


class Document(models.Model):
    """A paper that names a person by number; one number is one person, wherever they were met."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    kind = models.TextField()
    country = models.CharField(max_length=3)
    number = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["number", "kind", "country"], name="document_is_one_person"
            ),
        ]


class Whereabouts(models.Model):
    """A place where a person is said to live, lodge, work or learn, since a day."""

    id = models.BigAutoField(primary_key=True)
    unit_ids = ArrayField(models.IntegerField(), db_comment=UNITS_ANSWERABLE)
    person = models.ForeignKey(Person, on_delete=models.PROTECT)
    kind = models.TextField()
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, null=True, db_index=False)
    text = models.TextField(default="", blank=True)
    as_of = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["residence", "lodging", "workplace", "school"]),
                name="whereabouts_kind_is_known",
            ),
        ]
