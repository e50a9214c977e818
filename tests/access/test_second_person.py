"""The second person's password: what is said of it, what is counted, and what nothing keeps."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from som.access.commands import close_accounts, end_assignments
from som.access.queries import account_ids, system_actor
from som.access.rules import EndedAssignment
from som.access.views import sign_in
from som.kernel import demo, sql
from som.sampling.queries import tray
from som.simulation.province import give_passwords
from tests.desks import (
    PASSWORD,
    beside,
    clock_at,
    open_account,
    signed_in,
    stranger,
    tray_shown,
)
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

HERE = "/lab/disposals/"
WRONG = "The user name or the password is wrong."
TOO_MANY = "Too many wrong tries. Wait five minutes, then try again."
SELF = "The second person must be somebody else than you."
SAID = {"part": "rejected", "rejected-reason": "other", "rejected-note": "rơi xuống sàn"}


@pytest.fixture
def town() -> Town:
    clock_at(NOON)
    return Town()


@pytest.fixture
def ben(town: Town) -> Client:
    """Ben, with a tube in his tray that is to go."""
    ((swab,),) = town.sampled([1])
    client = signed_in(town, "ben")
    client.post(HERE, {"codes": [swab.tube]})
    return client


def typed(name: str, password: str = PASSWORD) -> dict[str, str]:
    return {**SAID, "rejected-witness": name, "rejected-witness_password": password}


def said(client: Client, name: str, password: str = PASSWORD) -> str:
    """The page that comes back."""
    return client.post(HERE, typed(name, password) | tray_shown(client, HERE, "rejected")).text


def rejected() -> list[tuple[str, str]]:
    return sql.rows("SELECT disposed_by, witness FROM lab_disposal")  # type: ignore[return-value]


def refused() -> list[tuple[str, list[int], str]]:
    return sql.rows(  # type: ignore[return-value]
        "SELECT actor, things, note ->> 'why' FROM kernel_auditentry"
        " WHERE action = 'access.second_person_refused' ORDER BY id"
    )


def confirmed() -> list[tuple[str, list[int]]]:
    return sql.rows(  # type: ignore[return-value]
        "SELECT actor, things FROM kernel_auditentry"
        " WHERE action = 'access.second_person' ORDER BY id"
    )


def test_a_colleague_says_so_too_with_their_own_password(town: Town, ben: Client) -> None:
    beside(town, "cleo")
    before = {one.pk: one.session_data for one in Session.objects.all()}
    page = said(ben, " Cleo ")
    assert "Nothing is in the tray" in page
    assert rejected() == [("ben", "cleo")]
    assert "Ben" in ben.get("/").text, "who was signed in still is"
    assert {one.pk: one.session_data for one in Session.objects.all()} == before
    assert sql.rows("SELECT last_login FROM access_account WHERE username = 'cleo'") == [(None,)]
    assert refused() == []
    assert confirmed() == [("ben", [account_ids(["cleo"])["cleo"]])]


@pytest.mark.parametrize("name", ["cleo", "nobody.here", "not a user name", "clеo"])
def test_a_wrong_password_and_a_wrong_name_are_told_alike(
    town: Town, ben: Client, name: str
) -> None:
    beside(town, "cleo")
    page = said(ben, name, "một-mật-khẩu-khác")
    assert WRONG in page
    assert "một-mật-khẩu-khác" not in page
    assert "rơi xuống sàn" in page, "what else was typed is still there"
    assert rejected() == []
    assert len(tray("discard:" + str(town.lab1), by=town.ben)) == 1
    cleo = account_ids(["cleo"])["cleo"]
    assert refused() == [("ben", [cleo] if name == "cleo" else [], "wrong")]


def test_nobody_is_their_own_second_person(ben: Client) -> None:
    assert SELF in said(ben, "ben")
    assert SELF in said(ben, "BEN ", "not even looked at")
    assert rejected() == []
    assert refused() == []


def test_one_name_alone_is_nobody(town: Town, ben: Client) -> None:
    beside(town, "cleo")
    page = said(ben, "cleo", "")
    assert 'id="id_rejected-witness_password_error"' in page
    assert 'id="id_rejected-witness_error"' in said(ben, "")
    assert rejected() == []
    assert refused() == []


def test_a_form_that_comes_back_anyway_costs_no_try(town: Town, ben: Client) -> None:
    beside(town, "cleo")
    shown = tray_shown(ben, HERE, "rejected")
    for _ in range(7):
        ben.post(HERE, typed("cleo", "wrong") | shown | {"rejected-reason": ""})
    assert refused() == []
    assert "Nothing is in the tray" in said(ben, "cleo")


def test_a_stranger_with_the_right_password_is_none_here(town: Town, ben: Client) -> None:
    beside(town, "egon")
    page = said(ben, "egon")
    assert "The second person holds no role at this laboratory" in page
    assert PASSWORD not in page
    assert rejected() == []


def test_an_account_without_a_role_today_is_none(town: Town, ben: Client) -> None:
    beside(town, "bao")
    ended = EndedAssignment(
        "bao", "lab_reviewer", NOON.date() - timedelta(days=1), organisation_id=town.lab1
    )
    assert end_assignments([ended], by=system_actor("setup"), at=NOON).done
    assert "it needs a second person who holds a role today" in said(ben, "bao")
    assert rejected() == []


def test_a_closed_account_is_told_as_a_wrong_password_is(town: Town, ben: Client) -> None:
    beside(town, "bao")
    assert close_accounts(["bao"], by=system_actor("setup"), at=NOON).done
    assert WRONG in said(ben, "bao")
    assert rejected() == []
    assert [why for _, _, why in refused()] == ["wrong"]


def test_an_account_that_never_had_a_password_says_nothing(town: Town, ben: Client) -> None:
    open_account(town, "bao")
    for password in ("", "!", "anything"):
        assert rejected() == []
        said(ben, "bao", password)
    assert WRONG in said(ben, "bao")


def test_guessing_here_is_guessing_at_the_sign_in(town: Town, ben: Client) -> None:
    beside(town, "cleo")
    assert "5/5m/key" in settings.ACCOUNT_RATE_LIMITS["login_failed"], "five minutes, as is said"
    pages = [said(ben, "cleo", f"guess-{n}") for n in range(6)]
    assert [TOO_MANY in page for page in pages] == [False] * 5 + [True]
    assert TOO_MANY in said(ben, "cleo"), "locked, whatever is typed"
    assert rejected() == []
    door = stranger().post("/sign-in/", {"login": "cleo", "password": PASSWORD})
    assert door.status_code == 200, "the same account is locked at the sign-in"
    assert [why for _, _, why in refused()] == ["wrong"] * 5 + ["too_many"] * 2
    beside(town, "dora")
    assert "Nothing is in the tray" in said(ben, "dora"), "others are not"


def test_guessing_at_the_sign_in_counts_here(town: Town, ben: Client) -> None:
    beside(town, "cleo")
    for n in range(3):
        stranger().post("/sign-in/", {"login": "Cleo", "password": f"guess-{n}"})
    pages = [said(ben, "cleo", f"guess-{n}") for n in range(3)]
    assert [TOO_MANY in page for page in pages] == [False, False, True]


def test_a_right_password_is_no_try(town: Town, ben: Client) -> None:
    beside(town, "egon")
    for _ in range(7):
        assert "holds no role at this laboratory" in said(ben, "egon")
    assert confirmed() == [("ben", [account_ids(["egon"])["egon"]])] * 7, "but it is noted"


def test_the_second_person_vouches_for_what_the_page_showed(town: Town, ben: Client) -> None:
    ((swab,),) = town.sampled([1])
    given = typed("cleo") | beside(town, "cleo", prefix="rejected-")
    shown = tray_shown(ben, HERE, "rejected")
    ben.post(HERE, {"codes": [swab.tube]})
    for sent in (given | shown, given):
        page = ben.post(HERE, sent).text
        assert "Other tubes lie here than this page showed: look again." in page
        assert swab.tube in page
        assert rejected() == []
    assert confirmed() == [], "the password is not even looked at"
    assert "Nothing is in the tray" in said(ben, "cleo")
    assert rejected() == [("ben", "cleo")] * 2


def test_what_leads_to_nothing_tries_no_password(town: Town, ben: Client) -> None:
    given = typed("cleo") | beside(town, "cleo", prefix="rejected-")
    given |= tray_shown(ben, HERE, "rejected")
    ben.post(HERE, {"empty": "1"})
    assert "There is no tube on the list yet" in ben.post(HERE, given).text
    assert (confirmed(), refused()) == ([], [])


def test_guessing_names_that_are_none_is_stopped_too(town: Town, ben: Client) -> None:
    pages = [said(ben, "nobody.here", f"guess-{n}") for n in range(6)]
    assert [TOO_MANY in page for page in pages] == [False] * 5 + [True]


def test_no_browser_fills_in_the_password_of_whoever_is_signed_in(ben: Client) -> None:
    page = ben.get(HERE).text
    box = re.search(r'<input type="password"[^>]*>', page)
    assert box is not None
    assert 'autocomplete="new-password"' in box.group(0)
    assert "value=" not in box.group(0)
    assert "In this demo" not in page


def test_a_demo_shows_the_password_that_everybody_there_has(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ben", "bao"):
        open_account(town, name)
    give_passwords(NOON)
    ((swab,),) = town.sampled([1])
    client = signed_in(town, "ben")
    client.post(HERE, {"codes": [swab.tube]})
    assert demo.PASSWORD not in client.get(HERE).text
    monkeypatch.setattr(demo, "stands_open", lambda: True)
    monkeypatch.setattr(sign_in, "stands_open", lambda: True)
    assert demo.PASSWORD in client.get(HERE).text
    cast = stranger().get("/demo/").text
    assert demo.PASSWORD in cast
    assert '<span class="code">bao</span>' in cast
    said(client, "bao", demo.PASSWORD)
    assert rejected() == [("ben", "bao")]


def test_whoever_may_not_act_tries_no_password(town: Town) -> None:
    beside(town, "cleo")
    for client in (signed_in(town, "ana"), signed_in(town, "egon"), stranger()):
        assert client.post(HERE, typed("cleo", "wrong")).status_code in (302, 403, 404)
    assert refused() == []
