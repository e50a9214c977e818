"""Campaigns in several hands at once: nobody is asked twice for one turn, nor after its end."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.people.commands import Registration, register_people
from som.sampling.commands import (
    Campaign,
    Ending,
    RequestWanted,
    Session,
    ask_turns,
    end_campaigns,
    end_requests,
    open_sessions,
    plan_campaigns,
    request_tests,
)
from som.sampling.queries import open_requests
from som.sampling.rules import RequestEnd, RequestReason
from som.sampling.work import take_up_ended, take_up_turns
from tests.races.at_once import at_once, done, reasons
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

MANY = 60
THEN = NOON + timedelta(days=2)
WORKER = system_actor("sampling")


def ended(town: Town) -> list[int]:
    """Requests of a daily campaign, answered with a refusal two days ago."""
    daily = Campaign("E1", "Đợt", town.north, "screening", date(2026, 11, 1), 5, frequency_days=1)
    assert plan_campaigns([daily], by=town.dora, at=NOON).done
    met = register_people(
        [Registration(f"A{n}", town.declaration()) for n in range(MANY)],
        unit=town.north,
        by=town.ana,
        at=NOON,
    )
    wanted = [
        RequestWanted(
            f"q{n}", e.person_id or 0, town.north, RequestReason.ROSTER, NOON, campaign="E1"
        )
        for n, e in enumerate(met.done)
    ]
    assert request_tests(wanted, by=town.cleo, at=NOON).done == wanted
    requests = [r.id for r in open_requests(by=town.cleo, at=NOON)]
    refusals = [Ending(request, RequestEnd.REFUSED) for request in requests]
    assert len(end_requests(refusals, by=town.ana, at=NOON).done) == MANY
    return requests


def ends() -> Counter[str]:
    with scope.entered(WORKER, "sampling.read"):
        return Counter(
            line[0]
            for line in sql.rows("SELECT coalesce(ended_as, 'open') FROM sampling_testrequest")
        )


def test_two_workers_ask_for_one_turn_once(town: Town) -> None:
    requests = ended(town)
    answers = at_once(
        lambda: ask_turns(requests, by=WORKER, at=THEN),
        lambda: ask_turns(requests[::-1], by=WORKER, at=THEN),
        lambda: ask_turns(requests[30:] + requests[:30], by=WORKER, at=THEN),
    )
    assert sorted(done(answers)) == sorted(requests)
    assert not reasons(answers)
    assert ends() == {"refused": MANY, "open": MANY}


def test_a_campaign_is_ended_while_its_turn_is_asked_for(town: Town) -> None:
    requests = ended(town)
    session = Session("T1", "E1", town.north, town.lab1, "Chợ", THEN)
    answers = at_once(
        lambda: ask_turns(requests, by=WORKER, at=THEN),
        lambda: end_campaigns(["E1"], by=town.dora, at=THEN),
        lambda: ask_turns(requests[::-1], by=WORKER, at=THEN),
        lambda: end_campaigns(["E1"], by=town.dora, at=THEN),
        lambda: open_sessions([session], by=town.dora, at=THEN),
    )
    assert [one for one in done(answers) if one == "E1"] == ["E1"]
    assert set(reasons(answers)) <= {"campaign_over"}
    take_up_ended(at=THEN)
    assert take_up_turns(at=THEN + timedelta(days=1)) == 0
    assert ends()["open"] == 0
