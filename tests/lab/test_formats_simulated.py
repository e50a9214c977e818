"""What the simulation writes is read back as it was written."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from som.lab.formats.registry import read_run
from som.lab.formats.run_file import RunFile
from som.simulation import instruments
from tests.lab.run_files import FILES, RESULTS_ONLY, Plain

DYES = {"N1": "FAM", "N2": "VIC", "RP": "CY5"}
CTS = st.none() | st.decimals(min_value=8, max_value=Decimal("44.9"), places=3)
NAMES = st.text("ABCĐ0123456789-_/. ,;'\"ươ", min_size=1, max_size=14).map(
    lambda t: f"T{t.strip()}9"
)


@st.composite
def runs(draw: st.DrawFn) -> instruments.SimulatedRun:
    block = draw(st.sampled_from([96, 384]))
    rows, columns = (8, 12) if block == 96 else (16, 24)
    places = st.tuples(st.integers(0, rows - 1), st.integers(1, columns))
    wells = [
        instruments.SimulatedWell(
            f"{chr(65 + row)}{column}",
            draw(NAMES),
            {target: draw(CTS) for target in DYES},
            draw(st.sampled_from(instruments.Task)),
        )
        for row, column in draw(st.lists(places, min_size=1, max_size=6, unique=True))
    ]
    ended = draw(st.datetimes(datetime(2020, 1, 2), datetime(2030, 1, 1))).replace(
        microsecond=0, tzinfo=timezone(timedelta(hours=7))
    )
    return instruments.SimulatedRun(
        "211005-01", "QuantStudio(TM) 7 Flex System", "278875421", ended, 45, DYES, wells, block
    )


def written(run: instruments.SimulatedRun) -> set[Plain]:
    return {
        (well.position, well.sample, target, None if ct is None else float(ct))
        for well in run.wells
        for target, ct in well.cts.items()
    }


def nearly(run: RunFile) -> set[Plain]:
    return {
        (r.position, r.sample, r.target, None if r.ct is None else round(float(r.ct), 3))
        for r in run.wells
    }


@pytest.mark.slow
@given(runs())
@settings(max_examples=25, derandomize=True, deadline=None)
def test_what_is_written_is_read_back(run: instruments.SimulatedRun) -> None:
    local = run.ended_at.replace(tzinfo=None)
    for data in (instruments.quantstudio_text(run), instruments.quantstudio_workbook(run)):
        back = read_run(data, "")
        assert nearly(back) == written(run)
        assert back.faults == ()
        assert (back.instrument, back.serial) == (run.instrument, run.serial)
        assert (back.run_ended_at, back.run_ended_zone) == (local, "ICT")
        assert (back.block_wells, back.cycles) == (run.block, 45)

    back = read_run(instruments.abi7500_workbook(run), "")
    assert (nearly(back), back.faults, back.run_ended_at) == (written(run), (), local)

    for options in ({}, {"run_information": True}, {"decimal_comma": True}):
        back = read_run(instruments.cfx_csv(run, **options), "")
        assert (nearly(back), back.faults) == (written(run), ())
    unnamed = read_run(instruments.cfx_csv(run, name_targets=False), "")
    assert {(r.position, r.fluor) for r in unnamed.wells} == {
        (well.position, dye) for well in run.wells for dye in DYES.values()
    }


def one_run() -> instruments.SimulatedRun:
    ended = datetime(2021, 10, 5, 16, 30, tzinfo=instruments.ICT)
    wells = [
        instruments.SimulatedWell("A1", "211005DH.03001", {"N1": Decimal("21.187"), "RP": None}),
        instruments.SimulatedWell(
            "H12", "NTC", {"N1": None, "RP": None}, instruments.Task.NO_TEMPLATE
        ),
    ]
    return instruments.SimulatedRun("P1", "QuantStudio™ 3 System", "27", ended, 45, DYES, wells)


def test_the_same_run_gives_the_same_bytes() -> None:
    for write in (
        instruments.quantstudio_text,
        instruments.quantstudio_workbook,
        instruments.abi7500_workbook,
        instruments.cfx_csv,
    ):
        assert write(one_run()) == write(one_run())


def test_texts_look_as_the_instruments_write_them() -> None:
    text = instruments.quantstudio_text(one_run()).decode()
    genuine = RESULTS_ONLY.read_text("utf-8")
    heads = genuine.split("[Results]\n")[1].split("\n")[0]
    assert heads.startswith(text.split("[Results]\n")[1].split("\n")[0])
    assert "* Experiment Run End Time = 2021-10-05 16:30:00 PM ICT\n" in text
    assert "1\tA1\tfalse\t211005DH.03001\tN1\tUNKNOWN\tFAM\tNFQ-MGB\t21.187\t21.187\t\t" in text
    assert "96\tH12\tfalse\tNTC\tN1\tNTC\tFAM\tNFQ-MGB\tUndetermined\t\t\t" in text

    table = instruments.cfx_csv(one_run()).decode().splitlines()
    assert table[0] == (FILES / "example01.csv").read_text("utf-8").splitlines()[0]
    assert table[1] == ",A01,FAM,N1,Unkn,211005DH.03001,,21.187,21.187,0,NaN,NaN,NaN,0,60,"
    assert table[2] == ",H12,FAM,N1,NTC,NTC,,NaN,NaN,0,NaN,NaN,NaN,0,60,"
    comma = instruments.cfx_csv(one_run(), run_information=True, decimal_comma=True).decode()
    assert "Run Ended;10/05/2021 09:30:00 UTC\n" in comma
    assert "\nA01;FAM;N1;Unkn;211005DH.03001;;21,187;21,187;0;" in comma
    back = read_run(comma.encode(), "")
    assert (back.software, back.serial) == ("CFX Maestro 4.1.2433.1219", "27")
    assert (back.run_ended_at, back.run_ended_zone) == (datetime(2021, 10, 5, 9, 30), "UTC")
    assert (back.experiment, back.wells[1].task) == ("P1.pcrd", "NTC")


def test_a_well_that_the_plate_does_not_have_is_not_written() -> None:
    wells = [instruments.SimulatedWell("I1", "x", {"N1": None})]
    run = instruments.SimulatedRun(
        "P1", "x", "27", datetime(2021, 1, 1, tzinfo=instruments.ICT), 45, DYES, wells
    )
    with pytest.raises(ValueError, match="I1"):
        instruments.cfx_csv(run)
