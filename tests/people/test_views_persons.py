"""The pages on which a person is found, seen whole, and noted as dead or alive."""

from __future__ import annotations

from datetime import timedelta

import pytest

from som.kernel import scope, sql
from som.people.commands import Registration, join_persons, register_people
from som.people.matching.reviews import Pair
from som.people.queries import person_shown
from som.people.rules import Declaration, Sex, Stay, StayKind
from som.people.work import take_up_uncompared
from som.sampling.commands import RequestWanted, record_swabs, request_tests
from som.sampling.rules import RequestReason
from som.sampling.work import take_up_deaths, take_up_living
from tests.desks import clock_at, signed_in, statements, stranger
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

SEARCH = "/people/"


@pytest.fixture
def town() -> Town:
    clock_at(NOON + timedelta(hours=1))
    return Town()


def known(town: Town, *said: Declaration) -> list[int]:
    """These people, taken in by the north and compared with the others."""
    given = [Registration(f"A{n}", one) for n, one in enumerate(said)]
    met = register_people(given, unit=town.north, by=town.ana, at=NOON).held
    take_up_uncompared(at=NOON)
    return [entry.person_id or 0 for entry in met]


def nam(town: Town, **changes: object) -> Declaration:
    """Nông Văn Nấm of Xóm Đầm."""
    said = {
        "sex": Sex.MALE,
        "birth_year": 1957,
        "phone": "0912345678",
        "number": "019057000123",
        "residence": town.north,
        "address": "Xóm Đầm",
    }
    return Declaration("Nông Văn Nấm", **(said | changes))  # type: ignore[arg-type]


def test_who_may_open_them(town: Town) -> None:
    (person,) = known(town, nam(town))
    for url in (SEARCH, f"{SEARCH}{person}/", f"{SEARCH}{person}/numbers/"):
        assert stranger().get(url).headers["Location"].startswith("/sign-in/")
        assert signed_in(town, "ben").get(url).status_code == 403
    egon = signed_in(town, "egon")
    assert "Nobody of your area" in egon.post(SEARCH, {"words": "019057000123"}).text
    assert egon.get(f"{SEARCH}{person}/").status_code == 404
    assert egon.get(f"/sampling{SEARCH}{person}/slot/").status_code == 404
    assert egon.post(f"{SEARCH}{person}/death/", {"died_on": "01/11/2026"}).status_code == 404


@pytest.mark.parametrize(
    "typed",
    [
        "Nông Văn Nấm",
        "nong van nam",
        "nam nong van 1957",
        "Nấm 1957",
        "0912 345 678",
        "019057000123",
        "Nông",
    ],
)
def test_somebody_is_found_by_whatever_is_known_of_them(town: Town, typed: str) -> None:
    (person, other) = known(town, nam(town), Declaration("Lò Thị Bưởi", birth_year=1980))
    page = signed_in(town, "cleo").post(SEARCH, {"words": typed}).text
    assert f'href="{SEARCH}{person}/"' in page
    assert f'href="{SEARCH}{other}/"' not in page
    assert "Xóm Đầm" in page
    assert "1957" in page
    assert "•••••••678" in page
    assert "0912345678" not in page.replace('value="0912 345 678"', "")
    assert "1 person" in page


def test_nobody_found_says_what_to_try_and_every_asking_is_noted(town: Town) -> None:
    (person,) = known(town, nam(town))
    cleo = signed_in(town, "cleo")
    page = cleo.post(SEARCH, {"words": "Hoàng Khác 1930"}).text
    assert "Nobody of your area answers to this" in page
    assert 'value="Hoàng Khác 1930"' in page, "what was typed is still there"
    assert "This field is required." in cleo.post(SEARCH, {"words": " "}).text
    cleo.post(SEARCH, {"words": "Nông Văn Nấm"})
    noted = sql.rows(
        "SELECT persons FROM kernel_auditentry WHERE action = 'people.people_sought' ORDER BY id"
    )
    assert noted == [([],), ([person],)]


