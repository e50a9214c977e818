"""The public look-up: every answer in clear words, and nothing for whoever guesses."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from som.kernel import ids
from som.lab.verdicts import Verdict
from som.results.commands import (
    Correction,
    confirm_corrections,
    confirm_recalls,
    propose_corrections,
    propose_recalls,
    release_verdicts,
)
from som.results.queries import corrections_open, recalls, waiting_for_release
from som.results.rules import RecallWanted
from som.results.work import take_up_recalls
from som.sampling.commands import record_swabs
from som.sampling.rules import SwabTaken
from tests.desks import clock_at, stranger
from tests.results.test_views import release, waiting
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


def without_token(page: str) -> str:
    """A page without what differs at every request: the form's token and the time."""
    page = re.sub(r'"csrfmiddlewaretoken" value="\w+"', "", page)
    page = re.sub(r"Updated at [0-9:]+ ", "", page)
    return re.sub(r'"X-CSRFToken": "\w+"', "", page)


def asked(client: Client, slip: str, **second: str) -> str:
    response = client.post("/look-up/", {"slip": slip, **second})
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    return response.text


def born(swab: SwabTaken) -> str:
    assert swab.said is not None
    assert swab.said.birth_date is not None
    return f"{swab.said.birth_date:%d/%m/%Y}"


def test_the_look_up_needs_no_sign_in_and_speaks_vietnamese_first() -> None:
    page = Client().get("/look-up/").text
    assert '<html lang="vi">' in page
    assert 'name="slip"' in page
    assert "Look up your result" in stranger().get("/look-up/").text


def test_every_answer_in_clear_words(town: Town) -> None:
    found = ["positive", "negative", "inconclusive"]
    singles = [swabs[0] for swabs in town.sampled([1] * 3)]
    pool, held, under_way = town.sampled([2, 2, 1])
    client = stranger()
    assert "Your sample is on its way" in asked(
        client, under_way[0].slip, birth_date=born(under_way[0])
    )
    shown = dict(zip((s.tube for s in singles), found, strict=True))
    town.run("PLATE1", shown | {pool[0].tube: "negative", held[0].tube: "positive"})
    release(town)
    words = ["The virus was found in your sample.", "not found in your sample.", "Inconclusive"]
    for swab, said in zip(singles, words, strict=True):
        page = asked(client, swab.slip, birth_date=born(swab))
        assert said in page
        assert swab.said is not None
        assert swab.said.name not in page
        assert swab.said.name.split()[-1] in page
    assert "Negative, by pooled test" in asked(client, pool[1].slip, birth_date=born(pool[1]))
    assert "Another swab is needed" in asked(client, held[1].slip, birth_date=born(held[1]))
    clock_at(NOON + timedelta(days=2))
    assert "Your result is late" in asked(client, under_way[0].slip, birth_date=born(under_way[0]))


def test_a_screening_laboratory_only_suspects(town: Town) -> None:
    (swab,) = town.sampled([1], session="S2")[0]
    town.run("PLATE9", {swab.tube: "positive"}, lab=town.lab2, by=town.lan)
    ids_ = [w.verdict for w in waiting_for_release(town.lab2, by=town.long)]
    release_verdicts(ids_, lab=town.lab2, by=town.long, at=NOON)
    page = asked(stranger(), swab.slip, birth_date=born(swab))
    assert "Suspected positive" in page
    assert "must confirm it" in page


def test_a_correction_says_that_it_is_one(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    town.run("PLATE1", {swab.tube: "positive"})
    (verdict,) = waiting(town)
    release(town)
    given = [Correction(verdict, Verdict.NEGATIVE, "nhầm giếng")]
    assert propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON).done
    assert "This corrects" not in asked(stranger(), swab.slip, birth_date=born(swab))
    other = replace(town.bao, name="bich")
    (proposed,) = corrections_open(town.lab1, by=other)
    assert confirm_corrections([proposed.id], lab=town.lab1, by=other, at=NOON).done
    page = asked(stranger(), swab.slip, birth_date=born(swab))
    assert "This corrects an earlier answer." in page
    assert "not found in your sample." in page


def test_birth_year_and_the_end_of_the_telephone_do_as_well(town: Town) -> None:
    said = town.declaration(birth_date=None, birth_year=1957, phone="0912345678")
    swab = town.swab(town.tubes(1)[0], said=said)
    assert not record_swabs([swab], session="S1", by=town.ana, at=NOON).refused
    client = stranger()
    assert "on its way" in asked(client, swab.slip, birth_year="1957", phone_end="5678")
    for wrong in ({"birth_year": "1957", "phone_end": "5679"}, {"birth_date": "01/01/1957"}):
        assert "No result for this code" in asked(client, swab.slip, **wrong)


