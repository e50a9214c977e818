"""Pools, extraction batches, plates and what was loaded into their wells.

What is written a hundred times a plate has its references checked by the statement (migration
0005), not by a foreign key a row.
"""

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
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, db_constraint=False)
    tube = models.ForeignKey(
        "sampling.Tube", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tube"], name="tube_is_pooled_once"),
        ]


class Batch(models.Model):
    """A batch of an extraction: what was extracted together, with one lot of one kit.

    Its own control covers what is in it and nothing else.
    """

    id = models.BigAutoField(primary_key=True)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    code = models.TextField(db_collation="C")
    kit = models.TextField()
    kit_lot = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "lab"], name="batch_code_is_one_batch"),
            models.CheckConstraint(condition=~Q(kit_lot=""), name="batch_has_a_kit_lot"),
        ]


class Layout(models.Model):
    """A layout of controls as a laboratory sets it for its plates of one kit and size."""

    id = models.BigAutoField(primary_key=True)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    kit = models.TextField()
    size = models.SmallIntegerField()
    mode = models.TextField()
    wells = models.JSONField()
    set_at = models.DateTimeField()
    set_by = models.TextField()

    class Meta:
        constraints = [
            # Whose layout it is; also how a plate finds it.
            models.UniqueConstraint(fields=["lab", "kit", "size"], name="layout_is_set_once_a_kit"),
            models.CheckConstraint(
                condition=Q(mode__in=["fixed", "moving"]), name="layout_mode_is_known"
            ),
        ]


class Plate(models.Model):
    """A plate of a laboratory, laid out for one kit.

    `controls` are the wells that its controls must be in, as the laboratory's layout said when the
    plate was begun, which was the `turn`-th of its kind; none where there is no layout. It is
    `unread` until a run is read of it.
    """

    id = models.BigAutoField(primary_key=True)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    code = models.TextField(db_collation="C")
    size = models.SmallIntegerField()
    kit = models.TextField()
    controls = models.JSONField(null=True)
    turn = models.IntegerField(default=0, db_default=0)
    made_at = models.DateTimeField()
    made_by = models.TextField()
    unread = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "lab"], name="plate_code_is_one_plate"),
        ]
        indexes = [
            # The plates of an extraction batch are those of the days after it.
            models.Index(fields=["lab", "made_at"], name="plate_by_making"),
            # What waits for its run; it does not grow with what was read.
            models.Index(fields=["lab"], condition=Q(unread=True), name="plate_unread"),
        ]


class Load(models.Model):
    """A tube, pool or control put into wells of a plate, under the sample name of the plate map.

    A tube put into a cartridge or on a strip has no plate and is read at once, in the `run` named
    here; what is on a plate is read in the plate's run. A control covers the columns from first to
    last, or its extraction batch, or else the whole plate.
    """

    id = models.BigAutoField(primary_key=True)
    lab = models.ForeignKey(
        "places.Organisation", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    # A foreign key of the database: a plate on which nothing was put after all is taken away.
    plate = models.ForeignKey(Plate, on_delete=models.PROTECT, null=True, db_index=False)
    run = models.ForeignKey(
        "lab.Run",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False
    )
    first_column = models.SmallIntegerField(null=True)
    last_column = models.SmallIntegerField(null=True)
    kind = models.TextField()
    sample = models.TextField()
    tube = models.ForeignKey(
        "sampling.Tube",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    pool = models.ForeignKey(
        Pool, on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False
    )
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
            # Its index is also how what is on a plate is found.
            models.UniqueConstraint(fields=["plate", "sample"], name="sample_is_one_load_a_plate"),
            # What is in no plate was read when it was noted, and is a tube: a strip or a cartridge
            # takes neither pools nor controls.
            models.CheckConstraint(
                condition=Q(plate__isnull=False) | Q(run__isnull=False, kind="tube"),
                name="load_without_plate_is_a_tube_read",
            ),
            # The same test sent twice is one test.
            models.UniqueConstraint(
                fields=["tube", "loaded_at"],
                condition=Q(plate__isnull=True),
                name="tube_is_in_one_device_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(first_column__isnull=True, last_column__isnull=True)
                | Q(
                    first_column__gte=1,
                    last_column__isnull=False,
                    last_column__gte=models.F("first_column"),
                    kind__in=["no_template", "negative", "positive"],
                    batch__isnull=True,
                ),
                name="load_covers_columns_as_a_control",
            ),
        ]
        indexes = [
            # Where was this tube tested; which verdicts has it.
            models.Index(fields=["tube"], name="load_by_tube", condition=Q(tube__isnull=False)),
            # How much of its day's capacity a laboratory has used.
            models.Index(
                fields=["lab", "loaded_at"],
                name="load_by_day",
                condition=Q(kind__in=["tube", "pool"]),
            ),
            # Where was this pool tested; which verdicts has it.
            models.Index(fields=["pool"], name="load_by_pool", condition=Q(pool__isnull=False)),
        ]


class Well(models.Model):
    """A well of a plate with what was loaded into it."""

    id = models.BigAutoField(primary_key=True)
    # A foreign key of the database, as that of a load.
    plate = models.ForeignKey(Plate, on_delete=models.PROTECT, db_index=False)
    position = models.TextField(db_collation="C")
    load = models.ForeignKey(Load, on_delete=models.PROTECT, db_index=False, db_constraint=False)

    class Meta:
        constraints = [
            # Its index is also how the wells of a plate are found; nobody asks for those of a load.
            models.UniqueConstraint(fields=["plate", "position"], name="well_holds_one_load"),
        ]
