"""Why a campaign, session, scheme, roll or request was refused. Pure."""

from __future__ import annotations

from som.kernel.outcomes import Refusal, gettext_noop


class PlanRefusal(Refusal):
    """Why a campaign, session, scheme, roll or request was refused."""

    CODE_TAKEN = "code_taken", gettext_noop("This code already stands for something else.")
    CAMPAIGN_UNKNOWN = "campaign_unknown", gettext_noop("There is no such campaign here.")
    NOT_HERE = "not_here", gettext_noop("You do not plan for this unit.")
    POOL_TOO_LARGE = "pool_too_large", gettext_noop("More swabs in a tube than the rule allows.")
    PROMISE_IMPOSSIBLE = "promise_impossible", gettext_noop("A promise takes at least an hour.")
    LAB_UNKNOWN = "lab_unknown", gettext_noop("There is no such laboratory.")
    PATTERN_UNREADABLE = "pattern_unreadable", gettext_noop("This is no pattern for tube codes.")
    PATTERN_TAKES_OURS = "pattern_takes_ours", gettext_noop("The pattern would take our own codes.")
    ROLL_OVERLAPS = "roll_overlaps", gettext_noop("Some of these numbers are on another roll.")
    ROLL_IMPOSSIBLE = "roll_impossible", gettext_noop("The numbers of the roll are impossible.")
    PERSON_UNKNOWN = "person_unknown", gettext_noop("There is no such person here.")
    REQUEST_UNKNOWN = "no_such_request", gettext_noop("There is no such test request here.")
    REQUEST_ENDED = "request_has_ended", gettext_noop("This test request ended another way.")
    REVISIT_MISSING = "revisit_missing", gettext_noop("An absence needs a day to come again.")
