"""Pools, plates and what was loaded into their wells."""

from django.db import models
from django.db.models import Q


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
