"""Schemes of tube codes, tubes, the manifests they travel with, whose hands they were in, and how
they were kept."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


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


class Manifest(models.Model):
    """A list that travels with a box of tubes from a unit to a laboratory.

    With `from_lab`, from one laboratory to another, for `reason`. `closed_at` is when the addressee
    had unpacked it all, `missing` how many tubes were not in it then.
    """

    id = models.AutoField(primary_key=True)
    code = models.TextField()
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT)
    from_lab = models.ForeignKey(
        "places.Organisation",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
    )
    reason = models.TextField(default="", blank=True)
    sent_at = models.DateTimeField()
    giver = models.TextField()
    taker = models.TextField(default="", blank=True)
    seal = models.TextField(default="", blank=True)
    temperature = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(default="", blank=True)
    missing = models.SmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="manifest_code_is_one_manifest"),
            # Tubes go on to another laboratory for a reason, a box from the field needs none.
            models.CheckConstraint(
                condition=Q(from_lab__isnull=True, reason="")
                | (Q(from_lab__isnull=False) & ~Q(from_lab=F("lab")) & ~Q(reason="")),
                name="manifest_goes_on_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by="", missing__isnull=True)
                | (Q(closed_at__isnull=False, missing__gte=0) & ~Q(closed_by="")),
                name="manifest_closed_says_what_was_missing",
            ),
        ]
        indexes = [
            # Boxes are listed by when they were sent, a page at a time.
            models.Index(F("sent_at").desc(), F("id").desc(), name="manifest_by_sending"),
            # Reception asks which boxes are still to come, past all that were unpacked.
            models.Index(
                fields=["lab", "sent_at"],
                condition=Q(closed_at__isnull=True),
                name="manifest_not_unpacked",
            ),
        ]


class Tube(models.Model):
    """A tube with at least one swab.

    Holds nothing about persons: laboratories see tubes and never names. `swabs` is one for an
    individual specimen, more for a field pool. `use_by_at` runs from the first swab.
    """

    id = models.BigAutoField(primary_key=True)
    # What it points at is checked for the whole statement (migration 0010), not row by row.
    scheme = models.ForeignKey(
        Scheme, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    code = models.TextField(db_collation="C")
    # Indexed: the tubes of a session, and its swabs through them.
    session = models.ForeignKey("sampling.Session", on_delete=models.PROTECT, db_constraint=False)
    unit = models.ForeignKey(
        "places.Unit", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    lab = models.ForeignKey(
        "places.Organisation", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    team = models.ForeignKey(
        "sampling.Team", on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False
    )
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


class Custody(models.Model):
    """A tube's step from one pair of hands into the next: who gave, who took, when, how packed.

    Written when a box is sent, handed over on its way and received. `lab` is where it is going, at
    its reception where it is.
    """

    id = models.BigAutoField(primary_key=True)
    # Checked for the whole statement (migration 0010), not by a foreign key a row.
    tube = models.ForeignKey(Tube, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    step = models.TextField()
    handed_at = models.DateTimeField()
    giver = models.TextField(default="", blank=True)
    taker = models.TextField(default="", blank=True)
    seal = models.TextField(default="", blank=True)
    temperature = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    manifest = models.ForeignKey(
        Manifest, on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False
    )
    lab = models.ForeignKey(
        "places.Organisation", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    noted_by = models.TextField()
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            # The way of a tube, step by step; a step sent twice is one step.
            models.UniqueConstraint(
                fields=["tube", "step", "handed_at", "lab"], name="custody_step_is_noted_once"
            ),
            models.CheckConstraint(
                condition=Q(step__in=["sent", "carried", "received"]),
                name="custody_step_is_known",
            ),
            # Dry ice has -78.5, a car in the sun 60: anything beyond was misread.
            models.CheckConstraint(
                condition=Q(temperature__gte=-100, temperature__lte=60),
                name="custody_temperature_is_possible",
            ),
        ]
        indexes = [
            # What was in this box when it was sent.
            models.Index(fields=["manifest"], name="custody_by_manifest", condition=Q(step="sent")),
        ]


class Storage(models.Model):
    """A way in which a tube is kept from a moment on; the use-by of the tube follows from it.

    `lab` is the laboratory that keeps it; none where the station does that took it.
    """

    id = models.BigAutoField(primary_key=True)
    tube = models.ForeignKey(Tube, on_delete=models.PROTECT, db_index=False)
    kind = models.TextField()
    stored_at = models.DateTimeField()
    temperature = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    lab = models.ForeignKey(
        "places.Organisation", on_delete=models.PROTECT, null=True, db_index=False
    )
    noted_by = models.TextField()

    class Meta:
        constraints = [
            # How a tube was kept, in order of time; nothing is kept in two ways at once.
            models.UniqueConstraint(
                fields=["tube", "stored_at"], name="tube_is_kept_one_way_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["fridge", "frozen", "thawed", "room"]),
                name="storage_kind_is_known",
            ),
            # As `rules.TEMPERATURES` says: what is as warm as a room was not in a fridge.
            models.CheckConstraint(
                condition=Q(temperature__isnull=True)
                | Q(kind__in=["fridge", "thawed"], temperature__gte=2, temperature__lte=8)
                | Q(kind="frozen", temperature__gte=-100, temperature__lte=-70)
                | Q(kind="room", temperature__gt=-70, temperature__lte=60),
                name="storage_temperature_fits_its_kind",
            ),
        ]
