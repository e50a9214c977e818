"""What was measured, for machines (JSON) and for people (docs/performance.md)."""

from __future__ import annotations

import json
import platform
import statistics
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.heart.server import PROJECT, HeartServer
from bench.heart.words import Bar, page

JSON = PROJECT / ".data" / "bench" / "heart.json"
BY_HAND = Path(__file__).parent / "by_hand.json"
"""Sizes too large for every run, kept with the project."""
PAGE = PROJECT / "docs" / "performance.md"
LARGE = 10_000_000

STEPS = ("register", "receive", "pool", "import", "release", "retest", "whole")
"""As the page shows them: the raw life imports at once what the product loads and reads."""
BATCHES, CLIENTS = (100, 1_000), (1, 2)

RATIO = 0.35
"""The product's rate, of the raw one's."""
LOSS = 0.40
"""Of the product's rate, from the smallest history to the largest."""
GROWTH_MB = 20
"""Peak memory of a step may differ by so much between histories: what the allocator keeps."""


def write(server: HeartServer, sizes: list[dict[str, Any]]) -> bool:
    """Write both forms; whether every bar held that these sizes can tell of."""
    about = {
        "at": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(),
        "settings": server.settings(),
    }
    known = _read(BY_HAND) | _read(JSON)
    for one in sizes:
        known[str(one["size"])] = about | shown(one)
    ordered = dict(sorted(known.items(), key=lambda item: int(item[0])))
    JSON.parent.mkdir(parents=True, exist_ok=True)
    _write(JSON, ordered)
    _write(BY_HAND, {size: one for size, one in ordered.items() if int(size) >= LARGE})
    held = bars(ordered)
    PAGE.write_text(page(ordered, held), encoding="utf-8")
    return all(bar.held for bar in held)


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())["sizes"] if path.exists() else {}
    return found


def _write(path: Path, sizes: dict[str, Any]) -> None:
    if sizes:
        path.write_text(json.dumps({"sizes": sizes}, indent=1, ensure_ascii=False) + "\n")


def machine() -> str:
    """The processor, how many of it, and the memory."""
    model, memory = platform.machine(), 0
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
    cores = Path("/proc/cpuinfo").read_text().count("processor\t")
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal"):
            memory = round(int(line.split()[1]) / 2**20)
    return f"{cores} x {model}, {memory} GB, Python {platform.python_version()}"


def shown(one: dict[str, Any]) -> dict[str, Any]:
    """A size with its cells put side by side: raw and product, and their ratio."""
    rows = []
    for batch in BATCHES:
        for clients in CLIENTS:
            for step in STEPS:
                raw = _cell(one, "raw", step, batch, clients)
                product = _cell(one, "product", step, batch, clients)
                if raw and product:
                    rows.append(
                        {
                            "step": step,
                            "batch": batch,
                            "clients": clients,
                            "ratio": round(product["per_second"] / raw["per_second"], 3),
                            "raw": raw,
                            "product": product,
                        }
                    )
    kept = {key: value for key, value in one.items() if key != "cells"}
    return kept | {"rows": rows, "memory": _memory(one)}


def _cell(
    one: dict[str, Any], side: str, step: str, batch: int, clients: int
) -> dict[str, Any] | None:
    parts = ("load", "read") if step == "import" else (step,)
    cells = [
        cell
        for cell in one["cells"]
        if (cell["side"], cell["batch"], cell["clients"]) == (side, batch, clients)
        and cell["step"] in parts
    ]
    if len(cells) != len(parts):
        return None
    wall = sum(cell["wall_us"] for cell in cells)
    summed = {
        key: round(sum(cell[key] for cell in cells), 1)
        for key in ("client_us", "server_us", "wal_bytes", "median_ms")
    }
    return {
        "per_second": round(1e6 / wall),
        "wall_us": round(wall, 1),
        **summed,
        "worst_ms": max(cell["worst_ms"] for cell in cells),
    }


def _memory(one: dict[str, Any]) -> dict[str, float]:
    """Peak memory of the product's client in each step, over all cells."""
    found: dict[str, float] = {}
    for cell in [*one["cells"], *one.get("aside", [])]:
        if cell["side"] == "product":
            found[cell["step"]] = max(found.get(cell["step"], 0.0), cell["peak_mb"])
    return found


def bars(sizes: dict[str, Any]) -> list[Bar]:
    """What was promised, against what was found in the sizes that were measured."""
    found = []
    for size, one in sizes.items():
        if int(size) == 1_000_000:
            for row in one["rows"]:
                if row["clients"] == 2 and row["step"] in ("whole", "register"):
                    what = "the whole life" if row["step"] == "whole" else "registration"
                    found.append(
                        Bar(
                            f"{what}, batch {row['batch']:,}, 2 clients, 10^6",
                            f">= {RATIO} of raw",
                            f"{row['ratio']}",
                            row["ratio"] >= RATIO,
                        )
                    )
    if len(sizes) > 1:
        first, last = next(iter(sizes)), list(sizes)[-1]
        for batch in BATCHES:
            small, large = (_whole(sizes[size], batch) for size in (first, last))
            if small and large:
                lost = 1 - large / small
                what = f"loss of the whole life, batch {batch:,}, 2 clients, {first} to {last}"
                found.append(Bar(what, f"<= {LOSS:.0%}", f"{lost:.0%}", lost <= LOSS))
        found.append(_flat(sizes))
    return found


def _whole(one: dict[str, Any], batch: int) -> float | None:
    for row in one["rows"]:
        if (row["step"], row["batch"], row["clients"]) == ("whole", batch, 2):
            return float(row["product"]["per_second"])
    return None


def _flat(sizes: dict[str, Any]) -> Bar:
    """Whether no step needs more memory because there was more before."""
    grown = {}
    for step in statistics.multimode(s for one in sizes.values() for s in one["memory"]):
        peaks = [one["memory"][step] for one in sizes.values()]
        grown[step] = max(peaks) - min(peaks)
    step, most = max(grown.items(), key=lambda item: item[1])
    what = "peak memory of a command, smallest to largest history"
    return Bar(what, f"<= {GROWTH_MB} MB more", f"{most:.0f} MB ({step})", most <= GROWTH_MB)
