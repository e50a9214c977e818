"""`./som work`: how the worker ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from som.__main__ import end_orderly
from som.ops.management.commands import work as command


class Library:
    """The library's worker with a job in hand, which it finishes when it is asked to stop."""

    def __init__(self) -> None:
        self.finished = False
        self.connector = self.job_manager = self

    def get_worker_connector(self) -> Library:
        return self

    def replace_connector(self, _: object) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    @contextlib.asynccontextmanager
    async def open_async(self) -> AsyncIterator[None]:
        yield

    async def get_stalled_jobs(self) -> list[object]:
        return []

    async def run_worker_async(self, **_: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(10)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.1)
        self.finished = True


@pytest.fixture
def terminated_orderly() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, end_orderly)
    yield
    signal.signal(signal.SIGTERM, before)


def test_work_in_hand_is_finished_though_it_is_asked_twice(
    terminated_orderly: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert threading.current_thread() is threading.main_thread()
    library = Library()
    monkeypatch.setattr(command, "app", library)
    command.work(1, wait=True)
    assert library.finished
