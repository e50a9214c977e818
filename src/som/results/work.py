"""What waits at results without anybody asking: tubes nobody can answer, people to tell again."""

from __future__ import annotations

import contextlib
import logging
from collections import defaultdict
from datetime import datetime, time

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from som.access.queries import system_actor
from som.kernel import scope
from som.kernel.batches import CHUNK, chunks, pages
from som.kernel.clock import LOCAL, local_day
from som.lab.commands.calls import RunCalled, call_to_kits, call_to_runs
from som.notices.commands import close_alarms, raise_alarms
from som.notices.queries import alarm_keys
from som.notices.rules import AlarmKind
from som.people.queries import persons_owed
from som.places import queries as places
from som.results.commands import (
    advance_clocks,
    begin_report,
    close_recalls,
    end_report,
    forget_reports,
    note_rates,
    note_reports,
    report_kept,
    take_back_results,
    tell_newly_owed,
)
from som.results.queries import (
    calls_over,
    drifting,
    late_by_holder,
    members_past_use_by,
    plates_of_runs,
    recalls_to_carry_out,
    report_content,
    report_files_to_forget,
    reports_at_work,
    reports_stopped,
    runs_uncalled,
    runs_uncounted,
    swabs_to_take_back,
    tubes_lost_unanswered,
    tubes_to_watch,
    tubes_untested_past_use_by,
)
from som.results.rules import calls_of_drift, calls_of_late, calls_of_stopped
from som.sampling.commands import expire_tubes, request_tests, requests_again
from som.sampling.commands.imports import placed
from som.sampling.lists import read_list
from som.sampling.queries import swabs_in_tubes
from som.sampling.rules import RequestReason


def take_up_expired(*, at: datetime) -> int:
    """Close tubes past their use-by and ask for their people again; answer how many tubes.

    Here and below a pass goes by id: what is refused once keeps neither the worker nor what stands
    behind it, and is looked at again in a minute.
    """
    by, closed = system_actor("results"), 0
    for found in pages(
        lambda last: tubes_untested_past_use_by(by=by, at=at, limit=CHUNK, after=last)
    ):
        closed += len(expire_tubes(found, by=by, at=at).done)
    for found in pages(lambda last: members_past_use_by(by=by, at=at, limit=CHUNK, after=last)):
        closed += len(expire_tubes(found, by=by, at=at, ask=False).done)
    return closed


def take_up_lost(*, at: datetime) -> int:
    """Ask for the people of lost tubes who have no answer; answer how many tubes."""
    by, asked = system_actor("results"), 0
    for found in pages(lambda last: tubes_lost_unanswered(by=by, at=at, limit=CHUNK, after=last)):
        with scope.entered(by, "results.read"):
            swabs = swabs_in_tubes(found)
        request_tests(requests_again(swabs, RequestReason.LOST, at=at), by=by, at=at)
        asked += len(found)
    return asked


def take_up_owed(*, at: datetime) -> int:
    """Tell what became owed since entries were joined and walk-ins named; answer for how many."""
    by, told = system_actor("results"), 0
    for found in pages(lambda last: persons_owed(by=by, after=last, limit=CHUNK)):
        told += len(tell_newly_owed(found, by=by, at=at).done)
    return told


LOG = logging.getLogger(__name__)

RECALLS_TASK = "results.carry_out_recalls"
REPORTS_TASK = "results.take_up_reports"
"""The name under which the worker's timetable knows `take_up_reports`."""


