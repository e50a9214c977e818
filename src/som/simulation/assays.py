"""How kits show on the instruments of the drawn laboratories, and the files these write. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from som.lab.rules import Loading, LoadKind
from som.simulation.instruments import (
    SimulatedRun,
    SimulatedWell,
    Task,
    abi7500_workbook,
    cfx_csv,
    quantstudio_text,
    quantstudio_workbook,
)

_CONTROL_CT = Decimal("24.50")
_INTERNAL_CT = Decimal("26.80")
_SPLASHED_CT = Decimal("31.20")
"""What a control without template shows on a plate that was splashed over."""

Shows = Callable[[str], Decimal | None]
"""The Ct that a well of this tube or pool is bound to show; None: it shows none."""


def _without_curves(write: Callable[..., bytes]) -> Callable[[SimulatedRun], bytes]:
    return lambda run: write(run, curves=False)


_WRITERS: Mapping[str, Callable[[SimulatedRun], bytes]] = {
    "text": _without_curves(quantstudio_text),
    "workbook": _without_curves(quantstudio_workbook),
    "7500": _without_curves(abi7500_workbook),
    "cfx": cfx_csv,
}
_SUFFIXES = {"text": ".txt", "workbook": ".xlsx", "7500": ".xlsx", "cfx": ".csv"}


@dataclass(frozen=True, slots=True)
class Assay:
    """How a kit shows on its instrument. `shift`: by how much each target comes up later.

    `exports`: the forms in which the instrument's software writes its runs, by turns.
    """

    instrument: str
    serial: str
    cycles: int
    dyes: Mapping[str, str]
    shift: Mapping[str, Decimal]
    internal: str
    exports: tuple[str, ...]

    def file(
        self,
        plate: str,
        loadings: Sequence[Loading],
        shows: Shows,
        *,
        ended: datetime,
        number: int = 0,
        splashed: bool = False,
    ) -> tuple[str, bytes]:
        """The run's file as the instrument names and writes it. `number`: the laboratory's how
        manieth plate it is; `splashed`: its control without template came up."""
        run = SimulatedRun(
            experiment=plate,
            instrument=self.instrument,
            serial=self.serial,
            ended_at=ended,
            cycles=self.cycles,
            dyes=self.dyes,
            wells=[self._well(loading, shows, splashed) for loading in loadings],
        )
        export = self.exports[number % len(self.exports)]
        return f"{plate}{_SUFFIXES[export]}", _WRITERS[export](run)

    def _well(self, loading: Loading, shows: Shows, splashed: bool) -> SimulatedWell:
        task = Task.UNKNOWN
        internal: Decimal | None = _INTERNAL_CT
        if loading.kind is LoadKind.NO_TEMPLATE:
            found, task = (_SPLASHED_CT if splashed else None), Task.NO_TEMPLATE
            internal = None
        elif loading.kind is LoadKind.POSITIVE:
            found, task = _CONTROL_CT, Task.POSITIVE
        else:
            found = shows(loading.code)
        cts: dict[str, Decimal | None] = {
            target: None if found is None else found + later for target, later in self.shift.items()
        }
        cts[self.internal] = internal
        return SimulatedWell(loading.wells[0], loading.code, cts, task)


ASSAYS = {
    "n1_n2_rp_multiplex": Assay(
        "QuantStudio™ 5",
        "272510001",
        45,
        {"N1": "FAM", "N2": "VIC", "RP": "CY5"},
        {"N1": Decimal(0), "N2": Decimal("0.40")},
        "RP",
        ("text", "workbook"),
    ),
    "orf1ab_n": Assay(
        "CFX96",
        "CT031254",
        45,
        {"ORF1ab": "FAM", "N": "HEX", "IC": "Cy5"},
        {"ORF1ab": Decimal("0.30"), "N": Decimal(0)},
        "IC",
        ("cfx",),
    ),
    "sarscov2_rp_texas_red": Assay(
        "7500",
        "275010417",
        50,
        {"SARS-CoV-2": "FAM", "RP": "TEXAS RED"},
        {"SARS-CoV-2": Decimal(0)},
        "RP",
        ("7500",),
    ),
}
"""By the kit's code, as the dated rules have it."""


def lot_of(kit: str) -> str:
    """The lot of this kit that the drawn laboratories use."""
    return f"{kit.replace('_', '').upper()[:6]}-2611"
