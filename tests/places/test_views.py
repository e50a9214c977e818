"""The pages of places: anybody with an account, nobody without."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from som.access import commands as access
from som.access import queries as access_queries
from som.access.rules import NewAccount
from som.places import queries

NEW = date(2026, 11, 21)

pytestmark = pytest.mark.usefixtures("country")


@pytest.fixture
def egon() -> Client:
    """Somebody of a province with no role at all: places are open to everybody signed in."""
    unit = queries.unit_ids(["19"], NEW)["19"]
    access.open_accounts(
        [NewAccount("places-egon", "Egon", unit)],
        by=access_queries.system_actor("setup"),
        at=datetime(2026, 11, 21, tzinfo=UTC),
    )
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    account = get_user_model().objects.get(username="places-egon")
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def unit_url(code: str, on: date) -> str:
    return f"/places/{queries.unit_ids([code], on)[code]}/?on={NEW.isoformat()}"


@pytest.mark.parametrize("url", ["/places/", "/places/?q=lai+chau", "/places/1/"])
def test_a_stranger_is_asked_to_sign_in(url: str) -> None:
    response = Client().get(url)
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_login"))


def test_without_a_question_the_provinces_of_the_day_are_shown(egon: Client) -> None:
    page = egon.get("/places/?on=2021-07-15").content.decode()
    assert "63 provinces on 15/07/2021" in page
    assert "Tỉnh Thái Bình" in page


def test_a_search_shows_both_eras(egon: Client) -> None:
    page = egon.get("/places/?q=03408&on=2026-11-21").content.decode()
    assert "Phường Tân Phong, Tỉnh Lai Châu" in page
    assert "Phường Đông Phong, Thành phố Lai Châu, Tỉnh Lai Châu" in page
    assert "Ended 30/06/2025" in page
    then = egon.get("/places/?q=03408&on=2021-10-05").content.decode()
    assert "From 01/07/2025" in then


def test_htmx_gets_the_results_alone(egon: Client) -> None:
    response = egon.get("/places/?q=vu thu", headers={"HX-Request": "true"})
    page = response.content.decode()
    assert page.strip().startswith('<div id="results"')
    assert "Huyện Vũ Thư" in page
    assert "HX-Request" in response.headers["Vary"]


def test_a_search_without_an_answer_says_what_to_do(egon: Client) -> None:
    assert "No place has this name or code" in egon.get("/places/?q=zzzz").content.decode()


def test_a_day_that_is_none_is_said_and_today_is_shown(egon: Client) -> None:
    response = egon.get("/places/?q=lai chau&on=tomorrow")
    assert response.status_code == 200
    assert "Tỉnh Lai Châu" in response.content.decode()
    assert response.context["form"].errors


def test_a_unit_shows_what_came_before(egon: Client) -> None:
    page = egon.get(unit_url("03408", NEW)).content.decode()
    assert "Xã Bản Giang, Huyện Tam Đường, Tỉnh Lai Châu" in page
    assert "36,456" in page
    assert "It is in force." in page


def test_an_ended_unit_shows_its_last_day_and_that_it_was_split(egon: Client) -> None:
    page = egon.get(unit_url("344", date(2021, 7, 1))).content.decode()
    assert "before November 2020" in page
    assert "30/06/2025" in page
    assert "Split: figures of this place cannot be carried" in page
    assert "Xã Bách Thuận" in page
    lost = egon.get(unit_url("10774", date(2021, 7, 1))).content.decode()
    assert "No source names a successor." in lost


def test_a_decided_change_is_shown_as_pending(egon: Client) -> None:
    page = egon.get(unit_url("22", NEW)).content.decode()
    assert "Decided: becomes Thành phố Quảng Ninh" in page


def test_an_unknown_unit_is_not_found(egon: Client) -> None:
    assert egon.get("/places/0/").status_code == 404
