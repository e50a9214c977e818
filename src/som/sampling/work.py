"""What waits at sampling without anybody asking: lists to be read, looked through and taken in;
requests that end with a death or a campaign, and those that a campaign's next turn asks for; files
and lines of trays whose time is over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import translation
from django.utils.translation import gettext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from som.access.queries import actor_of, system_actor
from som.kernel.actors import NOBODY, Actor
from som.kernel.batches import CHUNK, chunks, pages
from som.kernel.clock import local_day
from som.kernel.errors import Conflict, NotAllowed, NotFound
from som.sampling.commands.imports import (
    Halt,
    Reading,
    RefusedFile,
    alone_with,
    begin_step,
    end_step,
    file_kept,
    forget_files,
    judge_rows,
    keep_refused_files,
    note_readings,
    note_rows,
    placed,
    stop_lists,
    take_in_rows,
)
from som.sampling.commands.requests import (
    Ending,
    RequestWanted,
    end_requests,
    request_tests,
)
from som.sampling.commands.trays import forget_tray_lines
from som.sampling.commands.tubes import recall_time
from som.sampling.commands.turns import ask_turns
from som.sampling.lists import (
    UnreadableList,
    read_list,
    write_refused,
)
from som.sampling.queries.campaigns import requests_of_ended_campaigns, turns_due
from som.sampling.queries.imports import (
    REASONS,
    ListAtWork,
    files_to_forget,
    list_content,
    lists_at_work,
    places_waiting,
    rows_refused,
)
from som.sampling.queries.requests import requests_of_the_dead, requests_of_the_living
from som.sampling.queries.trays import tray_kept, tray_lines_to_forget
from som.sampling.rules import RequestEnd, RequestReason
from som.sampling.rules.imports import ListRefusal, ListState

LOG = logging.getLogger(__name__)

LISTS_TASK = "sampling.take_up_lists"
"""The name under which the worker's timetable knows `take_up_lists`."""


def wake_for_lists() -> None:
    """Let the worker look for lists at once. A lost wake-up costs a minute and never a list."""
    try:
        with transaction.atomic():
            app.configure_task(LISTS_TASK, queueing_lock=LISTS_TASK).defer()
    except AlreadyEnqueued:
        return


def take_up_lists(*, at: datetime, steps: int | None = None) -> int:
    """Go on with the lists that wait, so many steps at most; answer how many were taken.

    A step reads a file, or looks through or takes in one chunk of rows, each its own transaction
    (a file's rows go in chunk by chunk): after a crash the work goes on where it was. What is done
    is done in the name of whoever sent or confirmed the list, with the rights they hold now.

    A list that fails is left until the next pass, and the others go on; the first failure is raised
    at the end, so that it is seen.
    """
    taken = 0
    failed: dict[int, Exception] = {}
    while steps is None or taken < steps:
        went_on = False
        for one in lists_at_work(by=system_actor("sampling")):
            if steps is not None and taken >= steps:
                break
            if one.id in failed:
                continue
            try:
                went_on_here = _step(one.id, at)
            except Exception as error:
                if failed:
                    LOG.exception("list %s", one.id)
                failed[one.id] = error
                went_on_here = True
            if went_on_here:
                went_on = True
                taken += 1
        if not went_on:
            break
    if failed:
        raise next(iter(failed.values()))
    return taken


def _step(number: int, at: datetime) -> bool:
    """Take the next step of one list; False where another worker has it in hand, or had just now."""
    with alone_with(number) as alone:
        found = lists_at_work(by=system_actor("sampling")) if alone else []
        one = next((one for one in found if one.id == number), None)
        if one is None:
            return False
        by = actor_of(one.account, on=local_day(at)) if one.account else NOBODY
        worker = system_actor("sampling")
        if not begin_step(number, by=worker):
            _stop(one, ListRefusal.UNEXPECTED, at)
            end_step(number, by=worker)
            return True
        try:
            _STEPS[one.state](one, by, at)
        except NotAllowed:
            _stop(one, ListRefusal.SENDER_GONE, at)
        except (Conflict, NotFound) as error:
            _stop(one, ListRefusal.SESSION_CLOSED, at, str(error))
        except DatabaseError:
            raise
        except Exception:
            _stop(one, ListRefusal.UNEXPECTED, at)
            end_step(number, by=worker)
            raise
        end_step(number, by=worker)
    return True


def _stop(one: ListAtWork, fault: ListRefusal, at: datetime, detail: str = "") -> None:
    by = system_actor("sampling")
    if one.state.at_work:
        stop_lists([Halt(one.id, fault, detail)], by=by, at=at)
    else:
        keep_refused_files([RefusedFile(one.id, one.refused, None)], by=by, at=at)


