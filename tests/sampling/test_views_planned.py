"""Sessions planned with their place, hours and people, and what the campaign then tells."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.kernel import sql
from som.lab.commands import set_capacities
from som.lab.rules import CapacityWanted
from som.places import queries as places
from som.places.commands import register_sites
from som.places.rules import Site, SiteKind
from som.sampling.commands import (
    Ending,
    end_requests,
)
from som.sampling.queries import session
from som.sampling.rules import RequestEnd
from tests.desks import clock_at, signed_in
from tests.sampling.test_slots import (
    asked_for,
    opened,
)
from tests.sampling.test_views_plan import OPEN, filled
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    clock_at(NOON)
    return Town()


def test_a_session_names_its_registered_place_its_end_and_its_people(town: Town) -> None:
    site = Site(town.north, str(SiteKind.SCHOOL), "Trường Tiểu học Số 1", "12 Lê Lợi")
    assert register_sites([site], by=system_actor("setup"), at=NOON).done
    dora = signed_in(town, "dora")
    north = places.unit_path([town.north], NOON.date())[town.north]
    assert "Trường Tiểu học Số 1" in dora.get(OPEN).text, "offered"
    typed = filled(
        dora,
        OPEN,
        campaign="C1",
        unit=north,
        place="trường tiểu học số 1",
        lab=str(town.lab1),
        day="03/11/2026",
        time="22:00",
        ends="02:00",
        expected="100",
    )
    assert dora.post(OPEN, typed).status_code == 302
    found = sql.rows(
        "SELECT s.id, t.name, s.expected, s.ends_at - s.starts_at FROM sampling_session s"
        " JOIN places_site t ON t.id = s.site_id"
    )
    assert found[0][1:] == ("Trường Tiểu học Số 1", 100, timedelta(hours=4))
    page = dora.get(f"/sampling/sessions/{found[0][0]}/").text
    for said in ("12 Lê Lợi", "about 20 tubes", "02:00 04/11/2026"):
        assert said in page, said


def test_more_people_than_the_laboratory_has_room_for_are_asked_about_once_more(
    town: Town,
) -> None:
    assert set_capacities([CapacityWanted(town.lab1, 10, NOON.date())], by=town.dora, at=NOON).done
    opened(town, expected=25)
    dora = signed_in(town, "dora")
    room = dora.get("/sampling/sessions/room/?day=03/11/2026").text
    assert "03/11/2026" in room
    assert "<html" not in room
    offered = re.findall(
        r"<option[^>]*>([^<]+)</option>", dora.get(OPEN).text.split('name="lab"')[1]
    )
    assert offered[0].startswith("10 free · "), "who has room comes first"
    assert "5 free · " in room, "by the day that is planned"
    north = places.unit_path([town.north], NOON.date())[town.north]
    typed = filled(
        dora,
        OPEN,
        campaign="C1",
        unit=north,
        place="Chợ",
        lab=str(town.lab1),
        day="03/11/2026",
        time="07:30",
        expected="26",
    )
    page = dora.post(OPEN, typed)
    assert page.status_code == 200
    assert "will fill 6 tubes, and the laboratory has room for 5" in page.text
    assert dora.post(OPEN, {**typed, "anyway": "on"}).status_code == 302
    found = sql.rows("SELECT id FROM sampling_session WHERE place = 'Chợ'")
    page = dora.get(f"/sampling/sessions/{found[0][0]}/").text
    assert "no room that day for 1 tube that is expected" in page
    assert dora.post(OPEN, {**typed, "code": "N2", "expected": ""}).status_code == 302


def test_a_campaigns_page_tells_its_turn_and_each_number_opens_its_people(town: Town) -> None:
    campaign = session(opened(town, expected=40), by=town.dora).campaign_id
    one, two, _three = asked_for(town, ["Xóm 1"] * 3)
    assert end_requests([Ending(one, RequestEnd.REFUSED)], by=town.ana, at=NOON).done
    dora = signed_in(town, "dora")
    page = dora.get(f"/sampling/campaigns/{campaign}/").text
    assert "Its laboratories" in page
    people = f"/sampling/campaigns/{campaign}/people/?turn=1"
    for part, rows in [("", 3), ("&part=waiting", 2), ("&part=others", 1), ("&part=swabbed", 0)]:
        assert dora.get(people + part).text.count('class="whom"') == rows, part
    assert dora.get(people.replace("turn=1", "turn=2")).text.count('class="whom"') == 0
    assert dora.get(f"{people}&after={two}").text.count('class="whom"') == 1
    assert signed_in(town, "egon").get(people).status_code == 404
