"""Releases and results."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from som.results.models.recalls import Recall


class Release(models.Model):
    """A second person's word that a verdict stands. Known by the verdict; never changed.

    A trigger checks with every statement that the verdict is there, is of this laboratory and was
    read by whom it says: `results_release_is_earned`.
    """

    verdict = models.OneToOneField(
        "lab.Verdict", on_delete=models.PROTECT, db_constraint=False, primary_key=True
    )
    lab = models.ForeignKey(
        "places.Organisation", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    read_by = models.TextField()
    released_by = models.TextField()
    released_at = models.DateTimeField()

    class Meta:
        constraints = [
            # One person alone releases nothing.
            models.CheckConstraint(
                condition=~Q(released_by=F("read_by")), name="release_is_by_a_second_person"
            ),
        ]


class Result(models.Model):
    """A result: the answer to one swab, as one version. Never changed; a correction is the next.

    It rests on a `verdict` made here, or on what another laboratory `reported`. `lab` is the
    laboratory that tested; `recall` the recall by which this version takes the one
    before back. What it refers to is checked by a trigger, once a statement instead of once a row:
    `results_result_is_earned`.
    """

    id = models.BigAutoField(primary_key=True)
    unit_ids = ArrayField(models.IntegerField())
    swab = models.ForeignKey(
        "sampling.Swab", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    version = models.SmallIntegerField()
    value = models.TextField()
    # Indexed: what a recall of a run takes back.
    verdict = models.ForeignKey(
        "lab.Verdict", on_delete=models.PROTECT, null=True, db_constraint=False
    )
    reported = models.ForeignKey(
        "results.Reported",
        on_delete=models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
    )
    lab = models.ForeignKey(
        "places.Organisation", on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    read_by = models.TextField()
    released_by = models.TextField()
    released_at = models.DateTimeField()
    recall = models.ForeignKey(
        Recall, on_delete=models.PROTECT, null=True, db_constraint=False, db_index=False
    )
    reason = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["swab", "version"], name="result_version_is_one"),
            models.CheckConstraint(condition=Q(version__gte=1), name="result_version_counts"),
            # No answer without a run or a named report, and never with both.
            models.CheckConstraint(
                condition=Q(verdict__isnull=False, reported=None)
                | Q(verdict=None, reported__isnull=False),
                name="result_has_one_origin",
            ),
            models.CheckConstraint(
                condition=Q(
                    value__in=[
                        "negative",
                        "negative_by_pool",
                        "positive",
                        "suspected",
                        "inconclusive",
                        "withdrawn",
                    ]
                ),
                name="result_value_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(released_by=F("read_by")), name="result_is_by_a_second_person"
            ),
            models.CheckConstraint(
                condition=Q(version=1) | ~Q(reason=""), name="correction_has_a_reason"
            ),
            # A recall takes answers back that were given, and says nothing else.
            models.CheckConstraint(
                condition=Q(recall=None) | Q(value="withdrawn", version__gt=1),
                name="recall_only_takes_back",
            ),
            models.UniqueConstraint(
                fields=["recall", "swab"],
                condition=Q(recall__isnull=False),
                name="recall_takes_an_answer_back_once",
            ),
        ]
        indexes = [
            # What another laboratory reported, for a recall of it; our own answers are not in it.
            models.Index(
                fields=["lab", "reported"],
                name="result_by_reporter",
                condition=Q(reported__isnull=False),
            ),
        ]
