"""Amplification curves: read from genuine exports, sent as data, and told as a table."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from som.kernel import sql
from som.lab.commands import load_plates, read_runs
from som.lab.formats.registry import read_curves, read_run
from som.lab.formats.run_file import UnreadableRun
from som.lab.rules import Loading, LoadKind, RunGiven
from som.simulation.instruments import SimulatedRun, SimulatedWell, quantstudio_text
from tests.desks import signed_in, statements, stranger
from tests.town import CYCLES, KIT, NOON, Town

FILES = Path(__file__).resolve().parents[1] / "files" / "pcr"

CODX = "CoDxEUA Experiment 1 and 2 _5-14-2020_data.xlsx"

GENUINE = [
    # file, curves, well, target, cycles, value after the first cycle
    ("20200331 Zymo Extraction.xlsx", 92, "A1", "FAM", 50, 3735.769287109375),
    (CODX, 132, "A1", "RNase P_Endogenous", 50, -623.501220703125),
    ("DEMO_COVID2020_THERMO.eds", 24, "A1", "ORF1ab", 40, -0.008802516),
    ("passing_plate.eds", 21, "A1", "RP", 45, 0.00082513416),
    ("appbio_quantstudio_example02.txt", 6, "A1", "IPC", 40, -0.002),
    ("appbio_quantstudio_example08.xlsx", 36, "A1", "18S", 50, 0.0),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "count", "well", "target", "cycles", "first"), GENUINE)
def test_curves_of_genuine_files(
    name: str, count: int, well: str, target: str, cycles: int, first: float
) -> None:
    curves = read_curves((FILES / name).read_bytes(), name)
    assert len(curves) == count
    one = curves[0]
    assert (one.position, one.target, len(one.values), one.values[0]) == (
        well,
        target,
        cycles,
        first,
    )


@pytest.mark.parametrize("name", ["example01.csv", "example_quantsudio_results_only.txt"])
def test_an_export_without_curves_has_none(name: str) -> None:
    assert read_curves((FILES / name).read_bytes(), name) == []


RISING = {
    "20200331 Zymo Extraction.xlsx": (34, 34),
    CODX: (65, 65),
    "DEMO_COVID2020_THERMO.eds": (6, 6),
    "passing_plate.eds": (10, 21),  # made by hand: one Ct for all, whatever the curve
    "appbio_quantstudio_example02.txt": (2, 2),
    "appbio_quantstudio_example08.xlsx": (36, 36),
}
"""Of the curves with a Ct below 35, how many end higher than they began, and how many there are."""


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, *_ in GENUINE])
def test_a_curve_rises_where_its_ct_says_so(name: str) -> None:
    """Of wells with a Ct the light is higher at the end than when it began; the columns are right."""
    data = (FILES / name).read_bytes()
    cts = {
        (one.position, one.target): one.ct
        for one in read_run(data, name).wells
        if one.ct is not None and one.ct < 35
    }
    rising = [
        curve.values[-1] > (curve.values[4] or 0)
        for curve in read_curves(data, name)
        if (curve.position, curve.target) in cts and curve.values[-1] is not None
    ]
    assert (sum(rising), len(rising)) == RISING[name]


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.999])
@pytest.mark.parametrize("name", ["appbio_quantstudio_example02.txt", "passing_plate.eds"])
def test_half_a_file_breaks_nothing(name: str, part: float) -> None:
    data = (FILES / name).read_bytes()
    try:
        curves = read_curves(data[: int(len(data) * part)], name)
    except UnreadableRun:
        return
    assert all(curve.position for curve in curves)


def loads_of(codes: list[str]) -> list[Loading]:
    """These tubes from A1 on, and both controls."""
    tubes = [Loading(LoadKind.TUBE, code, (f"A{at}",)) for at, code in enumerate(codes, start=1)]
    controls = [Loading(LoadKind.NO_TEMPLATE, "NTC", ("H11",))]
    return [*tubes, *controls, Loading(LoadKind.POSITIVE, "PC", ("H12",))]


def exported_with_curves(plate: str, codes: list[str]) -> bytes:
    """The instrument's file of such a plate, with curves: the first tube positive, others negative."""
    low = Decimal("24.5")
    found = {"N1": low, "N2": low, "RP": low}
    none = {"N1": None, "N2": None, "RP": low}
    shown = [
        SimulatedWell(f"A{at}", code, found if at == 1 else none)
        for at, code in enumerate(codes, start=1)
    ]
    shown.append(SimulatedWell("H11", "NTC", {"N1": None, "N2": None, "RP": None}))
    shown.append(SimulatedWell("H12", "PC", found))
    return quantstudio_text(
        SimulatedRun(
            experiment=plate,
            instrument="QuantStudio™ 5",
            serial="272510001",
            ended_at=NOON,
            cycles=CYCLES,
            dyes={"N1": "FAM", "N2": "VIC", "RP": "CY5"},
            wells=shown,
            block=96,
        )
    )


