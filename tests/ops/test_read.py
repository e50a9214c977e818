"""`./som read`: what the readers make of a file, without a database."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from som import __main__ as command_line
from som.ops import embedded
from som.ops.management.commands.read import payloads_in

PROJECT = Path(__file__).resolve().parents[2]
CASES = PROJECT / "tests" / "files" / "id_qr" / "id_qr_cases.csv"
KEYS = [
    "doc", "valid", "reason", "number", "old_number", "name", "birth_date", "sex", "address",
    "issue_date", "extra",
]  # fmt: skip


def told(file: Path, what: str = "identity") -> list[dict[str, object]]:
    out = io.StringIO()
    call_command("read", what, str(file), stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_each_payload_gives_one_object(tmp_path: Path) -> None:
    with CASES.open(encoding="utf-8", newline="") as file:
        cases = list(csv.DictReader(file))
    codes = tmp_path / "codes.txt"
    codes.write_bytes("".join(case["payload"] + "\n" for case in cases).encode())
    answers = told(codes)
    assert len(answers) == len(cases)
    for case, answer in zip(cases, answers, strict=True):
        assert list(answer) == KEYS
        assert all(answer[key] == case[key] for key in KEYS if key not in ("reason", "extra"))


def test_an_empty_line_is_an_empty_payload(tmp_path: Path) -> None:
    codes = tmp_path / "codes.txt"
    codes.write_bytes(b"\nxin\n\n")
    assert [answer["reason"] for answer in told(codes)] == ["empty", "not_identity", "empty"]
    codes.write_bytes(b"")
    assert told(codes) == []


@pytest.mark.parametrize(
    ("data", "payloads"),
    [
        (b"a\nb", ["a", "b"]),
        (b"a\r\nb\r\n", ["a\r", "b\r"]),
        (b"a\r\n\r\nb\r\n", ["a\r", "\r", "b\r"]),  # every line ends so: the empty one is one
        (b"a\r\n\nb\n", ["a\r", "b"]),  # the line end of the payload itself
        ("a\u0085b\u2028c\n".encode(), ["a\u0085b\u2028c"]),
        ("ễ\n".encode("utf-16"), ["ễ"]),
        (b"\xff\xfe", []),
        (b"a\xc3\n", ["a\ufffd"]),
    ],
)
def test_lines_of_a_file(data: bytes, payloads: list[str]) -> None:
    assert list(payloads_in(data)) == payloads


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot read") as refused:
        told(tmp_path / "none.txt")
    assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="cannot read"):
        told(tmp_path)


def test_reading_starts_no_database() -> None:
    assert "read" in command_line.WITHOUT_DATABASE


@pytest.mark.slow
def test_the_command_itself(tmp_path: Path) -> None:
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("DATABASE")},
        "SOM_DATA": str(tmp_path / "data"),
        "PYTHONPATH": str(PROJECT / "src"),
        "LC_ALL": "C",
    }

    def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "som", "read", *arguments],
            input=given, capture_output=True, check=False, env=environment,
        )  # fmt: skip

    done = run("identity", "-", given="019091000123||Lò Thị Thử|02031991|Nữ|x|10052021\n".encode())
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["name"] == "Lò Thị Thử"
    missing = run("identity", str(tmp_path / "none.txt"))
    assert missing.returncode == 2
    assert b"cannot read" in missing.stderr
    assert b"Traceback" not in missing.stderr
    assert not embedded.status(tmp_path / "data").created


FORMS = PROJECT / "tests" / "files" / "forms"


def gold(name: str) -> list[dict[str, str]]:
    """The rows of a gold file, less the note at its end."""
    with (FORMS / f"{name}.gold.csv").open(encoding="utf-8-sig", newline="") as file:
        return [r for r in csv.DictReader(file) if not next(iter(r.values())).startswith("#")]


@pytest.mark.parametrize(
    "name", ["filled_samples_clean", "filled_results_clean", "hcdc_tong_synthetic"]
)
def test_a_list_is_told_as_its_gold_file_says(name: str) -> None:
    (found,) = told(FORMS / f"{name}.xlsx", "list")
    wanted = gold(name)
    assert found["refused"] == []
    assert [{key: row[key] for key in wanted[0]} for row in found["rows"]] == wanted  # type: ignore[attr-defined,index]


def test_results_alone_do_not_say_of_how_many(tmp_path: Path) -> None:
    alone = tmp_path / "results.xlsx"
    alone.write_bytes((FORMS / "filled_results_clean.xlsx").read_bytes())
    (found,) = told(alone, "list")
    assert {row["people"] for row in found["rows"]} == {""}  # type: ignore[attr-defined]
    out = io.StringIO()
    samples = str(FORMS / "filled_samples_clean.xlsx")
    call_command("read", "list", str(alone), "--beside", samples, stdout=out)
    assert json.loads(out.getvalue())["rows"][4]["people"] == "5"
    with pytest.raises(CommandError, match="cannot read"):
        call_command("read", "list", str(alone), "--beside", str(tmp_path / "none.xlsx"))


# --- runs ----------------------------------------------------------------------------------------

PLATES = PROJECT / "tests" / "files" / "pcr"


def test_a_run_is_told_well_by_well() -> None:
    (run,) = told(PLATES / "passing_plate.eds", "run")
    assert (run["format"], len(run["wells"]), run["faults"]) == ("abi7500", 21, [])  # type: ignore[arg-type]
    first = {"position": "A1", "sample": "NTC 1", "target": "RP", "ct": 27.067278, "call": ""}
    assert first.items() <= run["wells"][0].items()  # type: ignore[index]


def test_what_is_wrong_with_a_row_is_told_beside_the_readings() -> None:
    (run,) = told(PLATES / "appbio_quantstudio_minimal_missing_results.txt", "run")
    (fault,) = run["faults"]  # type: ignore[misc]
    assert list(fault) == ["code", "severity", "position", "row", "detail"]
    assert (fault["code"], fault["severity"], fault["position"]) == ("no_result", "error", "A2")


def test_a_run_that_is_refused_ends_with_its_reason(tmp_path: Path) -> None:
    file = tmp_path / "run.txt"
    file.write_bytes(b"name,result\nAn,positive\n")
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("read", "run", str(file), stdout=out)
    assert caught.value.returncode == 1
    assert json.loads(out.getvalue())["refused"]["reason"] == "unknown_format"
