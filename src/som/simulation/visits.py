"""Teams at the doors of people who were asked for again: each is swabbed into a tube alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from som.kernel import scope
from som.kernel.actors import Actor
from som.people.queries import declarations_of
from som.sampling import queries as sampling
from som.sampling.commands import Ending, end_requests, record_swabs
from som.sampling.queries import RequestRow
from som.sampling.rules import RequestEnd, RequestReason, SwabTaken, TubeClass
from som.simulation import schedule
from som.simulation.people import Drawn
from som.simulation.world import Truth

if TYPE_CHECKING:
    from som.simulation.day import Day

_PAGE = 5_000


def visit(day: Day, commune: int, at: datetime) -> None:
    """Swab everybody asked for again in a commune, and note who was not at home."""
    sampler = day.province.samplers[commune]
    unit = day.province.communes[commune].unit
    found = [
        request
        for request in sampling.open_requests(by=sampler, at=at, only="single", limit=_PAGE)
        if request.again and request.id not in day.visited and request.unit == unit
    ]
    meant = people_meant(day, found, by=sampler)
    requests = [
        request
        for request in found
        if request.id in meant and meant[request.id].serial not in day.world.absent
    ]
    if not requests:
        return
    day.visits += 1
    day.visited.update(request.id for request in requests)
    requests.sort(key=lambda one: meant[one.id].serial)
    away = [r for r in requests if r.reason == RequestReason.RECALLED_POOL][: day.away]
    if away:
        day.away -= len(away)
        requests = [request for request in requests if request not in away]
        not_at_home(day, [(request.id, meant[request.id]) for request in away], by=sampler, at=at)
    bench = day.benches[commune % len(day.benches)]
    code = f"{day.codes}TL-{day.visits:03d}"
    place = f"Lấy lại mẫu đơn, {day.province.communes[commune].name}"
    day.open_session(code, commune, bench.lab.id, place, "Tổ lấy lại mẫu", at)
    truths: list[Truth] = []
    swabs: list[SwabTaken] = []
    now = at
    for request in requests:
        now += (schedule.PER_PERSON + schedule.PER_HOUSEHOLD) / schedule.LANES
        tube, slip = day.new_tube(commune), day.new_slip()
        truths.append(Truth(meant[request.id], tube, slip, now))
        recalled = TubeClass.RECALLED
        swabs.append(SwabTaken(tube, slip, now, request=request.id, tube_class=recalled))
    day.world.swabbed(truths)

    def leave(then: datetime) -> None:
        if swabs:
            day.note_refused(record_swabs(swabs, session=code, by=sampler, at=then))
            day.send(truths, commune, bench, then)
        day.close_session(code, then)

    day.agenda.plan(now + schedule.PACKING, leave)


def people_meant(day: Day, requests: Sequence[RequestRow], *, by: Actor) -> dict[int, Drawn]:
    """Whom each request means, by its id: found as a team finds them, by what the request says.

    People of another day are left out.
    """
    with scope.entered(by, "people.read"):
        said = declarations_of([request.person for request in requests])
    known = {
        request.id: day.by_words.get((words.name, words.birth_year, words.phone))
        for request in requests
        for words in (said[request.person],)
    }
    return {request: person for request, person in known.items() if person is not None}


def not_at_home(day: Day, people: Sequence[tuple[int, Drawn]], *, by: Actor, at: datetime) -> None:
    """Nobody opened: the team comes again tomorrow."""
    tomorrow = day.on + timedelta(days=1)
    endings = [Ending(request, RequestEnd.ABSENT, revisit_on=tomorrow) for request, _ in people]
    day.note_refused(end_requests(endings, by=by, at=at))
    day.world.absent.update(person.serial for _, person in people)
