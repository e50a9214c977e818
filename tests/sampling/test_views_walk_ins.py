"""The pages on which a walk-in gets their name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache

from som.kernel import ids, scope, sql
from som.people.rules import Declaration, Sex
from som.sampling.commands import CardRoll, issue_cards, record_swabs
from tests.desks import clock_at, signed_in, statements, stranger
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

LIST = "/sampling/walk-ins/"
CARD = "019160000123||Lò Thị Bé|04051960|Nữ|Xóm 1, Xã Bản Giang, Tam Đường, Lai Châu|10052021"


@pytest.fixture
def town() -> Town:
    cache.clear()
    clock_at(NOON + timedelta(hours=1))
    return Town()


def walked_in(town: Town, count: int = 1) -> list[tuple[int, str]]:
    """Walk-ins of the north: their ids and cards."""
    issue_cards([CardRoll(0, count - 1, town.north)], by=town.dora, at=NOON)
    with scope.entered(town.ana, "people.read"):
        cards = sql.rows("SELECT serial, slip FROM sampling_card ORDER BY serial")
    said = Declaration("", Sex.FEMALE, birth_year=1960)
    swabs = [
        town.swab(tube, slip=slip, card=ids.card_code(serial), said=said)
        for tube, (serial, slip) in zip(town.tubes(count), cards, strict=True)
    ]
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    with scope.entered(town.ana, "people.read"):
        found = sql.rows("SELECT person_id FROM sampling_swab ORDER BY slip")
    order = sorted(cards, key=lambda card: card[1])
    return [(p, ids.card_code(c[0])) for (p,), c in zip(found, order, strict=True)]


def test_who_may_open_them(town: Town) -> None:
    ((person, card),) = walked_in(town)
    for url in (LIST, f"{LIST}{person}/"):
        assert stranger().get(url).headers["Location"].startswith("/sign-in/")
        assert signed_in(town, "ben").get(url).status_code == 403
    egon = signed_in(town, "egon")
    assert card not in egon.get(LIST).text
    assert egon.get(f"{LIST}{person}/").status_code == 404
    assert "No walk-in without a name has this card" in egon.post(LIST, {"card": card}).text


def test_a_scanned_card_leads_to_its_walk_in_and_an_identity_card_names_them(town: Town) -> None:
    ((person, card),) = walked_in(town)
    ana = signed_in(town, "ana")
    assert card in ana.get(LIST).text
    assert ana.post(LIST, {"card": card.lower()}).headers["Location"] == f"{LIST}{person}/"
    assert "misread" in ana.post(LIST, {"card": card[:-1]}).text
    page = ana.get(f"{LIST}{person}/").text
    assert 'value="1960"' in page
    done = ana.post(f"{LIST}{person}/", {"scan": CARD, "phone": "0912 000 111"}, follow=True).text
    assert f"The card {card} has its name" in done
    assert "Every walk-in has a name" in done
    with scope.entered(town.ana, "people.read"):
        ((name, born, phone, number),) = sql.rows(
            "SELECT p.name, p.birth_date::text, p.phone, d.number FROM people_person p"
            " JOIN people_document d ON d.person_id = p.id"
        )
    assert (name, born, phone, number) == (
        "Lò Thị Bé",
        "1960-05-04",
        "0912000111",
        "019160000123",
    )


def test_a_naming_sent_twice_is_answered_as_the_first_time(town: Town) -> None:
    ((person, card),) = walked_in(town)
    ana = signed_in(town, "ana")
    naming = {"name": "Lò Thị Bé", "birth": "1960"}
    for _ in range(2):
        done = ana.post(f"{LIST}{person}/", naming, follow=True).text
        assert f"The card {card} has its name" in done
    for late in (
        ana.get(f"{LIST}{person}/", follow=True),
        ana.post(f"{LIST}{person}/", {"name": "Lò Thị Khác"}, follow=True),
        ana.post(f"{LIST}{person}/", {"name": ""}, follow=True),
    ):
        assert f"Whoever holds card {card} has a name by now; nothing was changed." in late.text
    with scope.entered(town.ana, "people.read"):
        assert sql.rows("SELECT name FROM people_person") == [("Lò Thị Bé",)]


def test_a_number_that_differs_from_sex_or_birth_is_pointed_out(town: Town) -> None:
    ((person, card),) = walked_in(town)
    odd = {"name": "Lò Thị Bé", "birth": "1961", "sex": "F", "number": "019060000123"}
    done = signed_in(town, "ana").post(f"{LIST}{person}/", odd, follow=True).text
    assert f"The card {card} has its name" in done
    assert "The fourth digit of the number says the other sex." in done
    assert "The number says another year of birth." in done


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "The name is missing."),
        ({"scan": "https://example.org/"}, "not the code of an identity paper"),
        ({"name": "Lò Thị Bé", "birth": "31/02/1960"}, "There is no such day."),
        ({"name": "Lò Thị Bé", "phone": "12"}, "This is not a telephone number."),
        ({"name": "Lò Thị Bé", "number": "123"}, "This is not an identity number"),
        ({"name": "Lò Thị Bé", "residence": "Không đâu"}, "has this name or code"),
        ({"scan": "9" * 3000}, "at most 2000"),
    ],
)
def test_what_is_wrong_is_said_beside_it(town: Town, typed: dict[str, str], words: str) -> None:
    ((person, _),) = walked_in(town)
    page = signed_in(town, "ana").post(f"{LIST}{person}/", typed)
    assert page.status_code == 200
    assert words in page.text
    assert typed.get("name", "") in page.text


def test_the_list_pages_by_its_key_and_costs_the_same(town: Town) -> None:
    walked_in(town, 60)
    ana = signed_in(town, "ana")
    first = ana.get(LIST).text
    assert first.count("Give the name of card") == 50
    after = first[first.index("after=") + 6 :].split('"')[0]
    assert ana.get(LIST, {"after": after}).text.count("Give the name of card") == 10
    few = statements(signed_in(town, "egon"), LIST)
    assert statements(ana, LIST) <= few + 1


def test_a_search_without_a_card_says_what_is_missing(town: Town) -> None:
    page = signed_in(town, "ana").post("/sampling/walk-ins/", {"card": ""}).text
    assert "Scan the card or type its number." in page
