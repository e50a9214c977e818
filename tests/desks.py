"""The town's cast as accounts: whoever a page's test signs in. Built only by commands."""

from __future__ import annotations

import re
from datetime import date, datetime

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from som.access import commands as access
from som.access.queries import account_ids, system_actor
from som.access.rules import FirstPassword, NewAccount, NewAssignment
from som.kernel import clock
from som.kernel.commands import set_clocks_off
from tests.town import NOON, Town

PASSWORD = "một-mật-khẩu-đủ-dài"
SINCE = date(2026, 1, 1)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def cast(town: Town) -> dict[str, list[tuple[str, int | None, int | None]]]:
    """Each of the town's people with their roles. Egon's are all in another province."""
    return {
        "ana": [("sampler", town.north, None)],
        "cleo": [("commune_officer", town.north, None)],
        "dora": [("cdc_officer", town.province, None)],
        "ben": [("lab_technician", None, town.lab1)],
        "bao": [("lab_reviewer", None, town.lab1)],
        "long": [("lab_reviewer", None, town.lab2)],
        "egon": [
            ("sampler", town.other_province, None),
            ("cdc_officer", town.other_province, None),
        ],
    }


def open_account(town: Town, name: str) -> None:
    """Open this account with its roles, unless it is open."""
    setup = system_actor("setup")
    if account_ids([name]):
        return
    unit = town.other_province if name == "egon" else town.province
    assert not access.open_accounts(
        [NewAccount(name, name.title(), unit)], by=setup, at=NOON
    ).refused
    given = access.give_assignments(
        [NewAssignment(name, role, unit, lab, SINCE) for role, unit, lab in cast(town)[name]],
        by=setup,
        at=NOON,
    )
    assert not given.refused, given.refused


def give_password(name: str) -> None:
    """Give this account the password `PASSWORD`, through its one-time code."""
    at = clock.now()
    issued = access.issue_first_codes([name], by=system_actor("setup"), at=at)
    first = FirstPassword(name, issued.done[0].code, PASSWORD)
    outcome = access.set_first_passwords([first], by=system_actor("public"), at=at)
    assert outcome.done, outcome.refused


def beside(town: Town, name: str, *, prefix: str = "") -> dict[str, str]:
    """What this colleague types into a form as the second person."""
    open_account(town, name)
    give_password(name)
    return {f"{prefix}witness": name, f"{prefix}witness_password": PASSWORD}


def tray_shown(client: Client, url: str, part: str = "") -> dict[str, str]:
    """What a page sends of the tray that it shows, or of this part of it."""
    page = client.get(url).text
    form = page[page.index(f'name="part" value="{part}"' if part else 'id="desk"') :]
    found = re.search(r'name="tray" value="(\w+)"', form)
    assert found is not None
    return {"tray": found[1]}


def signed_in(town: Town, name: str, *, language: str = "en") -> Client:
    """A browser in which this person is signed in."""
    open_account(town, name)
    client = stranger(language=language)
    client.force_login(get_user_model().objects.get(username=name), BACKEND)
    return client


def stranger(*, language: str = "en") -> Client:
    """A browser in which nobody is signed in."""
    client = Client()
    client.cookies["django_language"] = language
    return client


def clock_at(at: datetime) -> None:
    """Let the pages believe that it is this time, and let it stand still until the test ends.

    What a form says twice it would else say about two minutes, once in a hundred runs.
    """
    stands = clock.real_now().replace(microsecond=0)
    clock.real_now = lambda: stands
    set_clocks_off([at - stands], by=system_actor("setup"), at=at)


def statements(client: Client, url: str) -> int:
    """How many statements a page costs once what is kept in memory is there."""
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(url).status_code == 200
    return len(asked)
