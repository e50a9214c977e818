"""What was scanned at a desk and not acted on yet."""

from django.db import models
from django.db.models import Q


class Tray(models.Model):
    """A line of a tray: a code that somebody scanned at a desk and has not acted on yet.

    It holds codes of tubes, pools and controls, and nothing about persons. `place` is where it is
    to go where that matters, a well of a plate. The order of scanning is that of the ids.
    """

    id = models.BigAutoField(primary_key=True)
    kept_by = models.TextField(db_collation="C")
    desk = models.TextField(db_collation="C")
    code = models.TextField(db_collation="C")
    place = models.TextField(default="", blank=True)
    laid_at = models.DateTimeField()

    class Meta:
        constraints = [
            # A scanner that beeps twice means one tube; found by the tray it lies in.
            models.UniqueConstraint(
                fields=["kept_by", "desk", "code"], name="tray_holds_a_code_once"
            ),
            models.UniqueConstraint(
                fields=["kept_by", "desk", "place"],
                name="tray_place_has_one_code",
                condition=~Q(place=""),
            ),
            models.CheckConstraint(
                condition=~Q(code="") & ~Q(desk=""), name="tray_line_has_a_code"
            ),
        ]
