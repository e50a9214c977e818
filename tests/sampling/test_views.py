"""The pages of sampling: sessions, tubes, and who is asked for."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from som.results.commands import release_verdicts
from som.results.queries import waiting_for_release
from som.sampling.commands import record_swabs
from tests.desks import clock_at, signed_in, statements, stranger
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

PAGES = ["/sampling/sessions/", "/sampling/sessions/1/", "/sampling/requests/"]


@pytest.fixture
def town() -> Town:
    cache.clear()
    clock_at(NOON + timedelta(hours=1))
    return Town()


def session_url(client: Client, place: str = "Chợ Bắc") -> str:
    """The address of a session as its list gives it."""
    page = client.get("/sampling/sessions/").text
    before = page[: page.index(place)]
    return before[before.rindex('href="') + 6 :].split('"')[0]


@pytest.mark.parametrize("url", PAGES)
def test_a_stranger_is_asked_to_sign_in(url: str) -> None:
    assert stranger().get(url).headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("url", PAGES)
def test_a_laboratory_has_no_business_here(town: Town, url: str) -> None:
    assert signed_in(town, "ben").get(url).status_code == 403


def test_sessions_of_ones_own_units(town: Town) -> None:
    town.sampled([1, 3])
    page = signed_in(town, "ana").get("/sampling/sessions/").text
    assert "Chợ Bắc" in page
    assert "Phòng xét nghiệm Một" in page
    assert "Trạm y tế Nam" not in page
    assert "Trạm y tế Nam" in signed_in(town, "dora").get("/sampling/sessions/").text


def test_somebody_of_another_province_sees_nothing(town: Town) -> None:
    url = session_url(signed_in(town, "ana"))
    egon = signed_in(town, "egon")
    assert "Chợ Bắc" not in egon.get("/sampling/sessions/").text
    assert egon.get(url).status_code == 404
    assert "Nobody is waited for" in egon.get("/sampling/requests/").text


def test_a_session_counts_and_each_number_opens_its_list(town: Town) -> None:
    tubes = town.sampled([1, 3])
    waiting = town.swab(town.tubes(1)[0])
    assert not record_swabs([waiting], session="S1", by=town.ana, at=NOON).refused
    ana = signed_in(town, "ana")
    url = session_url(ana)
    page = ana.get(url).text
    for number in ("5", "3", "1", "2"):
        assert f'<span class="count-value">{number}</span>' in page
    one, pool, here = (
        f">{code}</a>" for code in (tubes[0][0].tube, tubes[1][0].tube, waiting.tube)
    )
    assert all(line in page for line in (one, pool, here))
    pools = ana.get(f"{url}?only=pools").text
    assert pool in pools
    assert one not in pools
    sent = ana.get(f"{url}?only=sent").text
    assert one in sent
    assert here not in sent
    assert "There is none of these." in ana.get(f"{url}?only=closed").text


def test_a_tube_still_here_after_its_use_by_is_marked(town: Town) -> None:
    swab = town.swab(town.tubes(1)[0])
    assert not record_swabs([swab], session="S1", by=town.ana, at=NOON).refused
    ana = signed_in(town, "ana")
    url = session_url(ana)
    assert "Past use" not in ana.get(url).text
    clock_at(NOON + timedelta(days=3))
    assert "Past use" in ana.get(url).text


def test_tubes_are_paged_by_code(town: Town) -> None:
    tubes = [tube for (tube,) in town.sampled([1] * 103)]
    codes = sorted(tube.tube for tube in tubes)
    ana = signed_in(town, "ana")
    url = session_url(ana)
    first = ana.get(url).text
    assert f">{codes[99]}</a>" in first
    assert f">{codes[100]}</a>" not in first
    assert f"?after={codes[99]}" in first
    second = ana.get(f"{url}?after={codes[99]}").text
    assert f">{codes[102]}</a>" in second
    assert f">{codes[99]}</a>" not in second


def test_a_key_that_is_none_begins_at_the_beginning(town: Town) -> None:
    town.sampled([1])
    ana = signed_in(town, "ana")
    assert "Chợ Bắc" in ana.get("/sampling/sessions/?after=nonsense").text
    assert "Chợ Bắc" not in ana.get("/sampling/sessions/?after=20200101T000000.000000Z-1").text


def test_who_is_asked_for_due_first_and_late_marked(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    assert "Nobody is waited for" in cleo.get("/sampling/requests/").text
    (members,) = town.sampled([3])
    town.run("PLATE1", {members[0].tube: "positive"})
    waiting = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    release_verdicts(waiting, lab=town.lab1, by=town.bao, at=NOON)
    page = cleo.get("/sampling/requests/").text
    for swab in members:
        assert swab.said is not None
        assert swab.said.name in page
    assert "The pool was positive: alone in a tube" in page
    assert 'class="state tone-late"' not in page
    clock_at(NOON + timedelta(days=3))
    assert cleo.get("/sampling/requests/").text.count('class="state tone-late"') == 3
    asked = "SELECT count(*) FROM kernel_auditentry WHERE action = 'sampling.open_requests'"
    with connection.cursor() as cursor:
        cursor.execute(asked + " AND kind = 'read' AND cardinality(persons) = 3")
        assert cursor.fetchone() == (2,)


def test_the_number_of_statements_is_fixed(town: Town) -> None:
    town.sampled([1])
    ana = signed_in(town, "ana")
    url = session_url(ana)
    before = [statements(ana, page) for page in ("/sampling/sessions/", url, "/sampling/requests/")]
    town.sampled([2] * 30)
    after = [statements(ana, page) for page in ("/sampling/sessions/", url, "/sampling/requests/")]
    assert before == after


def test_the_work_plan_counts_who_is_asked_for(town: Town) -> None:
    tube = town.sampled([3])[0][0].tube
    town.run("PLATE1", {tube: "positive"})
    verdicts = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    assert release_verdicts(verdicts, lab=town.lab1, by=town.bao, at=NOON).done
    cleo, egon = signed_in(town, "cleo"), signed_in(town, "egon")
    assert figures(cleo)[:2] == [0, 3]
    clock_at(NOON + timedelta(days=9))
    assert figures(cleo)[:2] == [3, 0]
    assert figures(egon) == [0, 0, 0, 0]


def figures(client: Client) -> list[int]:
    """The figures of the work plan's part."""
    page = client.get("/sampling/slot/", headers={"hx-request": "true"}).text
    return [int(value) for value in re.findall(r'count-value">(\d+)<', page)]
