"""What the worker does by the clock. A job only wakes; the work itself is pulled.

A lost or doubled wake-up costs seconds and never a person: each pull takes up whatever waits. Each
has a job of its own, so that one that fails stops no other.
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
from som.notices.webhook import to_webhook
from som.notices.work import take_up_unacknowledged, take_up_waiting, to_files
from som.people.work import MOST_AT_ONCE, take_up_uncompared
from som.results.work import (
    RECALLS_TASK,
    REPORTS_TASK,
    take_up_calls,
    take_up_clocks,
    take_up_expired,
    take_up_lost,
    take_up_owed,
    take_up_rates,
    take_up_recalls,
    take_up_report_files,
    take_up_reports,
    wake_for_recalls,
    wake_for_reports,
)
from som.sampling.work import (
    LISTS_TASK,
    take_up_deaths,
    take_up_ended,
    take_up_lists,
    take_up_living,
    take_up_old_files,
    take_up_old_scans,
    take_up_turns,
    wake_for_lists,
)

COMPARE_TASK = "people.compare_new"

LIST_STEPS = 2
"""Steps of lists in one job: a step reads a file or handles up to 5,000 rows, a few seconds each."""

REPORT_STEPS = 2
"""Reports in one job: a long one takes a few seconds for each 5,000 of its rows."""

RECALL_STEPS = 2
"""Steps of recalls in one job: a step takes up to 5,000 answers back, a few seconds each."""


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="deliver_notices", pass_context=False)
def deliver_notices(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every five seconds: what is to be told goes out."""
    send = (
        to_webhook(settings.WEBHOOK_URL, settings.WEBHOOK_SECRET)
        if settings.WEBHOOK_URL
        else to_files(settings.OUTBOX_DIR)
    )
    take_up_waiting(send, by=system_actor("delivery"), at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="call_provinces", pass_context=False)
def call_provinces(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: a positive that its locality does not acknowledge calls the province."""
    take_up_unacknowledged(by=system_actor("delivery"), at=clock.now())


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="tell_owed", pass_context=False)
def tell_owed(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every five seconds: whoever was joined with somebody or got a name is told what they are owed."""
    take_up_owed(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="expire_tubes", pass_context=False)
def close_expired(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: tubes past their use-by are closed and their people asked again."""
    take_up_expired(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="ask_for_lost", pass_context=False)
def ask_for_lost(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: the people of lost tubes are asked again."""
    take_up_lost(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="watch_clocks", pass_context=False)
def watch_clocks(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: answers that grow late are noted and called for."""
    take_up_clocks(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="weigh_rates", pass_context=False)
def weigh_rates(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: what runs found is counted and weighed."""
    take_up_rates(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="call_reviewers", pass_context=False)
def call_reviewers(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: reviewers are called to what waits, and calls that are over are closed."""
    take_up_calls(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="end_for_the_dead", pass_context=False)
def end_for_the_dead(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: whoever has died is asked for no more."""
    take_up_deaths(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="ask_the_living", pass_context=False)
def ask_the_living(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: whoever's death was noted by mistake is asked for again."""
    take_up_living(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="turn_campaigns", pass_context=False)
def turn_campaigns(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: campaigns ask for their next turn."""
    take_up_turns(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="end_campaigns", pass_context=False)
def end_requests_of_campaigns(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: what campaigns that have ended asked for ends."""
    take_up_ended(at=clock.now())


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="forget_files", pass_context=False)
def forget_old_files(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every hour: the files of lists that ended long enough ago go."""
    take_up_old_files(at=clock.now())


@app.periodic(cron="37 3 * * *")
@app.task(queueing_lock="forget_scans", pass_context=False)
def forget_old_scans(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every night: what lies in a tray for too long goes out of it."""
    take_up_old_scans(at=clock.now())


@app.periodic(cron="29 * * * *")
@app.task(queueing_lock="forget_reports", pass_context=False)
def forget_old_reports(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every hour: the files of reports that came long enough ago go."""
    take_up_report_files(at=clock.now())


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


@app.periodic(cron="* * * * *")
@app.task(name=REPORTS_TASK, queueing_lock=REPORTS_TASK, pass_context=False)
def note_reported(timestamp: int = 0) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute, and at once when a report is taken in: its rows are noted and matched."""
    if take_up_reports(at=clock.now(), steps=REPORT_STEPS) >= REPORT_STEPS:
        wake_for_reports()


@app.periodic(cron="* * * * *")
@app.task(name=RECALLS_TASK, queueing_lock=RECALLS_TASK, pass_context=False)
def carry_out_recalls(timestamp: int = 0) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: what a confirmed recall takes back is taken back, a few steps at a time."""
    if take_up_recalls(at=clock.now(), steps=RECALL_STEPS) >= RECALL_STEPS:
        wake_for_recalls()


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="forget_expired", pass_context=False)
def forget_expired(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every five minutes: counts of tries and sessions that hold no more are dropped."""
    cache.delete_expired()  # type: ignore[attr-defined]
    call_command("clearsessions")
