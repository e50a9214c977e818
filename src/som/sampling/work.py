"""What waits at sampling without anybody asking: lists to be read, looked through and taken in,
and requests for people who have died.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import translation
from django.utils.translation import gettext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from som.access.queries import actor_of, system_actor
from som.kernel.actors import NOBODY, Actor
from som.kernel.batches import CHUNK, chunks
from som.kernel.clock import LOCAL
from som.kernel.errors import Conflict, NotAllowed, NotFound
from som.sampling.commands.imports import (
    Halt,
    Reading,
    RefusedFile,
    RowRead,
    alone_with,
    begin_step,
    end_step,
    judge_rows,
    keep_refused_files,
    note_readings,
    note_rows,
    stop_lists,
    take_in_rows,
)
from som.sampling.commands.requests import Ending, end_requests
from som.sampling.lists import (
    ListRow,
    RowRefused,
    UnreadableList,
    WrittenList,
    read_list,
    write_refused,
)
from som.sampling.queries.imports import (
    REASONS,
    ListAtWork,
    list_content,
    lists_at_work,
    places_waiting,
    rows_refused,
)
from som.sampling.queries.requests import requests_of_the_dead
from som.sampling.rules import RequestEnd
from som.sampling.rules.imports import ListRefusal, ListState

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
    """
    taken = 0
    while steps is None or taken < steps:
        went_on = False
        for one in lists_at_work(by=system_actor("sampling")):
            if steps is not None and taken >= steps:
                break
            if _step(one.id, at):
                went_on = True
                taken += 1
        if not went_on:
            break
    return taken


def _step(number: int, at: datetime) -> bool:
    """Take the next step of one list; False where another worker has it in hand, or had just now."""
    with alone_with(number) as alone:
        found = lists_at_work(by=system_actor("sampling")) if alone else []
        one = next((one for one in found if one.id == number), None)
        if one is None:
            return False
        by = actor_of(one.account, on=at.astimezone(LOCAL).date()) if one.account else NOBODY
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
    name, purpose, content = list_content(one.id, by=by)
    try:
        written = read_list(content, filename=name)
    except UnreadableList as error:
        fault = Reading(one.id, fault=str(error.fault), detail=error.detail)
        note_readings([fault], by=by, at=at)
        return
    if not purpose.takes(written.purpose):
        fault = Reading(one.id, written.kind, fault=str(ListRefusal.WRONG_KIND))
        note_readings([fault], by=by, at=at)
        return
    reading = Reading(
        one.id, written.kind, written.sheet, written.columns, written.day, written.rows_in
    )
    note_readings([reading], by=by, at=at)
    for chunk in chunks(list(_placed(written))):
        note_rows(chunk, list_id=one.id, by=by, at=at)


def _placed(written: WrittenList) -> Iterator[RowRead]:
    """The rows of a list in the order of its sheets, read and refused alike."""
    every: list[ListRow | RowRefused] = [*written.rows, *written.refused]
    sheets = {sheet: n for n, sheet in enumerate(dict.fromkeys(row.sheet for row in every))}
    every.sort(key=lambda row: (sheets[row.sheet], row.row))
    return (RowRead(place, row) for place, row in enumerate(every))


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
    by, ended = system_actor("sampling"), 0
    while found := requests_of_the_dead(by=by, limit=CHUNK):
        endings = [Ending(request, RequestEnd.DIED) for request in found]
        done = len(end_requests(endings, by=by, at=at).done)
        if not done:
            break
        ended += done
    return ended
