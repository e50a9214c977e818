"""The page on which a walk-in is recorded: taps, a card, a tube."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from som.kernel import ids, scope, sql
from som.sampling.commands import CardRoll, Team, close_sessions, form_teams, issue_cards
from tests.desks import clock_at, signed_in, statements, stranger
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

CHOOSE = "/sampling/walk-ins/new/"


@pytest.fixture
def town() -> Town:
    clock_at(NOON + timedelta(hours=1))
    town = Town()
    assert issue_cards([CardRoll(0, 20, town.north)], by=town.dora, at=NOON).done
    return town


def page_of(code: str = "S1") -> str:
    """The recording page of a session."""
    number = sql.rows("SELECT id FROM sampling_session WHERE code = %s", (code,))[0][0]
    return f"/sampling/sessions/{number}/walk-ins/"


def typed(tube: str, card: int = 0, **changes: str) -> dict[str, str]:
    """What is sent for a woman born in 1957."""
    taps = {"sex": "F", "decade": "1950", "year": "7", "tube_class": "screening"}
    return {"card": ids.card_code(card), "tube": tube, **taps, **changes}


def recorded(town: Town) -> list[tuple[object, ...]]:
    with scope.entered(town.dora, "people.read"):
        return sql.rows(
            """
            SELECT t.code, w.sex::text, w.birth_year, t.swabs, t.tube_class, c.serial
            FROM sampling_swab w JOIN sampling_tube t ON t.id = w.tube_id
            JOIN sampling_card c ON c.slip = w.slip ORDER BY w.id
            """
        )


def test_who_may_open_it(town: Town) -> None:
    for url in (CHOOSE, page_of()):
        assert stranger().get(url).headers["Location"].startswith("/sign-in/")
        assert signed_in(town, "ben").get(url).status_code == 403
    egon = signed_in(town, "egon")
    assert egon.get(page_of()).status_code == 404
    assert egon.post(page_of(), typed(town.tubes(1)[0])).status_code == 404
    assert "No session is open here" in egon.get(CHOOSE).text


def test_the_session_is_chosen_once_and_the_only_one_by_itself(town: Town) -> None:
    ana = signed_in(town, "ana")
    page = ana.get(CHOOSE).text
    assert "Chợ Bắc" in page
    assert "Bến xe" in page
    assert "Trạm y tế Nam" not in page, "of the south, where Ana does not sample"
    assert close_sessions(["S2"], by=town.dora, at=NOON).done
    assert ana.get(CHOOSE).headers["Location"] == page_of()
    assert ana.get(page_of("S2")).status_code == 404, "nobody is swabbed into a closed session"


def test_sessions_that_run_stand_first_and_tomorrows_say_so(town: Town) -> None:
    begin = {"S1": NOON + timedelta(days=1), "S2": NOON}
    for code, at in begin.items():
        sql.rows(
            "UPDATE sampling_session SET starts_at = %s WHERE code = %s RETURNING id", (at, code)
        )
    page = signed_in(town, "ana").get(CHOOSE).text
    assert page.index("Bến xe") < page.index("Chợ Bắc") < page.index("Begins tomorrow")
    assert page.count("Begins") == 1


def test_taps_a_card_and_a_tube_are_a_swab_and_the_next_goes_into_the_same_tube(
    town: Town,
) -> None:
    first, second = town.tubes(2)
    ana = signed_in(town, "ana")
    page = ana.post(page_of(), typed(first.lower())).text
    assert f"{ids.card_code(0)} is recorded in {first}." in page
    assert "1 of 5 in this tube." in page
    assert f'value="{first}"' in page
    assert shown(page)["card"] == ""
    nothing_said = typed(first, 1, sex="", decade="", year="")
    assert "2 of 5 in this tube." in ana.post(page_of(), nothing_said).text
    alone = ana.post(page_of(), typed(second, 2, tube_class="symptom")).text
    assert shown(alone)["tube"] == "", "nobody else goes into this tube"
    assert recorded(town) == [
        (first, "F", 1957, 2, "screening", 0),
        (first, None, None, 2, "screening", 1),
        (second, "F", 1957, 1, "symptom", 2),
    ]


def test_sent_twice_it_is_one_swab_and_a_full_tube_is_let_go(town: Town) -> None:
    (tube,) = town.tubes(1)
    ana = signed_in(town, "ana")
    for card in range(5):
        page = ana.post(page_of(), typed(tube, card)).text
    assert "5 of 5 in this tube." in page
    assert shown(page)["tube"] == ""
    again = ana.post(page_of(), typed(tube, 4)).text
    assert f"{ids.card_code(4)} was recorded in {tube} already." in again
    assert len(recorded(town)) == 5
    assert "already holds as many swabs" in ana.post(page_of(), typed(tube, 5)).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"card": "W0000000001"}, "The card&#x27;s code has a misread digit."),
        ({"card": "S0000000010"}, "This is no card"),
        ({"card": "211005DH.03001"}, "This is no card"),
        ({"card": ids.card_code(99)}, "No card with this code and slip was issued here."),
        ({"card": ""}, "This field is required."),
        ({"tube": "S1"}, "The tube code fits no registered scheme."),
        ({"tube": ids.tube_code(150_000)}, "No roll with this tube was issued here."),
        ({"year": ""}, "Tap the decade and the last digit, or neither of them."),
        ({"decade": "2020", "year": "9"}, "This year has not come yet."),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_typed_is_lost(
    town: Town, changes: dict[str, str], words: str
) -> None:
    (tube,) = town.tubes(1)
    given = typed(tube) | changes
    page = signed_in(town, "ana").post(page_of(), given)
    assert words in page.text
    assert "Not recorded." in page.text
    assert f'value="{given["tube"]}"' in page.text
    assert f'value="{given["card"]}"' in page.text or not given["card"]
    assert recorded(town) == []


def shown(page: str) -> dict[str, str]:
    """What the page sends with the next scan by itself."""
    fields = re.findall(r'<input type="(?:hidden|text)" name="(\w+)"(?: value="([^"]*)")?', page)
    return {name: value for name, value in fields if name != "csrfmiddlewaretoken"}


def test_a_tube_scanned_into_the_box_of_the_card_is_the_tube(town: Town) -> None:
    first, second = town.tubes(2)
    ana = signed_in(town, "ana")
    kept = shown(ana.post(page_of(), typed(first)).text)
    again = ana.post(page_of(), {**kept, "card": first.lower()}).text
    assert f"{first} is the same tube." in again
    assert f"{ids.card_code(0)} is recorded in {first}." in again
    assert "1 of 5 in this tube." in again
    assert "Not recorded." not in again
    kept = shown(again)
    assert (kept["card"], kept["tube"]) == ("", first)
    other = ana.post(page_of(), {**kept, "card": second}).text
    assert f"{ids.card_code(0)} stays recorded in {first}, not in {second}." in other
    assert shown(other)["tube"] == second, "the next person goes into it"
    assert len(recorded(town)) == 1


def test_a_tube_scanned_first_is_in_hand_and_boxes_may_be_mixed_up(town: Town) -> None:
    first, second = town.tubes(2)
    ana = signed_in(town, "ana")
    page = ana.post(page_of(), {"card": first, "sex": "F"}).text
    assert f"{first} is in hand." in page
    assert shown(page)["tube"] == first
    for given in (
        {"card": first, "tube": ids.card_code(0)},
        {"card": ids.card_code(1) + second, "tube": first},
    ):
        assert "is recorded in" in ana.post(page_of(), given).text
    assert [(line[0], line[5]) for line in recorded(town)] == [(first, 0), (second, 1)]


def test_whoever_was_just_recorded_is_never_said_not_to_be(town: Town) -> None:
    first, second = town.tubes(2)
    ana = signed_in(town, "ana")
    kept = shown(ana.post(page_of(), typed(first)).text)
    page = ana.post(page_of(), {**kept, "card": ids.card_code(0), "tube": second}).text
    assert f"{ids.card_code(0)} stays recorded in {first}, not in {second}." in page
    assert "Not recorded." not in page
    foreign = {"card_before": ids.card_code(9), "tube_before": second, "card": second}
    assert f"{second} is in hand." in ana.post(page_of(), foreign).text, "nobody is in that tube"


def test_of_several_teams_the_one_that_swabs_is_said(town: Town) -> None:
    teams = [Team("S1", 1, "Nông An", "Nông Bé"), Team("S1", 2, "Lò Cúc", "Lò Đào")]
    assert form_teams(teams, by=town.dora, at=NOON).done == teams
    (tube,) = town.tubes(1)
    ana = signed_in(town, "ana")
    page = ana.post(page_of(), typed(tube, team="2")).text
    assert '<option value="2" selected>' in page
    with scope.entered(town.dora, "people.read"):
        found = sql.rows(
            "SELECT m.number FROM sampling_tube t JOIN sampling_team m ON m.id = t.team_id"
        )
    assert found == [(2,)]


def test_only_the_part_that_changes_comes_back_to_a_script(town: Town) -> None:
    (tube,) = town.tubes(1)
    ana = signed_in(town, "ana")
    part = ana.post(page_of(), typed(tube), headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith("<section")
    assert 'data-beep="accepted"' in part
    refused = ana.post(page_of(), typed(tube, 99), headers={"HX-Request": "true"}).text
    assert 'data-beep="refused"' in refused


def test_it_costs_the_same_however_many_were_recorded(town: Town) -> None:
    ana = signed_in(town, "ana")
    few = statements(ana, page_of())
    for card, tube in enumerate(town.tubes(10)):
        ana.post(page_of(), typed(tube, card))
    assert statements(ana, page_of()) == few
