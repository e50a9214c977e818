"""Holds the clocks: one step of one or two clients, what it cost them and the server."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bench.heart.clients import Client, Doing, together
from bench.heart.drawn import PLATE
from bench.heart.server import HeartServer
from som.ops.doors import APPLICATION, OWNER

OTHER_PEOPLE = 100_000_000
"""So far apart begin the people of two clients; those before are history's."""
LIVED_BEFORE = 10_000
"""Places of the first client kept for whoever was lived for the history's sake."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A step of a group, and what it took for each specimen."""

    step: str
    batch: int
    clients: int
    specimens: int
    per_second: float
    wall_us: float
    client_us: float
    server_us: float
    wal_bytes: float
    peak_mb: float
    median_ms: float
    worst_ms: float

    def as_dict(self) -> dict[str, object]:
        """For the report, in round numbers."""
        return {
            key: round(value, 1) if isinstance(value, float) else value
            for key, value in asdict(self).items()
        }


def environment(server: HeartServer, side: str, database: str) -> dict[str, str]:
    """What a client must know: the product's clients are let in as the application alone."""
    if side == "raw":
        return {"HEART_RAW_URL": server.url(OWNER, database)}
    return {
        "DJANGO_SETTINGS_MODULE": "som.settings",
        "SOM_DATA": str(server.server.folder),
        "DATABASE_URL": server.url(APPLICATION, database),
        "DATABASE_OWNER_URL": server.url(OWNER, database),
    }


@contextmanager
def clients_of(
    server: HeartServer, side: str, database: str, count: int, first_place: int
) -> Iterator[list[Client]]:
    """So many clients at work in a database."""
    known = environment(server, side, database)
    found = [
        Client(side, number, first_place + (number + 1) * OTHER_PEOPLE, known)
        for number in range(count)
    ]
    try:
        yield found
    finally:
        for client in found:
            client.close()


def step_of(
    server: HeartServer, clients: list[Client], step: str, *, plates: int, batch: int
) -> Measured:
    """One step of the group that the clients have prepared."""
    before = server.used()
    doings: list[Doing] = together(clients, "run", step)
    used = server.used().since(before)
    wall = max(one.ended for one in doings) - min(one.began for one in doings)
    specimens = plates * PLATE * len(clients)
    latencies = [one for doing in doings for one in doing.latencies] or [0.0]
    each = 1e6 / specimens
    return Measured(
        step,
        batch,
        len(clients),
        specimens,
        specimens / wall,
        wall * each,
        sum(one.cpu for one in doings) * each,
        used.cpu * each,
        used.wal / specimens,
        max(one.peak_mb for one in doings),
        statistics.median(latencies) * 1_000,
        max(latencies) * 1_000,
    )


def group_of(
    server: HeartServer,
    clients: list[Client],
    steps: list[str],
    *,
    plates: int,
    batch: int,
) -> list[Measured]:
    """A fresh group through these steps, right after a checkpoint.

    Where they lead to the end of the life, nobody may be left behind.
    """
    together(clients, "prepare", plates, batch)
    server.checkpoint()
    found = [step_of(server, clients, step, plates=plates, batch=batch) for step in steps]
    if {"whole", "retest"} & set(steps):
        finished = together(clients, "finished")
        if any(one != plates * PLATE for one in finished):
            raise RuntimeError(f"of {plates * PLATE} specimens have an answer: {finished}")
    return found


def met_again(server: HeartServer, clients: list[Client], *, plates: int, batch: int) -> Measured:
    """Registration of a group whose people were all met before: in a first round, just now."""
    together(clients, "prepare", plates, batch)
    together(clients, "run", "register")
    together(clients, "prepare_again")
    server.checkpoint()
    found = step_of(server, clients, "register", plates=plates, batch=batch)
    return replace(found, step="known")


def median_of(groups: list[list[Measured]]) -> list[Measured]:
    """Of several groups through the same steps, the middle one of each step by its rate."""
    return [
        sorted(same, key=lambda one: one.per_second)[len(same) // 2]
        for same in zip(*groups, strict=True)
    ]


def profile_folder(server: HeartServer) -> Path:
    """Where cProfile's dumps go."""
    return Path(server.server.folder) / "profiles"
