"""What is made ready for the commands about campaigns as they go on."""

from __future__ import annotations

from datetime import date, timedelta

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.people.commands import Registration, register_people
from som.sampling import commands as sampling
from som.sampling.commands import Campaign, Ending, ListSent, RequestWanted
from som.sampling.queries import open_requests
from som.sampling.rules import RequestEnd, RequestReason
from som.sampling.rules.imports import ListPurpose
from tests.scale.prepared import Call, prepared
from tests.town import NOON, Town


@prepared("sampling.end_campaigns")
def _endings(size: int) -> Call:
    town = Town()
    planned = [
        Campaign(f"E{n}", "Đợt", town.north, "screening", date(2026, 11, 1)) for n in range(size)
    ]
    assert not sampling.plan_campaigns(planned, by=town.dora, at=NOON).refused
    return lambda: sampling.end_campaigns([c.code for c in planned], by=town.dora, at=NOON)


@prepared("sampling.ask_turns")
def _turns(size: int) -> Call:
    town = Town()
    daily = Campaign("E1", "Đợt", town.north, "screening", date(2026, 11, 1), frequency_days=1)
    assert sampling.plan_campaigns([daily], by=town.dora, at=NOON).done
    given = [Registration(f"R{n}", town.declaration()) for n in range(size)]
    met = register_people(given, unit=town.north, by=town.ana, at=NOON)
    wanted = [
        RequestWanted(
            f"q{n}", e.person_id or 0, town.north, RequestReason.ROSTER, NOON, campaign="E1"
        )
        for n, e in enumerate(met.done)
    ]
    assert not sampling.request_tests(wanted, by=town.cleo, at=NOON).refused
    asked = [row.id for row in open_requests(by=town.cleo, at=NOON, limit=size)]
    ended = [Ending(request, RequestEnd.REFUSED) for request in asked]
    assert not sampling.end_requests(ended, by=town.ana, at=NOON).refused
    return lambda: sampling.ask_turns(asked, by=town.cleo, at=NOON + timedelta(days=2))


@prepared("sampling.forget_files")
def _files(size: int) -> Call:
    town, worker = Town(), system_actor("sampling")
    due = NOON.date() + timedelta(days=1)
    files = [
        ListSent("a.csv", f"{n}".encode(), ListPurpose.ROSTER, campaign="C1", due_on=due)
        for n in range(size)
    ]
    sent = sampling.receive_lists(files, unit=town.north, by=town.cleo, at=NOON).done
    ids = [one.list_id or 0 for one in sent]
    with scope.entered(worker, "sampling.read"):
        sql.execute("UPDATE sampling_list SET state = 'unreadable', ended_at = %s", (NOON,))
    return lambda: sampling.forget_files(ids, by=worker, at=NOON + timedelta(days=40))
