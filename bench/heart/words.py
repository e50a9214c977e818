"""docs/performance.md: what was measured, how, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.heart.drawn import PLATE, POSITIVE_EVERY

NAMES = {
    "register": "register",
    "receive": "receive",
    "pool": "pool",
    "import": "import a plate",
    "release": "publish",
    "retest": "decode singly",
    "whole": "**whole life**",
    "compare": "compare people (worker)",
    "dispatch": "hand over in boxes",
    "follow": "after a release (worker)",
}

HEAD = (Path(__file__).parent / "head.md").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Bar:
    """Something promised, what was found, and whether it holds."""

    what: str
    wanted: str
    found: str
    held: bool


def page(sizes: dict[str, Any], bars: Sequence[Bar]) -> str:
    """The whole page."""
    parts = [HEAD.format(PLATE=PLATE, POSITIVE_EVERY=POSITIVE_EVERY)]
    parts.append("## What was promised\n\n" + _table(["", "wanted", "found", ""], [
        [bar.what, bar.wanted, bar.found, "holds" if bar.held else "**does not hold**"]
        for bar in bars
    ]))  # fmt: skip
    parts += [_size(size, one) for size, one in sizes.items()]
    parts.append(_memory(sizes))
    parts += [_machine(sizes)]
    return "\n".join(parts)


def _size(size: str, one: dict[str, Any]) -> str:
    rows = []
    for row in one["rows"]:
        raw, product = row["raw"], row["product"]
        rows.append([
            NAMES[row["step"]], f"{row['batch']:,}", str(row["clients"]),
            f"{raw['per_second']:,}", f"{product['per_second']:,}", f"{row['ratio']:.2f}",
            f"{raw['server_us']:.0f} / {raw['client_us']:.0f}",
            f"{product['server_us']:.0f} / {product['client_us']:.0f}",
            f"{raw['wal_bytes'] / 1000:.1f}", f"{product['wal_bytes'] / 1000:.1f}",
            f"{product['median_ms']:.0f} / {product['worst_ms']:.0f}",
        ])  # fmt: skip
    heads = [
        "step", "batch", "clients", "raw/s", "product/s", "ratio", "raw CPU us server / client",
        "product CPU us server / client", "raw WAL kB", "product WAL kB", "product ms median / worst",
    ]  # fmt: skip
    text = (
        f"## A history of {int(size):,} specimens\n\n"
        f"Measured {one['at']}; {one['plates']} plates a group and client, the middle of"
        f" {one['repeat']}. The databases: raw {one['megabytes']['raw']:,} MB, product"
        f" {one['megabytes']['product']:,} MB. CPU and WAL for each specimen.\n\n"
    )
    text += _table(heads, rows)
    text += "\nThe product alone, one client:\n\n" + _table(
        ["step", "product/s", "CPU us server / client", "WAL kB", "MB"],
        [
            [
                NAMES[cell["step"]], f"{cell['per_second']:,.0f}",
                f"{cell['server_us']:.0f} / {cell['client_us']:.0f}",
                f"{cell['wal_bytes'] / 1000:.1f}", f"{cell['peak_mb']:.0f}",
            ]
            for cell in one["aside"]
        ],
    )  # fmt: skip
    if "gaps" in one:
        found = ", ".join(one["gaps"]) or "none"
        text += f"\nGaps that the product's ledger finds, before and after: {found}.\n"
    return text


def _memory(sizes: dict[str, Any]) -> str:
    steps = list(dict.fromkeys(step for one in sizes.values() for step in one["memory"]))
    rows = [
        [step, *[f"{one['memory'].get(step, 0):.0f}" for one in sizes.values()]] for step in steps
    ]
    heads = ["step", *[f"{int(size):,}" for size in sizes]]
    return "## Peak memory of the client, MB, by the size of the history\n\n" + _table(heads, rows)


def _machine(sizes: dict[str, Any]) -> str:
    last = list(sizes.values())[-1]
    settings = ", ".join(f"`{name} = {value}`" for name, value in last["settings"].items())
    return f"## The machine\n\n{last['machine']}. PostgreSQL: {settings}.\n"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
