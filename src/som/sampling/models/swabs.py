"""Swabs."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Swab(models.Model):
    """A swab: one person in one tube, with what the person declared when it was taken.

    Name, phone and address stay as declared, under the unit that took the swab, whatever becomes
    known of the person later.
    """

    id = models.BigAutoField(primary_key=True)
    unit_ids = ArrayField(models.IntegerField())
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, db_index=False)
    session = models.ForeignKey("sampling.Session", on_delete=models.PROTECT, db_index=False)
    tube = models.ForeignKey("sampling.Tube", on_delete=models.PROTECT)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, db_index=False)
    slip = models.TextField(db_collation="C")
    name = models.TextField()
    sex = models.CharField(max_length=1, null=True)
    birth_date = models.DateField(null=True)
    birth_year = models.SmallIntegerField(null=True)
    phone = models.TextField(default="", blank=True)
    residence = models.ForeignKey(
        "places.Unit", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    address = models.TextField(default="", blank=True)
    taken_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        constraints = [
            # The slip in somebody's hand leads to one swab and no other.
            models.UniqueConstraint(fields=["slip"], name="slip_is_one_swab"),
            # One person in two tubes of one session is a mistake to be seen, not settled silently.
            models.UniqueConstraint(
                fields=["session", "person"], name="person_is_swabbed_once_a_session"
            ),
        ]
