"""The pages on which a territory's administrator opens accounts and gives roles."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from som.access import commands, queries
from som.access.rules import NewAccount
from som.kernel import clock, sql
from som.kernel.actors import Actor
from som.kernel.ids import fold
from tests.access.conftest import AT, PASSWORD, Opening, SignedIn, Town

pytestmark = pytest.mark.django_db

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b")


@pytest.fixture(autouse=True)
def the_clock_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a role given before midnight begins on another day than the page after it shows."""
    now = clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: now)


@pytest.fixture
def nga(opened: Opening, town: Town, signed_in: SignedIn) -> Client:
    """The north's administrator, reading English."""
    return administrator("nga", town.north, opened, signed_in)


@pytest.fixture
def egon(opened: Opening, town: Town, signed_in: SignedIn) -> Client:
    """The south's administrator: the outsider of the north's pages."""
    return administrator("egon", town.south, opened, signed_in)


def administrator(
    username: str,
    unit: int,
    opened: Opening,
    signed_in: SignedIn,
    role: str = "province_administrator",
) -> Client:
    cache.clear()
    opened(username, (role, unit, None), unit=unit)
    client = signed_in(username)
    client.cookies["django_language"] = "en"
    return client


def today() -> date:
    return clock.now().astimezone(clock.LOCAL).date()


def new(**changes: object) -> dict[str, object]:
    return {
        "full_name": "Nguyễn Thị Lan",
        "username": "lan.nt",
        "unit": "Xã Bắc",
        "unit_roles": ["sampler"],
    } | changes


def roles_of(username: str) -> list[tuple[str, date | None]]:
    account = queries.account_ids([username])[username]
    return [
        (role, last)
        for (_, role, _, _), days in queries.assignments_held([account]).items()
        for _, last in days
    ]


def test_a_first_administrator_brings_the_whole_province_in(nga: Client, client: Client) -> None:
    page = nga.post("/accounts/new/", new()).text
    code = CODE.findall(page)[0]
    assert "lan.nt" in page
    assert "/first-sign-in/" in page
    assert roles_of("lan.nt") == [("sampler", None)]
    typed = {"username": "lan.nt", "code": code, "password": PASSWORD, "again": PASSWORD}
    assert client.post("/first-sign-in/", typed).headers["location"] == "/"
    listed = nga.get("/accounts/").text
    assert "Nguyễn Thị Lan" in listed
    assert "In use" in listed
    assert not CODE.search(nga.get("/accounts/lan.nt/").text), "the code is shown once"


def test_a_double_click_opens_one_account_with_one_role(nga: Client) -> None:
    first = CODE.findall(nga.post("/accounts/new/", new()).text)
    again = CODE.findall(nga.post("/accounts/new/", new()).text)
    assert first != again, "the last code shown is the one that works"
    assert roles_of("lan.nt") == [("sampler", None)]


def test_an_account_in_use_is_not_given_a_code_by_an_old_form(nga: Client, client: Client) -> None:
    code = CODE.findall(nga.post("/accounts/new/", new()).text)[0]
    typed = {"username": "lan.nt", "code": code, "password": PASSWORD, "again": PASSWORD}
    client.post("/first-sign-in/", typed)
    page = nga.post("/accounts/new/", new(), follow=True).text
    assert "was open already" in page
    assert not CODE.search(page)


