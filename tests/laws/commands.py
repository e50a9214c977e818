"""Which commands there are: the source is asked, so that none is forgotten."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import som

NO_COMMANDS = {
    "record_elsewhere": "what the release of a report records of others' swabs, inside it",
    "write_answers": "shared by release, decision and correction, inside their transactions",
    "write_each": "shared by all that answers people, inside their transactions",
    "judged_roster": "what `judge_rows` says of a roster, inside its transaction",
    "judged_swabs": "what `judge_rows` says of a list of swabs, inside its transaction",
    "rostered": "what `take_in_rows` does with a roster, inside its transaction",
    "recorded": "what `take_in_rows` does with a list of swabs, inside its transaction",
    "put_into_box": "shared by sending and referring, inside their transactions",
    "arrived": "what receiving, rejecting and reading a device note of tubes, inside their transactions",
    "note_losses": "shared by losing, rejecting and destroying, inside their transactions",
    "write_read": "what `read_runs` writes, inside its transaction",
    "insert_releases": "shared by release and decision, inside their transactions",
}


def _public() -> dict[str, Callable[..., Any]]:
    """Every public function of a `commands` module, by module and name."""
    found = {}
    for module in pkgutil.walk_packages(som.__path__, "som."):
        parts = module.name.split(".")
        if len(parts) < 3 or parts[2] != "commands":
            continue
        loaded = importlib.import_module(module.name)
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if function.__module__ == module.name and not name.startswith("_"):
                found[f"{module.name}.{name}"] = function
    return found


def commands() -> dict[str, Callable[..., Any]]:
    """Every public function of a `commands` module that takes an actor and a time."""
    return {
        f"{function.__module__.split('.')[1]}.{function.__name__}": function
        for function in _public().values()
        if {"by", "at"} <= set(inspect.signature(function).parameters)
        and function.__name__ not in NO_COMMANDS
    }


def inner() -> frozenset[str]:
    """Names of the functions that commands share: permission, scope and audit are the caller's."""
    named = {function.__name__ for function in _public().values()}
    return frozenset(named - {function.__name__ for function in commands().values()})
