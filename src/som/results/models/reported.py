"""Reports of other laboratories, and their rows."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Report(models.Model):
    """A report: a file or message in which another laboratory says what it found.

    `unit` received it and answers for it. The bytes are kept as they came, whatever becomes of the
    list in which they were sent, until `forgotten_at`: then their digest and the rows stay. `rows`
    is what it holds, `noted` how many of these are kept. `tries` counts how often noting them was
    begun and not ended; with a `fault` nobody tries any more.
    """

    id = models.BigAutoField(primary_key=True)
    unit_ids = ArrayField(models.IntegerField())
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, db_index=False)
    sender = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, db_index=False)
    name = models.TextField()
    content = models.BinaryField()
    digest = models.BinaryField()
    kind = models.TextField(default="", blank=True)
    list = models.ForeignKey("sampling.List", on_delete=models.PROTECT, null=True, db_index=False)
    rows = models.IntegerField()
    noted = models.IntegerField(default=0)
    received_by = models.TextField()
    received_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0, db_default=0)
    fault = models.TextField(default="", db_default="", blank=True)
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # The same file of the same laboratory is one report, however often it is sent.
            models.UniqueConstraint(fields=["sender", "digest"], name="report_is_received_once"),
            models.CheckConstraint(
                condition=Q(noted__gte=0, noted__lte=F("rows")), name="report_notes_its_rows"
            ),
            # What was said to be forgotten is: the bytes hold people's numbers and telephones.
            models.CheckConstraint(
                condition=Q(forgotten_at__isnull=True) | Q(content=b""),
                name="report_forgotten_keeps_no_file",
            ),
        ]
        indexes = [
            # Reports whose rows are still to be noted.
            models.Index(
                fields=["id"], name="report_to_work_on", condition=Q(noted__lt=F("rows"), fault="")
            ),
            # Whether a file was taken in before, as whosever report.
            models.Index(fields=["digest"], name="report_by_digest"),
            # Reports whose files are still kept, oldest first.
            models.Index(
                fields=["received_at"],
                name="report_kept",
                condition=Q(forgotten_at__isnull=True),
            ),
            # Reports, newest first.
            models.Index(fields=["received_at", "id"], name="report_by_age"),
            # Whether a list was taken in as a report.
            models.Index(fields=["list"], name="report_of_list", condition=Q(list__isnull=False)),
        ]


class Reported(models.Model):
    """A reported result: one row of a report, and of whom it speaks as far as that is known.

    `key` is the sample: the code of our tube, else the sender's own number of it. `tube` is known
    where it is ours, or once the row was released; `swab` where one person is in it. `before` is
    the row of the same sender about the same sample and person whose place this one takes.
    """

    id = models.BigAutoField(primary_key=True)
    unit_ids = ArrayField(models.IntegerField())
    report = models.ForeignKey(Report, on_delete=models.PROTECT, db_index=False)
    place = models.IntegerField()
    row = models.IntegerField()
    sheet = models.TextField(default="", blank=True)
    key = models.TextField(db_collation="C")
    said = models.JSONField()
    who = models.TextField(default="", blank=True)
    value = models.TextField(default="", blank=True)
    method = models.TextField(default="", blank=True)
    ct = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    taken_at = models.DateTimeField()
    tested_on = models.DateField()
    residence = models.ForeignKey(
        "places.Unit", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    state = models.TextField()
    reason = models.TextField(default="", blank=True)
    field = models.TextField(default="", blank=True)
    detail = models.TextField(default="", blank=True)
    tube = models.ForeignKey("sampling.Tube", on_delete=models.PROTECT, null=True, db_index=False)
    swab = models.ForeignKey("sampling.Swab", on_delete=models.PROTECT, null=True, db_index=False)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, null=True, db_index=False)
    before = models.ForeignKey("self", on_delete=models.PROTECT, null=True, db_index=False)
    decided_by = models.TextField(default="", blank=True)
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(default="", blank=True)
    released_by = models.TextField(default="", blank=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "place"], name="reported_has_its_place"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["review", "waiting", "released", "repeated", "refused", "replaced"]
                ),
                name="reported_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["refused", "review"]) | ~Q(reason=""),
                name="reported_refused_has_a_reason",
            ),
            # A released row has a person who released it and a tube that it answers.
            models.CheckConstraint(
                condition=Q(state="released", released_at__isnull=False, tube__isnull=False)
                & ~Q(released_by="")
                | ~Q(state="released") & Q(released_by="", released_at=None),
                name="reported_release_is_whole",
            ),
            # Whoever said whose result it is does not release it.
            models.CheckConstraint(
                condition=Q(released_by="") | ~Q(released_by=F("decided_by")),
                name="reported_is_released_by_another",
            ),
        ]
        indexes = [
            # What a sender said before of a sample.
            models.Index(fields=["key"], name="reported_by_key"),
            # The inbox: what waits for a person, for a release, or was refused.
            models.Index(fields=["state", "id"], name="reported_by_state"),
            # Whether a tube was reported and waits for its release.
            models.Index(
                fields=["tube"],
                name="reported_tube_waiting",
                condition=Q(state__in=["review", "waiting"], tube__isnull=False),
            ),
            # The rows of a report by what became of them.
            models.Index(fields=["report", "state", "place"], name="reported_of_report"),
        ]
