"""The pages on which a session's hours are cut and people get their times."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from som.access.queries import system_actor
from som.kernel import rulebook, sql
from som.kernel.clock import LOCAL
from som.kernel.commands import load_rules
from som.places import queries as places
from som.sampling import queries
from som.sampling.commands import (
    Session,
    give_slots,
    open_sessions,
    set_slots,
)
from som.sampling.commands import SlotWanted as Wanted
from som.sampling.queries import people_with_times, session, sessions
from tests.desks import clock_at, signed_in, statements
from tests.papers import pages_of, text_of
from tests.sampling.test_slots import (
    EIGHT,
    SLOTS,
    asked_for,
    asked_in_two,
    given,
    opened,
    opened_for_two,
    times,
)
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    clock_at(NOON)
    return Town()


def url(session_id: int, rest: str = "") -> str:
    return f"/sampling/sessions/{session_id}/slots/{rest}"


def cut(**typed: str) -> dict[str, str]:
    return {"begins": "08:00", "ends": "10h00", "minutes": "30", "places": "3", **typed}


def test_a_session_is_cut_and_its_people_get_their_times(town: Town) -> None:
    session_id = opened(town)
    requests = asked_for(town, ["Xóm 1", "Xóm 2", "Xóm 2", ""])
    dora = signed_in(town, "dora")
    page = dora.get(url(session_id)).text
    assert "No slots yet" in page
    assert "At most 20 people wait at one place at a time." in page
    posted = dora.post(url(session_id, "cut/"), cut(pause_from="8h30", pause_until="9h"))
    assert posted.headers["Location"] == url(session_id)
    page = dora.get(url(session_id)).text
    assert "08:00–08:30" in page
    assert "08:30–09:00" not in page
    assert "Xóm 2 · 2 people" in page
    assert "No hamlet known · 1 person" in page
    posted = dora.post(
        url(session_id, "give/"), {"hamlets": [f"{town.north}:Xóm 1", f"{town.north}:"]}
    )
    assert posted.headers["Location"] == url(session_id)
    page = dora.get(url(session_id)).text
    assert "2 people have a time." in page
    assert "Xóm 2 · 2 people" in page
    assert set(times(town, session_id)) == {requests[0], requests[3]}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"places": "21"}, "So many people may not wait at one place"),
        ({"minutes": "200"}, "there is no room for a slot of so many minutes"),
        ({"begins": "07:00"}, "within the hours of the session"),
        ({"begins": "25:00"}, "Enter a valid time."),
        ({"pause_from": "09:00"}, "A pause ends after it begins."),
        ({"pause_from": "09:00", "pause_until": "08:30"}, "A pause ends after it begins."),
    ],
)
def test_what_is_wrong_with_slots_is_said_beside_its_field(
    town: Town, typed: dict[str, str], said: str
) -> None:
    session_id = opened(town)
    page = signed_in(town, "dora").post(url(session_id, "cut/"), cut(**typed))
    assert page.status_code == 200
    assert said in page.text


def test_who_loses_a_time_is_asked_first(town: Town) -> None:
    session_id = opened(town)
    dora = signed_in(town, "dora")
    set_slots([SLOTS], by=town.dora, at=NOON)
    assert given(town, "D1", asked_for(town, ["Xóm 1"])) == []
    page = dora.post(url(session_id, "cut/"), cut(minutes="60"))
    assert "People who are waited for have their times." in page.text
    assert "Everybody who is waited for gets a new time" in page.text
    assert dora.post(url(session_id, "cut/"), cut(minutes="60", anew="on")).status_code == 302
    assert len(times(town, session_id)) == 1, "and gets another"


def shown(page: str, *names: str) -> list[str]:
    """What stands in these boxes of a page."""
    found = {}
    for box in re.findall(r"<input[^>]*>", page):
        value = re.search(r'value="([^"]*)"', box)
        found[re.search(r'name="(\w+)"', box)[1]] = value[1] if value else ""  # type: ignore[index]
    return [found[name] for name in names]


CUT = ("begins", "ends", "minutes", "places", "pause_from", "pause_until")


def test_slots_are_cut_anew_from_how_they_are_cut(town: Town) -> None:
    session_id = opened(town, ends_at=EIGHT + timedelta(hours=8))
    dora = signed_in(town, "dora")
    assert shown(dora.get(url(session_id)).text, *CUT) == ["08:00", "16:00", "15", "15", "", ""]
    rest = cut(ends="15:20", minutes="20", pause_from="11:30", pause_until="13:30")
    assert dora.post(url(session_id, "cut/"), rest).status_code == 302
    now = shown(dora.get(url(session_id)).text, *CUT)
    assert now == ["08:00", "15:10", "20", "3", "11:20", "13:30"], "as far as whole slots go"
    before = queries.slots_of_session(session_id, by=town.dora)
    again = dict(zip(CUT, now, strict=True))
    assert dora.post(url(session_id, "cut/"), again).status_code == 302
    assert queries.slots_of_session(session_id, by=town.dora) == before


def test_a_session_of_the_night_is_cut_past_midnight(town: Town) -> None:
    ten = NOON + timedelta(hours=10)
    asked = Session("D8", "C1", town.north, town.lab1, "Chợ", ten, ends_at=ten + timedelta(hours=4))
    assert open_sessions([asked], by=town.dora, at=NOON).done
    session_id = next(one.id for one in sessions(by=town.dora) if one.code == "D8")
    dora = signed_in(town, "dora")
    night = cut(begins="22:00", ends="02:00", pause_from="23:30", pause_until="00:30")
    assert dora.post(url(session_id, "cut/"), night).status_code == 302
    found = queries.slots_of_session(session_id, by=town.dora)
    assert [f"{one.starts_at.astimezone(LOCAL):%H:%M}" for one in found] == [
        "22:00", "22:30", "23:00", "00:30", "01:00", "01:30",
    ]  # fmt: skip
    now = shown(dora.get(url(session_id)).text, *CUT)
    assert now == ["22:00", "02:00", "30", "3", "23:30", "00:30"]


def test_nobody_called_and_too_many_called_is_said(town: Town) -> None:
    session_id = opened(town)
    dora = signed_in(town, "dora")
    set_slots([SLOTS], by=town.dora, at=NOON)
    asked_for(town, ["Xóm 1"] * 13)
    assert "Choose the hamlets" in dora.post(url(session_id, "give/"), {}).text
    dora.post(url(session_id, "give/"), {"hamlets": [f"{town.north}:Xóm 1"]})
    page = dora.get(url(session_id)).text
    assert "12 people have a time." in page
    assert "1 person got none: No place is left." in page


def test_the_list_shows_each_part_and_moves_a_time(town: Town) -> None:
    session_id = opened(town)
    dora, ana = signed_in(town, "dora"), signed_in(town, "ana")
    set_slots([SLOTS], by=town.dora, at=NOON)
    one, two, three = asked_for(town, ["Xóm 1"] * 3)
    assert given(town, "D1", [one, two]) == []
    people = url(session_id, "people/")
    for part, rows in [("", 2), ("?part=awaited", 2), ("?part=came", 0), ("?part=without", 1)]:
        assert dora.get(people + part).text.count('class="whom"') == rows, part
        assert ana.get(people + part).text.count('class="whom"') == rows, part
    later = (EIGHT + timedelta(hours=1)).astimezone(LOCAL)
    assert "Another time" not in ana.get(people).text
    assert f'value="{later.isoformat()}"' in dora.get(people).text
    move = {"request": str(two), "starts_at": later.isoformat(), "part": "awaited"}
    moved = dora.post(url(session_id, "move/"), move)
    assert moved.headers["Location"] == f"{people}?part=awaited"
    assert "The new time stands." in dora.get(people).text
    assert times(town, session_id)[two] == later
    dora.post(url(session_id, "move/"), {**move, "request": str(three)})
    assert times(town, session_id)[three] == later, "whoever had none gets one so too"
    for wrong in ({"starts_at": "bald"}, {"starts_at": (later + timedelta(days=1)).isoformat()}):
        dora.post(url(session_id, "move/"), {**move, **wrong})
        assert "There is no such slot, or it is over." in dora.get(people).text
    slot = sql.rows("SELECT id FROM sampling_slot ORDER BY starts_at")[0][0]
    assert dora.get(f"{people}?slot={slot}").text.count('class="whom"') == 1


def test_the_list_is_printed_by_hamlet_and_by_time(town: Town) -> None:
    session_id = opened(town)
    set_slots([SLOTS], by=town.dora, at=NOON)
    requests = asked_for(town, ["Xóm 2", "Xóm 10", "Xóm 10", "Xóm 2", ""])
    assert given(town, "D1", requests) == []
    names = [one.name for one in people_with_times(session_id, by=town.dora, at=NOON)]
    ana = signed_in(town, "ana", language="vi")
    paper = ana.get(url(session_id, "print/"))
    assert paper.headers["Content-Type"] == "application/pdf"
    assert "no-store" in paper.headers["Cache-Control"]
    by_hamlet = text_of(paper.content)
    assert by_hamlet.index("Xóm 2") < by_hamlet.index("Xóm 10")
    by_slot = text_of(ana.get(f"{url(session_id, 'print/')}?by=slot").content)
    for text in (by_hamlet, by_slot):
        assert all(name in text for name in names)
        assert "08:00–08:30" in text
    assert "08:30–09:00" in by_slot
    nobody = opened(town, "D2")
    assert text_of(ana.get(url(nobody, "print/")).content)


def test_the_head_of_a_hamlet_gets_no_names_of_another_communes(town: Town) -> None:
    session_id = opened_for_two(town)
    requests = asked_in_two(town, "Thôn 1")
    names = [one.name for one in places.units_by_id([town.north, town.south]).values()]
    dora = signed_in(town, "dora")
    page = dora.get(url(session_id)).text
    assert all(f"Thôn 1, {name} · 1 person" in page for name in names)
    assert given(town, "P1", requests) == []
    sheets = pages_of(dora.get(url(session_id, "print/")).content)
    assert len(sheets) == 2
    for sheet, name, own, other in zip(sheets, names, ("Bắc", "Nam"), ("Nam", "Bắc"), strict=True):
        assert f"Thôn 1, {name}" in sheet
        assert f"Nông Văn {own}" in sheet
        assert f"Nông Văn {other}" not in sheet


def test_a_list_that_is_too_long_for_paper_is_not_cut_short(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = opened(town)
    set_slots([SLOTS], by=town.dora, at=NOON)
    assert given(town, "D1", asked_for(town, ["Xóm 1"] * 3)) == []
    dora = signed_in(town, "dora")
    monkeypatch.setattr(queries, "MOST_PRINTED", 3)
    assert dora.get(url(session_id, "print/")).headers["Content-Type"] == "application/pdf"
    monkeypatch.setattr(queries, "MOST_PRINTED", 2)
    for answer in (dora.get(url(session_id, "print/")), dora.post(url(session_id, "print/"))):
        assert answer.headers["Location"] == url(session_id)
    assert session(session_id, by=town.dora).times_printed_at is None
    assert "More than 2 people are waited for" in dora.get(url(session_id)).text


def test_whoever_may_only_read_sets_nothing_and_another_province_sees_nothing(town: Town) -> None:
    session_id = opened(town)
    set_slots([SLOTS], by=town.dora, at=NOON)
    ana, egon = signed_in(town, "ana"), signed_in(town, "egon")
    assert "Set the slots" not in ana.get(url(session_id)).text
    for rest in ("cut/", "give/", "move/"):
        assert ana.post(url(session_id, rest), cut()).status_code == 403
        assert egon.post(url(session_id, rest), cut()).status_code == 404
    for rest in ("", "people/", "people/?part=without", "print/"):
        assert egon.get(url(session_id, rest)).status_code == 404
    assert egon.post(url(session_id, "print/")).status_code == 404


def test_pages_ask_as_often_for_one_as_for_many(town: Town) -> None:
    session_id = opened(town)
    set_slots([SLOTS], by=town.dora, at=NOON)
    requests = asked_for(town, [f"Xóm {n % 3}" for n in range(12)])
    assert given(town, "D1", requests[:1]) == []
    dora = signed_in(town, "dora")
    campaign = session(session_id, by=town.dora).campaign_id
    pages = [
        url(session_id),
        url(session_id, "people/"),
        url(session_id, "people/?part=without"),
        url(session_id, "print/"),
        f"/sampling/campaigns/{campaign}/",
        f"/sampling/campaigns/{campaign}/people/",
        f"/sampling/sessions/{session_id}/",
    ]
    few = [statements(dora, page) for page in pages]
    assert given(town, "D1", requests[1:9]) == []
    assert [statements(dora, page) for page in pages] == few


ONE_AT_NIGHT = NOON + timedelta(hours=13)
"""01:00 of the third of November, when in UTC it is the second."""


def test_at_one_at_night_the_rule_of_the_new_day_holds(town: Town) -> None:
    session_id = opened(town)
    begins = {"valid_from": date(2026, 11, 3), "territory": "19"}
    fewer = {"key": "sampling.slot.most", "value": 7, **begins}
    assert load_rules([fewer], by=system_actor("setup"), at=NOON).done
    rulebook.forget()
    clock_at(ONE_AT_NIGHT)
    try:
        page = signed_in(town, "dora").get(url(session_id)).text
        eight = set_slots([replace(SLOTS, places=8)], by=town.dora, at=ONE_AT_NIGHT)
    finally:
        rulebook.forget()
    assert "At most 7 people wait at one place at a time." in page
    assert [(one.reason, one.detail) for one in eight.refused] == [("slot_too_crowded", "7")]


def test_a_time_given_stands_on_no_list_of_another_session(town: Town) -> None:
    first, second = opened(town), opened(town, "D2")
    set_slots([SLOTS], by=town.dora, at=NOON)
    (request,) = asked_for(town, ["Xóm 1"])
    assert give_slots([Wanted("D1", request)], by=town.dora, at=NOON).done
    dora = signed_in(town, "dora")
    assert dora.get(url(first, "people/")).text.count('class="whom"') == 1
    for part in ("", "?part=without"):
        assert dora.get(url(second, "people/") + part).text.count('class="whom"') == 0
