"""The pages of the review: two entries side by side, joined, kept apart, and taken back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.cache import cache

from som.kernel import audit
from som.people.commands import Registration, register_people
from som.people.queries import open_candidates
from som.people.work import take_up_uncompared
from tests.desks import clock_at, signed_in, statements, stranger
from tests.laws.matching import SAID
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    cache.clear()
    clock_at(NOON + timedelta(hours=1))
    return Town()


def twice(town: Town, count: int = 1) -> list[tuple[int, int]]:
    """So many people known twice, once without a number and with their year of birth alone."""
    given = []
    for n in range(count):
        said = replace(SAID, phone=f"09123{n:05d}", address=f"Xóm {n}", residence=town.north)
        said = replace(said, birth_date=date(1950 + n, 4, 12), birth_year=None)
        again = replace(said, name="Nông Đào", birth_date=None, birth_year=1950 + n)
        given += [
            Registration(f"T{n}", replace(said, number=f"0191{n + 50:02d}{n:06d}")),
            Registration(f"U{n}", again),
        ]
    done = register_people(given, unit=town.north, by=town.ana, at=NOON).done
    take_up_uncompared(at=NOON)
    ids = [r.person_id or 0 for r in done]
    return list(zip(ids[::2], ids[1::2], strict=True))


def test_the_review_is_for_those_who_match(town: Town) -> None:
    assert stranger().get("/people/same/").headers["Location"].startswith("/sign-in/")
    for name in ("ana", "ben", "bao"):
        assert signed_in(town, name).get("/people/same/").status_code == 403


def test_a_pair_stands_side_by_side_with_its_numbers_masked(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    assert "No pair waits for you" in cleo.get("/people/same/").text
    [(one, other)] = twice(town)
    page = cleo.get("/people/same/").text
    assert page.count("Xóm 0") == 2
    assert "Abbreviated, or a word left out" in page
    assert "The same telephone" in page
    assert "•••••••000" in page
    assert "0912300000" not in page
    assert "019150000000" not in page
    [candidate] = open_candidates(by=town.cleo, at=NOON, limit=2)
    whole = cleo.get(f"/people/same/{candidate.id}/").text
    assert whole.count("0912300000") == 2
    assert "019150000000" in whole
    part = cleo.get(f"/people/same/{candidate.id}/", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "0912300000" in part
    actions = [entry.action for entry in audit.entries_about(one, by=town.dora, at=NOON)]
    assert actions.count("people.candidate_shown") == 2
    assert "people.open_candidates" in actions
    assert other


def test_a_pair_is_joined_and_taken_back(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    [(one, other)] = twice(town)
    said = {"one": one, "other": other}
    after = cleo.post("/people/same/", said | {"do": "join"}).text
    assert "They are one person now." in after
    assert "No pair waits for you" in after
    decided = cleo.get("/people/same/?decided").text
    assert "Joined: one person" in decided
    assert f'href="/people/{one}/"' in decided
    assert f'href="/people/{other}/"' in decided
    assert "Take the join back" in decided
    undone = cleo.post("/people/same/?decided", said | {"do": "undo"}).text
    assert "Two different people" in undone
    assert "they are two people again" in undone
    again = cleo.post("/people/same/?decided", said | {"do": "reopen"}).text
    assert "Nothing decided yet" in again
    assert "One person" in cleo.get("/people/same/").text
    kept_apart = cleo.post("/people/same/", said | {"do": "part"}).text
    assert "No pair waits for you" in kept_apart
    refused = cleo.post("/people/same/", said | {"do": "join"}).text
    assert "A review said that these are two people" in refused


def test_what_is_no_answer_changes_nothing(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    twice(town)
    assert cleo.post("/people/same/", {"one": "x", "do": "join"}).status_code == 200
    beyond = {"one": 2**63, "other": 10**19, "do": "join"}
    assert cleo.post("/people/same/", beyond).status_code == 200
    assert len(open_candidates(by=town.cleo, at=NOON, limit=5)) == 1


def test_long_lists_come_in_pages_that_show_each_pair_once(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    twice(town, 45)
    seen: list[str] = []
    url = "/people/same/"
    while url:
        page = cleo.get(url).text
        seen += re.findall(r'id="pair-(\d+)"', page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        url = "/people/same/" + found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 45
    assert 'rel="next"' not in cleo.get("/people/same/?after=nonsense&decided").text


@pytest.mark.slow
def test_a_longer_list_takes_no_more_statements(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    twice(town)
    cleo.get("/people/same/")
    few = statements(cleo, "/people/same/")
    twice(town, 20)
    assert statements(cleo, "/people/same/") == few


def test_somebody_of_another_province_sees_and_joins_nobody(town: Town) -> None:
    [(one, other)] = twice(town)
    [candidate] = open_candidates(by=town.cleo, at=NOON, limit=2)
    egon = signed_in(town, "egon")
    assert "No pair waits for you" in egon.get("/people/same/").text
    assert "Nothing decided yet" in egon.get("/people/same/?decided").text
    assert egon.get(f"/people/same/{candidate.id}/").status_code == 404
    page = egon.post("/people/same/", {"one": one, "other": other, "do": "join"}).text
    assert "There is no such person here." in page
    assert len(open_candidates(by=town.cleo, at=NOON, limit=2)) == 1


def test_the_work_plan_counts_the_pairs(town: Town) -> None:
    twice(town, 3)
    part = signed_in(town, "cleo").get("/people/same/slot/").text
    assert "Pairs to review" in part
    assert re.search(r">\s*3\s*<", part)
    assert re.search(r">\s*0\s*<", signed_in(town, "egon").get("/people/same/slot/").text)


def test_a_name_with_other_tones_is_not_called_the_same_as_well(town: Town) -> None:
    said = replace(SAID, name="Lò Thị Ổn", residence=town.north)
    given = [Registration("1", said), Registration("2", replace(said, name="Lò Thị Ơn"))]
    register_people(given, unit=town.north, by=town.ana, at=NOON)
    take_up_uncompared(at=NOON)
    page = signed_in(town, "cleo").get("/people/same/").text
    assert "Other tones" in page
    assert "The same name" not in page
    assert "The same day" in page
