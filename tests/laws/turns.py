"""Scenes of the commands about campaigns as they go on, and about files whose time is over."""

from datetime import date, timedelta

from hypothesis import strategies as st

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.sampling import commands
from som.sampling.commands import Campaign, Ending, ListSent, RequestWanted
from som.sampling.queries import open_requests
from som.sampling.rules import RequestEnd, RequestReason
from som.sampling.rules.imports import ListPurpose
from tests.laws.laws import Case, Scene
from tests.laws.sampling import persons
from tests.town import NOON, Town

THEN = NOON + timedelta(days=3)


def endings() -> Scene:
    """Two campaigns that go on, one that was ended, and one of another province."""
    town = Town()
    planned = [
        Campaign(f"E{n}", "Đợt", town.north, "screening", date(2026, 11, 1)) for n in range(2)
    ]
    assert len(commands.plan_campaigns(planned, by=town.dora, at=NOON).done) == 2
    far = Campaign("E9", "Xa", town.other_province, "screening", date(2026, 11, 1))
    assert commands.plan_campaigns([far], by=town.egon, at=NOON).done
    assert commands.end_campaigns(["E1"], by=town.dora, at=NOON).done
    return Scene(
        lambda items, by: commands.end_campaigns(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(["C1", "E0", "E1"]),
        st.sampled_from(["E9", "?"]),
        stranger=town.ben,
    )


def turns() -> Scene:
    """Of a campaign of every second day: turns that are due, and one that still goes on."""
    town = Town()
    campaign = Campaign("E1", "Đợt", town.north, "screening", date(2026, 11, 1), frequency_days=2)
    assert commands.plan_campaigns([campaign], by=town.dora, at=NOON).done
    wanted = [
        RequestWanted(f"q{n}", person, town.north, RequestReason.ROSTER, NOON, campaign="E1")
        for n, person in enumerate(persons(town))
    ]
    assert not commands.request_tests(wanted, by=town.cleo, at=NOON).refused
    *ended, waits = [row.id for row in open_requests(by=town.cleo, at=NOON)]
    refusals = [Ending(request, RequestEnd.REFUSED) for request in ended]
    assert len(commands.end_requests(refusals, by=town.ana, at=NOON).done) == len(ended)
    assert commands.ask_turns(ended[:1], by=town.cleo, at=THEN).done
    return Scene(
        lambda items, by: commands.ask_turns(items, by=by, at=THEN),
        town.cleo,
        st.sampled_from(ended),
        st.sampled_from([waits, -1]),
        stranger=town.ben,
    )


def files() -> Scene:
    """Two lists that ended long ago, one of them forgotten already, and one that goes on."""
    town, worker = Town(), system_actor("sampling")
    due = NOON.date() + timedelta(days=1)
    given = [
        ListSent("a.csv", f"{n}".encode(), ListPurpose.ROSTER, campaign="C1", due_on=due)
        for n in range(3)
    ]
    sent = commands.receive_lists(given, unit=town.north, by=town.cleo, at=NOON).done
    first, second, goes_on = [one.list_id or 0 for one in sent]
    with scope.entered(worker, "sampling.read"):
        sql.execute(
            "UPDATE sampling_list SET state = 'unreadable', ended_at = %s WHERE id = ANY(%s)",
            (NOON, [first, second]),
        )
    later = NOON + timedelta(days=40)
    assert commands.forget_files([second], by=worker, at=later).done
    return Scene(
        lambda items, by: commands.forget_files(items, by=by, at=later),
        worker,
        st.sampled_from([first, second]),
        st.sampled_from([goes_on, -1]),
        stranger=town.dora,
    )


CASES = (
    Case(commands.end_campaigns, endings),
    Case(commands.ask_turns, turns),
    Case(commands.forget_files, files),
)