def wake_for_reports() -> None:
    """Let the worker look for reports at once. A lost wake-up costs a minute and never a row."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(REPORTS_TASK, queueing_lock=REPORTS_TASK).defer()


def take_up_reports(*, at: datetime, steps: int | None = None) -> int:
    """Note the rows of reports that were received, so many reports at most; answer how many.

    Chunk by chunk, each its own transaction: after a crash the work goes on where it was. Nobody is
    told anything by it. A report that fails is left until the next pass, a few times, and the
    others go on; the first failure is raised at the end, so that it is seen. One that stopped calls
    whoever receives reports for its unit.
    """
    by = system_actor("results")
    taken = 0
    failed: Exception | None = None
    for report in reports_at_work(by=by)[:steps]:
        taken += 1
        if not begin_report(report, by=by):
            continue
        try:
            _, content = report_content(report, by=by)
            for chunk in chunks(placed(read_list(content, on=local_day(at)))):
                note_reports(chunk, report=report, by=by, at=at)
        except Exception as error:
            if failed is not None:
                LOG.exception("report %s", report)
            failed = failed or error
        else:
            end_report(report, by=by)
    _call_to_stopped(at)
    if failed is not None:
        raise failed
    return taken


def _call_to_stopped(at: datetime) -> None:
    """Call whoever receives reports to one that stopped; what was sent anew since calls no more."""
    by = system_actor("results")
    day = local_day(at)
    known = alarm_keys(
        AlarmKind.REPORT_STOPPED, by=by, since=datetime.combine(day, time.min, LOCAL)
    )
    wanted = calls_of_stopped(reports_stopped(by=by), day, known)
    over = {key for key, is_open in known.items() if is_open} - {one.key for one in wanted}
    close_alarms(sorted(over), by=by, at=at)
    raise_alarms(wanted, by=by, at=at)


def take_up_report_files(*, at: datetime) -> int:
    """Delete the files of reports that came long enough ago; answer how many."""
    by, before, gone = system_actor("results"), at - report_kept(at), 0
    for found in pages(
        lambda last: report_files_to_forget(by=by, before=before, after=last, limit=CHUNK)
    ):
        gone += len(forget_reports(found, by=by, at=at).done)
    return gone


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
    """Run the clocks of tubes under way and call where answers are late; answer how many moved.

    A call is over where nothing is late any more, and with its day.
    """
    by, moved = system_actor("results"), 0
    for found in pages(lambda last: tubes_to_watch(by=by, at=at, after=last, limit=CHUNK)):
        moved += len(advance_clocks(found, by=by, at=at).done)
    late = late_by_holder(by=by, at=at)
    labs = places.organisations_by_id({one.lab for one in late if one.lab is not None})
    names = {key: lab.name for key, lab in labs.items()}
    day = local_day(at)
    midnight = datetime.combine(day, time.min, LOCAL)
    known = alarm_keys(AlarmKind.CLOCK, by=by, since=midnight)
    wanted = calls_of_late(late, names, day, known)
    over = {key for key, is_open in known.items() if is_open} - {one.key for one in wanted}
    close_alarms(sorted(over), by=by, at=at)
    raise_alarms(wanted, by=by, at=at)
    return moved


def take_up_rates(*, at: datetime) -> int:
    """Count what runs found and call where a rate left its limits; answer how many runs."""
    by, counted = system_actor("results"), 0
    for found in pages(lambda last: runs_uncounted(by=by, at=at, after=last, limit=CHUNK)):
        with transaction.atomic():
            counted += len(note_rates(found, by=by, at=at).done)
            weighed = drifting(found, by=by, at=at)
            labs = places.organisations_by_id({one.lab for one in weighed})
            known = {key: (lab.name, lab.unit_id) for key, lab in labs.items()}
            plates = plates_of_runs([one.run for one in weighed if one.run is not None], by=by)
            day = local_day(at)
            raise_alarms(calls_of_drift(weighed, known, plates, day), by=by, at=at)
    return counted


def take_up_calls(*, at: datetime) -> int:
    """Close the calls to reviewers that are over: nothing of the run waits, the pool is answered.

    Then call to what waits without a call. Answers how many calls were closed or raised.
    """
    by = system_actor("results")
    closed = last = 0
    while found := calls_over(by=by, after=last, limit=CHUNK):
        closed += len(close_alarms([key for _, key in found], by=by, at=at).done)
        last = found[-1][0]
    return closed + _call_to_uncalled(at)


def _call_to_uncalled(at: datetime) -> int:
    """Call reviewers to runs that wait for them and of which they were not told."""
    plates: dict[int, list[RunCalled]] = defaultdict(list)
    kits = set()
    for one in runs_uncalled(by=system_actor("results"), at=at):
        if one.plate:
            run = RunCalled(one.run, one.plate, one.results, one.positives, ())
            plates[one.lab].append(run)
        else:
            kits.add((one.lab, one.kit))
    raised = sum(call_to_runs(runs, lab=lab, at=at) for lab, runs in sorted(plates.items()))
    return raised + (call_to_kits(sorted(kits), at=at) if kits else 0)