def test_a_user_name_is_proposed_from_the_name(nga: Client, opened: Opening) -> None:
    opened("lan.nt")
    page = nga.post("/accounts/new/", new(username="")).text
    assert 'value="lan.nt2"' in page
    assert "Proposed from the name" in page
    assert not CODE.search(page)
    assert "Type a user name" in nga.post("/accounts/new/", new(username="", full_name="李")).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": "new"}, "A user name has 3 to 40"),
        ({"username": "Lan Nguyễn"}, "A user name has 3 to 40"),
        ({"username": "nga"}, "Another account already has this user name."),
        ({"full_name": " "}, "This field is required."),
        ({"unit": ""}, "This field is required."),
        ({"unit": "Xã Nam"}, "No place of your territory"),
        ({"unit": "123"}, "No place of your territory"),
        ({"role_unit": "Tỉnh Nam"}, "No place of your territory"),
        ({"laboratory_roles": ["lab_technician"]}, "Choose the laboratory"),
        ({"unit_roles": ["auditor"]}, "Select a valid choice"),
        ({"last_day": "2001-01-01"}, "The last day lies before the first."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_opened(
    changes: dict[str, object], words: str, nga: Client
) -> None:
    before = sql.rows("SELECT count(*) FROM access_account")
    page = nga.post("/accounts/new/", new(**changes)).text
    assert words in page
    assert not CODE.search(page)
    assert sql.rows("SELECT count(*) FROM access_account") == before


def test_a_name_of_several_places_is_asked_back(nga: Client, town: Town) -> None:
    page = nga.post("/accounts/new/", new(unit="Bắc")).text
    assert "Several places have this name" in page
    assert f'name="unit_picked" value="{town.north_commune}"' in page
    picked = new(unit="Bắc", unit_picked=str(town.north_commune))
    assert CODE.search(nga.post("/accounts/new/", picked).text)
    elsewhere = new(username="other", unit="Bắc", unit_picked=str(town.south_commune))
    assert "Several places" in nga.post("/accounts/new/", elsewhere).text


def test_laboratory_roles_hold_in_the_laboratory(egon: Client, town: Town) -> None:
    asked = new(
        unit="tinh nam",
        organisation=str(town.laboratory),
        unit_roles=[],
        laboratory_roles=["lab_technician"],
    )
    assert CODE.search(egon.post("/accounts/new/", asked).text)
    assert roles_of("lan.nt") == [("lab_technician", None)]


def test_another_territorys_laboratory_is_no_choice(nga: Client, town: Town) -> None:
    asked = new(organisation=str(town.laboratory), laboratory_roles=["lab_technician"])
    assert "Select a valid choice" in nga.post("/accounts/new/", asked).text


def test_an_administrator_below_the_province_is_offered_no_laboratory_roles(
    opened: Opening, town: Town, signed_in: SignedIn
) -> None:
    bao = administrator("bao", town.north_commune, opened, signed_in, "administrator")
    page = bao.get("/accounts/new/").text
    assert 'value="sampler"' in page
    for role in ("lab_technician", "lab_reviewer", "province_administrator"):
        assert role not in page
        assert "Select a valid choice" in bao.post("/accounts/new/", new(unit_roles=[role])).text
    opened("ana", unit=town.north_commune)
    page = bao.get("/accounts/ana/").text
    assert 'value="sampler"' in page
    assert "lab_reviewer" not in page
    assert 'name="organisation"' not in page
    give = {"do": "give", "role": "lab_reviewer", "first_day": today().isoformat()}
    give["organisation"] = str(town.laboratory)
    bao.post("/accounts/ana/", give)
    assert roles_of("ana") == []


def test_who_administers_a_province_may_be_given_only_there(nga: Client, town: Town) -> None:
    asked = new(unit_roles=["province_administrator"])
    assert "held at a province" in nga.post("/accounts/new/", asked).text
    assert CODE.search(nga.post("/accounts/new/", asked | {"role_unit": "Tỉnh Bắc"}).text)
    assert roles_of("lan.nt") == [("province_administrator", None)]


def test_a_role_given_later_voids_the_code_and_the_page_says_so(
    nga: Client, client: Client
) -> None:
    client.cookies["django_language"] = "en"
    code = CODE.findall(nga.post("/accounts/new/", new()).text)[0]
    give = {
        "do": "give",
        "role": "cdc_officer",
        "unit": "Tỉnh Bắc",
        "first_day": today().isoformat(),
    }
    assert "print a new one" in nga.post("/accounts/lan.nt/", give, follow=True).text
    assert "print a new one" not in nga.post("/accounts/lan.nt/", give, follow=True).text
    typed = {"username": "lan.nt", "code": code, "password": PASSWORD, "again": PASSWORD}
    assert "is wrong" in client.post("/first-sign-in/", typed).text


def test_codes_run_by_real_time_whatever_the_drills_clock_says(
    nga: Client, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    code = CODE.findall(nga.post("/accounts/new/", new()).text)[0]
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=400))
    client.cookies["django_language"] = "en"
    assert "Code issued" in nga.get("/accounts/lan.nt/").text
    typed = {"username": "lan.nt", "code": code, "password": PASSWORD, "again": PASSWORD}
    assert client.post("/first-sign-in/", typed).status_code == 302
    monkeypatch.setattr(clock, "real_now", lambda: now + timedelta(days=30))
    monkeypatch.setattr(clock, "now", lambda: now)
    late = CODE.findall(nga.post("/accounts/lan.nt/", {"do": "code"}).text)[0]
    monkeypatch.setattr(clock, "real_now", lambda: now + timedelta(days=45))
    stranger = Client()
    stranger.cookies["django_language"] = "en"
    assert "is wrong" in stranger.post("/first-sign-in/", typed | {"code": late}).text


