"""What is made ready for the commands that hand test requests over."""

from __future__ import annotations

from datetime import timedelta

from som.people.commands import Registration, register_people
from som.sampling import commands as sampling
from som.sampling.commands import Handover, RequestWanted
from som.sampling.queries import open_requests
from som.sampling.rules import RequestReason
from tests.scale.prepared import Call, prepared
from tests.town import NOON, Town


def _asked(size: int) -> tuple[Town, list[int]]:
    town = Town()
    given = [Registration(f"R{n}", town.declaration()) for n in range(size)]
    met = register_people(given, unit=town.north, by=town.ana, at=NOON)
    due = NOON + timedelta(hours=12)
    wanted = [
        RequestWanted(f"q{n}", e.person_id or 0, town.north, RequestReason.ROSTER, due)
        for n, e in enumerate(met.done)
    ]
    assert not sampling.request_tests(wanted, by=town.cleo, at=NOON).refused
    return town, [r.id for r in open_requests(by=town.cleo, at=NOON, limit=size)]


@prepared("sampling.transfer_requests")
def _handovers(size: int) -> Call:
    town, asked = _asked(size)
    given = [Handover(request, town.south) for request in asked]
    return lambda: sampling.transfer_requests(given, by=town.ana, at=NOON)


def _offered(size: int) -> tuple[Town, list[int]]:
    town, asked = _asked(size)
    given = [Handover(request, town.south) for request in asked]
    assert not sampling.transfer_requests(given, by=town.ana, at=NOON).refused
    return town, asked


@prepared("sampling.accept_transfers")
def _acceptances(size: int) -> Call:
    town, offered = _offered(size)
    return lambda: sampling.accept_transfers(offered, by=town.dora, at=NOON)


@prepared("sampling.decline_transfers")
def _refusals(size: int) -> Call:
    town, offered = _offered(size)
    return lambda: sampling.decline_transfers(offered, by=town.dora, at=NOON)
