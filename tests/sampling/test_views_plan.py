"""The pages on which campaigns are planned and sessions are opened and closed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from som.kernel import sql
from som.kernel.ids import tube_code
from som.people.commands import Registration, register_people
from som.places import queries as places
from som.sampling.commands import (
    Handout,
    RequestWanted,
    hand_out_labels,
    record_swabs,
    request_tests,
)
from som.sampling.rules import RequestReason
from tests.desks import clock_at, signed_in, statements
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

NEW, LIST = "/sampling/campaigns/new/", "/sampling/campaigns/"
OPEN = "/sampling/sessions/new/"


@pytest.fixture
def town() -> Town:
    clock_at(NOON)
    return Town()


def first(table: str) -> int:
    """The id of the first row of a table about no person."""
    return int(sql.rows(f"SELECT id FROM {table} ORDER BY id")[0][0])


def filled(client: Client, url: str, **typed: object) -> dict[str, object]:
    """What a form sends when only this is typed into it."""
    page = client.get(url).text
    given: dict[str, object] = {
        name: value
        for name, value in re.findall(r'<input[^>]*name="(\w+)" value="([^"]*)"', page)
        if name != "csrfmiddlewaretoken"
    }
    return {**given, **typed}


def campaign_typed(client: Client, **typed: object) -> dict[str, object]:
    """A campaign's form, filled."""
    return filled(
        client,
        NEW,
        **{
            "name": "Chợ đêm",
            "target_group": "Tiểu thương",
            "unit": "Tỉnh Thái Nguyên",
            "reason": "outbreak",
            "legal_basis": "Số 12/QĐ-UBND",
            "starts_on": "02/11/2026",
            "frequency_days": "3",
            "pool_size": "5",
            **typed,
        },
    )


def test_a_campaign_is_planned_and_stands_on_its_page(town: Town) -> None:
    dora = signed_in(town, "dora")
    given = campaign_typed(dora, labs=[str(town.lab1)], ends_on="30/11/2026")
    assert re.fullmatch(r"261102-\w{4}", str(given["code"]))
    there = dora.post(NEW, given).headers["Location"]
    page = dora.get(there).text
    assert "The campaign Chợ đêm is planned." in page
    assert "Open a session" in page
    assert "Chợ đêm" in dora.get(LIST).text
    assert dora.post(NEW, given).headers["Location"] == there, "sent twice it is planned once"
    (campaign,) = sql.rows("SELECT id FROM sampling_campaign WHERE name = 'Chợ đêm'")
    assert there == f"{LIST}{campaign[0]}/"
    for said in (
        "Tiểu thương",
        "Outbreak",
        "Số 12/QĐ-UBND",
        "02/11/2026 – 30/11/2026",
        "Every 3 days",
        "Field pools of up to 5 people",
        "12 hours from the swab",
        "Phòng xét nghiệm Một",
        "No session of this campaign here yet",
    ):
        assert said in page, said


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"pool_size": "11"}, "More swabs in a tube than the rule allows."),
        ({"ends_on": "01/11/2026"}, "It cannot end before it begins."),
        ({"legal_basis": ""}, "This field is required."),
        ({"target_group": ""}, "This field is required."),
        ({"unit": "Điện Biên"}, "No place of your territory"),
        ({"starts_on": "31/02/2026"}, "There is no such day."),
        ({"starts_on": "02/11/2036"}, "This day is more than a year away"),
        ({"ends_on": "30/11/2126"}, "No campaign lasts longer than five years"),
    ],
)
def test_what_is_wrong_with_a_campaign_is_said_beside_its_field(
    town: Town, typed: dict[str, str], said: str
) -> None:
    dora = signed_in(town, "dora")
    page = dora.post(NEW, campaign_typed(dora, **typed))
    assert page.status_code == 200
    assert said in page.text
    assert sql.rows("SELECT count(*) FROM sampling_campaign") == [(1,)]


