"""Test requests."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class TestRequest(models.Model):
    """A wish that one person be swabbed by a time, and how it ended.

    `from_swab_id` is the swab that could not be answered and is asked for again.
    """

    __test__ = False  # pytest would take the name for a test class

    id = models.BigAutoField(primary_key=True)
    key = models.TextField()
    unit_ids = ArrayField(models.IntegerField())
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, db_index=False)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, db_index=False)
    reason = models.TextField()
    single = models.BooleanField()
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField()
    from_swab = models.ForeignKey(
        "Swab", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)
    ended_as = models.TextField(null=True)
    swab = models.ForeignKey(
        "Swab", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    revisit_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="request_is_made_once"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_as__isnull=True)
                | Q(
                    ended_at__isnull=False,
                    ended_as__in=["swabbed", "refused", "absent", "transferred", "died"],
                ),
                name="request_ends_as_the_ledger_law_says",
            ),
            models.CheckConstraint(
                condition=~Q(ended_as="absent") | Q(revisit_on__isnull=False),
                name="request_absence_has_a_revisit",
            ),
            models.CheckConstraint(
                condition=~Q(ended_as="swabbed") | Q(swab__isnull=False),
                name="request_swabbed_names_the_swab",
            ),
        ]
        indexes = [
            # The team's list: what is open here, due first.
            models.Index(
                fields=["unit", "due_at"], name="request_open", condition=Q(ended_at__isnull=True)
            ),
            # A swab ends its person's open requests.
            models.Index(
                fields=["person"],
                name="request_open_by_person",
                condition=Q(ended_at__isnull=True),
            ),
            # Where did this swab lead.
            models.Index(
                fields=["from_swab"],
                name="request_from_swab",
                condition=Q(from_swab__isnull=False),
            ),
        ]
