"""What `./som demo` can be asked for is known before a database is made for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from som import __main__ as command_line
from som.ops.asked_demo import fault_of_arguments


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--people", "10"], "--people must be from 20 to 200000"),
        (["--people=200001"], "--people must be from 20 to 200000"),
        (["--port", "0"], "--port must be from 1 to 65535"),
        (["--port=-1"], "--port must be from 1 to 65535"),
        (["--port", "99999"], "--port must be from 1 to 65535"),
        (["--json", "/nonexistent/x.json"], "--json /nonexistent/x.json cannot be written"),
        (["--json", "/"], "--json / cannot be written"),
    ],
)
def test_a_senseless_demo_is_refused_before_a_database_is_made(
    arguments: list[str],
    fault: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def made(*_: object) -> None:
        pytest.fail("a database was made")

    monkeypatch.setenv("SOM_DATA", str(tmp_path))  # the command line sets it for those it starts
    monkeypatch.setattr(command_line, "choose_database", made)
    monkeypatch.setattr(command_line, "keep_demo_apart", made)
    monkeypatch.setattr(command_line.signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["som", "demo", *arguments])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert ended.value.code == 1
    said = capsys.readouterr()
    assert fault in said.out + said.err


def test_a_sensible_demo_is_not_refused(tmp_path: Path) -> None:
    there = tmp_path / "there.json"
    there.write_text("{}", "utf-8")
    for file in (there, tmp_path / "new.json"):
        assert fault_of_arguments(["--people", "20", "--json", str(file)]) is None
    assert fault_of_arguments(["--no-serve", "--port", "0", "--verbosity", "2"]) is None
