"""Swabs, and the cards of walk-ins."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Func, Q, Value


class Swab(models.Model):
    """A swab: one person in one tube, with what the person declared when it was taken.

    Name, phone and address stay as declared, under the unit that took the swab, whatever becomes
    known of the person later. `stamp_ids` are the units that hear of a positive, as known when it was
    recorded: where it was taken, where the person lives, lodges, works and learns, who planned the
    campaign, and the provinces of these. `specimen` counts a person's swabs in one session: a second only
    where the campaign plans it.
    """

    id = models.BigAutoField(primary_key=True)
    unit_ids = ArrayField(models.IntegerField())
    stamp_ids = ArrayField(models.IntegerField(), default=list)
    # What it points at is checked for the whole statement (migration 0010), not row by row.
    unit = models.ForeignKey(
        "places.Unit", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    session = models.ForeignKey(
        "sampling.Session", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    # Indexed: whose swabs are in this tube.
    tube = models.ForeignKey("sampling.Tube", on_delete=models.PROTECT, db_constraint=False)
    person = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    slip = models.TextField(db_collation="C")
    name = models.TextField()
    sex = models.CharField(max_length=1, null=True)
    birth_date = models.DateField(null=True)
    birth_year = models.SmallIntegerField(null=True)
    phone = models.TextField(default="", blank=True)
    residence = models.ForeignKey(
        "places.Unit",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
    )
    address = models.TextField(default="", blank=True)
    specimen = models.SmallIntegerField(default=1)
    taken_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        constraints = [
            # The slip in somebody's hand leads to one swab and no other.
            models.UniqueConstraint(fields=["slip"], name="slip_is_one_swab"),
            # One person in two tubes of one session is a mistake to be seen, not settled silently.
            # Led by the person, it also finds every swab somebody ever gave; those of a session are
            # found through its tubes.
            models.UniqueConstraint(
                fields=["person", "session", "specimen"],
                name="person_is_swabbed_once_a_session",
            ),
            models.CheckConstraint(
                condition=Q(specimen__in=[1, 2]), name="swab_is_first_or_second_specimen"
            ),
        ]
        indexes = [
            # The answers of a commune's people, a day at a time, wherever they were swabbed.
            models.Index(fields=["residence", "taken_at"], name="swab_of_residents"),
        ]


class Card(models.Model):
    """A walk-in card, printed with a code and a slip for somebody without papers, phone or time.

    Whoever holds it opens the result with it alone, until their name is known.
    """

    serial = models.IntegerField(primary_key=True)
    unit_ids = ArrayField(models.IntegerField())
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, db_index=False)
    slip = models.TextField(db_collation="C")
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            # A card leads to one slip, a slip is on one card; also finds the card of a swab.
            models.UniqueConstraint(fields=["slip"], name="card_has_its_own_slip"),
            models.CheckConstraint(
                condition=Q(serial__gte=0, serial__lt=10**9), name="card_serial_has_nine_digits"
            ),
        ]


class CardPrint(models.Model):
    """A run of cards that was printed: of two cards with one code the second opens the first's result.

    `code`: of what was printed at once; None where cards were issued before printing was noted, of
    which nobody knows. `again`: why, where some was on paper already.
    """

    id = models.AutoField(primary_key=True)
    code = models.TextField(db_collation="C", null=True)
    first = models.IntegerField()
    last = models.IntegerField()
    again = models.TextField(default="", blank=True)
    printed_at = models.DateTimeField()
    printed_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "first"], name="card_print_names_a_run_once"),
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="card_print_has_cards"),
            models.CheckConstraint(
                condition=Q(again__in=["", "spoiled", "nothing_came"]),
                name="card_print_reason_is_known",
            ),
        ]
        indexes = [
            # Whether a card was printed before.
            GistIndex(
                Func(F("first"), F("last"), Value("[]"), function="int4range"),
                name="card_print_by_cards",
            ),
        ]
