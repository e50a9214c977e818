"""The day's flow on the first page: each tube stands in one step, seen by whoever may see it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from som.access.queries import system_actor
from som.kernel import clock, scope, sql
from som.notices.work import take_up_waiting, to_files
from som.results.commands import release_verdicts
from som.results.queries import Flow, FlowStep, flow_of_labs, flow_of_units, waiting_for_release
from som.results.work import take_up_clocks
from som.sampling.commands import Loss, lose_tubes, record_swabs
from tests.desks import give_password, open_account, signed_in
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    built = Town()
    for who in ("dora", "ben", "long", "egon", "ana", "cleo", "bao"):
        open_account(built, who)
        give_password(who)
    return built


def page(town: Town, who: str) -> str:
    answer = signed_in(town, who).get("/day/", headers={"accept-language": "en"})
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def at_every_step(town: Town) -> None:
    """A tube with two people at its session; of those received one untested, two read, one of these
    released; one lost."""
    tube = town.tubes(1)[0]
    swabs = [town.swab(tube), town.swab(tube)]
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    _, read, released, lost = (group[0].tube for group in town.sampled([1, 1, 1, 1]))
    town.run("R1", {read: "negative", released: "negative"})
    waiting = waiting_for_release(town.lab1, by=town.bao)
    (verdict,) = [one.verdict for one in waiting if one.sample == released]
    assert release_verdicts([verdict], lab=town.lab1, by=town.bao, at=NOON).done
    assert lose_tubes([Loss(lost, "vỡ")], witness=town.cleo, by=town.ana, at=NOON).done


def tubes(flow: Flow) -> dict[str, int]:
    found = {step.value: flow.at_step(step).tubes for step in FlowStep}
    return found | {"closed": flow.closed.tubes}


STOOD = {"swabbed": 1, "received": 1, "read": 1, "released": 1, "closed": 1}


@pytest.mark.parametrize("watched", [False, True])
def test_every_tube_of_the_day_stands_in_one_step(town: Town, watched: bool) -> None:
    at_every_step(town)
    if watched:
        take_up_clocks(at=NOON)
    assert tubes(flow_of_units(by=town.dora, at=NOON)) == STOOD
    assert tubes(flow_of_labs(by=town.ben, at=NOON)) == STOOD
    flow = flow_of_units(by=town.cleo, at=NOON)
    assert tubes(flow) == STOOD
    reached = [flow.reached(step) for step in FlowStep]
    assert [part.tubes for part in reached] == [5, 3, 2, 1]
    assert [part.people for part in reached] == [6, 3, 2, 1]


def test_others_see_nothing_of_it(town: Town) -> None:
    at_every_step(town)
    nothing = dict.fromkeys(STOOD, 0)
    assert tubes(flow_of_units(by=town.sam, at=NOON)) == nothing
    assert tubes(flow_of_units(by=town.egon, at=NOON)) == nothing
    assert tubes(flow_of_labs(by=town.long, at=NOON)) == nothing


def test_what_was_answered_on_earlier_days_is_not_of_today(town: Town) -> None:
    at_every_step(town)
    take_up_clocks(at=NOON)
    tomorrow = NOON + timedelta(days=1)
    unanswered = STOOD | {"released": 0, "closed": 0}
    assert tubes(flow_of_units(by=town.dora, at=tomorrow)) == unanswered
    assert tubes(flow_of_labs(by=town.ben, at=tomorrow)) == unanswered


def test_people_are_told_when_their_notices_have_left(town: Town, tmp_path: Path) -> None:
    at_every_step(town)
    assert flow_of_units(by=town.cleo, at=NOON).untold == 1
    assert take_up_waiting(to_files(tmp_path), by=system_actor("delivery"), at=NOON)
    assert flow_of_units(by=town.cleo, at=NOON).untold == 0
    assert flow_of_units(by=town.ana, at=NOON).untold is None, "a sampler sees no notices"


def test_who_is_in_a_held_pool_is_not_among_those_released(town: Town) -> None:
    *members, released = (group[0].tube for group in town.sampled([1, 1, 1]))
    town.pooled("P1", members)
    town.run("R1", {"P1": "positive", released: "negative"})
    waiting = [one.verdict for one in waiting_for_release(town.lab1, by=town.bao)]
    assert len(release_verdicts(waiting, lab=town.lab1, by=town.bao, at=NOON).done) == 2
    with scope.entered(system_actor("delivery"), "notices.read"):
        kinds = {line[0] for line in sql.rows("SELECT DISTINCT kind FROM notices_notice")}
    assert "pool_held" in kinds
    flow = flow_of_units(by=town.cleo, at=NOON)
    assert flow.reached(FlowStep.RELEASED).people == 1
    assert flow.untold == 1


def test_clocks_stand_at_their_steps_with_their_owners(town: Town) -> None:
    at_every_step(town)
    take_up_clocks(at=NOON)
    late = NOON + timedelta(hours=12)
    take_up_clocks(at=late)
    flow = flow_of_units(by=town.dora, at=late)
    for step in (FlowStep.SWABBED, FlowStep.RECEIVED, FlowStep.READ):
        assert flow.at_step(step).clocks.late == 1
    assert flow.clocks.late == flow.clocks.running == 3
    assert flow_of_labs(by=town.ben, at=late).mine == 2, "what he received, and what he read"


def test_the_page_shows_the_flow_and_nobodys_name(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_every_step(town)
    take_up_clocks(at=NOON)
    late = NOON + timedelta(hours=12)
    take_up_clocks(at=late)
    monkeypatch.setattr(clock, "now", lambda: late)
    with scope.entered(system_actor("results"), "results.read"):
        names = [line[0] for line in sql.rows("SELECT name FROM sampling_swab")]
    for who in ("dora", "cleo", "ana", "ben", "bao"):
        shown = page(town, who)
        assert "Ben" in shown, "late, with its owner"
        assert not [name for name in names if name in shown]
    assert "Told" in page(town, "cleo")
    assert "Told" not in page(town, "ana")
    assert "Told" not in page(town, "ben")
    assert "/lab/waiting/" in page(town, "ben")
    assert "/results/review/" in page(town, "bao")
    for who in ("dora", "cleo", "ana", "ben"):
        assert "/results/watch/?past=100" in page(town, who)
        assert "/results/watch/?step=swabbed" in page(town, who)
    assert "S000" not in page(town, "egon")


def test_the_first_page_holds_the_flow_of_whoever_sees_tubes(town: Town) -> None:
    assert 'hx-get="/day/"' in signed_in(town, "ana").get("/").text


@pytest.mark.parametrize("who", ["dora", "ben", "cleo", "ana"])
def test_the_page_takes_as_many_statements_for_many_tubes(town: Town, who: str) -> None:
    counts = []
    for size in (1, 12):
        town.sampled([1] * size)
        take_up_clocks(at=NOON)
        browser = signed_in(town, who)
        browser.get("/day/")
        with CaptureQueriesContext(connection) as asked:
            browser.get("/day/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_what_waits_after_a_step_opens_its_own_tubes(town: Town) -> None:
    at_every_step(town)
    take_up_clocks(at=NOON)
    shown = page(town, "dora")
    assert "/results/?value=answered" in shown
    stood = {}
    for step, how_many in (("swabbed", 1), ("received", 1), ("read", 1), ("", 3)):
        address = f"/results/watch/?step={step}"
        assert not step or f"{address}#by-due" in shown
        listed = signed_in(town, "dora").get(address).text
        stood[step] = set(re.findall(r"S\d{9,}", listed.partition('id="by-due"')[2]))
        assert len(stood[step]) == how_many, step
    assert stood[""] == stood["swabbed"] | stood["received"] | stood["read"]
    answered = signed_in(town, "dora").get("/results/?value=answered").text
    everybody = signed_in(town, "dora").get("/results/").text
    assert answered.count("/results/swab/") < everybody.count("/results/swab/")
    assert answered.count("/results/swab/") > 0
