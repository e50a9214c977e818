"""Lists that arrived as files, and their rows."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class List(models.Model):
    """A file with people to be asked for, or with swabs taken, on its way into the product.

    `rows` is what the file holds, once that is known; `noted` how many of these are kept, `judged`
    how many the preview has looked at, the others what became of them. `unit` answers for the list:
    it is the unit that meets these people. `columns` are the headings found, by what they mean
    (one that means nothing here stands under "+" and itself);
    `refused_file` is the refused rows in the list's own layout, to be mended and sent again.
    `forgotten_at`: when the bytes of an ended list were deleted; what became of its rows stays.
    `tries` counts how often a step was begun and not ended: a file that kills the worker is left.
    """

    id = models.BigAutoField(primary_key=True)
    unit_ids = ArrayField(models.IntegerField())
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, db_index=False)
    purpose = models.TextField()
    campaign = models.ForeignKey(
        "sampling.Campaign", on_delete=models.PROTECT, null=True, db_index=False
    )
    session = models.ForeignKey(
        "sampling.Session", on_delete=models.PROTECT, null=True, db_index=False
    )
    reason = models.TextField(default="", blank=True)
    due_on = models.DateField(null=True)
    name = models.TextField()
    content = models.BinaryField()
    digest = models.BinaryField()
    kind = models.TextField(default="", blank=True)
    sheet = models.TextField(default="", blank=True)
    columns = models.JSONField(default=dict)
    day = models.DateField(null=True)
    state = models.TextField(default="waiting")
    fault = models.TextField(default="", blank=True)
    fault_detail = models.TextField(default="", blank=True)
    rows = models.IntegerField(null=True)
    noted = models.IntegerField(default=0)
    judged = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    refused_file = models.BinaryField(null=True)
    refused_in_file = models.IntegerField(default=0)
    tries = models.SmallIntegerField(default=0, db_default=0)
    sent_at = models.DateTimeField()
    sent_by = models.TextField()
    sent_by_account = models.IntegerField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.TextField(default="", blank=True)
    confirmed_by_account = models.IntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # What was said to be forgotten is: the bytes hold people's numbers and telephones.
            models.CheckConstraint(
                condition=Q(forgotten_at__isnull=True)
                | Q(content=b"", refused_file__isnull=True, ended_at__isnull=False),
                name="list_forgotten_keeps_no_file",
            ),
            models.CheckConstraint(
                condition=Q(purpose="roster", campaign__isnull=False, session__isnull=True)
                | Q(purpose="swabs", campaign__isnull=True, session__isnull=False)
                | Q(purpose="results", campaign__isnull=True, session__isnull=True),
                name="list_is_for_what_its_purpose_needs",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "waiting",
                        "read",
                        "previewed",
                        "confirmed",
                        "done",
                        "stopped",
                        "unreadable",
                        "dropped",
                    ]
                ),
                name="list_state_is_known",
            ),
            # Rows in = done + unchanged + refused: no list ends with a row nobody speaks of.
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(rows__isnull=False, rows=F("done") + F("unchanged") + F("refused")),
                name="list_done_accounts_for_every_row",
            ),
            # The same file sent twice by a double click is one list; once it has ended it may come
            # again.
            models.UniqueConstraint(
                fields=["unit", "purpose", "campaign", "session", "reason", "due_on", "digest"],
                condition=Q(state__in=["waiting", "read", "previewed", "confirmed", "stopped"]),
                nulls_distinct=False,
                name="list_under_way_is_sent_once",
            ),
        ]
        indexes = [
            # What the worker has to do, in the order in which it came.
            models.Index(
                fields=["id"],
                name="list_to_work_on",
                condition=Q(state__in=["waiting", "read", "confirmed"])
                | Q(state__in=["previewed", "done"], refused__gt=F("refused_in_file")),
            ),
            # The lists of a unit, newest first.
            models.Index(fields=["sent_at", "id"], name="list_by_age"),
        ]


class ListRow(models.Model):
    """A row of a list: who stands in it, what would happen to it, and what did.

    `place` counts the rows as they were read; `row` is the row of the `sheet`, which is named where
    the list stands on several. `key` says who stands
    in the row, so that the same row is the same person whenever it comes again; `same_as` is the row
    of the sheet in which that person stood first. `verdict` is the
    preview's, `outcome` what became of the row; the `reason` and `detail` belong to whichever
    refused it, `field` is the column's heading.
    """

    id = models.BigAutoField(primary_key=True)
    unit_ids = ArrayField(models.IntegerField())
    place = models.IntegerField()
    row = models.IntegerField()
    sheet = models.TextField(default="", blank=True)
    key = models.TextField(db_collation="C")
    same_as = models.IntegerField(null=True)
    said = models.JSONField()
    verdict = models.TextField(default="", blank=True)
    outcome = models.TextField(default="", blank=True)
    reason = models.TextField(default="", blank=True)
    field = models.TextField(default="", blank=True)
    detail = models.TextField(default="", blank=True)
    cautions = ArrayField(models.TextField(), default=list)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, null=True, db_index=False)
    residence = models.ForeignKey(
        "places.Unit", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    swabbed_at = models.DateTimeField(null=True)
    list = models.ForeignKey(List, on_delete=models.PROTECT, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "place"], name="list_row_has_its_place"),
            models.CheckConstraint(
                condition=Q(verdict__in=["", "new", "known", "unchanged", "refused"]),
                name="list_row_verdict_is_known",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", "done", "unchanged", "refused"]),
                name="list_row_outcome_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="refused") | ~Q(reason=""),
                name="list_row_refused_has_a_reason",
            ),
        ]
        indexes = [
            # What of a list is still to be taken in.
            models.Index(
                fields=["list", "place"], name="list_row_waiting", condition=Q(outcome="")
            ),
            # A preview's figure opens its rows.
            models.Index(fields=["list", "verdict", "place"], name="list_row_by_verdict"),
        ]
