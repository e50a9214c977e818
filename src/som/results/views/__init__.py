"""The pages of results: review, reports of other laboratories, where is it, look-up."""

from som.results.views.area import results
from som.results.views.check_slip import check_slip
from som.results.views.corrections import corrections
from som.results.views.look_up import look_up
from som.results.views.recalls import (
    propose_recall,
    recall,
    recall_people,
    recall_progress,
    recall_run,
    recalls,
)
from som.results.views.reported import (
    list_slot,
    match,
    report,
    report_progress,
    report_refused,
    reports,
    reports_slot,
    take_in,
)
from som.results.views.review import review, review_slot, run_slot
from som.results.views.slips import slip, slips, slips_paper
from som.results.views.swabs import find_person, swab
from som.results.views.watch import watch
from som.results.views.where import where

__all__ = [
    "check_slip",
    "corrections",
    "find_person",
    "list_slot",
    "look_up",
    "match",
    "propose_recall",
    "recall",
    "recall_people",
    "recall_progress",
    "recall_run",
    "recalls",
    "report",
    "report_progress",
    "report_refused",
    "reports",
    "reports_slot",
    "results",
    "review",
    "review_slot",
    "run_slot",
    "slip",
    "slips",
    "slips_paper",
    "swab",
    "take_in",
    "watch",
    "where",
]
