"""The reviewers' desk: release by a second person, and pools that nobody's tube explains."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from som.kernel import sql
from som.results.commands import release_verdicts
from som.results.queries import waiting_for_release
from som.results.rules import DriftRule
from som.results.work import take_up_rates
from som.sampling.lists import ReportedResult
from tests.desks import signed_in, statements, stranger
from tests.laws.results import reported
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


def waiting(town: Town) -> list[int]:
    return [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]


def release(town: Town) -> None:
    assert not release_verdicts(waiting(town), lab=town.lab1, by=town.bao, at=NOON).refused


def test_review_is_for_reviewers(town: Town) -> None:
    assert stranger().get("/results/review/").headers["Location"].startswith("/sign-in/")
    for name in ("ana", "ben", "egon"):
        assert signed_in(town, name).get("/results/review/").status_code == 403


def test_a_second_person_releases_negatives_together_and_exceptions_each(town: Town) -> None:
    found = ["negative", "negative", "negative", "positive"]
    tubes = [swabs[0].tube for swabs in town.sampled([1] * 4)]
    town.run("PLATE1", dict(zip(tubes, found, strict=True)))
    bao = signed_in(town, "bao")
    page = bao.get("/results/review/").text
    assert "Release 3 negatives" in page
    assert tubes[3] in page
    assert "PLATE1" in page
    buttons = re.findall(r'name="verdicts" value="([0-9,]+)"', page)
    assert [len(button.split(",")) for button in buttons] == [3, 1]
    for button, done in zip(buttons, (3, 1), strict=True):
        after = bao.post("/results/review/", {"lab": town.lab1, "verdicts": button}).text
        assert f"<b>{done}</b> done" in after
    assert "Nothing waits for you" in after
    again = bao.post("/results/review/", {"lab": town.lab1, "verdicts": buttons[0]}).text
    assert "<b>0</b> done" in again
    assert "<b>3</b> already so" in again
    assert waiting(town) == []


def test_whoever_read_the_run_may_not_release_it(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    town.run("PLATE1", {swab.tube: "negative"}, by=replace(town.ben, name="bao"))
    bao = signed_in(town, "bao")
    page = bao.get("/results/review/").text
    assert "You read this run" in page
    assert "Release 1 negative" not in page
    (verdict,) = waiting(town)
    after = bao.post("/results/review/", {"lab": town.lab1, "verdicts": str(verdict)}).text
    assert "Whoever read the run may not release it." in after
    assert swab.tube in after
    assert waiting(town) == [verdict]


def test_another_laboratorys_reviewer_releases_nothing_here(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    town.run("PLATE1", {swab.tube: "positive"})
    long = signed_in(town, "long")
    assert swab.tube not in long.get("/results/review/").text
    (verdict,) = waiting(town)
    there = long.post("/results/review/", {"lab": town.lab1, "verdicts": str(verdict)})
    assert there.status_code == 403
    here = long.post("/results/review/", {"lab": town.lab2, "verdicts": str(verdict)}).text
    assert "This laboratory has no such verdict." in here
    assert swab.tube not in here
    assert waiting(town) == [verdict]


def test_members_of_a_positive_pool_are_shown_as_held(town: Town) -> None:
    one, other = (swabs[0].tube for swabs in town.sampled([1, 1]))
    town.pooled("P1", [one, other])
    town.run("PLATE1", {"P1": "positive"})
    town.run("PLATE2", {one: "negative"})
    page = signed_in(town, "bao").get("/results/review/").text
    assert "Waits until the other members of its positive pool are tested" in page


def test_a_run_beyond_its_limits_is_marked_where_it_is_released(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    loose = DriftRule(tail=0.001, weight=200, least=3, least_usual=6, days=14)
    monkeypatch.setattr(DriftRule, "of", lambda _: loose)
    for number, value in enumerate(("negative", "negative", "positive")):
        tubes = [group[0].tube for group in town.sampled([1] * 6)]
        read_at = NOON - timedelta(hours=30) if value == "negative" else NOON
        sql.execute(
            "UPDATE sampling_tube SET first_swab_at = %s WHERE code = ANY(%s)", (read_at, tubes)
        )
        town.run(f"R{number}", dict.fromkeys(tubes, value), at=read_at)
    bao = signed_in(town, "bao")
    assert "Rates out of their limits" not in bao.get("/results/review/").text
    take_up_rates(at=NOON)
    page = bao.get("/results/review/").text
    # Of the laboratory, and of the one run.
    assert page.count("Rates out of their limits") == 2
    assert "before releasing more" in page


def kept_back(town: Town, tubes: list[str]) -> None:
    """Tubes read negative of which the same was reported and released meanwhile."""
    town.run(f"R{tubes[0]}", dict.fromkeys(tubes, "negative"))
    reported(town, dict.fromkeys(tubes, ReportedResult.NEGATIVE))


def test_what_an_answer_keeps_back_is_noted_and_closed_with_a_reason(town: Town) -> None:
    ((swab,),) = town.sampled([1])
    kept_back(town, [swab.tube])
    (verdict,) = waiting(town)
    bao = signed_in(town, "bao")
    page = bao.get("/results/review/").text
    assert "Kept back by an answer" in page
    assert "Its people were answered already" in page
    assert 'name="verdicts"' not in page
    given = {"lab": town.lab1, "close": verdict, "reason": ""}
    missing = bao.post("/results/review/", given).text
    assert "Say why: a decision needs a reason." in missing
    for one in ("close", "pool"):
        assert bao.post("/results/review/", {"lab": town.lab1, one: "%s %"}).status_code == 200
    for name, status in (("ben", 403), ("egon", 403), ("long", 403)):
        sent = signed_in(town, name).post("/results/review/", given | {"reason": "x"})
        assert sent.status_code == status
    assert waiting(town) == [verdict]
    after = bao.post("/results/review/", given | {"reason": "đã có kết quả"}).text
    assert "<b>1</b> done" in after
    assert waiting(town) == []
    assert "Kept back by an answer" not in bao.get("/results/review/").text


def test_what_is_kept_back_costs_the_same_for_many(town: Town) -> None:
    kept_back(town, [swab.tube for (swab,) in town.sampled([1])])
    bao = signed_in(town, "bao")
    before = statements(bao, "/results/review/")
    kept_back(town, [swab.tube for (swab,) in town.sampled([1] * 20)])
    assert statements(bao, "/results/review/") == before


def test_review_costs_the_same_for_many(town: Town) -> None:
    (first,) = town.sampled([1])[0]
    town.run("PLATE1", {first.tube: "positive"})
    bao = signed_in(town, "bao")
    before = statements(bao, "/results/review/")
    town.run("PLATE2", {swabs[0].tube: "negative" for swabs in town.sampled([1] * 30)})
    assert statements(bao, "/results/review/") == before


def discordant(town: Town) -> list[str]:
    """A positive pool P1 neither of whose two members is: the members' tubes."""
    tubes = [swab.tube for (swab,) in town.sampled([1, 1])]
    town.pooled("P1", tubes)
    town.run("PLATE1", {"P1": "positive"})
    release(town)
    town.run("PLATE2", dict.fromkeys(tubes, "negative"))
    return tubes


