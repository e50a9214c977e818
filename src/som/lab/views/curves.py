"""The amplification curves of a run: drawn from data, and as a table of one well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from som.lab import queries
from som.lab.formats.run_file import Curve
from som.lab.views.wells import SIGNS, state_of
from som.web.guard import may

DIGITS = 5
"""Significant digits of a value as it is sent: a pixel shows three."""


@may("lab.see")
@require_GET
def run_curves(request: HttpRequest, run_id: int) -> HttpResponse:
    """The curves of a run as data: each with its well, sample, target and what its well came to."""
    actor = request.actor  # type: ignore[attr-defined]
    wells = {well.position: well for well in queries.wells_of_run(run_id, by=actor)}
    drawn = []
    for curve in queries.curves_of_run(run_id, by=actor):
        well = wells.get(curve.position)
        _, tone, label = SIGNS[state_of(well)] if well else ("", "void", "")
        drawn.append(
            {
                "well": curve.position,
                "sample": well.sample if well else "",
                "target": curve.target,
                "tone": tone,
                "label": gettext(label) if label else "",
                "values": [None if one is None else _short(one) for one in curve.values],
            }
        )
    return JsonResponse({"curves": drawn})


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


@dataclass(frozen=True, slots=True)
class WellCurves:
    """The curves of one well as a table: a line a cycle, a column a target."""

    well: str
    targets: Sequence[str]
    lines: Sequence[tuple[int, Sequence[str]]]


def curves_of_well(curves: Sequence[Curve], well: str) -> WellCurves:
    """The table of one well; without lines where the file has no curves of it."""
    found: Mapping[str, Sequence[float | None]] = {
        curve.target: curve.values for curve in curves if curve.position == well
    }
    most = max(map(len, found.values()), default=0)
    return WellCurves(
        well,
        list(found),
        [
            (cycle, [_at(values, cycle) for values in found.values()])
            for cycle in range(1, most + 1)
        ],
    )


def _at(values: Sequence[float | None], cycle: int) -> str:
    value = values[cycle - 1] if cycle <= len(values) else None
    return "" if value is None else number_format(_short(value))
