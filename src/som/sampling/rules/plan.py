"""Why a campaign, session, scheme, roll or request was refused, and what a campaign is for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop


class PlanRefusal(Refusal):
    """Why a campaign, session, scheme, roll or request was refused."""

    CODE_TAKEN = "code_taken", gettext_noop("This code already stands for something else.")
    CAMPAIGN_UNKNOWN = "campaign_unknown", gettext_noop("There is no such campaign here.")
    NOT_HERE = "not_here", gettext_noop("You do not plan for this unit.")
    REASON_UNKNOWN = "reason_unknown", gettext_noop("This is no reason for a campaign.")
    POOL_TOO_LARGE = "pool_too_large", gettext_noop("More swabs in a tube than the rule allows.")
    PROMISE_IMPOSSIBLE = "promise_impossible", gettext_noop("A promise takes at least an hour.")
    FREQUENCY_IMPOSSIBLE = (
        "frequency_impossible",
        gettext_noop("A campaign is repeated every so many days, or not at all."),
    )
    DAYS_IMPOSSIBLE = "days_impossible", gettext_noop("It cannot end before it begins.")
    YEAR_UNLIKELY = (
        "year_unlikely",
        gettext_noop("This day is more than a year away: is the year right?"),
    )
    END_UNLIKELY = (
        "end_unlikely",
        gettext_noop(
            "No campaign lasts longer than five years: is the year right? Leave the day empty if"
            " nobody knows the end."
        ),
    )
    LAB_UNKNOWN = "lab_unknown", gettext_noop("There is no such laboratory.")
    LAB_NOT_PLANNED = (
        "lab_not_planned",
        gettext_noop("The campaign does not send to this laboratory."),
    )
    SITE_UNKNOWN = "site_unknown", gettext_noop("There is no such place in this unit.")
    ENDS_IMPOSSIBLE = (
        "ends_impossible",
        gettext_noop("A session ends after it begins and within a day."),
    )
    EXPECTED_IMPOSSIBLE = (
        "expected_impossible",
        gettext_noop("So many people cannot come to one session."),
    )
    OUTSIDE_CAMPAIGN = (
        "outside_campaign",
        gettext_noop("The campaign has not begun or is over on this day."),
    )
    SESSION_CLOSED = "session_closed", gettext_noop("The session is closed.")
    SESSION_BEGUN = (
        "session_begun",
        gettext_noop(
            "Somebody was swabbed here already: when it began and how many were expected stay."
        ),
    )
    TIMES_AFTER_END = (
        "times_after_end",
        gettext_noop("People have times after this end. Say whether they lose them."),
    )
    PATTERN_UNREADABLE = "pattern_unreadable", gettext_noop("This is no pattern for tube codes.")
    PATTERN_TAKES_OURS = "pattern_takes_ours", gettext_noop("The pattern would take our own codes.")
    ROLL_OVERLAPS = "roll_overlaps", gettext_noop("Some of these numbers are on another roll.")
    ROLL_IMPOSSIBLE = "roll_impossible", gettext_noop("The numbers of the roll are impossible.")
    PERSON_UNKNOWN = "person_unknown", gettext_noop("There is no such person here.")
    PERSON_DIED = "person_died", gettext_noop("This person has died.")
    DAY_IMPOSSIBLE = (
        "day_impossible",
        gettext_noop("Only a day of a testing schedule has a number, from 0 on."),
    )
    REQUEST_UNKNOWN = "no_such_request", gettext_noop("There is no such test request here.")
    REQUEST_ENDED = "request_has_ended", gettext_noop("This test request ended another way.")
    REVISIT_MISSING = "revisit_missing", gettext_noop("An absence needs a day to come again.")
    REVISIT_IMPOSSIBLE = (
        "revisit_impossible",
        gettext_noop("The day to come again is past or too far away."),
    )
    WHY_UNABLE_MISSING = (
        "why_unable_missing",
        gettext_noop("Say why the person could not be swabbed."),
    )
    TRANSFER_UNANSWERED = (
        "transfer_unanswered",
        gettext_noop("A request is handed over only when the other unit accepts it."),
    )
    TRANSFER_PENDING = (
        "transfer_pending",
        gettext_noop("In the same list this request is handed to another unit."),
    )
    TRANSFER_GONE = (
        "transfer_gone",
        gettext_noop("This request is no longer offered to your unit."),
    )
    UNIT_UNKNOWN = "unit_unknown", gettext_noop("There is no such other unit today.")
    UNIT_TOO_FAR = (
        "unit_too_far",
        gettext_noop(
            "This unit is in another province, where the person is not known to live, lodge, work"
            " or learn."
        ),
    )
    CAMPAIGN_OVER = "campaign_over", gettext_noop("The campaign has ended.")
    CAMPAIGN_GOES_ON = (
        "campaign_goes_on",
        gettext_noop("The campaign has not ended: it still asks for this person."),
    )
    NO_NEXT_TURN = (
        "no_next_turn",
        gettext_noop("The campaign does not ask for this person again."),
    )
    TURN_TO_COME = "turn_to_come", gettext_noop("The person's next turn is still to come.")


class CampaignReason(StrEnum):
    """What a campaign is for."""

    SCREENING = "screening"
    OUTBREAK = "outbreak"
    CONTACTS = "contacts"
    SYMPTOMS = "symptoms"
    ARRIVALS = "arrivals"
    ADMISSION = "admission"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Limits:
    """What dated rules allow a campaign of a territory: a province may only be stricter."""

    pool_size: int
    promise_hours: int


def promise_of(wanted: int | None, limits: Limits) -> int:
    """The promise in hours: the dated rule's, or the campaign's own where that is sooner."""
    return limits.promise_hours if wanted is None else min(limits.promise_hours, wanted)


def fault_of_campaign(
    *,
    reason: str,
    pool_size: int,
    promise_hours: int,
    frequency_days: int,
    starts_on: date,
    ends_on: date | None,
    limits: Limits,
    today: date,
) -> tuple[PlanRefusal, str] | None:
    """What forbids a campaign wherever it is planned today; None when nothing does."""
    if reason not in set(CampaignReason):
        return PlanRefusal.REASON_UNKNOWN, reason
    if not 1 <= pool_size <= limits.pool_size:
        return PlanRefusal.POOL_TOO_LARGE, str(limits.pool_size)
    if promise_hours < 1:
        return PlanRefusal.PROMISE_IMPOSSIBLE, ""
    if not 0 <= frequency_days <= LONGEST_FREQUENCY:
        return PlanRefusal.FREQUENCY_IMPOSSIBLE, ""
    if abs(starts_on - today) > FURTHEST:
        return PlanRefusal.YEAR_UNLIKELY, ""
    if ends_on is not None and ends_on < starts_on:
        return PlanRefusal.DAYS_IMPOSSIBLE, ""
    if ends_on is not None and ends_on > starts_on + LONGEST_CAMPAIGN:
        return PlanRefusal.END_UNLIKELY, ""
    return None


LONGEST_CAMPAIGN = timedelta(days=5 * 366)
"""Five years: longer than COVID-19 was a health emergency (WHO: 30/1/2020 to 5/5/2023). A later end is a
mistyped year."""
LONGEST_FREQUENCY = 366
"""A year: what is done less often is another campaign."""
FURTHEST = timedelta(days=366)
"""A year from today: nothing is planned for a day further off, which is a mistyped year."""


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """What a session must agree with: its campaign, in the unit where the session is."""

    id: int
    starts_on: date
    ends_on: date | None
    labs: Collection[int]
    ended: bool = False


LONGEST_SESSION = timedelta(hours=24)
"""A session is one day's, or one night's."""
MOST_EXPECTED = 20_000
"""More people than any place was ever planned for in a day: a larger number is a slip of the hand."""


def fault_of_session(
    campaign: CampaignFacts,
    *,
    unit: int,
    lab: int,
    on: date,
    today: date,
    hours: tuple[datetime, datetime | None],
    expected: int | None,
    site: int | None,
    sites: Mapping[int, int],
) -> tuple[PlanRefusal, str] | None:
    """What forbids this campaign a session on this day, within these hours, that sends there.

    `sites`: the unit of each registered place that is known.
    """
    begins, ends = hours
    if on > today + FURTHEST:
        return PlanRefusal.YEAR_UNLIKELY, ""
    if site is not None and sites.get(site) != unit:
        return PlanRefusal.SITE_UNKNOWN, ""
    if ends is not None and not begins < ends <= begins + LONGEST_SESSION:
        return PlanRefusal.ENDS_IMPOSSIBLE, ""
    if expected is not None and not 1 <= expected <= MOST_EXPECTED:
        return PlanRefusal.EXPECTED_IMPOSSIBLE, str(expected)
    if campaign.labs and lab not in campaign.labs:
        return PlanRefusal.LAB_NOT_PLANNED, ""
    if campaign.ended:
        return PlanRefusal.CAMPAIGN_OVER, ""
    if on < campaign.starts_on or (campaign.ends_on is not None and on > campaign.ends_on):
        return PlanRefusal.OUTSIDE_CAMPAIGN, ""
    return None


def fault_of_change(*, closed: bool, begun: bool, moves: bool) -> PlanRefusal | None:
    """What forbids to change a session; `moves`: in when it begins or how many are expected."""
    if closed:
        return PlanRefusal.SESSION_CLOSED
    return PlanRefusal.SESSION_BEGUN if begun and moves else None


def tubes_expected(people: int, *, pool_size: int, second_specimens: bool) -> int:
    """How many tubes so many people will fill: each their own, or field pools of so many."""
    swabs = people * 2 if second_specimens else people
    return -(-swabs // pool_size)
