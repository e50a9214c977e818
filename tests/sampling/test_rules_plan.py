"""What a campaign, a session and an ending may be, decided without a database."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from som.kernel.clock import LOCAL
from som.sampling.rules import (
    CampaignFacts,
    Limits,
    RequestEnd,
    TransferAnswer,
    TransferState,
    UnableReason,
    fault_of_campaign,
    fault_of_change,
    fault_of_ending,
    fault_of_session,
    promise_of,
    transfer_stands,
)
from som.sampling.rules.requests import REVISIT_WITHIN

ON = date(2026, 11, 2)
DAY = timedelta(days=1)
LIMITS = Limits(pool_size=10, promise_hours=12)
GOOD = {
    "reason": "screening",
    "pool_size": 10,
    "promise_hours": 12,
    "frequency_days": 366,
    "starts_on": ON,
    "ends_on": ON,
    "today": ON,
}


@pytest.mark.parametrize(("wanted", "hours"), [(None, 12), (6, 6), (24, 12), (0, 0), (-1, -1)])
def test_a_promise_is_the_rules_or_sooner(wanted: int | None, hours: int) -> None:
    assert promise_of(wanted, LIMITS) == hours


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, None),
        ({"pool_size": 1, "frequency_days": 0, "ends_on": None}, None),
        ({"reason": ""}, "reason_unknown"),
        ({"pool_size": 0}, "pool_too_large"),
        ({"pool_size": 11}, "pool_too_large"),
        ({"promise_hours": 0}, "promise_impossible"),
        ({"frequency_days": -1}, "frequency_impossible"),
        ({"frequency_days": 367}, "frequency_impossible"),
        ({"ends_on": ON - DAY}, "days_impossible"),
        ({"ends_on": ON + 1_830 * DAY}, None),
        ({"ends_on": ON + 1_831 * DAY}, "end_unlikely"),
        ({"today": ON + 366 * DAY}, None),
        ({"today": ON + 367 * DAY}, "year_unlikely"),
        ({"today": ON - 366 * DAY}, None),
        ({"today": ON - 367 * DAY}, "year_unlikely"),
    ],
)
def test_what_a_campaign_may_be(changed: dict[str, object], fault: str | None) -> None:
    found = fault_of_campaign(**(GOOD | changed), limits=LIMITS)  # type: ignore[arg-type]
    assert (found and str(found[0])) == fault


@pytest.mark.parametrize(
    ("labs", "ends_on", "lab", "on", "fault"),
    [
        ((), None, 7, ON + 99 * DAY, None),
        ((7, 8), ON, 8, ON, None),
        ((7, 8), ON, 9, ON, "lab_not_planned"),
        ((), ON, 9, ON + DAY, "outside_campaign"),
        ((), None, 9, ON - DAY, "outside_campaign"),
        ((), None, 9, ON + 366 * DAY, None),
        ((), None, 9, ON + 367 * DAY, "year_unlikely"),
    ],
)
def test_what_a_session_must_agree_with(
    labs: tuple[int, ...], ends_on: date | None, lab: int, on: date, fault: str | None
) -> None:
    facts, begins = CampaignFacts(1, ON, ends_on, labs), datetime.combine(on, time(8), LOCAL)
    found = fault_of_session(
        facts,
        unit=1,
        lab=lab,
        on=on,
        today=ON,
        hours=(begins, None),
        expected=None,
        site=None,
        sites={},
    )
    assert (found and str(found[0])) == fault


@pytest.mark.parametrize(
    ("site", "fault"), [(None, None), (5, None), (6, "site_unknown"), (7, "site_unknown")]
)
def test_a_session_is_held_at_a_place_of_its_own_unit(site: int | None, fault: str | None) -> None:
    facts, begins = CampaignFacts(1, ON, None, ()), datetime.combine(ON, time(8), LOCAL)
    found = fault_of_session(
        facts,
        unit=1,
        lab=1,
        on=ON,
        today=ON,
        hours=(begins, None),
        expected=None,
        site=site,
        sites={5: 1, 6: 2},
    )
    assert (found and str(found[0])) == fault


@pytest.mark.parametrize(
    ("closed", "begun", "moves", "fault"),
    [
        (False, False, True, None),
        (False, True, False, None),
        (False, True, True, "session_begun"),
        (True, False, False, "session_closed"),
        (True, True, True, "session_closed"),
    ],
)
def test_a_session_is_changed_until_it_closes_and_less_once_it_began(
    closed: bool, begun: bool, moves: bool, fault: str | None
) -> None:
    assert fault_of_change(closed=closed, begun=begun, moves=moves) == fault


@pytest.mark.parametrize(
    ("ended_as", "revisit_on", "because", "fault"),
    [
        (RequestEnd.REFUSED, None, None, None),
        (RequestEnd.DIED, None, None, None),
        (RequestEnd.ABSENT, ON, None, None),
        (RequestEnd.ABSENT, ON + REVISIT_WITHIN, None, None),
        (RequestEnd.ABSENT, ON + REVISIT_WITHIN + DAY, None, "revisit_impossible"),
        (RequestEnd.ABSENT, ON - DAY, None, "revisit_impossible"),
        (RequestEnd.ABSENT, None, None, "revisit_missing"),
        (RequestEnd.UNABLE, ON, UnableReason.OTHER, None),
        (RequestEnd.UNABLE, None, UnableReason.OTHER, "revisit_missing"),
        (RequestEnd.UNABLE, ON, None, "why_unable_missing"),
        (RequestEnd.TRANSFERRED, None, None, "transfer_unanswered"),
        (RequestEnd.SWABBED, None, None, "request_has_ended"),
    ],
)
def test_an_ending_loses_nobody(
    ended_as: RequestEnd,
    revisit_on: date | None,
    because: UnableReason | None,
    fault: str | None,
) -> None:
    assert fault_of_ending(ended_as, revisit_on, because, on=ON) == fault


ACCEPTED, DECLINED = TransferAnswer.ACCEPTED, TransferAnswer.DECLINED


@pytest.mark.parametrize(
    ("state", "stands"),
    [
        (None, "no_such_request"),
        (TransferState(1, None, ended=False, person=1), False),
        (TransferState(1, None, ended=True, person=1), "transfer_gone"),
        (TransferState(1, ACCEPTED, ended=True, person=1), True),
        (TransferState(1, DECLINED, ended=False, person=1), "transfer_gone"),
        (TransferState(1, TransferAnswer.WITHDRAWN, ended=False, person=1), "transfer_gone"),
    ],
)
def test_an_offer_is_accepted_once_and_only_while_it_stands(
    state: TransferState | None, stands: str | bool
) -> None:
    assert transfer_stands(state, ACCEPTED) == stands