def test_roles_are_given_and_ended(nga: Client, opened: Opening, town: Town) -> None:
    opened("ana", unit=town.north_commune)
    give = {"do": "give", "role": "sampler", "unit": "Xã Bắc", "first_day": today().isoformat()}
    assert "The role is given." in nga.post("/accounts/ana/", give, follow=True).text
    assert "given already" in nga.post("/accounts/ana/", give, follow=True).text
    assert roles_of("ana") == [("sampler", None)]
    end = {
        "do": "end",
        "role": "sampler",
        "unit_id": town.north_commune,
        "last_day": today().isoformat(),
    }
    for _ in range(2):
        page = nga.post("/accounts/ana/", end, follow=True).text
        assert "last day is noted" in page
    assert roles_of("ana") == [("sampler", today())]


def test_refusals_stand_by_the_field(nga: Client, opened: Opening, town: Town) -> None:
    opened("ana", ("sampler", town.north_commune, None))
    give = {"do": "give", "role": "sampler", "unit": "", "first_day": today().isoformat()}
    assert "This role holds at a unit" in nga.post("/accounts/ana/", give).text
    give["role"] = "lab_technician"
    assert "This role holds in a laboratory" in nga.post("/accounts/ana/", give).text
    give |= {"role": "sampler", "unit": "Xã Bắc"}
    assert "already holds this role here" in nga.post("/accounts/ana/", give).text
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert "before the first" in nga.post("/accounts/ana/", give | {"last_day": yesterday}).text
    end = {"do": "end", "role": "sampler", "unit_id": town.north_commune, "last_day": ""}
    assert "Say which day is the last." in nga.post("/accounts/ana/", end).text
    end["last_day"] = "2001-01-01"
    assert "does not hold this role" in nga.post("/accounts/ana/", end).text


def test_a_new_code_replaces_the_one_before(nga: Client, client: Client) -> None:
    client.cookies["django_language"] = "en"
    old = CODE.findall(nga.post("/accounts/new/", new()).text)[0]
    code = CODE.findall(nga.post("/accounts/lan.nt/", {"do": "code"}).text)[0]
    typed = {"username": "lan.nt", "password": PASSWORD, "again": PASSWORD}
    assert "is wrong" in client.post("/first-sign-in/", typed | {"code": old}).text
    assert client.post("/first-sign-in/", typed | {"code": code}).status_code == 302


def test_closing_is_for_good_and_not_for_oneself(nga: Client, opened: Opening, town: Town) -> None:
    opened("ana", unit=town.north_commune)
    for _ in range(2):
        page = nga.post("/accounts/ana/", {"do": "close"}, follow=True).text
        assert "The account is closed." in page
    assert "Issue and print" not in page
    assert "The account is closed." in nga.post("/accounts/ana/", {"do": "code"}, follow=True).text
    page = nga.post("/accounts/nga/", {"do": "close"}, follow=True).text
    assert "Another administrator closes your own account." in page
    give = {"do": "give", "role": "sampler", "unit": "Xã Bắc", "first_day": today().isoformat()}
    assert "Nobody may give rights to themselves." in nga.post("/accounts/nga/", give).text


