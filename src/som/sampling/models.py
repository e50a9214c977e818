"""Campaigns, sessions, requests, tubes, swabs and manifests."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value


class Campaign(models.Model):
    """A decision whom to test, why, how and by when."""

    id = models.AutoField(primary_key=True)
    code = models.TextField()
    name = models.TextField()
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT)
    reason = models.TextField()
    legal_basis = models.TextField(default="", blank=True)
    pool_size = models.SmallIntegerField()
    promise_hours = models.SmallIntegerField()
    starts_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="campaign_code_is_one_campaign"),
            models.CheckConstraint(
                condition=Q(pool_size__gte=1, pool_size__lte=20),
                name="campaign_pool_size_is_possible",
            ),
            models.CheckConstraint(
                condition=Q(promise_hours__gte=1), name="campaign_promises_something"
            ),
        ]


class Session(models.Model):
    """A place, a team and a day on which a campaign's swabs are taken."""

    id = models.AutoField(primary_key=True)
    code = models.TextField()
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT)
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    place = models.TextField()
    team = models.TextField(default="", blank=True)
    starts_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="session_code_is_one_session"),
        ]


class Scheme(models.Model):
    """A way to write tube codes; a code means a tube only together with its scheme."""

    id = models.AutoField(primary_key=True)
    name = models.TextField()
    pattern = models.TextField()
    issuer = models.ForeignKey(
        "places.Organisation", on_delete=models.PROTECT, null=True, db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "pattern"], name="scheme_is_registered_once", nulls_distinct=False
            ),
        ]


class Roll(models.Model):
    """A run of printed labels of our own scheme, issued to a unit."""

    id = models.AutoField(primary_key=True)
    first = models.IntegerField()
    last = models.IntegerField()
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT)
    issued_at = models.DateTimeField()

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


class Manifest(models.Model):
    """A list that travels with a box of tubes from a unit to a laboratory."""

    id = models.AutoField(primary_key=True)
    code = models.TextField()
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT)
    sent_at = models.DateTimeField()
    giver = models.TextField()
    taker = models.TextField(default="", blank=True)
    seal = models.TextField(default="", blank=True)
    temperature = models.DecimalField(max_digits=4, decimal_places=1, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="manifest_code_is_one_manifest"),
        ]


class Tube(models.Model):
    """A tube with at least one swab.

    Holds nothing about persons: laboratories see tubes and never names. `swabs` is one for an
    individual specimen, more for a field pool. `use_by_at` runs from the first swab.
    """

    id = models.BigAutoField(primary_key=True)
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, db_index=False)
    code = models.TextField(db_collation="C")
    session = models.ForeignKey(Session, on_delete=models.PROTECT)
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, db_index=False)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    tube_class = models.TextField(default="screening")
    swabs = models.SmallIntegerField(default=0)
    first_swab_at = models.DateTimeField(null=True)
    use_by_at = models.DateTimeField(null=True)
    manifest = models.ForeignKey(Manifest, on_delete=models.PROTECT, null=True, db_index=False)
    lost_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)
    closing_reason = models.TextField(default="", blank=True)
    closed_by = ArrayField(models.TextField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "scheme"], name="tube_code_is_one_tube"),
            models.CheckConstraint(
                condition=Q(tube_class__in=["screening", "symptom", "contact", "recalled"]),
                name="tube_class_is_known",
            ),
            models.CheckConstraint(
                condition=Q(tube_class="screening") | Q(swabs__lte=1),
                name="tube_beyond_screening_is_single",
            ),
            models.CheckConstraint(
                condition=Q(swabs=0) | Q(first_swab_at__isnull=False, use_by_at__isnull=False),
                name="tube_in_use_has_a_use_by",
            ),
            # Loss and destruction have a reason and two people: nobody loses a tube alone.
            models.CheckConstraint(
                condition=Q(lost_at__isnull=True)
                | (~Q(closing_reason="") & Q(closed_by__len__gte=2)),
                name="tube_lost_has_reason_and_two_people",
            ),
        ]
        indexes = [
            # Whose people must be asked for again.
            models.Index(
                fields=["lost_at"], name="tube_by_loss", condition=Q(lost_at__isnull=False)
            ),
            # What must be tested soon, and what no longer may be.
            models.Index(fields=["use_by_at"], name="tube_by_use_by"),
            # What travels in this box.
            models.Index(
                fields=["manifest"],
                name="tube_by_manifest",
                condition=Q(manifest__isnull=False),
            ),
        ]


class TestRequest(models.Model):
    """A wish that one person be swabbed by a time, and how it ended.

    `from_swab_id` is the swab that could not be answered and is asked for again.
    """

    __test__ = False  # pytest would take the name for a test class

    id = models.BigAutoField(primary_key=True)
    key = models.TextField()
    unit_ids = ArrayField(models.IntegerField())
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, db_index=False)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, db_index=False)
    reason = models.TextField()
    single = models.BooleanField()
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField()
    from_swab = models.ForeignKey(
        "Swab", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)
    ended_as = models.TextField(null=True)
    swab = models.ForeignKey(
        "Swab", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    revisit_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="request_is_made_once"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_as__isnull=True)
                | Q(
                    ended_at__isnull=False,
                    ended_as__in=["swabbed", "refused", "absent", "transferred", "died"],
                ),
                name="request_ends_as_the_ledger_law_says",
            ),
            models.CheckConstraint(
                condition=~Q(ended_as="absent") | Q(revisit_on__isnull=False),
                name="request_absence_has_a_revisit",
            ),
            models.CheckConstraint(
                condition=~Q(ended_as="swabbed") | Q(swab__isnull=False),
                name="request_swabbed_names_the_swab",
            ),
        ]
        indexes = [
            # The team's list: what is open here, due first.
            models.Index(
                fields=["unit", "due_at"], name="request_open", condition=Q(ended_at__isnull=True)
            ),
            # A swab ends its person's open requests.
            models.Index(
                fields=["person"],
                name="request_open_by_person",
                condition=Q(ended_at__isnull=True),
            ),
            # Where did this swab lead.
            models.Index(
                fields=["from_swab"],
                name="request_from_swab",
                condition=Q(from_swab__isnull=False),
            ),
        ]


class Swab(models.Model):
    """A swab: one person in one tube, with what the person declared when it was taken.

    Name, phone and address stay as declared, under the unit that took the swab, whatever becomes
    known of the person later.
    """

    id = models.BigAutoField(primary_key=True)
    unit_ids = ArrayField(models.IntegerField())
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, db_index=False)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, db_index=False)
    tube = models.ForeignKey(Tube, on_delete=models.PROTECT)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, db_index=False)
    slip = models.TextField(db_collation="C")
    name = models.TextField()
    sex = models.CharField(max_length=1, null=True)
    birth_date = models.DateField(null=True)
    birth_year = models.SmallIntegerField(null=True)
    phone = models.TextField(default="", blank=True)
    residence = models.ForeignKey(
        "places.Unit", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    address = models.TextField(default="", blank=True)
    taken_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        constraints = [
            # The slip in somebody's hand leads to one swab and no other.
            models.UniqueConstraint(fields=["slip"], name="slip_is_one_swab"),
            # One person in two tubes of one session is a mistake to be seen, not settled silently.
            models.UniqueConstraint(
                fields=["session", "person"], name="person_is_swabbed_once_a_session"
            ),
        ]
