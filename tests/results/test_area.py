"""The answers of an area, day by day."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotAllowed
from som.people.rules import Stay, StayKind
from som.places.queries import communes_of
from som.results.queries import answers_counted, answers_of_area
from som.results.views import area
from som.sampling.commands import record_swabs
from tests.desks import signed_in, statements, stranger
from tests.results.test_telling import released, swabbed
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

TODAY = NOON.date()


def test_an_area_sees_who_was_swabbed_there_and_who_lives_there(town: Town) -> None:
    here = swabbed(town, town.declaration())
    lives_south = swabbed(town, town.declaration(residence=town.south))
    released(town, {here: "negative", lives_south: "positive"})
    unanswered = town.swab(town.tubes(1)[0])
    assert record_swabs([unanswered], session="S1", by=town.ana, at=NOON).done

    def seen(unit: int) -> list[str | None]:
        found = answers_of_area(unit, on=TODAY, by=town.dora, at=NOON)
        return sorted((one.value for one in found), key=str)

    assert seen(town.north) == seen(town.province) == [None, "negative", "positive"]
    assert seen(town.south) == ["positive"]
    assert answers_counted(town.north, on=TODAY, by=town.cleo) == {
        "": 1,
        "negative": 1,
        "positive": 1,
    }
    assert answers_counted(town.north, on=TODAY - timedelta(days=1), by=town.cleo) == {}


def test_who_lodges_or_works_there_is_not_of_the_area(town: Town) -> None:
    stays = (Stay(StayKind.WORKPLACE, town.south, "Chợ"),)
    released(town, {swabbed(town, town.declaration(stays=stays)): "negative"})
    assert answers_of_area(town.south, on=TODAY, by=town.dora, at=NOON) == []


def test_names_are_veiled_and_the_reading_is_noted(town: Town) -> None:
    said = town.declaration()
    released(town, {swabbed(town, said): "negative"})
    (one,) = answers_of_area(town.north, on=TODAY, by=town.cleo, at=NOON)
    assert one.name != said.name
    assert one.name.split()[-1] == said.name.split()[-1]
    with scope.entered(system_actor("results"), "results.read"):
        person = sql.rows("SELECT person_id FROM sampling_swab")[0][0]
    auditor = Actor("lan", 1, everywhere=frozenset({"audit.read"}))
    noted = audit.entries_about(person, by=auditor, at=NOON)
    assert ("cleo", "results.answers_of_area") in [(e.actor, e.action) for e in noted]


def test_another_territory_is_not_to_be_seen(town: Town) -> None:
    released(town, {swabbed(town, town.declaration()): "negative"})
    for unit in (town.north, town.province):
        with pytest.raises(NotAllowed):
            answers_of_area(unit, on=TODAY, by=town.egon, at=NOON)
        with pytest.raises(NotAllowed):
            answers_counted(unit, on=TODAY, by=town.egon)
    assert answers_of_area(town.other_province, on=TODAY, by=town.egon, at=NOON) == []


def test_the_page_shows_ones_own_unit_and_today_first(town: Town) -> None:
    assert stranger().get("/results/").headers["Location"].startswith("/sign-in/")
    for name in ("ana", "ben", "bao"):
        assert signed_in(town, name).get("/results/").status_code == 403
    released(town, {swabbed(town, town.declaration()): "negative"})
    page = signed_in(town, "cleo").get("/results/").text
    assert re.findall(r'count-value">(\d+)<', page) == ["1", "1"], "one swab, one negative"
    assert "Negative" in page
    assert "No swabs on this day" in signed_in(town, "egon").get("/results/").text


def test_a_day_an_answer_and_nonsense(town: Town) -> None:
    tubes = [swabbed(town, town.declaration()) for _ in range(2)]
    released(town, {tubes[0]: "negative", tubes[1]: "positive"})
    cleo = signed_in(town, "cleo")
    assert cleo.get("/results/?value=positive").text.count('class="act end"') == 1
    assert "No swabs on this day" in cleo.get("/results/?on=01/11/2026").text
    for nonsense in ("?on=x", "?value=x", "?after=x", "?unit=nirgendwo", "?unit=x&unit_picked=1"):
        assert cleo.get(f"/results/{nonsense}").status_code == 200
    page = cleo.get("/results/?value=xx").text
    assert page.count('class="act end"') == 2, "an answer there is none of hides none"
    assert "02/11/2026" in page
    page = cleo.get("/results/?on=01/11/2026&value=xx").text
    assert "No swabs on this day" in page
    far = communes_of(town.other_province, TODAY)[0]
    assert 'class="act end"' not in cleo.get(f"/results/?unit={far.code}").text


def test_the_figure_of_those_without_an_answer_opens_them(town: Town) -> None:
    tubes = [swabbed(town, town.declaration()) for _ in range(3)]
    released(town, {tubes[0]: "negative"})
    cleo = signed_in(town, "cleo")
    assert "&amp;value=waiting" in cleo.get("/results/").text
    assert cleo.get("/results/?value=waiting").text.count('class="act end"') == 2
    assert cleo.get("/results/?value=answered").text.count('class="act end"') == 1


def test_pages_follow_one_another_without_gap(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(area, "SHOWN", 3)
    swabs = [town.swab(tube) for tube in town.tubes(8)]
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    cleo, address, found = signed_in(town, "cleo"), "/results/", []
    for _ in range(3):
        page = cleo.get(address).text
        found += re.findall(r"/results/swab/(\d+)/", page)
        following = re.search(r'href="(\?[^"]*after=[^"]*)" rel="next"', page)
        if following is None:
            break
        address = "/results/" + following[1].replace("&amp;", "&")
    assert len(found) == len(set(found)) == 8


def test_the_number_of_statements_is_fixed(town: Town) -> None:
    released(town, {swabbed(town, town.declaration()): "negative"})
    cleo = signed_in(town, "cleo")
    before = statements(cleo, "/results/")
    swabs = [town.swab(tube) for tube in town.tubes(30)]
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    assert statements(cleo, "/results/") == before
