"""Sign-in, first sign-in, the demo's sign-in, and the audit page; and what a stranger gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse
from psycopg import sql
from pytest_django import Settings

from som.access import commands
from som.kernel import audit, clock
from som.kernel.actors import Actor
from som.kernel.demo import MARK
from tests.access.conftest import AT, PASSWORD, Opening, SignedIn, Town
from tests.databases import Databases

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english_and_unlimited(client: Client) -> None:
    """English pages, and no tries counted from another test."""
    client.cookies["django_language"] = "en"
    cache.clear()


def sign_in(client: Client, username: str, password: str) -> int:
    response = client.post("/sign-in/", {"login": username, "password": password})
    return response.status_code


def test_only_three_of_allauths_pages_exist() -> None:
    assert reverse("account_login")
    assert reverse("account_logout")
    assert reverse("account_change_password")
    for name in ("signup", "email", "reset_password", "reauthenticate", "request_login_code"):
        with pytest.raises(NoReverseMatch):
            reverse(f"account_{name}")


def test_sign_in_and_out(
    client: Client, opened: Opening, town: Town, with_password: Callable[[str], None]
) -> None:
    opened("ana", ("sampler", town.north_commune, None))
    with_password("ana")
    assert "Sign in" in client.get("/sign-in/").text
    assert sign_in(client, "ana", "wrong-password") == 200
    assert sign_in(client, "Ana", PASSWORD) == 302
    page = client.get("/").text
    assert "Họ tên ana" in page
    assert "Work plan" in page
    client.post("/sign-out/")
    assert "Họ tên ana" not in client.get("/").text


def test_signing_in_leads_back_and_never_elsewhere(
    client: Client, opened: Opening, with_password: Callable[[str], None]
) -> None:
    opened("ana")
    with_password("ana")
    typed = {"login": "ana", "password": PASSWORD}
    away = client.post("/sign-in/", typed | {"next": "https://elsewhere.example/"})
    assert away.headers["location"] == "/"
    client.post("/sign-out/")
    back = client.post("/sign-in/", typed | {"next": "/password/"})
    assert back.headers["location"] == "/password/"


def test_a_closed_account_cannot_sign_in_and_is_out_at_the_next_click(
    client: Client,
    opened: Opening,
    town: Town,
    with_password: Callable[[str], None],
    setup_actor: Actor,
) -> None:
    opened("ana", ("sampler", town.north_commune, None))
    with_password("ana")
    assert sign_in(client, "ana", PASSWORD) == 302
    commands.close_accounts(["ana"], by=setup_actor, at=AT)
    assert "Họ tên ana" not in client.get("/").text
    other = Client()
    other.cookies["django_language"] = "en"
    page = other.post("/sign-in/", {"login": "ana", "password": PASSWORD}, follow=True)
    assert "The account is closed." in page.text
    assert "_auth_user_id" not in other.session


def test_guessing_a_password_is_stopped(
    client: Client, opened: Opening, with_password: Callable[[str], None]
) -> None:
    opened("ana")
    with_password("ana")
    for _ in range(5):
        sign_in(client, "ana", "wrong-password")
    assert sign_in(client, "ana", PASSWORD) == 200
    assert "_auth_user_id" not in client.session


def test_the_password_is_changed_and_other_devices_are_out(
    client: Client, opened: Opening, with_password: Callable[[str], None], signed_in: SignedIn
) -> None:
    opened("ana")
    with_password("ana")
    other = signed_in("ana")
    sign_in(client, "ana", PASSWORD)
    new = "ein-ganz-neues-Passwort"
    typed = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/password/", typed).headers["location"] == "/"
    assert "Your password is changed." in client.get("/").text
    assert other.get("/password/").status_code == 302


def first(client: Client, code: str, username: str = "ana", password: str = PASSWORD) -> str:
    response = client.post(
        "/first-sign-in/",
        {"username": username, "code": code, "password": password, "again": password},
    )
    return response.headers.get("location", "") or response.text


def test_first_sign_in_with_the_printed_code(
    client: Client, opened: Opening, setup_actor: Actor
) -> None:
    opened("ana")
    code = commands.issue_first_codes(["ana"], by=setup_actor, at=clock.now()).done[0].code
    assert "One-time code" in client.get("/first-sign-in/").text
    assert "too short" in first(client, code, password="short")
    assert "or the code is used" in first(client, "7BGX-YFT7-NXAE-V")
    assert first(client, code, username=" ANA ") == "/"
    assert "Họ tên ana" in client.get("/").text
    assert client.get("/first-sign-in/").headers["location"] == "/"


def test_two_passwords_that_differ_use_no_code(
    client: Client, opened: Opening, setup_actor: Actor
) -> None:
    opened("ana")
    code = commands.issue_first_codes(["ana"], by=setup_actor, at=clock.now()).done[0].code
    typed = {"username": "ana", "code": code, "password": PASSWORD, "again": PASSWORD + "x"}
    assert "The two passwords differ." in client.post("/first-sign-in/", typed).text
    assert first(client, code) == "/"


def test_guessing_a_code_is_stopped(client: Client, opened: Opening, setup_actor: Actor) -> None:
    opened("ana")
    code = commands.issue_first_codes(["ana"], by=setup_actor, at=clock.now()).done[0].code
    for _ in range(5):
        assert "or the code is used" in first(client, "7BGX-YFT7-NXAE-V")
    response = client.post(
        "/first-sign-in/",
        {"username": "ana", "code": code, "password": PASSWORD, "again": PASSWORD},
    )
    assert response.status_code == 429
    assert "_auth_user_id" not in client.session


def test_filling_the_cache_unlocks_nobody(
    client: Client, opened: Opening, with_password: Callable[[str], None]
) -> None:
    opened("ana")
    with_password("ana")
    for _ in range(5):
        sign_in(client, "ana", "wrong-password")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_cache SELECT ':1:~' || n, '', now() + interval '1 hour'"
            " FROM generate_series(1, 10000) n"
        )
    cache.set("one-more", 1)
    sign_in(client, "ana", PASSWORD)
    assert "_auth_user_id" not in client.session


def test_without_a_password_there_is_none_to_change(opened: Opening, signed_in: SignedIn) -> None:
    opened("ana")
    ana = signed_in("ana")
    ana.cookies["django_language"] = "en"
    assert ana.get("/password/").headers["location"] == "/"
    assert "This account has no password yet." in ana.get("/").text


@pytest.fixture
def marked(databases: Databases) -> Iterator[None]:
    """A database that bears the mark of a demo."""
    comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
    name = sql.Identifier(str(connection.settings_dict["NAME"]))
    databases.owner.execute(comment.format(name, sql.Literal(MARK)))
    yield
    databases.owner.execute(comment.format(name, sql.SQL("NULL")))


def test_the_demo_signs_in_with_one_click(
    client: Client, opened: Opening, town: Town, settings: Settings, marked: None
) -> None:
    opened("ana", ("sampler", town.north_commune, None))
    opened("newcomer")
    settings.DEMO = True
    page = client.get("/demo/").text
    assert "Họ tên ana" in page
    assert "newcomer" not in page
    assert client.get("/demo/sign-in/?username=ana").status_code == 405
    assert client.post("/demo/sign-in/", {"username": "newcomer"}).status_code == 404
    for wanted, where in (("/lab/pools/", "/lab/pools/"), ("//elsewhere.example", "/"), ("", "/")):
        sent = {"username": "ana", "next": wanted}
        assert client.post("/demo/sign-in/", sent).headers["location"] == where
    assert "Họ tên ana" in client.get("/").text


def test_elsewhere_the_demos_pages_do_not_exist(
    client: Client, opened: Opening, town: Town, settings: Settings
) -> None:
    opened("ana", ("sampler", town.north_commune, None))
    settings.DEMO = False
    assert client.get("/demo/").status_code == 404
    assert client.post("/demo/sign-in/", {"username": "ana"}).status_code == 404
    assert "_auth_user_id" not in client.session


def test_a_demo_on_a_database_with_people_in_it_opens_nothing(
    client: Client, opened: Opening, town: Town, settings: Settings
) -> None:
    opened("ana", ("sampler", town.north_commune, None))
    settings.DEMO = True
    assert client.get("/demo/").status_code == 404
    assert client.post("/demo/sign-in/", {"username": "ana"}).status_code == 404
    assert "_auth_user_id" not in client.session
    assert "/demo/" not in client.get("/").text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/audit/person/99999999999999999999/", 404),
        ("/audit/?person=99999999999999999999", 200),
        ("/accounts/%00/", 404),
    ],
)
def test_what_no_row_can_have_is_not_found(
    path: str, status: int, opened: Opening, town: Town, signed_in: SignedIn
) -> None:
    opened("lan", ("auditor", None, None), ("administrator", town.north, None))
    assert signed_in("lan").get(path).status_code == status


def test_who_saw_a_person(
    opened: Opening, town: Town, signed_in: SignedIn, setup_actor: Actor
) -> None:
    opened("lan", ("auditor", None, None))
    lan = signed_in("lan")
    lan.cookies["django_language"] = "en"
    audit.record(setup_actor, "people.register_persons", at=AT, persons=[77])
    assert lan.get("/audit/", {"person": 77}).headers["location"] == "/audit/person/77/"
    page = lan.get("/audit/person/77/").text
    assert "people.register_persons" in page
    assert "system:setup" in page
    assert "Asked who saw or changed" in page, "the question itself is noted"
    assert "people.register_persons" not in lan.get("/audit/person/78/").text


@pytest.mark.parametrize("path", ["/audit/", "/audit/person/77/"])
def test_egon_sees_no_audit(
    path: str, client: Client, opened: Opening, town: Town, signed_in: SignedIn
) -> None:
    egon = opened("egon", ("cdc_officer", town.south, None), unit=town.south)
    assert egon.may("people.read")
    assert signed_in("egon").get(path).status_code == 403
    assert client.get(path).headers["location"] == f"/sign-in/?next={path}"


def test_the_accounts_language_is_spoken_until_another_is_chosen(
    opened: Opening, with_password: Callable[[str], None]
) -> None:
    opened("ana")
    with_password("ana")
    client = Client()
    assert sign_in(client, "ana", PASSWORD) == 302
    assert client.cookies["django_language"].value == "vi"
