"""How much a laboratory may test in a day."""

from django.db import models
from django.db.models import Q


class Capacity(models.Model):
    """A ceiling of a laboratory: tests a day, from a day on until the next one holds."""

    id = models.BigAutoField(primary_key=True)
    lab = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    tests_a_day = models.IntegerField()
    valid_from = models.DateField()
    set_at = models.DateTimeField()
    set_by = models.TextField()

    class Meta:
        verbose_name_plural = "capacities"
        constraints = [
            # One ceiling holds on a day; also how it is found.
            models.UniqueConstraint(
                fields=["lab", "valid_from"], name="capacity_is_set_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(tests_a_day__gte=0), name="capacity_is_a_number_of_tests"
            ),
        ]