def _read(one: ListAtWork, by: Actor, at: datetime) -> None:
    """Read the file and note its rows; a file that is no such list ends there, with the reason."""
    _, purpose, content = list_content(one.id, by=by)
    try:
        written = read_list(content, on=local_day(at))
    except UnreadableList as error:
        fault = Reading(one.id, fault=str(error.fault), detail=error.detail)
        note_readings([fault], by=by, at=at)
        return
    if not purpose.takes(written.purpose):
        fault = Reading(one.id, written.kind, fault=str(ListRefusal.WRONG_KIND))
        note_readings([fault], by=by, at=at)
        return
    reading = Reading(
        one.id,
        written.kind,
        written.sheet,
        written.columns,
        written.day,
        written.rows_in,
        unread=written.unread,
    )
    note_readings([reading], by=by, at=at)
    for chunk in chunks(placed(written)):
        note_rows(chunk, list_id=one.id, by=by, at=at)


def _look_through(one: ListAtWork, by: Actor, at: datetime) -> None:
    places = places_waiting(one.id, ListState.READ, by=by, limit=CHUNK)
    assert places, "a list without rows to look at is not at work"
    judge_rows(places, list_id=one.id, by=by, at=at)


def _take_in(one: ListAtWork, by: Actor, at: datetime) -> None:
    places = places_waiting(one.id, ListState.CONFIRMED, by=by, limit=CHUNK)
    assert places, "a list without rows to take in is not at work"
    take_in_rows(places, list_id=one.id, by=by, at=at)


def _write_refused(one: ListAtWork, by: Actor, at: datetime) -> None:
    """Write the refused rows down in the list's own layout."""
    _, _, content = list_content(one.id, by=by)
    refused = rows_refused(one.id, by=by)
    with translation.override(settings.LANGUAGE_CODE):
        sentences = {code: gettext(reason.sentence) for code, reason in REASONS.items()}
        file = write_refused(content, refused, sentences=sentences)
    kept = RefusedFile(one.id, len(refused), file)
    keep_refused_files([kept], by=system_actor("sampling"), at=at)


_STEPS = {
    ListState.WAITING: _read,
    ListState.READ: _look_through,
    ListState.CONFIRMED: _take_in,
    ListState.PREVIEWED: _write_refused,
    ListState.DONE: _write_refused,
}


def take_up_deaths(*, at: datetime) -> int:
    """End the open requests of people who have died; answer how many ended."""
    return _ended(requests_of_the_dead, RequestEnd.DIED, at)


def take_up_ended(*, at: datetime) -> int:
    """End what the lists of ended campaigns still ask for; answer how many requests ended."""
    return _ended(requests_of_ended_campaigns, RequestEnd.CAMPAIGN_ENDED, at)


def _ended(waiting: Callable[..., list[int]], ended_as: RequestEnd, at: datetime) -> int:
    """End the requests that wait for it so, a chunk at a time."""
    by, ended = system_actor("sampling"), 0
    for found in pages(lambda last: waiting(by=by, after=last, limit=CHUNK)):
        ended += len(end_requests([Ending(r, ended_as) for r in found], by=by, at=at).done)
    return ended


def take_up_living(*, at: datetime) -> int:
    """Ask again for whoever was asked for no more and has not died; answer how many were.

    They are due when they were before, or as soon as anybody called again is.
    """
    by, asked, last = system_actor("sampling"), 0, 0
    while found := requests_of_the_living(by=by, after=last, limit=CHUNK):
        soonest = at + recall_time(at)
        wanted = [
            RequestWanted(
                f"alive:{one.id}",
                one.person,
                one.unit,
                RequestReason(one.reason),
                max(one.due_at, soonest),
                one.residence,
                one.from_swab,
                one.campaign,
                one.day_number,
            )
            for one in found
        ]
        asked += len(request_tests(wanted, by=by, at=at).done)
        last = found[-1].id
    return asked


def take_up_turns(*, at: datetime) -> int:
    """Ask for the next turn of campaigns that repeat; answer how many people were asked for."""
    by, on, asked = system_actor("sampling"), local_day(at), 0
    for found in pages(lambda last: turns_due(on, by=by, after=last, limit=CHUNK)):
        asked += len(ask_turns(found, by=by, at=at).done)
    return asked


def take_up_old_files(*, at: datetime) -> int:
    """Delete the files of lists that ended long enough ago; answer how many."""
    by, before, gone = system_actor("sampling"), at - file_kept(at), 0
    for found in pages(lambda last: files_to_forget(by=by, before=before, after=last, limit=CHUNK)):
        gone += len(forget_files(found, by=by, at=at).done)
    return gone


def take_up_old_scans(*, at: datetime) -> int:
    """Take out of trays what nobody acted on for too long; answer how many codes."""
    by, before, gone = system_actor("sampling"), at - tray_kept(at), 0
    for found in pages(
        lambda last: tray_lines_to_forget(by=by, before=before, after=last, limit=CHUNK)
    ):
        gone += len(forget_tray_lines(found, by=by, at=at).done)
    return gone
