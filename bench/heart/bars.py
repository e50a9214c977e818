"""What was promised of the heart's speed, and whether the sizes that were measured keep it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.heart.life import NAMES

SMALL, MIDDLE, LARGE = "100000", "1000000", "10000000"
WRITTEN = {SMALL: "10^5", MIDDLE: "10^6", LARGE: "10^7"}
BATCHES = (100, 1_000)
CLIENTS = 2

RATIO = 0.35
"""The product's rate, of the raw one's."""
LOSS = 0.40
"""Of the product's rate, from the smallest history to the largest."""
GROWTH_MB = 20
"""Peak memory of a step may differ by so much between histories: what the allocator keeps."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Something promised, what was found, and whether it holds: None if it was not measured."""

    what: str
    wanted: str
    found: str
    held: bool | None

    @property
    def said(self) -> str:
        """How it stands, in words."""
        return {True: "holds", False: "does not hold", None: "not measured"}[self.held]


def bars(sizes: dict[str, Any]) -> list[Bar]:
    """All that was promised, against what these sizes show."""
    found = []
    for step, what in (("whole", "the whole life"), ("register", "registration")):
        for batch in BATCHES:
            row = _row(sizes, MIDDLE, step, batch)
            found.append(
                Bar(
                    f"{what}, batch {batch:,}, {CLIENTS} clients, {WRITTEN[MIDDLE]}",
                    f">= {RATIO} of raw",
                    f"{row['ratio']:.2f}" if row else "",
                    row["ratio"] >= RATIO if row else None,
                )
            )
    for last in (MIDDLE, LARGE):
        found += [_loss(sizes, last, batch) for batch in BATCHES]
    return [*found, *(_memory(sizes, last) for last in (MIDDLE, LARGE))]


def exit_status(found: Sequence[Bar]) -> int:
    """1 where something does not hold, 2 where nothing was measured that could tell, else 0."""
    if any(bar.held is False for bar in found):
        return 1
    return 0 if any(bar.held for bar in found) else 2


def _row(sizes: dict[str, Any], size: str, step: str, batch: int) -> dict[str, Any] | None:
    rows: list[dict[str, Any]] = sizes.get(size, {"rows": []})["rows"]
    wanted = (step, batch, CLIENTS)
    return next((r for r in rows if (r["step"], r["batch"], r["clients"]) == wanted), None)


def _loss(sizes: dict[str, Any], last: str, batch: int) -> Bar:
    small, large = (_row(sizes, size, "whole", batch) for size in (SMALL, last))
    lost = None
    if small and large:
        lost = 1 - large["product"]["per_second"] / small["product"]["per_second"]
    return Bar(
        f"loss of the whole life, batch {batch:,}, {CLIENTS} clients,"
        f" {WRITTEN[SMALL]} to {WRITTEN[last]}",
        f"<= {LOSS:.0%}",
        "" if lost is None else f"{lost:.0%}",
        None if lost is None else lost <= LOSS,
    )


def _memory(sizes: dict[str, Any], last: str) -> Bar:
    """Whether no step needs more memory because there was more before."""
    what = f"peak memory of a command, {WRITTEN[SMALL]} to {WRITTEN[last]}"
    wanted = f"<= {GROWTH_MB} MB more"
    if SMALL not in sizes or last not in sizes:
        return Bar(what, wanted, "", None)
    small, large = sizes[SMALL]["memory"], sizes[last]["memory"]
    grown = {step: large[step] - small[step] for step in small if step in large}
    step = max(grown, key=grown.__getitem__)
    return Bar(
        what, wanted, f"{grown[step]:.0f} MB ({NAMES.get(step, step)})", grown[step] <= GROWTH_MB
    )
