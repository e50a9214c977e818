"""A kit of the tests, the packaged ones, and a run as tests write it down."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import som.lab
from som.lab.formats.run_file import Reading
from som.lab.kits import KitRule, kit_rule
from som.lab.verdicts import Verdict

KITS = Path(som.lab.__path__[0]) / "dated" / "kits.toml"
RULES = tomllib.loads(KITS.read_text("utf-8"))["rule"]

VALUE: dict[str, Any] = {
    "code": "two_and_ic",
    "name": "N1, N2 and an internal control",
    "cycles": 45,
    "positives_needed": 2,
    "targets": [
        {"name": "N1", "role": "target", "cut_off": 40, "fluor": "FAM", "also_called": ["nCoV_N1"]},
        {"name": "N2", "role": "target", "cut_off": 38, "grey_to": 40, "fluor": "VIC"},
        {"name": "RP", "role": "internal_control", "cut_off": 40.0, "fluor": "CY5"},
    ],
    "controls": {
        "no_template": {"targets": "absent", "internal_control": "absent"},
        "negative": {"targets": "absent", "internal_control": "detected", "required": False},
        "positive": {"targets": "detected", "internal_control": "any"},
    },
}
KIT = kit_rule(VALUE)
P, N, U, V = Verdict.POSITIVE, Verdict.NEGATIVE, Verdict.INCONCLUSIVE, Verdict.INVALID


def packaged(code: str) -> KitRule:
    return next(kit_rule(r["value"]) for r in RULES if r["key"] == f"lab.kit.{code}")


def well(position: str, sample: str = "T1", /, **cts: float | str | None) -> list[Reading]:
    """Readings of one well by target; a Ct that is not given was not read at all."""
    return [
        Reading(position, sample, target, None if ct is None else Decimal(str(ct)))
        for target, ct in cts.items()
    ]
