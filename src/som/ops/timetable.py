"""What the worker does by the clock. A job only wakes; the work itself is pulled.

A lost or doubled wake-up costs seconds and never a person: each pull takes up whatever waits.
"""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from procrastinate.contrib.django import app

from som.access.queries import system_actor
from som.kernel import clock
from som.notices.work import take_up_waiting
from som.results.work import take_up_expired, take_up_lost


@app.periodic(cron="* * * * * */5")
@app.task(queueing_lock="deliver_notices", pass_context=False)
def deliver_notices(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every five seconds: what is to be told goes out."""
    take_up_waiting(settings.OUTBOX_DIR, by=system_actor("delivery"), at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="expire_tubes", pass_context=False)
def close_expired(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every minute: tubes past their use-by are closed; their people and lost tubes' asked again."""
    take_up_expired(at=clock.now())
    take_up_lost(at=clock.now())


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="forget_expired", pass_context=False)
def forget_expired(timestamp: int) -> None:  # noqa: ARG001 - the clock hands it in
    """Every five minutes: counts of tries and sessions that hold no more are dropped."""
    cache.delete_expired()  # type: ignore[attr-defined]
    call_command("clearsessions")
