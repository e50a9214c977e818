"""Dated rules: numbers of the field that change every few months and differ by province.

Rules ship as TOML under each stage's `dated/` folder and are loaded into the database. Changing a
number needs no release, and an old decision can be replayed with the rule of its day.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from som.kernel import sql
from som.kernel.errors import NotFound

_READ_AGAIN_AFTER = 30.0
_known: tuple[float, dict[str, list[Rule]]] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A number of the field as it holds on a day in a territory."""

    id: int
    key: str
    value: Any
    unit: str
    legal_basis: str
    valid_from: date
    valid_to: date | None
    territory: str

    def holds(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def _rules() -> dict[str, list[Rule]]:
    global _known
    asked = time.monotonic()
    if _known is None or asked - _known[0] > _READ_AGAIN_AFTER:
        by_key: dict[str, list[Rule]] = {}
        for line in sql.rows(
            "SELECT id, key, value::text, unit, legal_basis, valid_from, valid_to, territory"
            " FROM kernel_rule ORDER BY valid_from DESC"
        ):
            rule = Rule(line[0], line[1], _from_json(line[2]), *line[3:])
            by_key.setdefault(rule.key, []).append(rule)
        _known = (asked, by_key)
    return _known[1]


def _from_json(text: str) -> Any:
    import json

    return json.loads(text)


def rule(key: str, *, on: date, territory: Sequence[str] = ()) -> Rule:
    """The rule that holds on this day for the nearest of these unit codes, else for the country.

    Raises `NotFound` where none holds: a number of the field is never made up.
    """
    holding = {found.territory: found for found in _rules().get(key, ()) if found.holds(on)}
    for code in (*territory, ""):
        if code in holding:
            return holding[code]
    raise NotFound(f"no rule {key} on {on}")


def rules_under(prefix: str, *, on: date) -> list[Rule]:
    """Every rule whose key begins so and which holds on this day for the country."""
    return [
        found
        for key, rules in sorted(_rules().items())
        if key.startswith(prefix)
        for found in rules
        if found.holds(on) and found.territory == ""
    ]


def forget() -> None:
    """Read the rules again at the next question."""
    global _known
    _known = None


def packaged_rules() -> list[dict[str, Any]]:
    """Every rule that ships with the product, as its TOML says."""
    root = Path(__file__).resolve().parent.parent
    found: list[dict[str, Any]] = []
    for path in sorted(root.glob("*/dated/*.toml")):
        found += tomllib.loads(path.read_text("utf-8")).get("rule", [])
    return found