def test_a_session_is_opened_shown_and_closed(town: Town) -> None:
    dora = signed_in(town, "dora")
    north = places.unit_path([town.north], NOON.date())[town.north]
    given = filled(
        dora,
        OPEN,
        campaign="C1",
        unit=north,
        place="Chợ đêm",
        team="Mũi 9",
        lab=str(town.lab2),
        day="03/11/2026",
        time="07:30",
    )
    there = dora.post(OPEN, given).headers["Location"]
    page = dora.get("/sampling/sessions/").text
    assert "07:30 03/11/2026" in page
    (session,) = sql.rows("SELECT id FROM sampling_session WHERE place = 'Chợ đêm'")
    url = f"/sampling/sessions/{session[0]}/"
    assert there == url
    page = dora.get(url).text
    assert "Close the session" in page
    assert f'<a class="btn" href="{url}slots/">' in page
    assert "Set the slots" in page
    assert "Close the session" not in signed_in(town, "ana").get(url).text
    assert dora.post(f"{url}close/").headers["Location"] == url
    page = dora.get(url).text
    assert "is closed." in page
    assert "Close the session" not in page


def test_a_session_closes_when_its_labels_add_up(town: Town) -> None:
    dora, session = signed_in(town, "dora"), first("sampling_session")
    handed = [Handout("S1", 1_000, 1_009)]
    assert hand_out_labels(handed, by=town.dora, at=NOON).done == handed
    used = town.swab(tube_code(1_000))
    assert record_swabs([used], session="S1", by=town.ana, at=NOON).done
    url = f"/sampling/sessions/{session}/"
    page = dora.get(url).text
    assert "Labels handed out" in page
    runs = f"{tube_code(1_001)}–{tube_code(1_004)}, {tube_code(1_005)}"
    for typed, said in (
        ("", "neither used nor void nor left"),
        ("8", "Another number of labels must be left"),
        (runs, "neither used nor void nor left"),
        (tube_code(1_000), "were never handed out"),
        ("S0000001203–", "These are not codes printed on our labels"),
        ("một", "These are not codes printed on our labels"),
    ):
        answer = dora.post(f"{url}close/", {"left": typed})
        assert answer.status_code == 200
        assert said in answer.text
    assert runs in dora.post(f"{url}close/", {"left": runs}).text, "nothing typed is lost"
    runs += f"; {tube_code(1_009)} - {tube_code(1_006)}"
    assert dora.post(f"{url}close/", {"left": runs}).headers["Location"] == url
    assert "Close the session" not in dora.get(url).text


def test_a_session_outside_its_campaign_says_why(town: Town) -> None:
    dora = signed_in(town, "dora")
    plan = campaign_typed(dora, labs=[str(town.lab1)], ends_on="30/11/2026")
    dora.post(NEW, plan)
    north = places.unit_path([town.north], NOON.date())[town.north]
    typed = {"campaign": plan["code"], "unit": north, "place": "Chợ", "time": "7h30"}
    given = filled(dora, OPEN, **typed, lab=str(town.lab2), day="03/11/2026")
    assert "does not send to this laboratory" in dora.post(OPEN, given).text
    given |= {"lab": str(town.lab1), "day": "01/12/2026"}
    assert "has not begun or is over on this day" in dora.post(OPEN, given).text
    assert dora.post(OPEN, given | {"day": "03/11/2026"}).status_code == 302


def test_without_a_campaign_a_session_says_what_to_do_first(town: Town) -> None:
    egon = signed_in(town, "egon")
    page = egon.get(OPEN).text
    assert "No campaign is under way here" in page
    assert NEW in page


def test_a_number_of_a_campaign_opens_its_list(town: Town) -> None:
    town.sampled([1, 3])
    cleo, campaign = signed_in(town, "cleo"), first("sampling_campaign")
    page = cleo.get(f"{LIST}{campaign}/").text
    assert [int(n) for n in re.findall(r'count-value">(\d+)<', page)] == [4, 2, 2, 0, 0]
    for url in re.findall(r'class="count[^"]*" href="([^"]+)"', page):
        assert cleo.get(url.replace("&amp;", "&")).status_code == 200
    assert "Chợ Bắc" in page
    assert "Trạm y tế Nam" not in page


