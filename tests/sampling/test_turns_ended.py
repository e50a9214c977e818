"""Campaigns that are ended, and deaths taken back: who is asked for no more, and who is again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.people.commands import (
    Death,
    join_persons,
    note_deaths,
    part_persons,
)
from som.people.matching.reviews import Pair, Parting
from som.results.queries import ledger_gaps
from som.sampling.commands import (
    Campaign,
    Ending,
    RequestWanted,
    Session,
    end_campaigns,
    end_requests,
    open_sessions,
    plan_campaigns,
    request_tests,
)
from som.sampling.queries import (
    campaign,
    campaigns_under_way,
    open_requests,
)
from som.sampling.rules import (
    RequestEnd,
    RequestReason,
)
from som.sampling.work import (
    take_up_deaths,
    take_up_ended,
    take_up_living,
)
from tests.sampling.test_turns import (
    BEFORE,
    DAY,
    WORKER,
    asked,
    campaign_row,
    ends,
    file_sent,
    keys,
    listed,
    market,
    met,
    reasons_of,
)
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return market()


def test_a_campaign_that_is_ended_asks_for_nobody_on_its_list_any_more(town: Town) -> None:
    one, contact, away = met(town, 3)
    requests = listed(town, [one, away])
    listed(town, [contact], reason=RequestReason.CONTACT)
    absent = Ending(requests[away], RequestEnd.ABSENT, NOON.date() + DAY)
    assert end_requests([absent], by=town.ana, at=NOON).done
    assert take_up_ended(at=NOON) == 0
    assert end_campaigns(["C3", "C3"], by=town.dora, at=NOON).done == ["C3"]
    assert end_campaigns(["C3"], by=town.dora, at=NOON + DAY).unchanged == ["C3"]
    assert [take_up_ended(at=NOON), take_up_ended(at=NOON)] == [2, 0]
    assert set(asked(town)) == {contact}, "whoever met a case is tested whatever ends"
    assert sorted(str(end) for end in ends()) == [
        "None",
        "absent",
        "campaign_ended",
        "campaign_ended",
    ]
    found = campaign_row(town)
    row = campaign(found.id, by=town.cleo)
    assert (row.ends_on, row.ended_by, row.state(NOON.date())) == (NOON.date(), "dora", "closed")
    assert "C3" not in [one.code for one in campaigns_under_way(NOON.date(), by=town.dora)]
    assert ledger_gaps(by=system_actor("results"), at=NOON) == []


def test_an_ended_campaign_opens_no_session_and_takes_nobody_more_on_its_list(town: Town) -> None:
    one, contact = met(town, 2)
    assert end_campaigns(["C3"], by=town.dora, at=NOON).done
    session = Session("T2", "C3", town.north, town.lab1, "Chợ", NOON)
    assert reasons_of(open_sessions([session], by=town.dora, at=NOON)) == ["campaign_over"]
    wish = RequestWanted("k", one, town.north, RequestReason.ROSTER, NOON + DAY, campaign="C3")
    assert reasons_of(request_tests([wish], by=town.cleo, at=NOON)) == ["campaign_over"]
    wish = replace(wish, person=contact, reason=RequestReason.CONTACT)
    assert request_tests([wish], by=town.cleo, at=NOON).done


def test_a_campaign_ended_before_it_began_had_its_first_day_alone(town: Town) -> None:
    later = Campaign("C6", "Mai", town.north, "screening", NOON.date() + 9 * DAY, 5)
    assert plan_campaigns([later], by=town.dora, at=NOON).done
    assert end_campaigns(["C6"], by=town.dora, at=NOON).done
    assert campaign_row(town, "C6").ends_on == later.starts_on
    past = Campaign("C7", "Qua", town.north, "screening", date(2026, 10, 1), 5)
    past = replace(past, ends_on=date(2026, 10, 9))
    assert plan_campaigns([past], by=town.dora, at=NOON).done
    assert end_campaigns(["C7"], by=town.dora, at=NOON).done
    assert campaign_row(town, "C7").ends_on == date(2026, 10, 9)


def test_nobody_ends_the_campaign_of_others_or_a_request_of_one_that_goes_on(town: Town) -> None:
    (person,) = met(town)
    request = listed(town, [person])[person]
    ending = Ending(request, RequestEnd.CAMPAIGN_ENDED)
    assert reasons_of(end_requests([ending], by=town.ana, at=NOON)) == ["campaign_goes_on"]
    north = replace(
        Campaign("N1", "Xã", town.north, "screening", date(2026, 11, 1), 5), frequency_days=1
    )
    assert plan_campaigns([north], by=town.dora, at=NOON).done
    refused = end_campaigns(["N1", "?"], by=town.egon, at=NOON)
    assert reasons_of(refused) == ["not_here", "campaign_unknown"]


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("UPDATE sampling_campaign SET ended_at = now()", "campaign_is_ended_by_somebody"),
        (
            """
            UPDATE sampling_testrequest
            SET ended_at = now(), ended_as = 'campaign_ended', reason = 'contact'
            """,
            "request_ends_with_its_campaign_alone",
        ),
        (
            "UPDATE sampling_list SET forgotten_at = now()",
            "list_forgotten_keeps_no_file",
        ),
    ],
)
def test_the_database_refuses_what_must_not_be(town: Town, change: str, constraint: str) -> None:
    listed(town, met(town))
    file_sent(town)
    with (
        pytest.raises(IntegrityError, match=constraint),
        transaction.atomic(),
        scope.entered(WORKER, "sampling.read"),
    ):
        sql.execute(change)


def test_a_death_taken_back_asks_again_for_what_ended_with_it(town: Town) -> None:
    person, other = met(town, 2)
    requests = listed(town, [person, other])
    assert note_deaths([Death(p, NOON) for p in (person, other)], by=town.ana, at=NOON).done
    assert take_up_deaths(at=NOON) == 2
    assert take_up_living(at=NOON) == 0
    assert note_deaths([Death(person, None)], by=town.ana, at=NOON).done
    gaps = ledger_gaps(by=system_actor("results"), at=NOON)
    assert [gap.law for gap in gaps] == ["living_asked_for_no_more"]
    assert [take_up_living(at=NOON), take_up_living(at=NOON)] == [1, 0]
    (row,) = open_requests(by=town.cleo, at=NOON)
    assert (row.person, row.campaign, row.due_at) == (person, "Chợ", BEFORE + DAY)
    assert keys(person)[-1] == f"alive:{requests[person]}"
    assert ledger_gaps(by=system_actor("results"), at=NOON) == []
    assert note_deaths([Death(person, NOON)], by=town.ana, at=NOON).done
    assert take_up_deaths(at=NOON) == 1
    assert note_deaths([Death(person, None)], by=town.ana, at=NOON).done
    late = NOON + 3 * DAY
    assert take_up_living(at=late) == 1, "a second mistake is mended as the first"
    (row,) = open_requests(by=town.cleo, at=late)
    assert row.due_at == late + timedelta(hours=12)


def test_whoever_was_taken_for_somebody_dead_is_asked_again_once_they_are_two(town: Town) -> None:
    dead, living = met(town, 2)
    listed(town, [living])
    assert note_deaths([Death(dead, NOON)], by=town.ana, at=NOON).done
    assert join_persons([Pair(dead, living)], by=town.dora, at=NOON).done
    assert take_up_deaths(at=NOON) == 1
    assert take_up_living(at=NOON) == 0
    parted = part_persons([Parting(dead, living, joined=True)], by=town.dora, at=NOON)
    assert parted.done, parted.refused
    assert take_up_living(at=NOON) == 1
    assert set(asked(town)) == {living}


def test_the_list_of_an_ended_campaign_asks_nobody_back(town: Town) -> None:
    one, contact = met(town, 2)
    listed(town, [one])
    listed(town, [contact], reason=RequestReason.CONTACT)
    assert note_deaths([Death(p, NOON) for p in (one, contact)], by=town.ana, at=NOON).done
    assert take_up_deaths(at=NOON) == 2
    assert end_campaigns(["C3"], by=town.dora, at=NOON).done
    assert note_deaths([Death(p, None) for p in (one, contact)], by=town.ana, at=NOON).done
    assert take_up_living(at=NOON) == 1
    assert set(asked(town)) == {contact}
    assert ledger_gaps(by=system_actor("results"), at=NOON) == []
