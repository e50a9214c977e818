"""Sessions that are changed after they were opened, their slots with them; lists that grow old."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import pytest

from som.kernel import sql
from som.kernel.errors import NotAllowed
from som.lab.commands import set_capacities
from som.lab.rules import CapacityWanted
from som.sampling.commands import (
    SessionChange,
    change_sessions,
    close_sessions,
    give_slots,
    note_times_printed,
    record_swabs,
    set_slots,
)
from som.sampling.commands import SlotWanted as Wanted
from som.sampling.queries import (
    people_with_times,
    people_without_times,
    session,
    slots_of_session,
)
from som.sampling.rules import Times
from som.sampling.rules.slots import after_end, moved
from tests.desks import clock_at, signed_in, stranger
from tests.sampling.test_slots import EIGHT, HOUR, SLOTS, asked_for, given, opened, times
from tests.town import NOON, Town

AS_OPENED = SessionChange("D1", "Nhà văn hoá", EIGHT)


def test_slots_move_with_the_beginning_and_those_to_come_end_with_the_session() -> None:
    slots = {n: Times(EIGHT + n * HOUR, EIGHT + (n + 1) * HOUR) for n in range(3)}
    assert moved({0: slots[0], 1: slots[1]}, HOUR) == {0: slots[1], 1: slots[2]}
    ends_at = EIGHT + 1.5 * HOUR
    assert after_end(slots, ends_at=ends_at, at=NOON) == [1, 2]
    assert after_end(slots, ends_at=ends_at, at=EIGHT + 2 * HOUR) == [2], "what is over stays"
    assert after_end(slots, ends_at=EIGHT + 3 * HOUR, at=NOON) == []


@pytest.fixture
def town(db: None) -> Town:
    clock_at(NOON)
    return Town()


def change(town: Town, wanted: SessionChange) -> list[str]:
    """Change the session; why that is refused."""
    return [one.reason.value for one in change_sessions([wanted], by=town.dora, at=NOON).refused]


def swabbed(town: Town, at: datetime) -> None:
    """Somebody is swabbed at the session."""
    swab = town.swab(town.tubes(1)[0], taken_at=at)
    assert record_swabs([swab], session="D1", by=town.ana, at=at).done


def test_everything_can_be_changed_before_the_first_swab_and_less_after(town: Town) -> None:
    session_id = opened(town)
    whole = SessionChange("D1", "Trường", EIGHT + HOUR, "Tổ 2", None, EIGHT + 4 * HOUR, 40)
    assert change_sessions([whole], by=town.dora, at=NOON).done == [whole]
    assert change_sessions([whole], by=town.dora, at=NOON).unchanged == [whole]
    found = session(session_id, by=town.ana)
    assert (found.place, found.team, found.expected) == ("Trường", "Tổ 2", 40)
    assert (found.starts_at, found.ends_at) == (EIGHT + HOUR, EIGHT + 4 * HOUR)
    swabbed(town, EIGHT + HOUR)
    assert change(town, replace(whole, starts_at=EIGHT)) == ["session_begun"]
    assert change(town, replace(whole, expected=41)) == ["session_begun"]
    assert change(town, replace(whole, place="Chợ", team="", ends_at=EIGHT + 5 * HOUR)) == []
    assert close_sessions(["D1"], by=town.dora, at=NOON).done
    assert change(town, replace(whole, team="Tổ 3")) == ["session_closed"]


def test_who_changes_a_session_plans_there(town: Town) -> None:
    opened(town)
    with pytest.raises(NotAllowed):
        change_sessions([AS_OPENED], by=town.ana, at=NOON)
    (refused,) = change_sessions([AS_OPENED], by=town.egon, at=NOON).refused
    assert refused.reason == "not_here"


def test_whoever_loses_a_slot_gets_another_as_far_as_there_is_room(town: Town) -> None:
    session_id = opened(town)
    assert set_slots([replace(SLOTS, places=2)], by=town.dora, at=NOON).done
    requests = asked_for(town, ["Xóm 1"] * 4)
    places = [EIGHT, EIGHT + HOUR, EIGHT + 1.5 * HOUR, EIGHT + 1.5 * HOUR]
    told = [Wanted("D1", *one) for one in zip(requests, places, strict=True)]
    assert give_slots(told, by=town.dora, at=NOON).done == told
    # Half an hour later and for an hour: of four slots two are left, and in one a place is taken.
    shorter = replace(AS_OPENED, starts_at=EIGHT + HOUR / 2, ends_at=EIGHT + 1.5 * HOUR)
    before = times(town, session_id)
    assert change(town, shorter) == ["times_after_end"]
    assert times(town, session_id) == before
    shorter = replace(shorter, anew=True)
    assert change(town, shorter) == []
    found = times(town, session_id)
    assert found[requests[0]] == EIGHT + HOUR / 2
    assert set(found) == set(requests)
    assert change(town, replace(shorter, ends_at=EIGHT + HOUR)) == []
    assert len(times(town, session_id)) == 2
    without = people_without_times(session_id, by=town.dora, at=NOON)
    assert {one.request for one in without} == set(requests) - set(times(town, session_id))
    noted = sql.rows(
        "SELECT note FROM kernel_auditentry WHERE action = 'sampling.change_sessions' ORDER BY id"
    )
    first, then = (EIGHT + n * HOUR for n in (1.5, 1))
    assert [json.loads(note)["sessions"] for (note,) in noted] == [
        {},
        {
            "D1": {
                "starts_at": [EIGHT.isoformat(), (EIGHT + HOUR / 2).isoformat()],
                "ends_at": [None, first.isoformat()],
            }
        },
        {"D1": {"ends_at": [first.isoformat(), then.isoformat()]}},
    ]


def test_whoever_came_keeps_the_time_they_had_when_the_session_ends_sooner(town: Town) -> None:
    session_id = opened(town)
    assert set_slots([replace(SLOTS, places=2)], by=town.dora, at=NOON).done
    requests = asked_for(town, ["Xóm 1"] * 4)
    places = [EIGHT, EIGHT, EIGHT + 1.5 * HOUR, EIGHT + 1.5 * HOUR]
    told = [Wanted("D1", *one) for one in zip(requests, places, strict=True)]
    assert give_slots(told, by=town.dora, at=NOON).done == told
    at = EIGHT + 1.6 * HOUR
    early = replace(town.swab(town.tubes(1)[0], taken_at=at), request=requests[2], said=None)
    assert record_swabs([early], session="D1", by=town.ana, at=at).done
    sooner = replace(AS_OPENED, ends_at=EIGHT + HOUR / 2, anew=True)
    assert change_sessions([sooner], by=town.dora, at=at).done
    left = slots_of_session(session_id, by=town.dora)
    assert [(one.starts_at, one.places, one.given, one.came) for one in left] == [
        (EIGHT, 2, 2, 0),
        (EIGHT + HOUR / 2, 2, 0, 0),
        (EIGHT + HOUR, 2, 0, 0),
        (EIGHT + 1.5 * HOUR, 1, 1, 1),
    ], "what is over stays, and of the last slot whoever came"
    assert set(times(town, session_id)) == set(requests[:3])


def test_a_printed_list_grows_old_when_a_time_changes(town: Town) -> None:
    session_id = opened(town)
    page = f"/sampling/sessions/{session_id}/"
    old = "is an old one"
    assert set_slots([SLOTS], by=town.dora, at=NOON).done
    requests = asked_for(town, ["Xóm 1"] * 2)
    assert given(town, "D1", requests) == []
    ana, dora = signed_in(town, "ana"), signed_in(town, "dora")
    assert ana.get(f"{page}slots/print/").content.startswith(b"%PDF")
    assert session(session_id, by=town.ana).times_printed_at is None, "looking at it is no print"
    sent = ana.post(f"{page}slots/print/", {"by": "slot"})
    assert sent.headers["Location"] == f"{page}slots/print/?by=slot"
    assert session(session_id, by=town.ana).times_printed_at == NOON
    assert old not in dora.get(f"{page}slots/").text
    later = Wanted("D1", requests[0], EIGHT + HOUR)
    assert give_slots([later], by=town.dora, at=NOON + HOUR).done
    for shown in (page, f"{page}slots/"):
        assert old in dora.get(shown).text
    changed = people_with_times(session_id, by=town.dora, at=NOON, part="changed")
    assert [one.request for one in changed] == [requests[0]]
    assert "Whose time changed since the list was printed" in (
        dora.get(f"{page}slots/people/?part=changed").text
    )
    clock_at(NOON + 2 * HOUR)
    ana.get(f"{page}slots/print/")
    assert old in dora.get(f"{page}slots/").text
    assert ana.post(f"{page}slots/print/").headers["Location"] == f"{page}slots/print/"
    assert old not in dora.get(f"{page}slots/").text
    assert change_sessions(
        [replace(AS_OPENED, starts_at=EIGHT + HOUR)], by=town.dora, at=NOON + 3 * HOUR
    ).done
    assert old in dora.get(f"{page}slots/").text
    assert len(people_with_times(session_id, by=town.dora, at=NOON, part="changed")) == 2


def test_a_change_that_waited_for_the_print_is_not_on_it(town: Town) -> None:
    session_id = opened(town)
    assert set_slots([SLOTS], by=town.dora, at=NOON).done
    one, two, three = asked_for(town, ["Xóm 1"] * 3)
    assert given(town, "D1", [one, two]) == []
    begun, printed = NOON + HOUR, NOON + 1.1 * HOUR
    assert note_times_printed(["D1"], by=town.dora, at=printed).done
    assert give_slots([Wanted("D1", one, EIGHT + HOUR)], by=town.dora, at=begun).done

    def changed() -> set[int]:
        found = people_with_times(session_id, by=town.dora, at=NOON, part="changed")
        return {one.request for one in found}

    assert changed() == {one}
    assert session(session_id, by=town.dora).list_is_old
    assert note_times_printed(["D1"], by=town.dora, at=printed + HOUR).done
    later = replace(AS_OPENED, starts_at=EIGHT + HOUR)
    assert change_sessions([later], by=town.dora, at=begun).done
    assert changed() == {one, two}
    assert given(town, "D1", [three]) == []
    assert note_times_printed(["D1"], by=town.dora, at=printed + 2 * HOUR).done
    assert not session(session_id, by=town.dora).list_is_old
    anew = replace(SLOTS, starts_at=EIGHT + HOUR, ends_at=EIGHT + 2 * HOUR, places=1, anew=True)
    assert set_slots([anew], by=town.dora, at=begun).done
    assert session(session_id, by=town.dora).list_is_old
    assert len(changed()) == 2, "two places are left"


def typed(**more: str) -> dict[str, str]:
    return {
        "place": "Nhà văn hoá", "team": "", "day": "23/11/2026", "time": "08:00", "ends": "",
        "expected": "", **more,
    }  # fmt: skip


def test_the_page_changes_a_session_and_says_what_became_of_times(town: Town) -> None:
    session_id = opened(town)
    here = f"/sampling/sessions/{session_id}/"
    page = f"{here}change/"
    day = f"{EIGHT:%d/%m/%Y}"
    assert stranger().get(page).headers["Location"].startswith("/sign-in/")
    assert signed_in(town, "ana").get(page).status_code == 403
    assert signed_in(town, "egon").get(page).status_code == 404
    assert set_slots([replace(SLOTS, places=1)], by=town.dora, at=NOON).done
    assert given(town, "D1", asked_for(town, ["Xóm 1"] * 4)) == []
    dora = signed_in(town, "dora")
    assert page in dora.get(here).text
    assert f'value="{day}"' in dora.get(page).text
    wrong = dora.post(page, typed(day=day, ends="08:00")).text
    assert 'id="id_ends_error"' in wrong
    far = dora.post(page, typed(day=day.replace("2026", "2036"))).text
    assert "This day is more than a year away" in far[far.index('id="id_day_error"') :]
    shorter = typed(day=day, ends="09:00", team=" Trạm  Y tế ")
    assert 'name="anew"' not in dora.get(page).text
    asked = dora.post(page, shorter).text
    assert 'id="id_anew_error"' in asked
    assert len(times(town, session_id)) == 4
    answer = dora.post(page, {**shorter, "anew": "on"})
    assert answer.headers["Location"] == here
    shown = dora.get(here).text
    assert "The session is changed." in shown
    assert "2 people lost their time" in shown
    assert "Trạm Y tế" in shown
    swabbed(town, EIGHT + HOUR)
    begun = dora.get(page).text
    assert "Somebody was swabbed here already" in begun
    assert len([part for part in begun.split("<input") if " disabled" in part]) == 3
    assert dora.post(page, {"place": "Chợ", "team": "", "ends": "10:30"}).status_code == 302
    found = session(session_id, by=town.dora)
    assert (found.place, found.starts_at, found.ends_at) == ("Chợ", EIGHT, EIGHT + 2.5 * HOUR)
    assert close_sessions(["D1"], by=town.dora, at=NOON).done
    assert dora.get(page).status_code == 404


def test_more_people_than_the_laboratory_has_room_for_are_asked_about_once_more(
    town: Town,
) -> None:
    page = f"/sampling/sessions/{opened(town, expected=1)}/change/"
    assert set_capacities([CapacityWanted(town.lab1, 10, NOON.date())], by=town.dora, at=NOON).done
    dora = signed_in(town, "dora")
    more = typed(day=f"{EIGHT:%d/%m/%Y}", expected="55")
    asked = dora.post(page, more)
    assert asked.status_code == 200
    assert "will fill 11 tubes, and the laboratory has room for 10" in asked.text
    assert 'name="anyway"' in asked.text
    assert dora.post(page, {**more, "anyway": "on"}).status_code == 302
    # What was said once is not asked about again while day and number stay.
    assert dora.post(page, {**more, "place": "Chợ"}).status_code == 302
    assert dora.post(page, {**more, "expected": "50"}).status_code == 302
