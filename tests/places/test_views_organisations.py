"""The page on which a territory's administrator registers organisations and grants rights."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from som.access import commands as access
from som.access import queries as access_queries
from som.access.rules import NewAccount, NewAssignment
from som.kernel import sql
from som.places import commands, queries, rules

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
TODAY = date(2026, 11, 21)
URL = "/places/organisations/"

pytestmark = pytest.mark.usefixtures("country")


def signed_in(username: str, province: str, role: str = "province_administrator") -> Client:
    setup = access_queries.system_actor("setup")
    unit = queries.unit_ids([province], TODAY)[province]
    access.open_accounts([NewAccount(username, username.title(), unit)], by=setup, at=AT)
    access.give_assignments(
        [NewAssignment(username, role, unit, None, date(2026, 1, 1))], by=setup, at=AT
    )
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    account = get_user_model().objects.get(username=username)
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def nga() -> Client:
    """The administrator of Lạng Sơn (20)."""
    return signed_in("places-nga", "20")


@pytest.fixture
def egon() -> Client:
    """The administrator of Lai Châu (12)."""
    return signed_in("places-egon", "12")


def lab(**changes: str) -> dict[str, str]:
    return {
        "do": "register",
        "name": "Phòng xét nghiệm Đồng Hỷ",
        "kind": "laboratory",
        "code": "XN-DH",
        "unit": "20",
    } | changes


def right(**changes: str) -> dict[str, str]:
    return {
        "do": "grant",
        "laboratory": "XN-DH",
        "right": "confirm",
        "first_day": "2026-11-01",
        "last_day": "",
    } | changes


def rights() -> dict[int, frozenset[rules.Right]]:
    return queries.laboratory_rights(queries.organisation_ids(["XN-DH"]).values(), TODAY)


def test_a_laboratory_is_registered_and_may_confirm(nga: Client) -> None:
    assert "Register the laboratories first" in nga.get(URL).text
    assert "is registered." in nga.post(URL, lab(), follow=True).text
    assert "registered already" in nga.post(URL, lab(), follow=True).text
    assert "Nothing yet" in nga.get(URL).text
    assert "The right is granted." in nga.post(URL, right(), follow=True).text
    assert "there already" in nga.post(URL, right(), follow=True).text
    assert list(rights().values()) == [frozenset({rules.Right.CONFIRM})]
    page = nga.get(URL).text
    assert "Phòng xét nghiệm Đồng Hỷ" in page
    assert "Confirmation" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "Another"}, "The code already belongs to an organisation"),
        ({"code": ""}, "This field is required."),
        ({"kind": "ministry"}, "Select a valid choice"),
        ({"unit": "12"}, "No place of your territory"),
        ({"unit": "nowhere"}, "No place of your territory"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, str], words: str, nga: Client) -> None:
    nga.post(URL, lab())
    page = nga.post(URL, lab(**changes)).text
    assert words in page
    assert sql.rows("SELECT count(*) FROM places_organisation WHERE code LIKE 'XN-DH%'") == [(1,)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"last_day": "2026-10-31"}, "before its first"),
        ({"first_day": ""}, "This field is required."),
        ({"first_day": "2026-11-15"}, "already has this right"),
        ({"laboratory": "SCHOOL"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_with_a_right_is_said(
    changes: dict[str, str], words: str, nga: Client
) -> None:
    nga.post(URL, lab())
    nga.post(URL, lab(code="SCHOOL", name="Trường", kind="school"))
    nga.post(URL, right())
    assert words in nga.post(URL, right(**changes)).text


def test_egon_sees_and_changes_nothing(nga: Client, egon: Client) -> None:
    nga.post(URL, lab())
    assert "Đồng Hỷ" not in egon.get(URL).text
    assert egon.get(URL + "?q=dong hy").context["lines"] == []
    assert "Select a valid choice" not in egon.get(URL).text
    egon.post(URL, right())
    assert list(rights().values()) == [frozenset()]
    page = egon.post(URL, lab(unit="12")).text
    assert "The code already belongs to an organisation" in page
    assert "No place of your territory" in egon.post(URL, lab(code="XN-2")).text
    assert not queries.organisation_ids(["XN-2"])


def test_without_the_right_the_page_is_closed() -> None:
    officer = signed_in("places-ana", "20", "cdc_officer")
    assert officer.get(URL).status_code == 403
    assert officer.post(URL, lab()).status_code == 403
    assert Client().get(URL).status_code == 302


def test_who_does_not_administer_the_province_is_offered_no_rights_to_grant() -> None:
    bao = signed_in("places-bao", "20", "administrator")
    assert "is registered." in bao.post(URL, lab(), follow=True).text
    page = bao.get(URL).text
    assert "granted by who administers the province" in page
    assert 'value="grant"' not in page
    bao.post(URL, right())
    assert list(rights().values()) == [frozenset()]


def test_the_list_is_searched_and_goes_on(
    nga: Client, django_assert_num_queries: Callable[..., object]
) -> None:
    nga.post(URL, lab())
    with django_assert_num_queries(8):
        nga.get(URL)
    unit = queries.unit_ids(["20"], TODAY)["20"]
    many = [
        rules.Organisation(f"TYT{number:03}", "commune_health_station", "Trạm y tế", unit)
        for number in range(60)
    ]
    commands.register_organisations(many, by=access_queries.system_actor("setup"), at=AT)
    with django_assert_num_queries(8):
        first = nga.get(URL)
    rest = nga.get(URL, {"after": first.context["after"]})
    seen = [one.row.code for page in (first, rest) for one in page.context["lines"]]
    assert len(seen) == len(set(seen)) == 61
    assert [one.row.code for one in nga.get(URL + "?q=tram tyt007").context["lines"]] == ["TYT007"]
