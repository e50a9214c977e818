"""Runs with their files, readings, verdicts and faults."""

from django.db import models
from django.db.models import Q

from som.lab.models.benches import Load, Plate


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
