"""The bench of the heart: nothing is measured that did not happen, nothing claimed unmeasured."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from bench.heart import databases, installation, report, words
from bench.heart.bars import Bar, bars, exit_status
from bench.heart.clients import Doing
from bench.heart.drawn import PLATE
from bench.heart.history import Lived, check_references
from bench.heart.life import Life
from bench.heart.measure import group_of, met_again
from bench.heart.plan import Group, Row
from bench.heart.server import Used


class Server:
    """A server that uses nothing, and notes what is done to its databases."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def checkpoint(self) -> None:
        """Nothing to write."""

    def used(self) -> Used:
        return Used(0.0, 0)

    def settings(self) -> dict[str, str]:
        return {"jit": "off"}

    def databases(self) -> list[str]:
        return self.names

    def create(self, name: str, _template: str) -> None:
        self.names.append(name)

    def rename(self, before: str, name: str) -> None:
        self.names[self.names.index(before)] = name

    def drop(self, name: str) -> None:
        self.names = [one for one in self.names if one != name]


class Client:
    """A client that has an answer for all but so many."""

    def __init__(self, *, left: int) -> None:
        self.left, self.asked = left, []

    def ask(self, what: str, *said: Any) -> None:
        self.asked.append((what, *said))

    def answer(self) -> Any:
        if self.asked[-1][0] == "finished":
            return PLATE - self.left
        return Doing(0.0, 1.0, 0.0, 0.0, [1.0])


def _noted(step: str) -> Any:
    def note(self: Steps, *_: int) -> None:
        self.done.append(step)

    return note


class Steps(Life):
    """A life that notes its steps."""

    def __init__(self) -> None:
        self.row, self.done = Row(range(1, 9), 5_000), []

    def lay_out(self, group: Group) -> None:
        self.group, self.singles = group, group.again()

    def finished(self) -> int:
        return 0

    register, receive, pool = _noted("register"), _noted("receive"), _noted("pool")
    import_run, release, retest = _noted("import"), _noted("release"), _noted("retest")


def _cell(per_second: float, cpu: float = 100.0) -> dict[str, Any]:
    wall = 1e6 / per_second
    return {
        "per_second": per_second, "wall_us": wall, "server_us": cpu / 2, "client_us": cpu / 2,
        "wal_bytes": 1_000.0, "median_ms": 1.0, "worst_ms": 2.0,
    }  # fmt: skip


def _size(raw: float, product: float, *, clients: int = 2, peak: float = 100.0) -> dict[str, Any]:
    """A size whose every step went at these rates."""
    rows = [
        {
            "step": step, "batch": batch, "clients": clients, "ratio": product / raw,
            "raw": _cell(raw), "product": _cell(product),
        }
        for step in ("register", "whole") for batch in (100, 1_000)
    ]  # fmt: skip
    return {
        "at": "2026-11-02", "machine": "", "settings": {}, "plates": 1, "repeat": 1, "aside": [],
        "megabytes": {"raw": 1, "product": 2}, "rows": rows, "memory": {"whole": peak},
    }  # fmt: skip


@pytest.mark.parametrize("step", ["whole", "retest"])
def test_a_group_that_leaves_somebody_behind_ends_the_measurement(step: str) -> None:
    with pytest.raises(RuntimeError, match="929"):
        group_of(Server(), [Client(left=1)], [step], plates=1, batch=100)


def test_a_group_that_stops_before_the_end_is_not_asked_for_answers() -> None:
    client = Client(left=1)
    (found,) = group_of(Server(), [client], ["register"], plates=1, batch=100)
    assert (found.step, found.specimens) == ("register", PLATE)
    assert ("finished",) not in client.asked


def test_whoever_is_met_again_was_registered_before_the_clock_started() -> None:
    client = Client(left=PLATE)
    found = met_again(Server(), [client], plates=1, batch=100)
    assert found.step == "known"
    assert client.asked == [
        ("prepare", 1, 100), ("run", "register"), ("prepare_again",), ("run", "register"),
    ]  # fmt: skip


def test_a_second_round_is_of_the_same_people_with_other_tubes_and_slips() -> None:
    life = Steps()
    life.prepare(1, 100)
    first = life.group.people
    life.prepare_again()
    again = life.group.people
    assert [one.number for one in again] == [one.number for one in first]
    assert not {one.tube for one in again} & {one.tube for one in first}
    assert not {one.slip for one in again} & {one.slip for one in first}
    assert (life.group.plates, life.group.batch) == (1, 100)


def test_only_plates_that_fill_one_of_singles_are_calls_of_their_own() -> None:
    life = Steps()
    life.prepare(4, 1_000)
    again = life.group.again()
    assert 0 < len(again) < 4
    assert len(life.calls("retest")) == len(again)


def test_a_whole_life_is_every_step_in_order() -> None:
    life = Steps()
    life.prepare(1, 1_000)
    for call in life.calls("whole"):
        call()
    assert life.done == ["register", "receive", "pool", "import", "release", "retest"]
    life.done.clear()
    for call in life.calls("import"):
        call()
    assert life.done == ["import"]


