"""Persons, their documents and their whereabouts. All guarded by row-level security."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

UNITS_ANSWERABLE = "Units answerable for the row: row-level security shows it to them alone."


class Person(models.Model):
    """A human being met at least once.

    `reference` is the natural key of somebody met without papers (the slip printed for them), so
    that sending the same declaration again makes nobody twice. Only a walk-in, known by the card
    in their hand, has no name until it comes. `merged_into` says who this entry turned out to be;
    it can be taken back, so nothing that refers to it is rewritten. `compared_at` is empty until
    it was looked whether somebody like this is known already. `owed_since`: since when something
    came to be known of this person for which their results must be looked through again.
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
    guardian = models.TextField(default="", blank=True)
    registered_at = models.DateTimeField()
    named_at = models.DateTimeField(null=True)
    died_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    compared_at = models.DateTimeField(null=True)
    owed_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sex__in=["M", "F"]), name="person_sex_is_known"),
            models.CheckConstraint(
                condition=~Q(name="") | Q(reference__isnull=False),
                name="person_has_a_name_or_a_card",
            ),
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="person_is_merged_into_another"
            ),
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
            # Who else this person is.
            models.Index(
                fields=["merged_into"],
                name="person_merged",
                condition=Q(merged_into__isnull=False),
            ),
            # Walk-ins whose name is still to come.
            models.Index(fields=["registered_at"], name="person_unnamed", condition=Q(name="")),
            # Whom nobody has compared with the others yet.
            models.Index(
                fields=["id"], name="person_uncompared", condition=Q(compared_at__isnull=True)
            ),
            # Whose results must be looked through again.
            models.Index(fields=["id"], name="person_owed", condition=Q(owed_since__isnull=False)),
            # Whose requests end because they died.
            models.Index(
                fields=["died_at"], name="person_died", condition=Q(died_at__isnull=False)
            ),
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


class SharedNumber(models.Model):
    """A number that one person says and another holds, who contradicts them or is not yet joined.

    A parent's number on a child, or one person known twice: a review tells which.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False)
    document = models.ForeignKey(Document, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            # Said twice is said once; also finds what a person says.
            models.UniqueConstraint(
                fields=["person", "document"], name="shared_number_is_noted_once"
            ),
        ]


class Whereabouts(models.Model):
    """A place where a person is said to live, lodge, work or learn, since a day."""

    id = models.BigAutoField(primary_key=True)
    unit_ids = ArrayField(models.IntegerField(), db_comment=UNITS_ANSWERABLE)
    # What it points at is checked for the whole statement (migration 0004), not row by row.
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    kind = models.TextField()
    unit = models.ForeignKey(
        "places.Unit", on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False
    )
    text = models.TextField(default="", blank=True)
    as_of = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["residence", "lodging", "workplace", "school"]),
                name="whereabouts_kind_is_known",
            ),
        ]
        indexes = [
            # A person's places, newest first: the plain index on the person falls away.
            models.Index(fields=["person", "kind", "-as_of"], name="whereabouts_of_person"),
        ]


class Likeness(models.Model):
    """A person as the search for others like them reads it, written off the hot path.

    `words` is the name as compared, `keys` stand for what they are found by (`likeness.kept_keys`);
    the rest is what they are compared by. Of entries joined as one person only the one that stands
    is here, with what is known of them all.
    """

    id = models.BigAutoField(primary_key=True)
    person = models.OneToOneField(Person, on_delete=models.PROTECT)
    words = models.TextField()
    newborn = models.BooleanField()
    phones = ArrayField(models.TextField())
    numbers = ArrayField(models.TextField())
    communes = ArrayField(models.IntegerField())
    hamlets = ArrayField(models.TextField())
    keys = ArrayField(models.BigIntegerField())

    class Meta:
        indexes = [
            # Everybody who shares one of a person's keys: the search for others, also at a desk.
            GinIndex(fields=["keys"], name="likeness_by_key", fastupdate=False),
        ]


class Candidate(models.Model):
    """A pair of persons who may be one, or of whom a review said that they are not.

    `score` is in bits, `reasons` are codes of `people.reasons`.
    """

    id = models.BigAutoField(primary_key=True)
    one = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False, related_name="+")
    other = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    score = models.FloatField()
    reasons = ArrayField(models.TextField())
    found_at = models.DateTimeField()
    decision = models.TextField(default="", blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="candidate_is_in_order"),
            models.UniqueConstraint(fields=["one", "other"], name="candidate_is_one_pair"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True)
                | Q(decision__in=["joined", "parted"], decided_at__isnull=False),
                name="candidate_is_decided_once",
            ),
        ]
        indexes = [
            # The review's list: likeliest first.
            models.Index(
                fields=["-score", "id"],
                name="candidate_open",
                condition=Q(decided_at__isnull=True),
            ),
            # What reviews said: newest first.
            models.Index(
                fields=["-decided_at", "-id"],
                name="candidate_decided",
                condition=Q(decided_at__isnull=False),
            ),
        ]


class Join(models.Model):
    """A join of two entries as one person: `gone` stands for `kept` until it is taken back.

    `units_added` are the units that became answerable for `kept` through it, to be taken back too.
    """

    id = models.BigAutoField(primary_key=True)
    kept = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    gone = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False, related_name="+")
    units_added = ArrayField(models.IntegerField())
    joined_at = models.DateTimeField()
    joined_by = models.TextField()
    parted_at = models.DateTimeField(null=True)
    parted_by = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="join_is_of_two"),
            # Nobody stands for two.
            models.UniqueConstraint(
                fields=["gone"], name="join_holds_once", condition=Q(parted_at__isnull=True)
            ),
        ]
