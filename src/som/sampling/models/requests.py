"""Test requests, and how they are handed from one unit to another."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class TestRequest(models.Model):
    """A wish that one person be swabbed by a time, and how it ended.

    `from_swab_id` is the swab that could not be answered and is asked for again. `day_number`: of
    a schedule of several days, which one. `unable_because`: why somebody who was met could not be
    swabbed; like an absence it says when the team comes again, so that nobody drops out. `followed`:
    whether its campaign has asked for the person's next turn since.
    """

    __test__ = False  # pytest would take the name for a test class

    id = models.BigAutoField(primary_key=True)
    key = models.TextField()
    unit_ids = ArrayField(models.IntegerField())
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, db_index=False)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, db_index=False)
    reason = models.TextField()
    day_number = models.SmallIntegerField(null=True)
    campaign = models.ForeignKey(
        "Campaign", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
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
    unable_because = models.TextField(null=True)
    revisit_on = models.DateField(null=True)
    followed = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="request_is_made_once"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_as__isnull=True)
                | Q(
                    ended_at__isnull=False,
                    ended_as__in=[
                        "swabbed",
                        "refused",
                        "absent",
                        "unable",
                        "transferred",
                        "died",
                        "campaign_ended",
                    ],
                ),
                name="request_ends_as_the_ledger_law_says",
            ),
            # Whoever was away or could not be swabbed is asked for again on a day.
            models.CheckConstraint(
                condition=~Q(ended_as__in=["absent", "unable"]) | Q(revisit_on__isnull=False),
                name="request_absence_has_a_revisit",
            ),
            models.CheckConstraint(
                condition=~Q(ended_as="unable") | Q(unable_because__isnull=False),
                name="request_unable_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(day_number__isnull=True) | Q(day_number__gte=0, reason="day"),
                name="request_day_is_of_a_schedule",
            ),
            models.CheckConstraint(
                condition=~Q(ended_as="swabbed") | Q(swab__isnull=False),
                name="request_swabbed_names_the_swab",
            ),
            # Whoever has symptoms, met a case or was in a bad tube is tested whatever campaign ends.
            models.CheckConstraint(
                condition=~Q(ended_as="campaign_ended")
                | Q(reason="roster", campaign__isnull=False),
                name="request_ends_with_its_campaign_alone",
            ),
        ]
        indexes = [
            # The team's list: what is open here, due first.
            models.Index(
                fields=["unit", "due_at"], name="request_open", condition=Q(ended_at__isnull=True)
            ),
            # A swab ends its person's open requests, and so does their death.
            models.Index(
                fields=["person"],
                name="request_open_by_person",
                condition=Q(ended_at__isnull=True),
            ),
            # What was ever asked of somebody.
            models.Index(fields=["person"], name="request_of_person"),
            # Where did this swab lead.
            models.Index(
                fields=["from_swab"],
                name="request_from_swab",
                condition=Q(from_swab__isnull=False),
            ),
            # Whom a campaign asks for.
            models.Index(
                fields=["campaign"],
                name="request_by_campaign",
                condition=Q(campaign__isnull=False),
            ),
            # Whom a campaign that has ended still asks for.
            models.Index(
                fields=["campaign"],
                name="request_open_by_campaign",
                condition=Q(campaign__isnull=False, ended_at__isnull=True),
            ),
            # Whose next turn of a campaign is still to come, longest waiting first.
            models.Index(
                fields=["campaign", "ended_at"],
                name="request_turn_to_come",
                condition=Q(
                    campaign__isnull=False,
                    ended_as__in=["swabbed", "refused"],
                    followed=False,
                ),
            ),
            # Whose death ended it: if the word was mistaken, they are asked for again.
            models.Index(
                fields=["person"],
                name="request_ended_by_death",
                condition=Q(ended_as="died"),
            ),
        ]


class Transfer(models.Model):
    """A test request handed to another unit, until that unit answers.

    The request stays open and the giver's until the other unit accepts it.
    """

    id = models.BigAutoField(primary_key=True)
    unit_ids = ArrayField(models.IntegerField())
    request = models.ForeignKey(TestRequest, on_delete=models.PROTECT, db_index=False)
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, db_index=False)
    to_unit = models.ForeignKey(
        "places.Unit", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    offered_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(null=True)

    class Meta:
        constraints = [
            # Two units told "it is yours" would each wait for the other.
            models.UniqueConstraint(
                fields=["request"],
                name="transfer_is_to_one_unit",
                condition=Q(answered_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer__isnull=True)
                | Q(
                    answered_at__isnull=False,
                    answer__in=["accepted", "declined", "withdrawn"],
                ),
                name="transfer_is_answered_in_words_known",
            ),
            models.CheckConstraint(
                condition=~Q(unit=F("to_unit")), name="transfer_is_to_another_unit"
            ),
        ]
        indexes = [
            # What waits for this unit's answer.
            models.Index(
                fields=["to_unit"],
                name="transfer_waiting",
                condition=Q(answered_at__isnull=True),
            ),
            # What became of handing this request over.
            models.Index(fields=["request"], name="transfer_of_request"),
        ]
