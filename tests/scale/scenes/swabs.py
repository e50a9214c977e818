"""Campaigns, sessions and rolls; requests, and the tubes of those who came."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from som.access.queries import system_actor
from som.people.commands import Registration, register_people
from som.sampling import commands as sampling
from som.sampling import queries as sampling_queries
from som.sampling.commands import Campaign, Ending, Loss, Manifest, Roll, SchemeWanted, Session
from som.sampling.rules import RequestEnd
from tests.laws.sampling import wishes
from tests.scale.prepared import Call, prepared
from tests.town import NOON, Town

SYSTEM = system_actor("results")


@prepared("sampling.plan_campaigns")
def _campaigns(size: int) -> Call:
    town = Town()
    given = [Campaign(f"K{n}", "Tên", town.north, "screening", NOON.date()) for n in range(size)]
    return lambda: sampling.plan_campaigns(given, by=town.dora, at=NOON)


@prepared("sampling.open_sessions")
def _sessions(size: int) -> Call:
    town = Town()
    given = [Session(f"T{n}", "C1", town.north, town.lab1, "Chợ", NOON) for n in range(size)]
    return lambda: sampling.open_sessions(given, by=town.dora, at=NOON)


@prepared("sampling.close_sessions")
def _closings(size: int) -> Call:
    town = Town()
    _sessions(size)()
    return lambda: sampling.close_sessions([f"T{n}" for n in range(size)], by=town.dora, at=NOON)


@prepared("sampling.register_schemes")
def _schemes(size: int) -> Call:
    town = Town()
    given = [SchemeWanted(town.cdc, "Tên", rf"X{n}\d+") for n in range(size)]
    return lambda: sampling.register_schemes(given, by=town.dora, at=NOON)


@prepared("sampling.issue_rolls")
def _rolls(size: int) -> Call:
    town = Town()
    given = [Roll(500_000 + 10 * n, 500_009 + 10 * n, town.north) for n in range(size)]
    return lambda: sampling.issue_rolls(given, by=town.dora, at=NOON)


def _wishes(size: int) -> tuple[Town, list[Any]]:
    town = Town()
    given = [Registration(f"R{n}", town.declaration()) for n in range(size)]
    met = register_people(given, unit=town.north, by=town.ana, at=NOON)
    (first, *_) = wishes(town, [met.done[0].person_id or 0] * 3)
    wanted = [
        sampling.RequestWanted(f"q{n}", e.person_id or 0, town.north, first.reason, first.due_at)
        for n, e in enumerate(met.done)
    ]
    return town, wanted


@prepared("sampling.request_tests")
def _requests(size: int) -> Call:
    town, wanted = _wishes(size)
    return lambda: sampling.request_tests(wanted, by=town.cleo, at=NOON)


def _asked(size: int) -> tuple[Town, list[int]]:
    town, wanted = _wishes(size)
    sampling.request_tests(wanted, by=town.cleo, at=NOON - timedelta(hours=2))
    found = sampling_queries.open_requests(by=town.cleo, at=NOON, limit=size)
    return town, [request.id for request in found]


@prepared("sampling.end_requests")
def _endings(size: int) -> Call:
    town, asked = _asked(size)
    given = [Ending(number, RequestEnd.ABSENT, NOON.date() + timedelta(days=1)) for number in asked]
    return lambda: sampling.end_requests(given, by=town.ana, at=NOON)


@prepared("sampling.record_swabs")
def _swabs(size: int) -> Call:
    town, asked = _asked(size)
    declared = [town.swab(tube) for tube in town.tubes(size)]
    answering = [
        town.swab(tube, said=None, request=number)
        for tube, number in zip(town.tubes(size), asked, strict=True)
    ]
    return lambda: sampling.record_swabs(
        [*declared, *answering], session="S1", by=town.ana, at=NOON
    )


def taken(size: int) -> tuple[Town, list[str]]:
    town = Town()
    tubes = town.tubes(size)
    swabs = [town.swab(tube) for tube in tubes]
    assert not sampling.record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    return town, tubes


@prepared("sampling.dispatch_tubes")
def _dispatches(size: int) -> Call:
    town, tubes = taken(size)
    box = Manifest("M1", town.north, town.lab1)
    return lambda: sampling.dispatch_tubes(tubes, manifest=box, by=town.ana, at=NOON)


@prepared("sampling.lose_tubes")
def _losses(size: int) -> Call:
    town, tubes = taken(size)
    given = [Loss(tube, "vỡ") for tube in tubes]
    return lambda: sampling.lose_tubes(given, witness=town.cleo, by=town.ana, at=NOON)


@prepared("sampling.expire_tubes")
def _expiries(size: int) -> Call:
    _, tubes = taken(size)
    found = sampling_queries.tubes_with_codes(tubes)
    ids = [found[tube][0].id for tube in tubes]
    return lambda: sampling.expire_tubes(ids, by=SYSTEM, at=NOON + timedelta(days=3))