def test_every_bar_is_listed_whether_measured_or_not() -> None:
    nothing = bars({"20000": _size(10_000, 5_000)})
    assert {bar.held for bar in nothing} == {None}
    assert exit_status(nothing) == 2
    found = bars({"100000": _size(10_000, 5_000), "1000000": _size(10_000, 4_000)})
    assert [bar.what for bar in found] == [bar.what for bar in nothing]
    assert {bar.held for bar in found if "10^7" in bar.what} == {None}
    assert {bar.held for bar in found if "10^7" not in bar.what} == {True}
    assert exit_status(found) == 0


@pytest.mark.parametrize(
    "large",
    [_size(10_000, 3_400), _size(5_000, 2_900), _size(10_000, 4_000, peak=121.0)],
    ids=["ratio", "loss", "memory"],
)
def test_a_bar_that_does_not_hold_is_an_error(large: dict[str, Any]) -> None:
    found = bars({"100000": _size(10_000, 5_000), "1000000": large})
    assert any(bar.held is False for bar in found)
    assert exit_status(found) == 1


def test_what_was_measured_another_time_does_not_speak_for_this_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JSON", "BY_HAND", "PAGE"):
        monkeypatch.setattr(report, name, tmp_path / name)
    kept = {"100000": _size(10_000, 5_000), "1000000": _size(10_000, 4_000)}
    report._write(report.JSON, kept)
    cells = [
        {"side": side, "step": "whole", "batch": 100, "clients": 1, "peak_mb": 1.0, **_cell(rate)}
        for side, rate in (("raw", 9_000), ("product", 3_000))
    ]
    now = _size(1, 1) | {"size": 20_000, "cells": cells}
    del now["rows"], now["memory"]
    assert exit_status(report.write(Server(), [now])) == 2
    page = report.PAGE.read_text()
    assert "A history of 20,000 specimens" in page
    assert "A history of 1,000,000 specimens" in page
    assert "| 0.40 | holds |" in page
    assert "not measured" in page


def test_the_page_says_where_ten_million_stand() -> None:
    stands = words.page({"100000": _size(10_000, 5_000)}, [], by_hand=True)
    assert "stands in `bench/heart/by_hand.json`" in stands
    missing = words.page({"100000": _size(10_000, 5_000)}, [], by_hand=False)
    assert "has not been done" in missing
    assert "10,000 (batch 100)" in words.page({"1000000": _size(10_000, 5_000)}, [], by_hand=False)


def test_a_disturbed_machine_is_told_of() -> None:
    quiet = _size(10_000, 8_000, clients=1)
    assert words.disturbed(quiet) == ""
    slow = _size(10_000, 2_000, clients=1)
    assert "in 4 of 8 measurements" in words.disturbed(slow)
    assert "5.0 times at most" in words.disturbed(slow)
    assert words.disturbed(_size(10_000, 2_000, clients=2)) == ""


def test_a_bar_says_how_it_stands() -> None:
    said = [Bar("", "", "", held).said for held in (True, False, None)]
    assert said == ["holds", "does not hold", "not measured"]


@pytest.mark.parametrize("changed", ["src/som/lab/commands/runs.py", "bench/heart/product.py"])
def test_a_history_of_other_code_is_not_measured(
    changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "PROJECT", tmp_path)
    filled: list[str] = []
    monkeypatch.setattr(databases, "fill_product", lambda _s, name, _n: filled.append(name))
    file = tmp_path / changed
    file.parent.mkdir(parents=True)
    file.write_text("before")
    server = Server()
    for text in ("before", "before", "after"):
        file.write_text(text)
        databases.product(server, "heart_template_1", 1_000)
    assert len(filled) == 2
    assert len([name for name in server.names if name.startswith("heart_history_1000_")]) == 1


def test_a_template_depends_on_what_triggers_are_made_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "PROJECT", tmp_path)
    file = tmp_path / "src" / "som" / "kernel" / "references.py"
    file.parent.mkdir(parents=True)
    file.write_text("before")
    before = installation._key()
    file.write_text("after")
    assert installation._key() != before


@pytest.mark.django_db
def test_a_history_in_which_a_row_points_at_nothing_is_refused() -> None:
    connection.ensure_connection()
    raw = connection.connection
    models = {"places_unit": ("id", {}), "places_site": ("id", {})}
    whole = Lived("places_unit", "id", 0, 0, {"id": "places_unit"})
    check_references(raw, whole, models)
    amiss = Lived("places_unit", "id", 0, 0, {"id": "places_site"})
    with pytest.raises(RuntimeError, match=r"places_unit\.id = \d+ names no row of places_site"):
        check_references(raw, amiss, models)


def test_peak_memory_is_watched_afresh_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    from bench.heart import clients

    def refused(path: str) -> Any:
        def write_text(_: str) -> None:
            raise PermissionError(path)

        return SimpleNamespace(write_text=write_text)

    monkeypatch.setattr(clients, "Path", refused)
    with pytest.raises(PermissionError):
        clients._forget_peak()
