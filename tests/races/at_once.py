"""Several hands at the same thing at the same moment, each in its own connection, with real commits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connections

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.results.queries import ledger_gaps
from tests.town import NOON, Town

Call = Callable[[], Any]


def at_once(*calls: Call) -> list[Any]:
    """Let these begin together. Answers with what each returned, or the exception it raised.

    An exception that is no answer of the product (a deadlock, a broken constraint) is raised.
    """
    barrier = threading.Barrier(len(calls))
    answers: list[Any] = [None] * len(calls)

    def work(place: int, call: Call) -> None:
        try:
            connections["default"].ensure_connection()
            barrier.wait(timeout=10)
            answers[place] = call()
        except Exception as error:
            answers[place] = error
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=work, args=(place, call)) for place, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive(), "somebody waits for ever"
    for answer in answers:
        if isinstance(answer, Exception) and not type(answer).__module__.startswith("som."):
            raise answer
    return answers


def done(answers: list[Any]) -> list[Any]:
    """What was done by any of them."""
    return [item for answer in answers for item in getattr(answer, "done", ())]


def reasons(answers: list[Any]) -> list[str]:
    """Why what was refused was refused."""
    return [str(r.reason) for answer in answers for r in getattr(answer, "refused", ())]


def counted(statement: str, *parameters: object) -> int:
    """A count over everything."""
    with scope.entered(system_actor("results"), "results.read"):
        return int((sql.row(statement, parameters) or (0,))[0])


def closes(town: Town, *, at: datetime = NOON) -> None:
    """The ledger has no gap."""
    assert ledger_gaps(by=town.dora, at=at) == []
