"""docs/performance.md: what was measured, how, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.heart.bars import Bar
from bench.heart.drawn import PLATE, POSITIVE_EVERY
from bench.heart.life import NAMES

HEAD = (Path(__file__).parent / "head.md").read_text(encoding="utf-8")

ANCHORS = {"1000000": "15-17", "10000000": "12-15"}
"""Thousands of whole lives a second that the raw side made with 2 clients when the limits were first
measured: 2 AMD EPYC processors of 2.6 GHz, 24 GB, PostgreSQL 15, nothing else running."""
UNDISTURBED = 1.5
"""With one client somebody is nearly always at work: a clock that runs so many times longer than the
processors worked has waited for others on the machine."""

BY_HAND = {
    True: "Ten million are measured by hand, `python -m bench.heart --size 10000000`; what came of it\n"
    "stands in `bench/heart/by_hand.json`.",
    False: "Ten million can be measured by hand, `python -m bench.heart --size 10000000`, and are kept\n"
    "in `bench/heart/by_hand.json`; that has not been done.",
}


def page(sizes: dict[str, Any], bars: Sequence[Bar], *, by_hand: bool) -> str:
    """The whole page."""
    parts = [HEAD.format(PLATE=PLATE, POSITIVE_EVERY=POSITIVE_EVERY, BY_HAND=BY_HAND[by_hand])]
    rows = [
        [bar.what, bar.wanted, bar.found, f"**{bar.said}**" if bar.held is False else bar.said]
        for bar in bars
    ]
    parts.append("## What was promised\n\n" + _table(["", "wanted", "found", ""], rows))
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
            f"{raw['per_second']:,.0f}", f"{product['per_second']:,.0f}", f"{row['ratio']:.2f}",
            f"{_cpu(raw) / _cpu(product):.2f}",
            f"{raw['server_us']:.0f} / {raw['client_us']:.0f}",
            f"{product['server_us']:.0f} / {product['client_us']:.0f}",
            f"{raw['wal_bytes'] / 1000:.1f}", f"{product['wal_bytes'] / 1000:.1f}",
            f"{product['median_ms']:.0f} / {product['worst_ms']:.0f}",
        ])  # fmt: skip
    heads = [
        "step", "batch", "clients", "raw/s", "product/s", "ratio", "CPU ratio",
        "raw CPU us server / client", "product CPU us server / client",
        "raw WAL kB", "product WAL kB", "product ms median / worst",
    ]  # fmt: skip
    text = (
        f"## A history of {int(size):,} specimens\n\n"
        f"Measured {one['at']}; {one['plates']} plates a group and client, the middle of"
        f" {one['repeat']}. The databases: raw {one['megabytes']['raw']:,} MB, product"
        f" {one['megabytes']['product']:,} MB. CPU and WAL for each specimen; the CPU ratio"
        " is raw's microseconds, of server and client together, by the product's.\n\n"
    )
    text += _table(heads, rows) + _anchor(size, one) + disturbed(one)
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


def _cpu(cell: dict[str, Any]) -> float:
    """Processor time that a specimen takes of server and clients."""
    return float(cell["server_us"] + cell["client_us"])


def _anchor(size: str, one: dict[str, Any]) -> str:
    """What such a machine can do at all, beside what it did this time."""
    found = [
        f"{row['raw']['per_second']:,.0f} (batch {row['batch']:,})"
        for row in one["rows"]
        if (row["step"], row["clients"]) == ("whole", 2)
    ]
    if size not in ANCHORS or not found:
        return ""
    return (
        f"\nWhole lives a second that raw made here with 2 clients: {' and '.join(found)}."
        " When the limits were measured, a machine of this kind, two processors with nothing else to"
        f" do, made {ANCHORS[size]} thousand.\n"
    )


def disturbed(one: dict[str, Any]) -> str:
    """A warning, where the machine did something else meanwhile."""
    alone = [
        (row[side]["wall_us"] / _cpu(row[side]), f"{side}, {NAMES[row['step']]}, {row['batch']:,}")
        for row in one["rows"]
        for side in ("raw", "product")
        if row["clients"] == 1
    ]
    slow = [where for where in alone if where[0] > UNDISTURBED]
    if not slow:
        return ""
    most, where = max(slow)
    return (
        f"\n**The machine was disturbed**: in {len(slow)} of {len(alone)} measurements with one"
        f" client the clock ran more than {UNDISTURBED} times as long as the processors worked,"
        f" {most:.1f} times at most ({where}). Rates and their ratios are worth little then; the"
        " CPU ratio still tells.\n"
    )


def _memory(sizes: dict[str, Any]) -> str:
    steps = list(dict.fromkeys(step for one in sizes.values() for step in one["memory"]))
    rows = [
        [NAMES.get(step, step), *[_megabytes(one["memory"].get(step)) for one in sizes.values()]]
        for step in steps
    ]
    heads = ["step", *[f"{int(size):,}" for size in sizes]]
    return "## Peak memory of the client, MB, by the size of the history\n\n" + _table(heads, rows)


def _megabytes(found: float | None) -> str:
    return "" if found is None else f"{found:.0f}"


def _machine(sizes: dict[str, Any]) -> str:
    last = list(sizes.values())[-1]
    settings = ", ".join(f"`{name} = {value}`" for name, value in last["settings"].items())
    return f"## The machine\n\n{last['machine']}. PostgreSQL: {settings}.\n"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
