"""Scenes of the commands that hand test requests to another unit."""

from hypothesis import strategies as st

from som.sampling import commands
from som.sampling.commands import Ending, Handover
from som.sampling.queries import open_requests
from som.sampling.rules import RequestEnd
from tests.laws.laws import Case, Scene
from tests.laws.sampling import persons, wishes
from tests.town import NOON, Town


def asked(town: Town) -> list[int]:
    """Four requests of the north, due first."""
    commands.request_tests(wishes(town, persons(town)), by=town.cleo, at=NOON)
    return [r.id for r in open_requests(by=town.cleo, at=NOON)]


def handovers() -> Scene:
    """Handovers, one for each request: of two for one request the first would be taken."""
    town = Town()
    first, offered, fresh, ended = asked(town)
    commands.transfer_requests([Handover(offered, town.south)], by=town.ana, at=NOON)
    commands.end_requests([Ending(ended, RequestEnd.REFUSED)], by=town.ana, at=NOON)
    good = [Handover(first, town.south), Handover(offered, town.province), Handover(fresh, None)]
    bad = [
        Handover(-1, town.south),
        Handover(ended, town.south),
        Handover(first, -1),
        Handover(first, town.north),
    ]
    return Scene(
        lambda items, by: commands.transfer_requests(items, by=by, at=NOON),
        town.ana,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def withdrawals() -> Scene:
    """Offers taken back."""
    town = Town()
    first, second, third, ended = asked(town)
    offers = [Handover(request, town.south) for request in (first, second)]
    commands.transfer_requests(offers, by=town.ana, at=NOON)
    commands.end_requests([Ending(ended, RequestEnd.REFUSED)], by=town.ana, at=NOON)
    return Scene(
        lambda items, by: commands.transfer_requests(items, by=by, at=NOON),
        town.ana,
        st.sampled_from([Handover(request, None) for request in (first, second, third)]),
        st.sampled_from([Handover(-1, None), Handover(ended, None)]),
        stranger=town.egon,
    )


def answers(town: Town) -> tuple[list[int], list[int], list[int]]:
    """Requests offered to the south: open, accepted and declined; -1, and one never offered."""
    requests = asked(town)
    offers = [Handover(request, town.south) for request in requests[:3]]
    commands.transfer_requests(offers, by=town.ana, at=NOON)
    commands.accept_transfers(requests[1:2], by=town.dora, at=NOON)
    commands.decline_transfers(requests[2:3], by=town.dora, at=NOON)
    return [requests[0], requests[1]], [requests[0], requests[2]], [-1, requests[3]]


def acceptances() -> Scene:
    town = Town()
    accepted, declined, unknown = answers(town)
    return Scene(
        lambda items, by: commands.accept_transfers(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(accepted),
        st.sampled_from([*unknown, declined[1]]),
        stranger=town.egon,
    )


def refusals() -> Scene:
    town = Town()
    accepted, declined, unknown = answers(town)
    return Scene(
        lambda items, by: commands.decline_transfers(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(declined),
        st.sampled_from([*unknown, accepted[1]]),
        stranger=town.egon,
    )


CASES = (
    Case(commands.transfer_requests, handovers),
    Case(commands.transfer_requests, withdrawals),
    Case(commands.accept_transfers, acceptances),
    Case(commands.decline_transfers, refusals),
)
