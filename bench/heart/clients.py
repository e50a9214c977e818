"""The clients: processes that each lead a life of their own, at the measurer's word."""

from __future__ import annotations

import contextlib
import cProfile
import multiprocessing
import os
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.heart.life import Life


@dataclass(frozen=True, slots=True)
class Doing:
    """What one client did in a step: when, with how much processor time and memory, how often."""

    began: float
    ended: float
    cpu: float
    peak_mb: float
    latencies: list[float]
    statements: int = 0
    texts: dict[str, tuple[int, float]] = field(default_factory=dict)


class Client:
    """A client as its measurer sees it."""

    def __init__(self, side: str, number: int, first_place: int, environment: dict[str, str]):
        spawned = multiprocessing.get_context("spawn")
        self.pipe, theirs = spawned.Pipe()
        self.process = spawned.Process(
            target=_serve, args=(theirs, side, number, first_place, environment), daemon=True
        )
        self.process.start()
        theirs.close()

    def ask(self, what: str, *said: Any) -> None:
        """Let it do this; the answer is fetched with `answer`."""
        self.pipe.send((what, said))

    def answer(self) -> Any:
        """What came of it."""
        fault, found = self.pipe.recv()
        if fault:
            raise RuntimeError(f"a client failed:\n{fault}")
        return found

    def close(self) -> None:
        """Send it home."""
        with contextlib.suppress(OSError):
            self.pipe.send(("end", ()))
        self.process.join(20)


def together(clients: list[Client], what: str, *said: Any) -> list[Any]:
    """Let all of them do the same at once."""
    for client in clients:
        client.ask(what, *said)
    return [client.answer() for client in clients]


# In the client's process


def _serve(pipe: Any, side: str, number: int, first_place: int, env: dict[str, str]) -> None:
    os.environ.update(env)
    life: Life | None = None
    while True:
        what, said = pipe.recv()
        if what == "end":
            return
        try:
            if life is None:
                life = _life(side, number, first_place)
            pipe.send(("", _do(life, what, said)))
        except BaseException:
            pipe.send((traceback.format_exc(), None))


def _life(side: str, number: int, first_place: int) -> Life:
    if side == "raw":
        from bench.heart.raw import Raw

        return Raw(number, first_place)
    import django

    django.setup()
    from bench.heart.product import Product

    return Product(number, first_place)


def _do(life: Life, what: str, said: tuple[Any, ...]) -> Any:
    if what == "run":
        return _timed(life, *said)
    if what == "profile":
        return _profiled(life, *said)
    return getattr(life, what)(*said)


def _timed(life: Life, step: str) -> Doing:
    calls = life.calls(step)
    _forget_peak()
    latencies = []
    cpu, began = time.process_time(), time.perf_counter()
    before = began
    for call in calls:
        call()
        now = time.perf_counter()
        latencies.append(now - before)
        before = now
    used = time.process_time() - cpu
    return Doing(began, before, used, _peak_mb(), latencies)


def _profiled(life: Life, step: str, target: str) -> Doing:
    """The same once more with every statement counted, and under cProfile where wished."""
    from django.db import connection

    texts: dict[str, tuple[int, float]] = {}

    def counted(execute: Any, text: str, parameters: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(text, parameters, many, context)
        finally:
            calls, seconds = texts.get(text, (0, 0.0))
            texts[text] = calls + 1, seconds + time.perf_counter() - began

    calls = life.calls(step)
    profile = cProfile.Profile() if target else None
    with connection.execute_wrapper(counted):
        began = time.perf_counter()
        for call in calls:
            if profile:
                profile.runcall(call)
            else:
                call()
        ended = time.perf_counter()
    if profile:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        profile.dump_stats(target)
    count = sum(found for found, _ in texts.values())
    return Doing(began, ended, 0.0, 0.0, [0.0] * len(calls), count, texts)


def _forget_peak() -> None:
    """Let the kernel begin to watch this process's peak memory afresh."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0
