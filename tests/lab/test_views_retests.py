"""What waits for a second test, and why."""

from __future__ import annotations

from importlib import import_module

import pytest

from som.lab import queries
from som.lab.commands import load_plates, read_runs
from som.lab.queries import WhyRetest
from som.lab.rules import Loading, LoadKind, RunGiven
from tests.desks import signed_in, statements
from tests.town import KIT, NOON, Town, instrument_file

pytestmark = pytest.mark.django_db

PAGE = "/lab/retests/"


def misread(town: Town, code: str, right: str) -> None:
    """Two tubes on a plate whose file gives the first's well another name: nothing is read of it."""
    loads = [
        Loading(LoadKind.TUBE, code, ("A1",)),
        Loading(LoadKind.TUBE, right, ("B1",)),
        Loading(LoadKind.NO_TEMPLATE, "NTC", ("H11",)),
        Loading(LoadKind.POSITIVE, "PC", ("H12",)),
    ]
    lab, by = town.lab1, town.ben
    load_plates(loads, plate="PLATE9", size=96, kit=KIT, lab=lab, by=by, at=NOON)
    shown = {"A1": ("ELSE", "negative"), "B1": (right, "negative")}
    shown |= {"H11": ("NTC", "water"), "H12": ("PC", "positive")}
    given = RunGiven("PLATE9", "a.txt", instrument_file("PLATE9", shown, NOON), "L")
    assert not read_runs([given], lab=lab, by=by, at=NOON).refused


def test_each_line_says_why_and_which_run_sent_it(town: Town) -> None:
    member, other, invalid, fault, done, right = (s[0].tube for s in town.sampled([1] * 6))
    town.pooled("P1", [member, other])
    town.run("PLATE1", {"P1": "positive", invalid: "invalid", done: "negative"})
    misread(town, fault, right)
    found = {one.code: one for one in queries.retests(by=town.ben)}
    assert found.keys() == {member, other, invalid, fault}
    assert [found[code].why for code in (member, invalid, fault)] == [
        WhyRetest.POOL,
        WhyRetest.INVALID,
        WhyRetest.FAULT,
    ]
    assert found[member].pool == "P1"
    assert found[fault].plate == "PLATE9"
    page = signed_in(town, "ben").get(PAGE).text
    assert "Neither a target nor the internal control was detected." in page
    assert "The well&#x27;s sample name is not the one of the plate map." in page
    assert done not in page


def test_an_invalid_pool_waits_itself(town: Town) -> None:
    tubes = [s[0].tube for s in town.sampled([1, 1])]
    town.pooled("P1", tubes)
    town.run("PLATE1", {"P1": "invalid"})
    (one,) = queries.retests(by=town.ben)
    assert (one.code, one.why, one.size) == ("P1", WhyRetest.INVALID, 2)


def test_a_number_opens_its_list(town: Town) -> None:
    member, other, invalid = (s[0].tube for s in town.sampled([1] * 3))
    town.pooled("P1", [member, other])
    town.run("PLATE1", {"P1": "positive", invalid: "invalid"})
    assert queries.retest_counts(by=town.ben) == {"pool": 2, "invalid": 1}
    ben = signed_in(town, "ben")
    assert 'href="?why=pool"' in ben.get(PAGE).text
    page = ben.get(f"{PAGE}?why=pool").text
    assert member in page
    assert invalid not in page


def test_the_list_goes_on_by_its_key(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    tubes = [s[0].tube for s in town.sampled([1] * 5)]
    pooled = [s[0].tube for s in town.sampled([1] * 2)]
    town.pooled("P1", pooled)
    town.run("PLATE1", {"P1": "invalid"} | dict.fromkeys(tubes, "invalid"))
    monkeypatch.setattr(import_module("som.lab.views.retests"), "RETESTS_SHOWN", 2)
    ben, seen, url = signed_in(town, "ben"), [], PAGE
    for _ in range(3):
        page = ben.get(url).text
        seen += [code for code in (*tubes, "P1") if f">{code}<" in page]
        url = PAGE + page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert sorted(seen) == sorted([*tubes, "P1"])


def test_empty_it_says_so_and_others_see_nothing(town: Town) -> None:
    assert "Nothing waits for a second test" in signed_in(town, "ben").get(PAGE).text
    (tube,) = (s[0].tube for s in town.sampled([1]))
    town.run("PLATE1", {tube: "invalid"})
    assert tube not in signed_in(town, "long").get(PAGE).text
    assert signed_in(town, "ana").get(PAGE).status_code == 403


def test_the_number_of_statements_is_fixed(town: Town) -> None:
    town.run("PLATE1", {town.sampled([1])[0][0].tube: "invalid"})
    ben = signed_in(town, "ben")
    before = statements(ben, PAGE)
    town.run("PLATE2", dict.fromkeys([s[0].tube for s in town.sampled([1] * 30)], "invalid"))
    assert statements(ben, PAGE) == before
