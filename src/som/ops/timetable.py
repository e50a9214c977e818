"""What the worker does by the clock. A job only wakes; the work itself is pulled.

A lost or doubled wake-up costs seconds and never a person: each pull takes up whatever waits.
"""

from __future__ import annotations

import contextlib

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from som.access.queries import system_actor
from som.kernel import clock
from som.lab.work import take_up_listed
from som.notices.work import take_up_waiting
from som.people.work import MOST_AT_ONCE, take_up_uncompared
from som.results.work import take_up_expired, take_up_lost, take_up_owed
from som.sampling.work import LISTS_TASK, take_up_deaths, take_up_lists, wake_for_lists

COMPARE_TASK = "people.compare_new"

LIST_STEPS = 2
"""Steps of lists in one job: a step reads a file or handles up to 5,000 rows, a few seconds each."""


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="deliver_notices", pass_context=False)
def deliver_notices(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every five seconds: what is to be told goes out."""
    take_up_waiting(settings.OUTBOX_DIR, by=system_actor("delivery"), at=clock.now())


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="tell_owed", pass_context=False)
def tell_owed(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every five seconds: whoever was joined with somebody or got a name is told what they are owed."""
    take_up_owed(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="expire_tubes", pass_context=False)
def close_expired(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: tubes past their use-by are closed; their people and lost tubes' asked again."""
    take_up_expired(at=clock.now())
    take_up_lost(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="end_for_the_dead", pass_context=False)
def end_for_the_dead(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: whoever has died is asked for no more."""
    take_up_deaths(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="receive_listed", pass_context=False)
def receive_unlisted(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: tubes that came to a laboratory before their list are received when it is there."""
    take_up_listed(by=system_actor("lab"), at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name=LISTS_TASK, queueing_lock=LISTS_TASK, pass_context=False)
def go_on_with_lists(timestamp: int = 0) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute, and at once when a list is sent or confirmed: lists are read and taken in.

    A few steps at a time, so that a long list holds up no notice.
    """
    if take_up_lists(at=clock.now(), steps=LIST_STEPS) >= LIST_STEPS:
        wake_for_lists()


@app.periodic(cron="* * * * *")
@app.task(name=COMPARE_TASK, queueing_lock=COMPARE_TASK, pass_context=False)
def compare_new(timestamp: int = 0) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: whoever is new is compared with the others, a few seconds' worth at a time."""
    if take_up_uncompared(at=clock.now(), limit=MOST_AT_ONCE) >= MOST_AT_ONCE:
        with contextlib.suppress(AlreadyEnqueued):
            app.configure_task(COMPARE_TASK, queueing_lock=COMPARE_TASK).defer()


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="forget_expired", pass_context=False)
def forget_expired(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every five minutes: counts of tries and sessions that hold no more are dropped."""
    cache.delete_expired()  # type: ignore[attr-defined]
    call_command("clearsessions")
