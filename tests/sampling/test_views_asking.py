"""The page on which one person is asked for, by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from som.kernel.actors import Actor
from som.places import queries as places
from som.sampling.queries import open_requests
from som.sampling.views import persons
from tests.desks import clock_at, signed_in
from tests.sampling.test_slots import (
    asked_for,
)
from tests.sampling.test_views_plan import filled
from tests.sampling.test_views_slots import ONE_AT_NIGHT
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    clock_at(NOON)
    return Town()


def test_at_one_at_night_units_of_the_new_day_ask(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for(town, ["Xóm 1"])
    person = open_requests(by=town.cleo, at=NOON)[0].person
    days: list[date] = []
    real = persons._own_units

    def own_units(actor: Actor, on: date, home: int | None) -> list[places.UnitRow]:
        days.append(on)
        return real(actor, on, home)

    monkeypatch.setattr(persons, "_own_units", own_units)
    clock_at(ONE_AT_NIGHT)
    assert signed_in(town, "cleo").get(asking(person)).status_code == 200
    assert days == [date(2026, 11, 3)]


def asking(person: int) -> str:
    return f"/sampling/people/{person}/ask/"


def test_one_person_is_asked_for_once_a_day_for_one_reason(town: Town) -> None:
    asked_for(town, ["Xóm 1"])
    person = open_requests(by=town.cleo, at=NOON)[0].person
    cleo = signed_in(town, "cleo")
    assert asking(person) in cleo.get(f"/sampling/people/{person}/slot/").text
    page = cleo.get(asking(person)).text
    assert "Asked for already" in page
    typed = filled(cleo, asking(person), reason="contact", due_on="03/11/2026", due_at="12:00")
    for said in ("Asked for. The unit", "This was asked for today already"):
        sent = cleo.post(asking(person), typed)
        assert sent.headers["Location"] == f"/people/{person}/"
        assert said in cleo.get(f"/people/{person}/").text
    row = next(r for r in open_requests(by=town.cleo, at=NOON) if r.reason == "contact")
    assert (row.person, row.unit, row.single) == (person, town.north, True)
    assert row.due_at == NOON + timedelta(days=1)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"due_on": "01/11/2026"}, "This is past or too far away."),
        ({"due_on": "01/11/2027"}, "This is past or too far away."),
        ({"reason": "day"}, "Say which day of the schedule it is."),
        ({"reason": "roster"}, "Select a valid choice."),
        ({"due_at": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_with_the_asking_is_said(
    town: Town, typed: dict[str, str], said: str
) -> None:
    asked_for(town, ["Xóm 1"])
    person = open_requests(by=town.cleo, at=NOON)[0].person
    cleo = signed_in(town, "cleo")
    full = {"reason": "symptom", "due_on": "03/11/2026", "due_at": "12:00", **typed}
    page = cleo.post(asking(person), filled(cleo, asking(person), **full))
    assert said in page.text


def test_a_day_of_the_schedule_has_its_number_and_strangers_ask_for_nobody(town: Town) -> None:
    asked_for(town, ["Xóm 1"])
    person = open_requests(by=town.cleo, at=NOON)[0].person
    dora = signed_in(town, "dora")
    typed = filled(dora, asking(person), reason="day", day_number="7", due_on="04/11/2026")
    assert dora.post(asking(person), typed).status_code == 302
    assert [r.day_number for r in open_requests(by=town.cleo, at=NOON) if r.reason == "day"] == [7]
    assert signed_in(town, "ana").get(asking(person)).status_code == 403
    assert signed_in(town, "egon").get(asking(person)).status_code == 404
