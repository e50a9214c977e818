"""Holds: what may not be released until a second person lifts it."""

from django.db import models
from django.db.models import Q

from som.lab.models.benches import Plate
from som.lab.models.runs import Run


class Hold(models.Model):
    """A hold on a plate, a run, a kit's lot or a laboratory: nothing of it is released meanwhile."""

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField()
    lab = models.ForeignKey(
        "places.Organisation", on_delete=models.PROTECT, null=True, db_index=False
    )
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, null=True, db_index=False)
    plate = models.ForeignKey(Plate, on_delete=models.PROTECT, null=True, db_index=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, db_index=False)
    kit = models.TextField(default="", blank=True)
    kit_lot = models.TextField(default="", blank=True)
    reason = models.TextField()
    held_by = models.TextField()
    held_at = models.DateTimeField()
    lifted_by = models.TextField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_for = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="plate", plate__isnull=False, run__isnull=True, kit_lot="")
                | Q(kind="run", plate__isnull=True, run__isnull=False, kit_lot="")
                | Q(kind="kit_lot", plate__isnull=True, run__isnull=True) & ~Q(kit_lot="")
                | Q(kind="lab", plate__isnull=True, run__isnull=True, kit_lot=""),
                name="hold_names_what_it_holds",
            ),
            # Only a lot is held in a whole territory.
            models.CheckConstraint(
                condition=Q(lab__isnull=False, unit__isnull=True)
                | Q(kind="kit_lot", lab__isnull=True, unit__isnull=False),
                name="hold_is_somewhere",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_a_reason"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="hold_is_lifted_by_somebody",
            ),
            # Nobody frees what they held themselves.
            models.CheckConstraint(
                condition=Q(lifted_by__isnull=True) | ~Q(lifted_by=models.F("held_by")),
                name="hold_is_lifted_by_a_second_person",
            ),
            # Placed twice is placed once. The index is also how a verdict's holds are found.
            models.UniqueConstraint(
                fields=["kind", "lab", "unit", "plate", "run", "kit", "kit_lot"],
                condition=Q(lifted_at__isnull=True),
                nulls_distinct=False,
                name="hold_is_placed_once",
            ),
        ]
        # Which holds are or were on a run.
        indexes = [
            models.Index(
                fields=["kind", "run", "plate", "kit_lot", "lab"], name="hold_by_what_it_holds"
            )
        ]
