"""How far a row of another laboratory's report has come, and why it is refused. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop


class ReportedState(StrEnum):
    """How far a row of a report has come. Repeated: it says what was said before."""

    REVIEW = "review"
    WAITING = "waiting"
    RELEASED = "released"
    REPEATED = "repeated"
    REFUSED = "refused"
    REPLACED = "replaced"


REPORTED_MOVES: Mapping[str, tuple[str, ...]] = {
    "noted": (
        ReportedState.REVIEW,
        ReportedState.WAITING,
        ReportedState.REPEATED,
        ReportedState.REFUSED,
    ),
    ReportedState.REVIEW: (
        ReportedState.WAITING,
        ReportedState.REPEATED,
        ReportedState.REFUSED,
        ReportedState.REPLACED,
    ),
    # Back to the review: meanwhile the tube was loaded here.
    ReportedState.WAITING: (
        ReportedState.RELEASED,
        ReportedState.REVIEW,
        ReportedState.REFUSED,
        ReportedState.REPLACED,
    ),
}


class ReportRefusal(Refusal):
    """Why a report or a row of it was not taken, matched or released."""

    SENDER_UNKNOWN = (
        "report_sender_unknown",
        gettext_noop("There is no such organisation that tests."),
    )
    NOT_HERE = "report_not_here", gettext_noop("You do not receive reports for this unit.")
    EMPTY = "report_empty", gettext_noop("The report is empty.")
    OTHER_SENDER = (
        "report_other_sender",
        gettext_noop("This very file was taken in already as the report of another laboratory."),
    )
    UNEXPECTED = (
        "report_unexpected",
        gettext_noop(
            "The report could not be read to its end: nothing of it is released. Send it anew."
        ),
    )
    NOT_ENDED = (
        "report_not_ended",
        gettext_noop("Rows of this report still wait: its file is kept."),
    )
    KEPT_YET = "report_kept_yet", gettext_noop("The file of this report is still kept.")
    ROW_UNKNOWN = "report_row_unknown", gettext_noop("There is no such row in this report.")
    NO_RESULT_YET = (
        "reported_no_result_yet",
        gettext_noop("The laboratory has not tested this sample or does not know the result yet."),
    )
    TUBE_ELSEWHERE = (
        "reported_tube_elsewhere",
        gettext_noop("This tube belongs to another province."),
    )
    TUBE_UNCLEAR = (
        "reported_tube_unclear",
        gettext_noop("Several tubes in use have this code."),
    )
    TUBE_CLOSED = (
        "reported_tube_closed",
        gettext_noop("This tube was lost, or its use-by passed before it was tested."),
    )
    ANSWERED_OTHERWISE = (
        "reported_answered_otherwise",
        gettext_noop("Another laboratory answered otherwise: its result stands, look at both."),
    )
    NOT_IN_TUBE = (
        "reported_not_in_tube",
        gettext_noop("Nobody of this name was swabbed into this tube."),
    )
    NOT_AT_SENDER = (
        "reported_not_at_sender",
        gettext_noop("This tube was never sent to that laboratory: look at the code."),
    )
    TESTED_HERE = (
        "reported_tested_here",
        gettext_noop("This tube is tested here too: say whether the report speaks of it."),
    )
    NO_NUMBER = (
        "reported_no_number",
        gettext_noop("The row has no identity number: say who this is."),
    )
    NUMBER_OF_ANOTHER = (
        "reported_number_of_another",
        gettext_noop(
            "The number belongs to somebody of another name, sex or birth: say who it is."
        ),
    )
    SAMPLE_UNCLEAR = (
        "reported_sample_unclear",
        gettext_noop(
            "This laboratory said something of this number and person before, and the days do not"
            " tell whether it is the same sample: ask it."
        ),
    )
    POSITIVE_OF_NOBODY = (
        "reported_positive_of_nobody",
        gettext_noop("A positive that names nobody: ask the laboratory whose it is."),
    )
    REJECTED = "reported_rejected", gettext_noop("A named person refused this row.")
    UNKNOWN = "reported_unknown", gettext_noop("There is no such row of a report here.")
    NOT_WAITING = (
        "reported_not_waiting",
        gettext_noop("It is not known yet whose result this is, or the row was settled."),
    )
    NOT_IN_REVIEW = (
        "reported_not_in_review",
        gettext_noop("This row does not wait for a review, or was matched otherwise."),
    )
    PERSON_UNKNOWN = "reported_person_unknown", gettext_noop("There is no such person here.")
    REASON_MISSING = "reported_reason_missing", gettext_noop("Say why.")
    INCOMPLETE = (
        "report_incomplete",
        gettext_noop("The report is still being read: wait until every row is there."),
    )
    RECEIVED_BY_SAME = (
        "reported_received_by_same",
        gettext_noop("Whoever took the report in may not release it."),
    )
    MATCHED_BY_SAME = (
        "reported_matched_by_same",
        gettext_noop("Whoever said whose result this is may not release it."),
    )
    SECOND_PERSON = (
        "reported_second_person",
        gettext_noop(
            "A positive is refused by somebody other than whoever took the report in or matched the row."
        ),
    )
    RECALLED = (
        "reported_recalled",
        gettext_noop("A recall of this laboratory covers the day of this test."),
    )
    HELD = "reported_held", gettext_noop("This laboratory is on hold: nothing of it is released.")
    TUBE_DOUBTFUL = (
        "reported_tube_doubtful",
        gettext_noop("Another row of the report on this tube is in doubt: settle that first."),
    )
    ANSWERED = (
        "reported_answered",
        gettext_noop("This swab was answered meanwhile: look at both results."),
    )
