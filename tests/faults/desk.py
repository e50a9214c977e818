"""The process that executes commands without a page, asked over a local connection."""

from __future__ import annotations

import contextlib
import importlib
import os
import traceback
from collections.abc import Sequence
from datetime import timedelta
from multiprocessing.connection import Listener
from pathlib import Path
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from som.access.queries import system_actor
from som.kernel import clock, sql
from som.kernel.commands import set_clocks_off
from som.results.queries import SecondIdentifier, look_up
from tests.faults.instrument import Instrument
from tests.town import Town

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def serve(folder: Path, key: bytes, instrument: Instrument) -> None:
    """Answer one question after the other until this process is killed.

    A question names a function and its arguments; `at` is now, as on a page.
    """
    with Listener(("127.0.0.1", 0), authkey=key) as listener:
        begun = folder / "desk.new"
        begun.write_text(f"{os.getpid()} {listener.address[1]}")
        begun.rename(folder / "desk.port")
        while True:
            with contextlib.suppress(EOFError, OSError), listener.accept() as caller:
                while True:
                    question = caller.recv()
                    caller.send(_answered(*question, instrument=instrument))


def _answered(
    name: str, args: tuple[Any, ...], kwargs: dict[str, Any], timed: bool, *, instrument: Instrument
) -> tuple[bool, Any]:
    module, _, function = name.partition(":")
    close_old_connections()
    instrument.doing(function)
    try:
        if timed:
            kwargs = kwargs | {"at": clock.now()}
        return True, getattr(importlib.import_module(module), function)(*args, **kwargs)
    except Exception:
        return False, traceback.format_exc()
    finally:
        instrument.doing("")


# Small errands of the driver


def town() -> Town:
    """The town's places and people."""
    return Town()


def set_off(seconds: float) -> None:
    """Let everybody believe that it is so much later."""
    set_clocks_off([timedelta(seconds=seconds)], by=system_actor("setup"), at=clock.real_now())
    clock.forget()


def sign_in(names: Sequence[str]) -> dict[str, str]:
    """The session keys of browsers in which these people are signed in."""
    found = {}
    for user in get_user_model().objects.filter(username__in=names):
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = BACKEND
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        found[user.get_username()] = str(session.session_key)
    return found


def wake(tasks: Sequence[str]) -> list[int]:
    """Let the worker do these, as its clock would; the numbers of the jobs."""
    found = []
    for name in tasks:
        lock = app.tasks[name].queueing_lock
        try:
            with transaction.atomic():
                job = app.configure_task(name, queueing_lock=lock).defer(timestamp=0)
        except AlreadyEnqueued:
            # One that waits already will do it.
            waiting = sql.row(
                "SELECT id FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo'",
                (lock,),
            )
            if waiting:
                found.append(int(waiting[0]))
        else:
            found.append(int(job))
    return found


def looked_up(slips: dict[str, SecondIdentifier]) -> dict[str, tuple[str, Any, Any, bool] | None]:
    """What the public look-up answers to each: name, value, version, whether they are asked again."""
    found = {}
    for slip, second in slips.items():
        answer = look_up(slip, second, by=system_actor("public"), at=clock.now())
        found[slip] = (
            None
            if answer is None
            else (answer.name, answer.value, answer.version, answer.asked_again)
        )
    return found
