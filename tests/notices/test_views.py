"""The inbox of a locality."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.lab.verdicts import Verdict
from som.notices.queries import positives_overdue, unacknowledged_notices
from som.results.commands import (
    Correction,
    confirm_corrections,
    propose_corrections,
    release_verdicts,
)
from som.results.queries import corrections_open, waiting_for_release
from tests.desks import clock_at, signed_in, statements, stranger
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    cache.clear()
    clock_at(NOON + timedelta(hours=1))
    return Town()


def told(town: Town, count: int = 1, plate: str = "PLATE1") -> None:
    """So many positives, released."""
    town.run(plate, {swabs[0].tube: "positive" for swabs in town.sampled([1] * count)})
    verdicts = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    assert not release_verdicts(verdicts, lab=town.lab1, by=town.bao, at=NOON).refused


def test_the_inbox_is_for_localities(town: Town) -> None:
    assert stranger().get("/notices/").headers["Location"].startswith("/sign-in/")
    for name in ("ana", "ben", "bao"):
        assert signed_in(town, name).get("/notices/").status_code == 403


def test_a_notice_stands_until_it_is_acknowledged(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    assert "Nothing new" in cleo.get("/notices/").text
    told(town, 2)
    page = cleo.get("/notices/").text
    assert page.count("begin tracing") == 2
    assert "Acknowledge all" not in page, "a positive is acknowledged on its own"
    one = re.findall(r'name="notices" value="(\d+)"', page)[0]
    after = cleo.post("/notices/", {"notices": one}).text
    assert "1 notice acknowledged." in after
    assert after.count("begin tracing") == 1
    again = cleo.post("/notices/", {"notices": one})
    assert again.status_code == 200
    rest = [n.id for n in unacknowledged_notices(by=town.cleo, at=NOON)]
    assert len(rest) == 1


def test_somebody_of_another_province_sees_and_acknowledges_nothing(town: Town) -> None:
    told(town)
    egon = signed_in(town, "egon")
    assert "Nothing new" in egon.get("/notices/").text
    held = unacknowledged_notices(by=town.cleo, at=NOON)
    page = egon.post("/notices/", {"notices": ",".join(str(n.id) for n in held)}).text
    assert "acknowledged." not in page
    assert unacknowledged_notices(by=town.cleo, at=NOON) == held


def test_a_positive_leads_to_the_person_and_the_asking_is_noted(town: Town) -> None:
    told(town)
    cleo = signed_in(town, "cleo")
    address = re.findall(r'href="(/results/swab/\d+/)"', cleo.get("/notices/").text)[0]
    for page in (cleo.get(address), cleo.get(address, headers={"hx-request": "true"})):
        assert "Tel" in page.text
        assert re.search(r'href="tel:\d+"', page.text)
    assert "<html" not in page.text
    assert "Positive" in cleo.get(address).text
    assert signed_in(town, "egon").get(address).status_code == 404
    for name in ("ana", "ben", "bao"):
        assert signed_in(town, name).get(address).status_code == 403
    person = unacknowledged_notices(by=town.cleo, at=NOON)[0].person
    auditor = Actor("lan", 1, everywhere=frozenset({"audit.read"}))
    noted = audit.entries_about(person, by=auditor, at=NOON)
    assert [e.actor for e in noted if e.action == "results.swab_shown"] == ["cleo"] * 3


def test_the_work_plan_counts_what_the_inbox_lists(town: Town) -> None:
    told(town, 2)
    part = {"hx-request": "true"}
    assert figures(signed_in(town, "cleo").get("/notices/slot/", headers=part).text) == [2, 0]
    assert figures(signed_in(town, "egon").get("/notices/slot/", headers=part).text) == [0, 0]


def test_a_person_told_to_two_units_of_ones_own_counts_once(town: Town) -> None:
    told(town, 3)
    part = {"hx-request": "true"}
    assert len(unacknowledged_notices(by=town.dora, at=NOON)) == 6, "the commune and the province"
    assert figures(signed_in(town, "dora").get("/notices/slot/", headers=part).text) == [3, 0]


def test_a_positive_that_was_taken_back_says_so_and_calls_nobody_any_more(town: Town) -> None:
    told(town, 2)
    wrong = verdicts_released()[0]
    given = Correction(wrong, Verdict.NEGATIVE, "mixed up")
    where = {"lab": town.lab1, "at": NOON}
    assert propose_corrections([given], by=town.bao, **where).done
    (waits,) = corrections_open(town.lab1, by=town.bao)
    bich = replace(town.bao, name="bich")
    assert confirm_corrections([waits.id], by=bich, **where).done
    cleo = signed_in(town, "cleo")
    page = cleo.get("/notices/").text
    assert page.count("Positive, taken back") >= 1
    assert page.count("begin tracing") == 1
    part = {"hx-request": "true"}
    assert figures(cleo.get("/notices/slot/", headers=part).text) == [1, 2]
    (late, _) = positives_overdue(by=system_actor("delivery"), before=NOON + timedelta(hours=9))
    assert late.positives == 1


def verdicts_released() -> list[int]:
    with scope.entered(system_actor("results"), "results.read"):
        return [
            line[0]
            for line in sql.rows("SELECT verdict_id FROM results_release ORDER BY verdict_id")
        ]


def figures(page: str) -> list[int]:
    """The figures of a part of the work plan."""
    return [int(value) for value in re.findall(r'count-value">([\d,.]+)<', page)]


def test_nonsense_acknowledges_nothing(town: Town) -> None:
    told(town)
    cleo = signed_in(town, "cleo")
    for sent in ("", "x", "1;2", "1,,2"):
        assert cleo.post("/notices/", {"notices": sent}).status_code == 200
    assert len(unacknowledged_notices(by=town.cleo, at=NOON)) == 1


def test_the_number_of_statements_is_fixed(town: Town) -> None:
    told(town)
    cleo = signed_in(town, "cleo")
    before = statements(cleo, "/notices/")
    told(town, 20, "PLATE2")
    assert statements(cleo, "/notices/") == before