def decided() -> list[tuple[str, str, str]]:
    return sql.rows("SELECT decision, reason, decided_by FROM results_pooldecision")


@pytest.mark.parametrize("choice", ["negative", "again"])
def test_a_named_person_decides_a_discordant_pool_on_the_reviewers_desk(
    town: Town, choice: str
) -> None:
    tubes = discordant(town)
    bao = signed_in(town, "bao")
    page = bao.get("/results/review/").text
    assert "Discordant pool" in page
    assert all(tube in page for tube in tubes)
    sent = {"lab": town.lab1, "pool": "P1", "reason": "đường cong xấu"}
    for missing in ({"reason": "", "decide": choice}, {}):
        again = bao.post("/results/review/", sent | missing).text
        assert decided() == []
        assert "required" in again or "needs a reason" in again
    done = bao.post("/results/review/", sent | {"decide": choice}).text
    assert "<b>1</b> done" in done
    assert "Discordant pool" not in done
    assert decided() == [(choice, "đường cong xấu", "bao")]


def test_a_discordant_pool_is_decided_by_nobody_from_outside(town: Town) -> None:
    discordant(town)
    sent = {"lab": town.lab1, "pool": "P1", "reason": "x", "decide": "negative"}
    assert "P1" not in signed_in(town, "long").get("/results/review/").text
    for name in ("long", "ben", "ana", "egon"):
        assert signed_in(town, name).post("/results/review/", sent).status_code == 403
    assert stranger().post("/results/review/", sent).status_code == 302
    assert decided() == []


def test_whoever_read_a_run_of_the_pool_is_told_that_somebody_else_decides(town: Town) -> None:
    discordant(town)
    sql.execute("UPDATE lab_run SET read_by = 'bao'")
    bao = signed_in(town, "bao")
    page = bao.get("/results/review/").text
    assert "somebody else must decide" in page
    assert 'name="decide"' not in page


def test_discordant_pools_cost_the_same_for_many(town: Town) -> None:
    discordant(town)
    bao = signed_in(town, "bao")
    before = statements(bao, "/results/review/")
    tubes = [swab.tube for (swab,) in town.sampled([1] * 10)]
    for n in range(5):
        town.pooled(f"PQ{n}", tubes[2 * n : 2 * n + 2])
    town.run("PLATE3", {f"PQ{n}": "positive" for n in range(5)})
    town.run("PLATE4", dict.fromkeys(tubes, "negative"))
    assert statements(bao, "/results/review/") == before


def test_a_release_of_nothing_says_so(town: Town) -> None:
    page = signed_in(town, "bao").post("/results/review/", {}).text
    assert "Nothing was chosen, so nothing was released." in page