def read_with_curves(town: Town, codes: list[str]) -> int:
    """A run of these tubes whose file has curves; its id."""
    lab, by = town.lab1, town.ben
    loaded = load_plates(loads_of(codes), plate="PLATE1", size=96, kit=KIT, lab=lab, by=by, at=NOON)
    assert not loaded.refused
    given = RunGiven("PLATE1", "PLATE1.txt", exported_with_curves("PLATE1", codes), "LOT-1")
    assert not read_runs([given], lab=lab, by=by, at=NOON).refused
    return int(sql.rows("SELECT id FROM lab_run")[0][0])


@pytest.mark.django_db
def test_the_curves_are_sent_with_their_wells_and_verdicts(town: Town) -> None:
    codes = [swabs[0].tube for swabs in town.sampled([1, 1])]
    run = read_with_curves(town, codes)
    answer = signed_in(town, "ben").get(f"/lab/runs/{run}/curves/")
    curves = {(one["well"], one["target"]): one for one in answer.json()["curves"]}
    assert len(curves) == 12
    one = curves["A1", "N1"]
    assert (one["sample"], one["tone"], one["label"]) == (codes[0], "positive", "Positive")
    assert curves["A2", "N1"]["tone"] == "done"
    assert len(one["values"]) == CYCLES
    assert one["values"][-1] > one["values"][0]


@pytest.mark.django_db
def test_a_well_stands_as_a_table_too(town: Town) -> None:
    run = read_with_curves(town, [swabs[0].tube for swabs in town.sampled([1, 1])])
    ben = signed_in(town, "ben")
    page = ben.get(f"/lab/runs/{run}/?well=A1").text
    table = page.split("Curves as a table")[1].split("</table>")[0]
    assert table.count("<tr>") == CYCLES + 1
    assert '<th scope="col" class="number">RP</th>' in table
    assert "no curve of well C7" in ben.get(f"/lab/runs/{run}/?well=C7").text
    for nonsense in ("nonsense", "A1x", "xA1"):
        page = ben.get(f"/lab/runs/{run}/?well={nonsense}").text
        assert "Curves as a table" not in page
        assert "no curve of well" not in page


@pytest.mark.django_db
def test_curves_are_for_those_who_see_the_run(town: Town) -> None:
    run = read_with_curves(town, [swabs[0].tube for swabs in town.sampled([1])])
    url = f"/lab/runs/{run}/curves/"
    assert stranger().get(url).status_code == 302
    assert signed_in(town, "long").get(url).status_code == 404
    assert signed_in(town, "ana").get(url).status_code == 403


@pytest.mark.slow
@pytest.mark.django_db
def test_the_number_of_statements_is_fixed(town: Town) -> None:
    run = read_with_curves(town, [swabs[0].tube for swabs in town.sampled([1] * 8)])
    ben = signed_in(town, "ben")
    assert statements(ben, f"/lab/runs/{run}/?well=A1") == statements(ben, f"/lab/runs/{run}/") + 1
    assert statements(ben, f"/lab/runs/{run}/curves/") <= 8
