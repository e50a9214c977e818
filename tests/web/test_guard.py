"""Whoever is no longer signed in: where they are sent, and what stays of what they sent."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.desks import clock_at, signed_in, stranger
from tests.town import NOON, Town

SENT = "You were no longer signed in, so nothing was done."
FORM = "http://testserver/sampling/sessions/new/?unit=7"


def _sent(came_from: str = "") -> tuple[str, str]:
    """Where a form leads that a stranger sends, and what its sign-in page says."""
    client = stranger()
    given = {"Referer": came_from} if came_from else {}
    answer = client.post("/sampling/sessions/new/", {"place": "Chợ"}, headers=given)
    assert answer.status_code == 302
    return answer.headers["Location"], client.get(answer.headers["Location"]).text


@pytest.mark.django_db
def test_a_form_sent_too_late_leads_back_to_its_page_and_says_so() -> None:
    where, page = _sent(FORM)
    assert where == f"{reverse('account_login')}?next=/sampling/sessions/new/%3Funit%3D7"
    assert SENT in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "came_from",
    [
        "",
        "https://elsewhere.example/sampling/",
        "http://testserver@elsewhere.example/sampling/",
        "http://testserver//elsewhere.example/",
        "http://testserver/\\elsewhere.example/",
        "javascript:alert(1)",
        "sampling",
    ],
)
def test_nobody_is_led_to_another_host(came_from: str) -> None:
    where, page = _sent(came_from)
    assert where == f"{reverse('account_login')}?next=/"
    assert SENT in page


@pytest.mark.django_db
def test_a_page_opened_by_a_stranger_blames_nobody() -> None:
    answer = Client().get("/sampling/sessions/new/?unit=7", follow=True)
    assert answer.redirect_chain == [
        (f"{reverse('account_login')}?next=/sampling/sessions/new/%3Funit%3D7", 302)
    ]
    assert "nothing was done" not in answer.text


@pytest.mark.django_db
def test_a_part_sent_too_late_leaves_its_page_where_it_is() -> None:
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver/lab/reception/?box=M1"}
    answer = Client().post("/lab/reception/", {"codes": "S0000000000"}, headers=here)
    assert answer.status_code == 401
    assert answer.headers["HX-Retarget"] == "#page-messages"
    assert f"{reverse('account_login')}?next=/lab/reception/%3Fbox%3DM1" in answer.text
    assert 'data-beep="refused"' in answer.text
    # One that a page asks for by itself has nothing typed in it.
    asked = Client().get("/lab/reception/", headers=here)
    assert asked.headers["HX-Redirect"].startswith(reverse("account_login"))


def test_a_form_of_an_earlier_sign_in_is_asked_for_once_more(db: None) -> None:
    """Signed in anew at another page of the browser: the old page's token is no longer right."""
    town = Town()
    clock_at(NOON)
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in(town, "ben").cookies
    answer = client.post("/lab/plates/", {}, headers={"Referer": "http://testserver/lab/plates/"})
    assert answer.status_code == 302
    back = client.get(answer.headers["Location"])  # signed in: at once to the page of the form
    assert back.headers["Location"] == "/lab/plates/"
    part = client.post("/lab/reception/", {"codes": "S1"}, headers={"HX-Request": "true"})
    assert part.status_code == 401
