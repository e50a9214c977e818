"""What the days with kills rest on: the strikes that are drawn, and the data they begin with."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.databases import PROJECT
from tests.faults import template
from tests.faults.house import guarded_ports
from tests.faults.office import CALLS
from tests.faults.strikes import INSIDE, OF_THE_MORNING, Moment, Role, drawn, eased

DAYS = [drawn(seed, CALLS) for seed in range(1, 501)]


def test_every_day_has_four_strikes_or_more_and_half_are_inside() -> None:
    for strikes in DAYS:
        assert len(strikes) >= 4
        assert sum(strike.moment in INSIDE for strike in strikes) * 2 >= len(strikes)
        assert [eased(one).moment in INSIDE for one in strikes] == [
            one.moment in INSIDE for one in strikes
        ]


def test_every_role_and_moment_is_struck() -> None:
    strikes = [strike for day in DAYS[:20] for strike in day]
    assert {strike.role for strike in strikes} == set(Role)
    assert {strike.moment for strike in strikes} == set(Moment)


def test_strikes_of_the_mornings_jobs_wait_from_its_first_call() -> None:
    early = [one for day in DAYS for one in day if one.job in OF_THE_MORNING]
    assert early
    assert not any(one.since for one in early)


@pytest.mark.parametrize(
    "changed", ["tests/faults/template.py", "tests/desks.py", "src/som/ops/server.py"]
)
def test_the_template_is_named_after_what_it_is_made_from(
    changed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, read = template.name(), Path.read_bytes
    monkeypatch.setattr(
        Path, "read_bytes", lambda path: read(path) + b"#" * (path == PROJECT / changed)
    )
    assert template.name() != before


def test_houses_side_by_side_have_ports_that_nobody_else_is_given() -> None:
    guard, *ports = guarded_ports()
    other_guard, *others = guarded_ports()
    with guard, other_guard:
        assert not set(ports) & set(others)
        assert max(ports + others) < 32_768  # where Linux begins to give ports out


def test_every_process_of_the_tests_needs_room_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: SimpleNamespace(free=template.ROOM * 4, total=0, used=0)
    )
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "4")
    found = template.place()
    found.rmdir()
    assert not found.is_relative_to("/dev/shm")