def test_only_planners_plan_and_the_outsider_sees_nothing(town: Town) -> None:
    campaign, session = first("sampling_campaign"), first("sampling_session")
    cleo, egon = signed_in(town, "cleo"), signed_in(town, "egon")
    assert "Plan a campaign" not in cleo.get(LIST).text
    for url in (NEW, OPEN):
        assert cleo.get(url).status_code == 403
    assert cleo.post(f"/sampling/sessions/{session}/close/").status_code == 403
    assert "Sàng lọc chợ" not in egon.get(LIST).text
    assert "No campaign reaches your units yet" in egon.get(LIST).text
    assert egon.get(f"{LIST}{campaign}/").status_code == 404
    assert egon.get(f"/sampling/sessions/?campaign={campaign}").status_code == 404
    assert egon.post(f"/sampling/sessions/{session}/close/").status_code == 404
    closed = sql.rows("SELECT closed_at FROM sampling_session WHERE id = %s", (session,))
    assert closed == [(None,)]


def test_the_number_of_statements_is_fixed(town: Town) -> None:
    dora = signed_in(town, "dora")
    urls = [LIST, f"{LIST}{first('sampling_campaign')}/"]
    before = [statements(dora, url) for url in urls]
    for n in range(8):
        assert dora.post(NEW, campaign_typed(dora, name=f"Đợt {n}")).status_code == 302
    town.sampled([2] * 10)
    assert [statements(dora, url) for url in urls] == before


def test_a_campaign_is_ended_on_its_page_by_whoever_plans_there(town: Town) -> None:
    number = sql.rows("SELECT id FROM sampling_campaign WHERE code = 'C1'")[0][0]
    url = f"/sampling/campaigns/{number}/"
    ana, dora = signed_in(town, "ana"), signed_in(town, "dora")
    assert "End the campaign" not in ana.get(url).text
    assert ana.post(f"{url}end/", {"end": "1"}).status_code == 403
    assert signed_in(town, "egon").post(f"{url}end/", {"end": "1"}).status_code == 404
    given = [Registration(f"A{n}", town.declaration()) for n in range(3)]
    people = register_people(given, unit=town.north, by=town.ana, at=NOON).held
    reasons = [RequestReason.ROSTER, RequestReason.ROSTER, RequestReason.CONTACT]
    wanted = [
        RequestWanted(
            f"k{n}", one.person_id or 0, town.north, why, NOON + timedelta(days=1), campaign="C1"
        )
        for n, (one, why) in enumerate(zip(people, reasons, strict=True))
    ]
    assert len(request_tests(wanted, by=town.cleo, at=NOON).done) == 3
    page = dora.get(url).text
    assert "End the campaign" in page
    assert "2 open requests of its list end with it." in page, "a contact stays asked for"
    assert dora.post(f"{url}end/").status_code == 400, "without its button nothing ends"
    assert "End the campaign" in dora.get(url).text
    done = dora.post(f"{url}end/", {"end": "1"}, follow=True).text
    assert "The campaign has ended." in done
    assert "· Dora</dd>" in done
    assert "End the campaign" not in done
    assert "Open a session" not in done
    assert dora.post(f"{url}end/", {"end": "1"}).status_code == 302, "a double click ends it once"


def test_what_holds_reported_results_together_is_no_planned_campaign(town: Town) -> None:
    dora = signed_in(town, "dora")
    name = "Kết quả do nơi khác báo"
    sql.execute("UPDATE sampling_campaign SET name = %s", (name,))
    assert name in dora.get(LIST).text
    assert name in dora.get("/sampling/sessions/new/").text
    sql.execute("UPDATE sampling_campaign SET code = 'BC-' || unit_id")
    assert name not in dora.get(LIST).text
    assert name not in dora.get("/sampling/sessions/new/").text
