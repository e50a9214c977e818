"""Receptions, pools, plates, runs, readings and verdicts. Nothing here is about a person."""

from django.db import models
from django.db.models import Q


class Reception(models.Model):
    """A tube's arrival at a laboratory, and what it waits for there.

    `waits_for` is empty while the tube is in a pool or on a plate, and after its last verdict.
    """

    id = models.BigAutoField(primary_key=True)
    tube = models.ForeignKey("sampling.Tube", on_delete=models.PROTECT, db_index=False)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    received_at = models.DateTimeField()
    received_by = models.TextField()
    waits_for = models.TextField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tube", "lab"], name="tube_is_received_once_a_lab"),
            models.CheckConstraint(
                condition=Q(waits_for__in=["test", "retest"]), name="reception_wait_is_known"
            ),
        ]
        indexes = [
            # The bench's worklist: what waits here, longest first.
            models.Index(
                fields=["lab", "received_at"],
                name="reception_waiting",
                condition=Q(waits_for__isnull=False),
            ),
        ]


class UnlistedTube(models.Model):
    """A tube that reached a laboratory before anybody told whose swabs are in it.

    It waits for its list and then is received, with the time at which it really came. It ends
    otherwise when it went on to another laboratory or was closed before its list came.
    """

    id = models.BigAutoField(primary_key=True)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    code = models.TextField(db_collation="C")
    arrived_at = models.DateTimeField()
    noted_by = models.TextField()
    giver = models.TextField(default="", blank=True)
    seal = models.TextField(default="", blank=True)
    temperature = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    ended_at = models.DateTimeField(null=True)
    ended_as = models.TextField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "lab"], name="unlisted_tube_waits_once_a_lab"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_as__isnull=True)
                | Q(ended_at__isnull=False, ended_as__in=["received", "moved", "closed"]),
                name="unlisted_tube_ends_in_a_known_way",
            ),
        ]
        indexes = [
            # What waits for its list here, longest first.
            models.Index(
                fields=["lab", "arrived_at"],
                name="unlisted_tube_waiting",
                condition=Q(ended_at__isnull=True),
            ),
        ]


class Pool(models.Model):
    """A set of single-swab tubes tested as one, whose remainders stay at the laboratory."""

    id = models.BigAutoField(primary_key=True)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    code = models.TextField(db_collation="C")
    size = models.SmallIntegerField()
    made_at = models.DateTimeField()
    made_by = models.TextField()
    waits_for = models.TextField(null=True, default="test")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "lab"], name="pool_code_is_one_pool"),
            models.CheckConstraint(condition=Q(size__gte=2), name="pool_has_members"),
            models.CheckConstraint(
                condition=Q(waits_for__in=["test", "retest"]), name="pool_wait_is_known"
            ),
        ]
        indexes = [
            # The bench's worklist: pools not yet on a plate.
            models.Index(
                fields=["lab", "made_at"],
                name="pool_waiting",
                condition=Q(waits_for__isnull=False),
            ),
        ]


class Member(models.Model):
    """A tube's place in a lab pool; a tube is pooled at most once."""

    id = models.BigAutoField(primary_key=True)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT)
    tube = models.ForeignKey("sampling.Tube", on_delete=models.PROTECT, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tube"], name="tube_is_pooled_once"),
        ]


class Plate(models.Model):
    """A plate of a laboratory, laid out for one kit."""

    id = models.BigAutoField(primary_key=True)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    code = models.TextField(db_collation="C")
    size = models.SmallIntegerField()
    kit = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "lab"], name="plate_code_is_one_plate"),
        ]


