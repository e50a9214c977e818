"""The page of what is late and unusual: of the territory, of a laboratory, and not for others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from som.access.queries import full_names, system_actor
from som.kernel import clock, scope, sql
from som.results import queries
from som.results.queries import flow_of_labs, flow_of_units, rates, tubes_by_due
from som.results.rules import RateOf
from som.results.work import take_up_clocks, take_up_rates
from tests.desks import give_password, open_account, signed_in
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    built = Town()
    for who in ("dora", "ben", "long", "egon", "ana"):
        open_account(built, who)
        give_password(who)
    return built


def page(town: Town, who: str, asked: str = "") -> str:
    answer = signed_in(town, who).get(f"/results/watch/{asked}", headers={"accept-language": "en"})
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def read_once(town: Town) -> str:
    swabs = [group[0] for group in town.sampled([1, 1])]
    town.run("R1", {swabs[0].tube: "negative"})
    take_up_clocks(at=NOON)
    take_up_rates(at=NOON)
    return swabs[1].tube


def test_the_watch_shows_tubes_and_rates_and_nobodys_name(town: Town) -> None:
    code = read_once(town)
    shown = page(town, "dora")
    assert code in shown
    assert "Phòng xét nghiệm Một" in shown
    assert "LOT-1" in shown
    with scope.entered(system_actor("results"), "results.read"):
        names = [line[0] for line in sql.rows("SELECT name FROM sampling_swab")]
    assert names
    assert not [name for name in names if name in shown]
    assert code in page(town, "ben")


def test_others_see_nothing_of_it(town: Town) -> None:
    code = read_once(town)
    assert code not in page(town, "egon")
    assert code not in page(town, "long")
    lab = f"?lab={town.lab1}"
    assert signed_in(town, "long").get(f"/results/watch/{lab}").status_code == 403


def test_whoever_samples_sees_their_tubes_takes_none_over_and_sees_no_rates(town: Town) -> None:
    code = read_once(town)
    tube = sql.row("SELECT id FROM sampling_tube WHERE code = %s", (code,))
    assert tube is not None
    shown = page(town, "ana")
    assert code in shown
    assert "Take over" not in shown
    assert "LOT-1" not in shown
    given = {"tubes": tube[0], "code": code}
    assert signed_in(town, "ana").post("/results/watch/", given).status_code == 403


def test_a_button_takes_a_tube_over(town: Town) -> None:
    code = read_once(town)
    tube = sql.row("SELECT id FROM sampling_tube WHERE code = %s", (code,))
    assert tube is not None
    answer = signed_in(town, "dora").post("/results/watch/", {"tubes": tube[0], "code": code})
    assert answer.status_code == 200
    owners = sql.rows("SELECT DISTINCT owner FROM results_clock WHERE tube_id = %s", tube)
    assert owners == [("dora",)]


def test_the_page_takes_as_many_statements_for_many_tubes(town: Town) -> None:
    counts = []
    for size in (1, 12):
        town.sampled([1] * size)
        take_up_clocks(at=NOON)
        browser = signed_in(town, "dora")
        browser.get("/results/watch/")
        with CaptureQueriesContext(connection) as asked:
            browser.get("/results/watch/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_count_opens_its_list_and_each_step_stands_with_its_owner(town: Town) -> None:
    (code,) = [group[0].tube for group in town.sampled([1])]
    half = NOON + timedelta(hours=6)
    take_up_clocks(at=half)
    shown = page(town, "dora")
    assert 'href="?past=50#by-due"' in shown
    assert "<span>50 % " in shown
    names = full_names(["ben"])
    assert shown.count(names["ben"]) == 1, "where it stands now is not said twice"
    assert code not in page(town, "dora", "?past=50"), "at noon not half its time is over"
    assert [one.code for one in tubes_by_due(by=town.dora, at=half, past=50)] == [code]
    assert tubes_by_due(by=town.dora, at=half, past=80) == []
    assert flow_of_labs(by=town.ben, at=half).mine == 1
    assert flow_of_units(by=town.dora, at=half).mine == 0
    assert code in page(town, "ben", "?mine=on")
    assert code not in page(town, "dora", "?mine=on")


def test_a_tube_is_counted_and_listed_at_one_step_of_its_time(town: Town) -> None:
    hours = {"on_time": 1, "half": 7, "nearly": 10, "late": 13}
    codes = [group[0].tube for group in town.sampled([1] * len(hours))]
    for ago, code in zip(hours.values(), codes, strict=True):
        sql.execute(
            "UPDATE sampling_tube SET first_swab_at = %s WHERE code = %s",
            (NOON - timedelta(hours=ago), code),
        )
    take_up_clocks(at=NOON)
    steps = {past: tubes_by_due(by=town.dora, at=NOON, past=past) for past in (50, 80, 100)}
    assert [[one.code for one in found] for found in steps.values()] == [[one] for one in codes[1:]]
    counts = queries.clocks_running(by=town.dora, at=NOON)
    assert (counts.running, counts.half, counts.nearly, counts.late) == (4, 1, 1, 1)


def test_a_run_opens_only_for_whoever_sees_the_laboratory(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_once(town)
    found = rates(by=town.dora, at=NOON)
    of_run = [replace(one, run=1, of=RateOf.RUN) for one in found][:1]
    monkeypatch.setattr(queries, "rates", lambda **_: of_run)
    assert 'href="/lab/runs/1/"' not in page(town, "dora")
    assert 'href="/lab/runs/1/"' in page(town, "ben")
