"""What `./som demo` can be asked for, known before any database is made for it."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from som.simulation import FEWEST, MOST

LAST_PORT = 65_535


def add_arguments(parser: ArgumentParser) -> None:
    """How large, which draw, and what to do afterwards."""
    parser.add_argument("--people", type=int, default=12_000, help="people (12000)")
    parser.add_argument("--seed", type=int, default=1, help="another number, another province")
    parser.add_argument("--no-serve", action="store_true", help="end after the table")
    parser.add_argument("--json", metavar="FILE", help="write the table to this file as JSON")
    parser.add_argument("--port", type=int, default=8000, help="port to serve on (8000)")


def fault_of_arguments(arguments: Sequence[str]) -> str | None:
    """Why a demo with these words after it cannot be; options that every command has pass."""
    parser = ArgumentParser(prog="som demo")
    add_arguments(parser)
    return fault_of(vars(parser.parse_known_args(arguments)[0]))


def fault_of(options: Mapping[str, Any]) -> str | None:
    """Why such a demo cannot be; None where it can."""
    if not FEWEST <= options["people"] <= MOST:
        return f"--people must be from {FEWEST} to {MOST}"
    if not options["no_serve"] and not 1 <= options["port"] <= LAST_PORT:
        return f"--port must be from 1 to {LAST_PORT}"
    if options["json"] and not _can_be_written(Path(options["json"])):
        return f"--json {options['json']} cannot be written: name a file in a folder that is there"
    return None


def _can_be_written(path: Path) -> bool:
    if path.exists():
        return path.is_file() and os.access(path, os.W_OK)
    return path.parent.is_dir() and os.access(path.parent, os.W_OK)
