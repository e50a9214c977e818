"""Runs with their files, readings, verdicts and faults.

Readings and verdicts, written by the hundred, have their references checked by the statement
(migration 0005), not by a foreign key a row.
"""

from django.db import models
from django.db.models import Q

from som.lab.models.benches import Load, Plate


class Run(models.Model):
    """A plate gone through an instrument, with the instrument's file byte for byte.

    `kit_lot` is the lot of the kit as it was typed, `lot` as lots are compared.

    A cartridge and a strip are a run of their own, without plate and without file: a cartridge is
    known by its barcode, a strip by its tube and the moment at which it was begun.

    `ended_at` is what counts. Where the instrument's clock was wrong somebody said so: `ended_said` is
    what its file says, `ended_why` how they know better.
    """

    id = models.BigAutoField(primary_key=True)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    plate = models.ForeignKey(Plate, on_delete=models.PROTECT, null=True, db_index=False)
    method = models.TextField(default="pcr", db_default="pcr")
    kit = models.TextField()
    barcode = models.TextField(db_collation="C", default="", db_default="", blank=True)
    filename = models.TextField()
    sha256 = models.TextField(db_collation="C")
    content = models.BinaryField()
    format = models.TextField()
    instrument = models.TextField()
    software = models.TextField()
    serial = models.TextField()
    operator = models.TextField(default="", db_default="", blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_said = models.DateTimeField(null=True)
    ended_why = models.TextField(default="", db_default="", blank=True)
    kit_lot = models.TextField()
    lot = models.TextField(default="", db_default="", blank=True)
    rule = models.ForeignKey("kernel.Rule", on_delete=models.PROTECT, db_index=False)
    read_at = models.DateTimeField()
    read_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plate"], name="plate_is_run_once"),
            models.UniqueConstraint(
                fields=["sha256", "lab"],
                condition=Q(plate__isnull=False),
                name="run_file_is_read_once",
            ),
            # A cartridge is used once. Barcodes are the maker's: another kit's may be the same.
            models.UniqueConstraint(
                fields=["barcode", "kit", "lab"],
                condition=~Q(barcode=""),
                name="cartridge_is_used_once",
            ),
            models.CheckConstraint(condition=~Q(kit_lot=""), name="run_has_a_kit_lot"),
            # No result without a run's file, a cartridge's barcode or a strip's times.
            models.CheckConstraint(
                condition=Q(method="pcr", plate__isnull=False, barcode="") & ~Q(sha256="")
                | Q(method="cartridge", plate__isnull=True, ended_at__isnull=False) & ~Q(barcode="")
                | Q(
                    method="antigen",
                    plate__isnull=True,
                    barcode="",
                    started_at__isnull=False,
                    ended_at__isnull=False,
                ),
                name="run_is_known_by_what_it_was_read_from",
            ),
            models.CheckConstraint(
                condition=Q(plate__isnull=False)
                | Q(started_at__isnull=True)
                | Q(ended_at__gte=models.F("started_at")),
                name="device_is_read_after_it_was_begun",
            ),
            models.CheckConstraint(
                condition=Q(ended_why="", ended_said__isnull=True)
                | Q(ended_at__isnull=False) & ~Q(ended_why=""),
                name="run_end_against_its_file_has_a_reason",
            ),
        ]
        indexes = [
            # The laboratory's runs, newest first.
            models.Index(fields=["lab", "-read_at", "-id"], name="run_by_lab"),
            models.Index(fields=["lab", "method", "-read_at", "-id"], name="run_by_method"),
        ]


class Reading(models.Model):
    """A reading: what the instrument said of one target in one well. No Ct: not detected."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, db_constraint=False)
    position = models.TextField()
    sample = models.TextField()
    target = models.TextField()
    fluor = models.TextField()
    ct = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    call = models.TextField()


class Verdict(models.Model):
    """A verdict: what the kit's rule makes of all readings of one load in one run.

    It is `open` as long as a second person may have to release it.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    load = models.ForeignKey(Load, on_delete=models.PROTECT, db_constraint=False)
    value = models.TextField()
    reason = models.TextField()
    detail = models.TextField(default="", blank=True)
    open = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "load"], name="load_has_one_verdict_a_run"),
            models.CheckConstraint(
                condition=Q(value__in=["positive", "negative", "inconclusive", "invalid"]),
                name="verdict_is_known",
            ),
        ]
        indexes = [
            # What waits for its second person; it does not grow with what was released.
            models.Index(
                fields=["run"],
                name="verdict_open",
                condition=Q(open=True) & ~Q(value="invalid"),
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
