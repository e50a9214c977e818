"""What was measured, for machines (JSON) and for people (docs/performance.md)."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.heart.bars import LARGE, Bar, bars
from bench.heart.life import STEPS
from bench.heart.server import PROJECT, HeartServer
from bench.heart.words import page

JSON = PROJECT / ".data" / "bench" / "heart.json"
BY_HAND = Path(__file__).parent / "by_hand.json"
"""Sizes too large for every run, kept with the project."""
PAGE = PROJECT / "docs" / "performance.md"

ROWS = (*STEPS, "whole", "known")
"""As the page shows them."""
TAKEN = (
    "per_second", "wall_us", "client_us", "server_us", "wal_bytes", "median_ms", "worst_ms",
)  # fmt: skip
BATCHES, CLIENTS = (100, 1_000), (1, 2)


def write(server: HeartServer, sizes: list[dict[str, Any]]) -> list[Bar]:
    """Write both forms; what these sizes say of all that was promised."""
    about = {
        "at": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(),
        "settings": server.settings(),
    }
    now = {str(one["size"]): about | shown(one) for one in sizes}
    known = kept() | now
    JSON.parent.mkdir(parents=True, exist_ok=True)
    _write(JSON, known)
    _write(BY_HAND, {size: one for size, one in known.items() if int(size) >= int(LARGE)})
    write_page()
    return bars(_read(BY_HAND) | now)


def write_page() -> None:
    """Write docs/performance.md from all that is kept of measurements."""
    known = kept()
    PAGE.write_text(page(known, bars(known), by_hand=BY_HAND.exists()), encoding="utf-8")


def kept() -> dict[str, Any]:
    """What was measured before, the smallest history first."""
    found = _read(JSON) | _read(BY_HAND)
    return dict(sorted(found.items(), key=lambda item: int(item[0])))


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
            for step in ROWS:
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
    about = {key: value for key, value in one.items() if key != "cells"}
    return about | {"rows": rows, "memory": _memory(one)}


def _cell(
    one: dict[str, Any], side: str, step: str, batch: int, clients: int
) -> dict[str, Any] | None:
    for cell in one["cells"]:
        if (cell["side"], cell["step"]) == (side, step) and (
            (cell["batch"], cell["clients"]) == (batch, clients)
        ):
            return {key: cell[key] for key in TAKEN}
    return None


def _memory(one: dict[str, Any]) -> dict[str, float]:
    """Peak memory of the product's client in each step, over all cells."""
    found: dict[str, float] = {}
    for cell in [*one["cells"], *one.get("aside", [])]:
        if cell["side"] == "product":
            found[cell["step"]] = max(found.get(cell["step"], 0.0), cell["peak_mb"])
    return found