def test_egon_sees_and_changes_nothing(
    nga: Client, egon: Client, opened: Opening, town: Town
) -> None:
    opened("ana", ("sampler", town.north_commune, None), unit=town.north_commune)
    before = sql.rows("SELECT * FROM access_account ORDER BY id")
    assert "ana" not in egon.get("/accounts/").text
    assert "ana" not in egon.get("/accounts/?q=ana").context["lines"]
    assert egon.get("/accounts/ana/").status_code == 404
    for asked in (
        {"do": "give", "role": "sampler", "unit": "Xã Nam", "first_day": today().isoformat()},
        {
            "do": "end",
            "role": "sampler",
            "unit_id": town.north_commune,
            "last_day": today().isoformat(),
        },
        {"do": "code"},
        {"do": "close"},
    ):
        assert egon.post("/accounts/ana/", asked).status_code == 404
    assert sql.rows("SELECT * FROM access_account ORDER BY id") == before
    assert roles_of("ana") == [("sampler", None)]
    assert "ana" in nga.get("/accounts/").text


def test_who_reaches_beyond_a_territory_gets_no_code_there(
    nga: Client, egon: Client, opened: Opening, town: Town
) -> None:
    opened("ana", ("sampler", town.north_commune, None), ("sampler", town.south_commune, None))
    page = egon.get("/accounts/ana/").text
    assert "This account reaches beyond what you administer" in page
    assert "Close the account" not in page
    assert "Lies outside what you administer" in page
    for do in ("code", "close"):
        answer = egon.post("/accounts/ana/", {"do": do}, follow=True)
        assert "outside the territory you administer" in answer.text
        assert not CODE.search(answer.text)
    end = {
        "do": "end",
        "role": "sampler",
        "unit_id": town.north_commune,
        "last_day": today().isoformat(),
    }
    egon.post("/accounts/ana/", end)
    assert roles_of("ana") == [("sampler", None), ("sampler", None)]
    egon.post("/accounts/ana/", end | {"unit_id": town.south_commune})
    assert egon.get("/accounts/ana/").status_code == 200, "until the day is over"
    assert nga.post("/accounts/ana/", {"do": "code"}, follow=True).status_code == 200


@pytest.mark.parametrize("path", ["/accounts/", "/accounts/new/", "/accounts/ana/"])
def test_without_the_right_the_pages_are_closed(
    path: str, opened: Opening, town: Town, signed_in: SignedIn
) -> None:
    opened("ana", ("cdc_officer", town.north, None))
    assert signed_in("ana").get(path).status_code == 403


def test_the_search_does_not_mind_tones_and_the_list_goes_on(
    nga: Client, town: Town, setup_actor: Actor
) -> None:
    many = [NewAccount(f"user{number:03}", "Đỗ Thị Hường", town.north) for number in range(60)]
    commands.open_accounts(many, by=setup_actor, at=AT)
    assert len(nga.get("/accounts/?q=do huong").context["lines"]) == 50
    assert len(nga.get("/accounts/?q=USER01").context["lines"]) == 10
    assert nga.get("/accounts/?q=100%").context["lines"] == []
    first = nga.get("/accounts/")
    rest = nga.get("/accounts/", {"after": first.context["after"]})
    seen = [one.line.username for page in (first, rest) for one in page.context["lines"]]
    assert len(seen) == len(set(seen)) == 61
    assert nga.get("/accounts/?after=nonsense").status_code == 200


def test_one_account_or_fifty_ask_the_database_alike(
    nga: Client,
    town: Town,
    opened: Opening,
    setup_actor: Actor,
    django_assert_num_queries: Callable[..., object],
) -> None:
    with django_assert_num_queries(7):
        nga.get("/accounts/")
    for number in range(5):
        opened(f"user{number}", ("sampler", town.north_commune, None))
    with django_assert_num_queries(7):
        nga.get("/accounts/")


@pytest.mark.parametrize("name", ["Đỗ Thị Hường", "ĐẶNG  Ý Uyên", "Nguyễn Ước", "abc"])
def test_sql_folds_as_python_does(name: str) -> None:
    assert sql.rows(f"SELECT {sql.folded('%s::text')}", (name,)) == [(fold(name),)]


def test_the_navigation_and_the_work_plan_lead_here(nga: Client) -> None:
    page = nga.get("/").text
    assert 'href="/accounts/"' in page
    assert 'href="/accounts/new/"' in page
    assert 'href="/places/organisations/"' in page
