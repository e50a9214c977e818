"""The databases that are measured: one of each side, with what was before."""

from __future__ import annotations

from bench.heart.history import fill_product
from bench.heart.history_raw import fill_raw
from bench.heart.installation import key_of
from bench.heart.server import HeartServer

KEPT = 100_000
"""A history up to this long is kept and copied; a longer one is written for every measurement."""


def product(server: HeartServer, template: str, size: int) -> str:
    """The product's database with a history of so many specimens."""
    name = "heart_product"
    server.drop(name)
    if size > KEPT:
        server.create(name, template)
        fill_product(server, name, size)
        return name
    # Lived by the commands: of another version it would be another history.
    code = key_of("src/som/**/*.py", "bench/heart/*.py")
    kept = f"heart_history_{size}_{template.rpartition('_')[2]}_{code}"
    if kept not in server.databases():
        for old in server.databases():
            if old.startswith(f"heart_history_{size}_"):
                server.drop(old)
        server.create("heart_history_begun", template)
        fill_product(server, "heart_history_begun", size)
        server.rename("heart_history_begun", kept)
    server.create(name, kept)
    return name


def raw(server: HeartServer, size: int) -> str:
    """The minimal schema with a history of so many specimens."""
    server.create("heart_raw")
    fill_raw(server, "heart_raw", size)
    return "heart_raw"