def test_a_person_is_one_whatever_entry_is_named_and_numbers_are_masked_until_asked_for(
    town: Town,
) -> None:
    stay = Stay(StayKind.LODGING, town.south, "Nhà trọ Hoa")
    gone, kept = known(
        town,
        nam(town, phone="0987654321", number="", stays=(stay,)),
        nam(town),
    )
    assert join_persons([Pair(gone, kept)], by=town.dora, at=NOON).done
    stands = person_shown(gone, by=town.dora, at=NOON).id
    cleo = signed_in(town, "cleo")
    other = gone if stands == kept else kept
    assert cleo.get(f"{SEARCH}{other}/").headers["Location"] == f"{SEARCH}{stands}/"
    page = cleo.get(f"{SEARCH}{stands}/").text
    assert "Nông Văn Nấm" in page
    assert "••••••••0123" in page
    assert "Xóm Đầm" in page
    assert "Nhà trọ Hoa" in page
    assert page.count("entry ") == 2
    for secret in ("019057000123", "0912345678", "0987654321"):
        assert secret not in page
    whole = cleo.get(f"{SEARCH}{stands}/numbers/").text
    for secret in ("019057000123", "0912345678", "0987654321"):
        assert secret in whole
    part = cleo.get(f"{SEARCH}{stands}/numbers/", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith("<dl")
    notes = sql.rows(
        "SELECT note->>'whole' FROM kernel_auditentry"
        " WHERE action = 'people.person_shown' AND actor = 'cleo' ORDER BY id"
    )
    assert [note for (note,) in notes] == ["false", "false", "true", "true"]


def test_a_child_with_a_parents_number_shows_that_it_is_anothers(town: Town) -> None:
    known(town, nam(town))
    said = Declaration("Nông Bé", birth_year=2020, number=nam(town).number)
    (met,) = register_people([Registration("B", said)], unit=town.north, by=town.ana, at=NOON).held
    child = met.person_id
    page = signed_in(town, "cleo").get(f"{SEARCH}{child}/").text
    assert "Also another person" in page


def test_a_death_is_noted_and_taken_back_and_what_was_asked_follows(town: Town) -> None:
    (person,) = known(town, nam(town))
    wish = RequestWanted("k", person, town.north, RequestReason.ROSTER, NOON + timedelta(days=1))
    assert request_tests([wish], by=town.cleo, at=NOON).done
    ana = signed_in(town, "ana")
    url = f"{SEARCH}{person}/death/"
    assert "This field is required." in ana.post(url, {}).text
    assert "31/02/2026" in ana.post(url, {"died_on": "31/02/2026"}).text
    assert ana.get(url).headers["Location"] == f"{SEARCH}{person}/", "the address stayed there"
    assert "has not come yet" in ana.post(url, {"died_on": "03/11/2026"}).text
    done = ana.post(url, {"died_on": "01/11/2026"}, follow=True).text
    assert "Whatever was asked of this person ends within a minute." in done
    assert "01/11/2026" in done
    assert take_up_deaths(at=NOON) == 1
    slot = ana.get(f"/sampling/people/{person}/slot/").text
    assert "Died" in slot
    assert "Died" in ana.post(SEARCH, {"words": "Nông Văn Nấm"}).text
    assert "asked again within a minute" in ana.post(url, {"alive": "1"}, follow=True).text
    assert take_up_living(at=NOON) == 1
    with scope.entered(town.dora, "people.read"):
        assert sql.rows("SELECT died_at FROM people_person") == [(None,)]
    assert "Note the death" in ana.get(f"{SEARCH}{person}/").text


def test_what_was_asked_and_taken_stands_on_the_page_by_its_slot(town: Town) -> None:
    (person,) = known(town, nam(town))
    wish = RequestWanted("k", person, town.north, RequestReason.CONTACT, NOON, campaign="C1")
    assert request_tests([wish], by=town.cleo, at=NOON).done
    swab = town.swab(town.tubes(1)[0], said=nam(town))
    assert record_swabs([swab], session="S1", by=town.ana, at=NOON).done
    cleo = signed_in(town, "cleo")
    page = cleo.get(f"{SEARCH}{person}/").text
    assert f'hx-get="/sampling/people/{person}/slot/"' in page
    slot = cleo.get(f"/sampling/people/{person}/slot/").text
    assert "Contact of a case" in slot
    assert "Sàng lọc chợ" in slot
    assert swab.tube in slot
    assert "Chợ Bắc" in slot
    assert 'href="/results/swab/' in slot
    assert (
        'href="/results/swab/'
        not in signed_in(town, "ana").get(f"/sampling/people/{person}/slot/").text
    )
    part = cleo.get(f"/sampling/people/{person}/slot/", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith("<section")


def test_pages_cost_the_same_however_much_is_known(town: Town) -> None:
    (person, busy) = known(town, nam(town), nam(town, number="", phone="0911111111"))
    for n in range(5):
        wish = RequestWanted(f"k{n}", busy, town.north, RequestReason.ROSTER, NOON)
        assert request_tests([wish], by=town.cleo, at=NOON).done
        more = Registration(f"B{n}", nam(town, number="", phone="0911111111", address=f"Xóm {n}"))
        assert register_people([more], unit=town.north, by=town.ana, at=NOON).done
    cleo = signed_in(town, "cleo")
    for url in ("/people/%s/", "/sampling/people/%s/slot/"):
        assert statements(cleo, url % person) == statements(cleo, url % busy)
