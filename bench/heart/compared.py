"""One size of history: both sides through the same life, in turns, on one server."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

from bench.heart import databases
from bench.heart.clients import Client, together
from bench.heart.life import STEPS
from bench.heart.measure import (
    LIVED_BEFORE,
    Measured,
    clients_of,
    group_of,
    median_of,
    met_again,
)
from bench.heart.server import HeartServer

GAPS_UP_TO = 100_000
"""A history up to this long is gone through by the product's own ledger."""
ASIDE = ("compare", "dispatch", "follow")
"""Steps that only the product has, measured by themselves."""
ASIDE_PLATES = 4
ASIDE_PLACES = 500_000
"""So far behind the first client's people are theirs: a process of its own, for memory's sake."""


def measured(
    server: HeartServer,
    template: str,
    size: int,
    sides: list[str],
    *,
    plates: int,
    repeat: int,
    batches: list[int],
    clients: list[int],
) -> dict[str, Any]:
    """Every cell of this size: side, batch, clients and step, with its median of several groups.

    The sides take turns group by group, so that a slower hour of the machine slows both.
    """
    names = {}
    for side in sides:
        began = time.perf_counter()
        names[side] = (
            databases.raw(server, size)
            if side == "raw"
            else databases.product(server, template, size)
        )
        _say(f"{side}: history of {size:,} in {time.perf_counter() - began:.0f} s")
    found: dict[str, Any] = {
        "size": size,
        "plates": plates,
        "repeat": repeat,
        "megabytes": {side: round(server.size(name) / 2**20) for side, name in names.items()},
        "cells": [],
    }
    if "product" in names:  # first: the worker would take up what the groups leave behind
        place = size + LIVED_BEFORE + ASIDE_PLACES
        with clients_of(server, "product", names["product"], 1, place) as alone:
            found["aside"] = _aside(server, alone, min(plates, ASIDE_PLATES))
    with ExitStack() as kept:
        lives = {
            side: kept.enter_context(
                clients_of(server, side, name, max(clients), size + LIVED_BEFORE)
            )
            for side, name in names.items()
        }
        if "product" in lives and size <= GAPS_UP_TO:
            found["gaps"] = together(lives["product"][:1], "gaps")[0]
            _say(f"ledger gaps of the history: {found['gaps']}")
        for side in lives:  # plans, caches and connections are warm before anything counts
            together(lives[side], "prepare", 1, 1_000)
            together(lives[side], "run", "whole")
        # Who is met again comes last: their tubes stay where they are, in the way of other groups.
        for lead in (_life, _known):
            for batch in batches:
                for count in clients:
                    working = {side: all_of[:count] for side, all_of in lives.items()}
                    found["cells"] += _in_turns(
                        working, repeat, partial(lead, server, plates=plates, batch=batch)
                    )
        if "gaps" in found:
            found["gaps"] += together(lives["product"][:1], "gaps")[0]
    for name in names.values():
        server.drop(name)
    return found


def _life(server: HeartServer, clients: list[Client], plates: int, batch: int) -> list[Measured]:
    """The life step by step, and another as it is led: plate by plate."""
    steps = group_of(server, clients, list(STEPS), plates=plates, batch=batch)
    return steps + group_of(server, clients, ["whole"], plates=plates, batch=batch)


def _known(server: HeartServer, clients: list[Client], plates: int, batch: int) -> list[Measured]:
    """Registration of people who were met before."""
    return [met_again(server, clients, plates=plates, batch=batch)]


def _in_turns(
    lives: dict[str, list[Client]], repeat: int, lead: Callable[[list[Client]], list[Measured]]
) -> list[dict[str, Any]]:
    """What both sides' clients are led through, the middle of so many times."""
    groups: dict[str, list[list[Measured]]] = {side: [] for side in lives}
    for _ in range(repeat):
        for side, clients in lives.items():
            groups[side].append(lead(clients))
    cells = []
    for side, found in groups.items():
        cells += [{"side": side, **one.as_dict()} for one in median_of(found)]
        last = found[0][-1]
        _say(
            f"{side}, batch {last.batch}, {last.clients} clients, {last.step}:"
            f" {cells[-1]['per_second']:,}/s"
        )
    return cells


def _aside(server: HeartServer, clients: list[Client], plates: int) -> list[dict[str, Any]]:
    """What only the product does: people compared, boxes handed over, the worker after a release."""
    steps = ["register", "compare", "dispatch", *STEPS[1:], "follow"]
    found = group_of(server, clients, steps, plates=plates, batch=1_000)
    return [{"side": "product", **one.as_dict()} for one in found if one.step in ASIDE]


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