@pytest.mark.parametrize("written", ["5/3/1957", "05-03-1957", "05.03.1957", "05031957"])
def test_dates_as_people_write_them(town: Town, written: str) -> None:
    swab = town.swab(town.tubes(1)[0], said=town.declaration(birth_date=date(1957, 3, 5)))
    assert not record_swabs([swab], session="S1", by=town.ana, at=NOON).refused
    page = asked(stranger(), f" {ids.printed_slip_code(swab.slip).lower()} ", birth_date=written)
    assert "Your sample is on its way" in page


def test_a_wrong_code_and_a_wrong_identifier_get_the_same_page(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    nobodys = ids.new_slip_code(town.random)
    client = stranger()
    for second in ({"birth_date": "01/01/1901"}, {"birth_year": "1901", "phone_end": "0000"}):
        pages = [
            without_token(asked(client, slip, **second)).replace(slip, "SLIP")
            for slip in (swab.slip, nobodys)
        ]
        assert pages[0] == pages[1]
        assert "No result for this code and these details" in pages[0]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"slip": ""}, "Type the code printed on your slip."),
        ({"slip": "0000-0000-0000-Z"}, "missing or misread"),
        ({"birth_date": "5.1957"}, "Type day, month and year"),
        ({"birth_date": "1957"}, "With the year alone"),
        ({"birth_date": "31/02/1957"}, "There is no such day."),
        ({}, "or use the other way"),
        ({"birth_year": "1957"}, "Type four digits."),
        ({"phone_end": "1234"}, "Type the year of birth."),
    ],
)
def test_what_is_missing_is_said(town: Town, typed: dict[str, str], said: str) -> None:
    page = stranger().post("/look-up/", {"slip": ids.new_slip_code(town.random)} | typed)
    assert said in page.text


def test_trying_one_slip_is_limited_and_an_answer_takes_the_count_back(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    client = stranger()
    typed = {"slip": swab.slip, "birth_date": "01/01/1901"}
    for _ in range(9):
        assert client.post("/look-up/", typed).status_code == 200
    asked(client, swab.slip, birth_date=born(swab))
    for _ in range(10):
        assert client.post("/look-up/", typed).status_code == 200
    refused = client.post("/look-up/", typed)
    assert refused.status_code == 429
    assert "Too many tries" in refused.text
    right = client.post("/look-up/", typed | {"birth_date": born(swab)})
    assert right.status_code == 429
    assert "on its way" not in right.text
    other = client.post("/look-up/", typed | {"slip": ids.new_slip_code(town.random)})
    assert other.status_code == 200


def test_trying_many_slips_from_one_address_is_limited(town: Town) -> None:
    client = stranger()
    typed = {"birth_date": "01/01/1901"}
    for _ in range(120):
        slip = ids.new_slip_code(town.random)
        assert client.post("/look-up/", typed | {"slip": slip}).status_code == 200
    slip = ids.new_slip_code(town.random)
    assert client.post("/look-up/", typed | {"slip": slip}).status_code == 429


def test_the_look_up_costs_the_same_found_or_not(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    client = stranger()
    counts = []
    asked(client, swab.slip, birth_date="01/01/1901")
    for slip in (swab.slip, ids.new_slip_code(town.random)):
        with CaptureQueriesContext(connection) as found:
            asked(client, slip, birth_date="01/01/1901")
        counts.append(len([q for q in found if "cache" not in q["sql"]]))
    assert counts[0] == counts[1]


def test_a_withdrawn_positive_still_says_to_keep_away_from_others(town: Town) -> None:
    (swab,) = town.sampled([1])[0]
    town.run("PLATE1", {swab.tube: "positive"})
    release(town)
    given = [RecallWanted(town.lab1, NOON - timedelta(days=1), NOON + timedelta(days=1), "nhầm")]
    late = NOON + timedelta(days=2)
    assert propose_recalls(given, by=town.bao, at=late).done
    (row,) = recalls(by=town.dora)
    assert confirm_recalls([row.id], by=town.dora, at=late).done
    assert take_up_recalls(at=late) == 1
    page = asked(stranger(), swab.slip, birth_date=born(swab))
    assert "is withdrawn" in page
    assert "This corrects" not in page
    assert "Taken back at" in page
    assert "keep away from others" in page
    assert "call 115" in page
