"""Campaigns: what they may be, and what their sessions must agree with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from som.access.queries import system_actor
from som.kernel import rulebook, sql
from som.kernel.commands import load_rules
from som.kernel.errors import NotFound
from som.sampling.commands import (
    Campaign,
    Session,
    end_campaigns,
    open_sessions,
    plan_campaigns,
)
from som.sampling.queries import (
    campaign,
    campaigns,
    campaigns_under_way,
    sessions,
    swabs_of_campaign,
)
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """A rule loaded by a test is gone with it, also from memory."""
    yield
    rulebook.forget()


ON = date(2026, 11, 1)


def planned(town: Town, **changes: object) -> Campaign:
    """A campaign of the north, planned."""
    given = replace(Campaign("C9", "Chợ đêm", town.north, "outbreak", ON), **changes)
    outcome = plan_campaigns([given], by=town.dora, at=NOON)
    assert outcome.done == [given], outcome.refused
    return given


def refused(town: Town, **changes: object) -> str:
    """Why such a campaign is refused."""
    given = replace(Campaign("C9", "Chợ đêm", town.north, "outbreak", ON), **changes)
    (one,) = plan_campaigns([given], by=town.dora, at=NOON).refused
    return str(one.reason)


def test_a_campaign_says_everything_it_was_planned_with() -> None:
    town = Town()
    given = planned(
        town,
        target_group="Tiểu thương",
        legal_basis="Số 1/QĐ",
        frequency_days=3,
        labs=(town.lab2, town.lab1),
        second_specimens=True,
        ends_on=date(2026, 11, 30),
        pool_size=10,
        promise_hours=8,
    )
    again = replace(given, labs=(town.lab1, town.lab2))
    assert plan_campaigns([given, again], by=town.dora, at=NOON).unchanged == [given, again]
    found = next(c for c in campaigns(by=town.dora) if c.code == "C9")
    assert campaign(found.id, by=town.cleo) == found
    assert found.labs == tuple(sorted((town.lab1, town.lab2)))
    assert (found.target_group, found.frequency_days, found.promise_hours) == ("Tiểu thương", 3, 8)
    assert (found.second_specimens, found.pool_size, found.sessions) == (True, 10, 0)
    days = [date(2026, 10, 31), ON, date(2026, 11, 30), date(2026, 12, 1)]
    assert [found.state(on) for on in days] == ["planned", "open", "open", "closed"]
    other = replace(given, labs=(town.lab1,))
    (no,) = plan_campaigns([other], by=town.dora, at=NOON).refused
    assert str(no.reason) == "code_taken"


def test_what_is_planned_already_is_the_same_when_it_is_sent_years_later() -> None:
    town = Town()
    given = planned(town, ends_on=ON + timedelta(days=2))
    held = Session("S9", "C9", town.north, town.lab1, "Chợ đêm", NOON)
    assert open_sessions([held], by=town.dora, at=NOON).done == [held]
    later = NOON + timedelta(days=800)
    assert plan_campaigns([given], by=town.dora, at=later).unchanged == [given]
    assert refused(town, code="C8", starts_on=ON + timedelta(days=800)) == "year_unlikely"
    assert end_campaigns(["C9"], by=town.dora, at=NOON).done
    assert open_sessions([held], by=town.dora, at=NOON).unchanged == [held]


def test_what_a_campaign_may_not_be() -> None:
    town = Town()
    assert refused(town, reason="vì thích") == "reason_unknown"
    assert refused(town, pool_size=11) == "pool_too_large"
    assert refused(town, promise_hours=0) == "promise_impossible"
    assert refused(town, frequency_days=-1) == "frequency_impossible"
    assert refused(town, ends_on=ON - timedelta(days=1)) == "days_impossible"
    assert refused(town, ends_on=date(2126, 11, 2), frequency_days=7) == "end_unlikely"
    assert refused(town, labs=(-1,)) == "lab_unknown"
    assert refused(town, unit=town.other_province) == "not_here"
    assert refused(town, unit=-1) == "not_here"


def test_a_province_may_be_stricter_than_the_country_and_its_campaigns_follow() -> None:
    town = Town()
    rule = {
        "key": "sampling.field_pool.most",
        "value": 3,
        "valid_from": date(2026, 1, 1),
        "territory": "19",
    }
    load_rules([rule], by=system_actor("setup"), at=NOON)
    rulebook.forget()
    assert refused(town, pool_size=4) == "pool_too_large"
    planned(town, pool_size=3)


def test_a_session_sends_where_its_campaign_says_and_on_its_days() -> None:
    town = Town()
    planned(town, labs=(town.lab1,), ends_on=date(2026, 11, 2))
    good = Session("S9", "C9", town.north, town.lab1, "Chợ đêm", NOON)
    outcome = open_sessions(
        [
            replace(good, code="S8", lab=town.lab2),
            replace(good, code="S7", starts_at=NOON - timedelta(days=2)),
            replace(good, code="S6", starts_at=NOON + timedelta(days=1)),
            good,
        ],
        by=town.dora,
        at=NOON,
    )
    assert outcome.done == [good]
    # Whoever opened it answers for its tubes at first; it is not another's by being sent again.
    other = replace(town.dora, name="dung")
    assert open_sessions([good], by=other, at=NOON).unchanged == [good]
    assert sql.row("SELECT opened_by FROM sampling_session WHERE code = 'S9'") == ("dora",)
    assert [str(one.reason) for one in outcome.refused] == [
        "lab_not_planned",
        "outside_campaign",
        "outside_campaign",
    ]


def test_a_campaign_shows_to_those_below_and_above_it_with_their_own_counts() -> None:
    town = Town()
    town.sampled([1, 3])
    (found,) = campaigns(by=town.cleo)
    assert (found.code, found.sessions) == ("C1", 2), "of the three sessions two are in the north"
    swabs = swabs_of_campaign(found.id, by=town.cleo)
    assert (swabs.tubes, swabs.people) == (2, 4)
    assert campaign(found.id, by=town.dora).sessions == 3
    assert len(sessions(by=town.dora, campaign_id=found.id)) == 3
    assert sessions(by=town.dora, campaign_id=found.id + 1) == []
    planned(town, code="C8", unit=town.south)
    assert [one.code for one in campaigns(by=town.cleo)] == ["C1"]
    assert [one.code for one in campaigns(by=town.dora)] == ["C8", "C1"]
    assert [one.code for one in campaigns(by=town.dora, before=campaigns(by=town.dora)[0].id)] == [
        "C1"
    ]


def test_the_outsider_sees_no_campaign() -> None:
    town = Town()
    found = campaigns(by=town.dora)[0].id
    assert campaigns(by=town.egon) == []
    assert campaigns_under_way(ON, by=town.egon) == []
    for asked in (campaign, swabs_of_campaign):
        with pytest.raises(NotFound):
            asked(found, by=town.egon)


def test_sessions_are_opened_for_campaigns_not_over() -> None:
    town = Town()
    planned(town, ends_on=ON)
    assert [one.code for one in campaigns_under_way(ON, by=town.dora)] == ["C9", "C1"]
    assert [one.code for one in campaigns_under_way(NOON.date(), by=town.dora)] == ["C1"]
