"""`./som states`: draw every table of states into docs/states."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

import som

FOLDER = Path(__file__).resolve().parents[5] / "docs" / "states"
SUFFIX = "_MOVES"


def drawings() -> dict[str, str]:
    """Every table of states in the stages' rules, drawn: the name of its file and what is in it."""
    found = {}
    for module in pkgutil.walk_packages(som.__path__, "som."):
        parts = module.name.split(".")
        if parts[2:3] != ["rules"]:
            continue
        for name, table in vars(importlib.import_module(module.name)).items():
            if name.endswith(SUFFIX):
                thing = name.removesuffix(SUFFIX).lower()
                found[f"{parts[1]}-{thing}.md"] = _drawing(parts[1], thing, table)
    return found


def _drawing(stage: str, thing: str, table: Mapping[str, Sequence[str]]) -> str:
    reached = {after for moves in table.values() for after in moves}
    ends = sorted(reached - table.keys())
    lines = [f"    [*] --> {first}" for first in table if first not in reached]
    lines += [f"    {before} --> {after}" for before, moves in table.items() for after in moves]
    lines += [f"    {end} --> [*]" for end in ends]
    title = f"# {thing.capitalize()} ({stage})"
    note = f"Drawn by `./som states` from `som.{stage}.rules.{thing.upper()}{SUFFIX}`; do not edit."
    return "\n".join([title, "", note, "", "```mermaid", "stateDiagram-v2", *lines, "```", ""])


class Command(BaseCommand):
    """Write the drawings, or say which are not current."""

    help = "Draw every table of states into docs/states."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder, for those who want the drawings elsewhere."""
        parser.add_argument("--into", type=Path, default=FOLDER)

    def handle(self, *_: Any, **options: Any) -> None:
        """Write one file a table."""
        folder: Path = options["into"]
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in drawings().items():
            (folder / name).write_text(text, "utf-8")
            self.stdout.write(str(folder / name))
