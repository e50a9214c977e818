"""Numbered paper tube sheets and what two people read on them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Sheet(models.Model):
    """A numbered paper sheet of a session on which a team writes where it has no network.

    The number is printed: a sheet with people's names that is missing is noticed.
    """

    id = models.AutoField(primary_key=True)
    session = models.ForeignKey("sampling.Session", on_delete=models.PROTECT, db_index=False)
    number = models.IntegerField()
    printed_at = models.DateTimeField()
    printed_by = models.TextField()
    voided_at = models.DateTimeField(null=True)
    void_reason = models.TextField(default="", blank=True)
    voided_by = ArrayField(models.TextField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "number"], name="sheet_number_is_one_sheet_a_session"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="sheet_has_a_number"),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True, void_reason="")
                | Q(voided_at__isnull=False, void_reason__in=["unused", "damaged", "lost"]),
                name="sheet_void_has_a_reason",
            ),
            # A lost sheet shows people's names to whoever finds it: nobody loses it alone.
            models.CheckConstraint(
                condition=~Q(void_reason="lost") | Q(voided_by__len__gte=2),
                name="sheet_lost_has_two_people",
            ),
        ]


class SheetLine(models.Model):
    """A line of a sheet: what is printed on it, and what two people read there.

    It is settled when both agree: then it leads to a swab, or is blank.
    """

    id = models.BigAutoField(primary_key=True)
    unit_ids = ArrayField(models.IntegerField())
    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, db_index=False)
    line = models.SmallIntegerField()
    tube = models.TextField(default="", blank=True, db_collation="C")
    slip = models.TextField(default="", blank=True, db_collation="C")
    first = models.JSONField(null=True)
    first_by = models.TextField(default="", blank=True)
    first_at = models.DateTimeField(null=True)
    second = models.JSONField(null=True)
    second_by = models.TextField(default="", blank=True)
    second_at = models.DateTimeField(null=True)
    differing = ArrayField(models.TextField(), default=list)
    fault = models.TextField(default="", blank=True)
    settled_at = models.DateTimeField(null=True)
    swab = models.ForeignKey("sampling.Swab", on_delete=models.PROTECT, null=True, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sheet", "line"], name="sheet_line_is_one_line"),
            # The slip torn off this line leads to one person.
            models.UniqueConstraint(
                fields=["slip"], name="sheet_slip_is_printed_once", condition=~Q(slip="")
            ),
            # Whoever misreads a hand once misreads it twice.
            models.CheckConstraint(
                condition=Q(second_by="") | ~Q(second_by=F("first_by")),
                name="sheet_line_is_read_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True)
                | Q(first__isnull=False, second__isnull=False, differing=[]),
                name="sheet_line_settled_was_read_twice",
            ),
        ]
        indexes = [
            # Whether a tube that waits at a laboratory has people still on paper.
            models.Index(
                fields=["tube"],
                name="sheet_line_open_by_tube",
                condition=Q(settled_at__isnull=True),
            ),
        ]