class Load(models.Model):
    """A tube, pool or control put into wells of a plate, under the sample name of the plate map."""

    id = models.BigAutoField(primary_key=True)
    plate = models.ForeignKey(Plate, on_delete=models.PROTECT)
    kind = models.TextField()
    sample = models.TextField()
    tube = models.ForeignKey(
        "sampling.Tube", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, null=True, db_index=False)
    loaded_at = models.DateTimeField()
    loaded_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="tube", tube__isnull=False, pool__isnull=True)
                | Q(kind="pool", tube__isnull=True, pool__isnull=False)
                | Q(
                    kind__in=["no_template", "negative", "positive"],
                    tube__isnull=True,
                    pool__isnull=True,
                ),
                name="load_is_a_tube_a_pool_or_a_control",
            ),
            models.UniqueConstraint(fields=["plate", "sample"], name="sample_is_one_load_a_plate"),
        ]
        indexes = [
            # Where was this tube tested; which verdicts has it.
            models.Index(fields=["tube"], name="load_by_tube", condition=Q(tube__isnull=False)),
            # Where was this pool tested; which verdicts has it.
            models.Index(fields=["pool"], name="load_by_pool", condition=Q(pool__isnull=False)),
        ]


class Well(models.Model):
    """A well of a plate with what was loaded into it."""

    id = models.BigAutoField(primary_key=True)
    plate = models.ForeignKey(Plate, on_delete=models.PROTECT, db_index=False)
    position = models.TextField(db_collation="C")
    load = models.ForeignKey(Load, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plate", "position"], name="well_holds_one_load"),
        ]


class Run(models.Model):
    """A plate gone through an instrument, with the instrument's file byte for byte."""

    id = models.BigAutoField(primary_key=True)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    plate = models.ForeignKey(Plate, on_delete=models.PROTECT, db_index=False)
    filename = models.TextField()
    sha256 = models.TextField(db_collation="C")
    content = models.BinaryField()
    format = models.TextField()
    instrument = models.TextField()
    software = models.TextField()
    serial = models.TextField()
    ended_at = models.DateTimeField(null=True)
    kit_lot = models.TextField()
    rule = models.ForeignKey("kernel.Rule", on_delete=models.PROTECT, db_index=False)
    read_at = models.DateTimeField()
    read_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plate"], name="plate_is_run_once"),
            models.UniqueConstraint(fields=["sha256", "lab"], name="run_file_is_read_once"),
            models.CheckConstraint(condition=~Q(kit_lot=""), name="run_has_a_kit_lot"),
        ]
        indexes = [
            # The laboratory's runs, newest first.
            models.Index(fields=["lab", "-read_at", "-id"], name="run_by_lab"),
        ]


class Reading(models.Model):
    """A reading: what the instrument said of one target in one well. No Ct: not detected."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT)
    position = models.TextField()
    sample = models.TextField()
    target = models.TextField()
    fluor = models.TextField()
    ct = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    call = models.TextField()


class Verdict(models.Model):
    """A verdict: what the kit's rule makes of all readings of one load in one run."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, db_index=False)
    load = models.ForeignKey(Load, on_delete=models.PROTECT)
    value = models.TextField()
    reason = models.TextField()
    detail = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "load"], name="load_has_one_verdict_a_run"),
            models.CheckConstraint(
                condition=Q(value__in=["positive", "negative", "inconclusive", "invalid"]),
                name="verdict_is_known",
            ),
        ]


class ControlCheck(models.Model):
    """A check of a control in a run: whether it shows what it must."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT)
    load = models.ForeignKey(Load, on_delete=models.PROTECT, db_index=False)
    passed = models.BooleanField()
    reason = models.TextField()
    detail = models.TextField(default="", blank=True)


class Fault(models.Model):
    """A fault in a run's file or of one load: something was not read, or deserves a look."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT)
    load = models.ForeignKey(Load, on_delete=models.PROTECT, null=True, db_index=False)
    code = models.TextField()
    severity = models.TextField()
    position = models.TextField(default="", blank=True)
    row = models.IntegerField(null=True)
    detail = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(severity__in=["error", "warning"]), name="fault_severity_is_known"
            ),
        ]
