"""What waits at results without anybody asking: tubes nobody can answer, people to tell again."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from som.access.queries import system_actor
from som.kernel import scope
from som.kernel.batches import CHUNK, chunks
from som.kernel.clock import LOCAL
from som.notices.commands import close_alarms, raise_alarms
from som.people.queries import persons_owed
from som.places import queries as places
from som.results.commands import (
    advance_clocks,
    close_recalls,
    note_rates,
    note_reports,
    take_back_results,
    tell_newly_owed,
)
from som.results.queries import (
    calls_over,
    drifting,
    late_by_holder,
    plates_of_runs,
    recalls_to_carry_out,
    report_content,
    reports_at_work,
    runs_uncounted,
    swabs_to_take_back,
    tubes_lost_unanswered,
    tubes_to_watch,
    tubes_untested_past_use_by,
)
from som.results.rules import calls_of_drift, calls_of_late, key_of_late
from som.sampling.commands import expire_tubes, request_tests, requests_again
from som.sampling.commands.imports import placed
from som.sampling.lists import read_list
from som.sampling.queries import swabs_in_tubes
from som.sampling.rules import RequestReason


def take_up_expired(*, at: datetime) -> int:
    """Close tubes past their use-by and ask for their people again; answer how many tubes."""
    by = system_actor("results")
    closed = 0
    while found := tubes_untested_past_use_by(by=by, at=at, limit=CHUNK):
        closed += len(expire_tubes(found, by=by, at=at).done)
    return closed


def take_up_lost(*, at: datetime) -> int:
    """Ask for the people of lost tubes who have no answer; answer how many tubes."""
    by = system_actor("results")
    asked = 0
    while found := tubes_lost_unanswered(by=by, at=at, limit=CHUNK):
        with scope.entered(by, "results.read"):
            swabs = swabs_in_tubes(found)
        request_tests(requests_again(swabs, RequestReason.LOST, at=at), by=by, at=at)
        asked += len(found)
    return asked


def take_up_owed(*, at: datetime) -> int:
    """Tell what became owed since entries were joined and walk-ins named; answer for how many."""
    by = system_actor("results")
    told = 0
    while found := persons_owed(by=by, limit=CHUNK):
        told += len(tell_newly_owed(found, by=by, at=at).done)
    return told


RECALLS_TASK = "results.carry_out_recalls"
REPORTS_TASK = "results.take_up_reports"
"""The name under which the worker's timetable knows `take_up_reports`."""


def wake_for_reports() -> None:
    """Let the worker look for reports at once. A lost wake-up costs a minute and never a row."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(REPORTS_TASK, queueing_lock=REPORTS_TASK).defer()


def take_up_reports(*, at: datetime) -> int:
    """Note the rows of reports that were received; answer how many rows.

    Chunk by chunk, each its own transaction: after a crash the work goes on where it was. Nobody is
    told anything by it.
    """
    by = system_actor("results")
    noted = 0
    for report in reports_at_work(by=by):
        name, content = report_content(report, by=by)
        for chunk in chunks(placed(read_list(content, filename=name))):
            noted += len(note_reports(chunk, report=report, by=by, at=at).done)
    return noted


def wake_for_recalls() -> None:
    """Let the worker look for recalls at once. A lost wake-up costs a minute and never a person."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(RECALLS_TASK, queueing_lock=RECALLS_TASK).defer()


def take_up_recalls(*, at: datetime, steps: int | None = None) -> int:
    """Carry confirmed recalls out, at most so many steps (None: to the end); answer how many.

    A step takes the answers of up to `CHUNK` swabs back, in a transaction of its own. Whatever was
    taken back is not found again, so it goes on where it stopped.
    """
    by = system_actor("results")
    taken = 0
    for recall in recalls_to_carry_out(by=by):
        last = 0
        while found := swabs_to_take_back(recall, by=by, after=last, limit=CHUNK):
            if steps is not None and taken >= steps:
                return taken
            take_back_results(found, recall=recall, by=by, at=at)
            last = found[-1]
            taken += 1
        close_recalls([recall], by=by, at=at)
    return taken


def take_up_clocks(*, at: datetime) -> int:
    """Run the clocks of tubes under way and call where answers are late; answer how many moved."""
    by = system_actor("results")
    moved = 0
    while found := tubes_to_watch(by=by, at=at, limit=CHUNK):
        moved += len(advance_clocks(found, by=by, at=at).done)
    late = late_by_holder(by=by, at=at)
    now = [one for one in late if one.tubes]
    labs = places.organisations_by_id({one.lab for one in now if one.lab is not None})
    names = {key: lab.name for key, lab in labs.items()}
    day = at.astimezone(LOCAL).date()
    raise_alarms(calls_of_late(now, names, day), by=by, at=at)
    yesterday = day - timedelta(days=1)
    close_alarms([key_of_late(one, yesterday) for one in late], by=by, at=at)
    return moved


def take_up_rates(*, at: datetime) -> int:
    """Count what runs found and call where a rate left its limits; answer how many runs."""
    by = system_actor("results")
    counted = 0
    while found := runs_uncounted(by=by, at=at, limit=CHUNK):
        with transaction.atomic():
            counted += len(note_rates(found, by=by, at=at).done)
            weighed = drifting(found, by=by, at=at)
            labs = places.organisations_by_id({one.lab for one in weighed})
            known = {key: (lab.name, lab.unit_id) for key, lab in labs.items()}
            plates = plates_of_runs([one.run for one in weighed if one.run is not None], by=by)
            day = at.astimezone(LOCAL).date()
            raise_alarms(calls_of_drift(weighed, known, plates, day), by=by, at=at)
    return counted


def take_up_calls(*, at: datetime) -> int:
    """Close the calls to reviewers that are over: nothing of the run waits, the pool is answered."""
    by = system_actor("results")
    closed = 0
    while found := calls_over(by=by, limit=CHUNK):
        closed += len(close_alarms(found, by=by, at=at).done)
    return closed
