"""Test requests in several hands at once: each is answered once, by one of them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.people.commands import Registration, register_people
from som.sampling.commands import (
    Ending,
    Handover,
    RequestWanted,
    accept_transfers,
    decline_transfers,
    end_requests,
    record_swabs,
    request_tests,
    transfer_requests,
)
from som.sampling.queries import open_requests
from som.sampling.rules import RequestEnd, RequestReason
from tests.races.at_once import at_once, done, reasons
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

MANY = 60


def asked(town: Town) -> list[int]:
    """Requests of the north for so many people."""
    met = register_people(
        [Registration(f"A{n}", town.declaration()) for n in range(MANY)],
        unit=town.north,
        by=town.ana,
        at=NOON,
    )
    due = NOON + timedelta(hours=9)
    wanted = [
        RequestWanted(f"q{n}", e.person_id or 0, town.north, RequestReason.ROSTER, due)
        for n, e in enumerate(met.done)
    ]
    assert request_tests(wanted, by=town.cleo, at=NOON - timedelta(hours=2)).done == wanted
    return [r.id for r in open_requests(by=town.cleo, at=NOON)]


def ends() -> Counter[str]:
    """How all requests stand, and all transfers."""
    with scope.entered(system_actor("results"), "sampling.read"):
        return Counter(
            line[0]
            for line in sql.rows(
                "SELECT coalesce(ended_as, 'open') FROM sampling_testrequest"
                " UNION ALL SELECT coalesce(answer, 'offered') FROM sampling_transfer"
            )
        )


def test_one_hand_accepts_and_the_other_declines(town: Town) -> None:
    requests = asked(town)
    transfer_requests([Handover(r, town.south) for r in requests], by=town.ana, at=NOON)
    answers = at_once(
        lambda: accept_transfers(requests, by=town.dora, at=NOON),
        lambda: decline_transfers(requests[::-1], by=town.dora, at=NOON),
        lambda: accept_transfers(requests[30:] + requests[:30], by=town.dora, at=NOON),
    )
    assert sorted(done(answers)) == sorted(requests)
    assert set(reasons(answers)) <= {"transfer_gone"}
    found = ends()
    assert found["accepted"] + found["declined"] == MANY
    assert found["accepted"] == found["transferred"]
    assert found["open"] == MANY, "each is open once: with its giver, or with who took it over"


def test_the_giver_ends_offers_elsewhere_and_swabs_what_is_just_being_accepted(town: Town) -> None:
    requests = asked(town)
    transfer_requests([Handover(r, town.south) for r in requests], by=town.ana, at=NOON)
    tubes = town.tubes(20)
    swabs = [
        town.swab(tube, said=None, request=request)
        for tube, request in zip(tubes, requests[:20], strict=True)
    ]
    answers = at_once(
        lambda: accept_transfers(requests, by=town.dora, at=NOON),
        lambda: end_requests(
            [Ending(r, RequestEnd.REFUSED) for r in requests[20:40][::-1]], by=town.ana, at=NOON
        ),
        lambda: transfer_requests(
            [Handover(r, town.province) for r in requests[40:][::-1]], by=town.ana, at=NOON
        ),
        lambda: record_swabs(swabs, session="S1", by=town.ana, at=NOON),
    )
    accepted, ended, offered, swabbed = (len(answer.done) for answer in answers)
    found = ends()
    assert found["accepted"] == found["transferred"] == accepted
    assert found["refused"] == ended
    assert swabbed == 20 or set(reasons(answers[3:])) <= {"request_ended"}
    assert found["open"] + found["swabbed"] + found["refused"] == MANY
    assert found["withdrawn"] == offered


def test_two_units_are_never_told_it_is_theirs(town: Town) -> None:
    requests = asked(town)
    answers = at_once(
        *(
            lambda unit=unit, order=order: transfer_requests(
                [Handover(r, unit) for r in requests[::order]], by=town.ana, at=NOON
            )
            for unit, order in ((town.south, 1), (town.province, -1))
        )
    )
    assert not reasons(answers)
    assert ends() == {"open": MANY, "offered": MANY, "withdrawn": MANY}


def test_two_teams_that_meet_the_same_people_end_their_requests_once(town: Town) -> None:
    requests = asked(town)
    people = [
        [town.swab(t, said=None, request=r) for t, r in zip(tubes, requests[::order], strict=True)]
        for tubes, order in ((town.tubes(MANY), 1), (town.tubes(MANY), -1))
    ]
    answers = at_once(
        lambda: record_swabs(people[0], session="S1", by=town.ana, at=NOON),
        lambda: record_swabs(people[1], session="S2", by=town.ana, at=NOON),
    )
    assert len(done(answers)) >= MANY
    assert set(reasons(answers)) <= {"request_ended"}
    assert ends() == {"swabbed": MANY}
