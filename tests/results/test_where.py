"""One box finds whatever has a code, and people where one may look for them."""

from __future__ import annotations

import pytest

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.results.queries import beside, things_with_code
from tests.desks import clock_at, signed_in, statements
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    clock_at(NOON)
    return Town()


def found(town: Town, who: str, code: str) -> str:
    """Where the box leads this person, or the page it answers with."""
    answer = signed_in(town, who).post("/where/", {"code": code})
    return answer.headers["location"] if answer.status_code == 302 else answer.text


def test_a_code_leads_to_the_page_of_its_thing(town: Town) -> None:
    tubes = [swabs[0].tube for swabs in town.sampled([1, 1, 1])]
    town.pooled("P1", tubes[:2])
    town.run("PLATE1", {"P1": "negative", tubes[2]: "negative"}, failed_batch=["P1"])
    session = sql.rows("SELECT id FROM sampling_session WHERE code = 'S1'")[0][0]
    assert found(town, "ana", "s1") == f"/sampling/sessions/{session}/"
    assert found(town, "ana", f"M-{tubes[0]}") == f"/sampling/boxes/M-{tubes[0]}/"
    assert found(town, "ben", f"M-{tubes[0]}") == f"/lab/boxes/M-{tubes[0]}/"
    assert found(town, "ben", "p1") == "/lab/pools/P1/"
    assert found(town, "ben", "PLATE1") == "/lab/plates/PLATE1/"
    assert found(town, "ben", "B-PLATE1") == "/lab/batches/B-PLATE1/"
    for code in ("S1", "P1", "PLATE1", "B-PLATE1", f"M-{tubes[0]}"):
        assert "Nothing with the code" in found(town, "long", code)
        assert "Nothing with the code" in found(town, "egon", code)
    assert "Nothing with the code" in found(town, "ana", "PLATE1"), "plates are the laboratory's"


def test_the_box_promises_what_it_finds_for_whoever_asks(town: Town) -> None:
    town.sampled([1])
    for who, promised in (
        ("ana", "the code of a tube, slip, card, pool, box or session."),
        ("ben", "the code of a tube, pool, plate, run, batch or box."),
    ):
        client = signed_in(town, who)
        for page in ("/", "/where/"):
            assert f"Scan or type {promised}" in client.get(page).text


def test_a_code_of_two_things_shows_both(town: Town) -> None:
    one, other = (swabs[0].tube for swabs in town.sampled([1, 1]))
    town.pooled("P7", [one, other])
    town.run("P7", {"P7": "negative"})
    page = found(town, "ben", "P7")
    assert "/lab/pools/P7/" in page
    assert "/lab/plates/P7/" in page


def test_a_tube_says_what_it_is_in_and_what_lies_beside_it(town: Town) -> None:
    tubes = [swabs[0].tube for swabs in town.sampled([1] * 7)]
    town.pooled("P1", [tubes[3], tubes[6]])
    town.run("PLATE1", {"P1": "negative"})
    (near,) = beside([tubes[3]], by=town.ben).values()
    assert near.pooled == [tubes[6]]
    with scope.entered(system_actor("results"), "results.read"):
        order = [
            line[0]
            for line in sql.rows("SELECT code FROM sampling_tube ORDER BY first_swab_at, id")
        ]
    at = order.index(tubes[3])
    assert [*near.before, *near.after] == [
        *order[max(at - 2, 0) : at][::-1],
        *order[at + 1 : at + 3],
    ]
    page = found(town, "ben", tubes[3])
    for url in (f"/lab/boxes/M-{tubes[0]}/", "/lab/pools/P1/", "/lab/plates/PLATE1/"):
        assert f'href="{url}"' in page
    assert "/where/?code=" + tubes[6] in page
    assert beside(tubes, by=town.long) == beside(tubes, by=town.egon) == {}


def test_people_are_found_by_those_who_see_people(town: Town) -> None:
    ((swab,),) = town.sampled([1])
    assert swab.said is not None
    for words in (swab.said.name, swab.said.number):
        page = found(town, "cleo", words)
        assert f"<strong>{swab.said.name}</strong>" in page
        for who in ("ben", "egon"):
            assert swab.said.name not in found(town, who, words).replace(words, "")
    asked = signed_in(town, "cleo").get("/where/", {"code": swab.said.number}).text
    assert swab.said.name not in asked, "what an address holds is written down on its way"


def test_finding_a_thing_costs_the_same_for_many(town: Town) -> None:
    few = [swabs[0].tube for swabs in town.sampled([1])]
    ana = signed_in(town, "ana")
    before = statements(ana, f"/where/?code={few[0]}")
    town.sampled([1] * 12)
    assert statements(ana, f"/where/?code={few[0]}") == before


def test_no_thing_is_shown_to_whoever_sees_neither_units_nor_laboratories(town: Town) -> None:
    town.sampled([1])
    assert things_with_code("S1", by=town.dora)
    assert things_with_code("S1", by=town.egon) == []
