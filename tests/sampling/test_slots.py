"""Times in the slots of sessions: given, moved, and who is shown with which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from som.kernel.errors import NotFound
from som.lab.commands import set_capacities
from som.lab.rules import CapacityWanted
from som.people.commands import Registration, register_people
from som.sampling.commands import (
    Campaign,
    Ending,
    RequestWanted,
    Session,
    SlotsWanted,
    SlotWanted,
    end_requests,
    give_slots,
    open_sessions,
    plan_campaigns,
    record_swabs,
    request_tests,
    set_slots,
)
from som.sampling.queries import (
    hamlets_without_times,
    laboratory_days,
    labs_of_campaign,
    number_without_times,
    open_requests,
    people_with_times,
    people_without_times,
    requests_without_times,
    session,
    sessions,
    slots_of_session,
    turns_of_campaign,
)
from som.sampling.rules import RequestEnd, RequestReason
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EIGHT = NOON + 20 * HOUR
"""08:00 of the next morning."""
SLOTS = SlotsWanted("D1", EIGHT, EIGHT + 2 * HOUR, 30, 3)


def opened(town: Town, code: str = "D1", **given: object) -> int:
    """A session of tomorrow morning; its id."""
    asked = Session(code, "C1", town.north, town.lab1, "Nhà văn hoá", EIGHT, **given)  # type: ignore[arg-type]
    outcome = open_sessions([asked], by=town.dora, at=NOON)
    assert outcome.held, outcome.refused
    return next(one.id for one in sessions(by=town.dora) if one.code == code)


def asked_for(town: Town, addresses: Sequence[str]) -> list[int]:
    """People of these addresses on the list of campaign C1; their requests in this order."""
    said = [town.declaration(address=address, birth_date=date(1990, 1, 1)) for address in addresses]
    met = register_people(
        [Registration(f"L{n}", one) for n, one in enumerate(said)],
        unit=town.north,
        by=town.dora,
        at=NOON,
    )
    wanted = [
        RequestWanted(
            f"w{n}", e.person_id or 0, town.north, RequestReason.ROSTER, NOON, campaign="C1"
        )
        for n, e in enumerate(met.done)
    ]
    assert request_tests(wanted, by=town.dora, at=NOON).done == wanted
    by_person = {r.person: r.id for r in open_requests(by=town.dora, at=NOON)}
    return [by_person[w.person] for w in wanted]


def opened_for_two(town: Town) -> int:
    """A session P1 of tomorrow morning for both communes, cut into slots; its id."""
    asked = Session("P1", "C1", town.province, town.lab1, "Sân vận động", EIGHT)
    assert open_sessions([asked], by=town.dora, at=NOON).done
    assert set_slots([replace(SLOTS, session="P1")], by=town.dora, at=NOON).done
    return next(one.id for one in sessions(by=town.dora) if one.code == "P1")


def asked_in_two(town: Town, hamlet: str) -> tuple[int, int]:
    """Bắc of the northern and Nam of the southern commune, of a hamlet of one name; their requests."""
    found = []
    for name, unit in (("Bắc", town.north), ("Nam", town.south)):
        said = town.declaration(name=f"Nông Văn {name}", address=hamlet, residence=unit)
        met = register_people([Registration(name, said)], unit=unit, by=town.dora, at=NOON)
        person = met.done[0].person_id or 0
        wanted = RequestWanted(name, person, unit, RequestReason.ROSTER, NOON, campaign="C1")
        assert request_tests([wanted], by=town.dora, at=NOON).done
        found += [r.id for r in open_requests(by=town.dora, at=NOON) if r.person == person]
    north, south = found
    return north, south


def given(town: Town, code: str, requests: Sequence[int], at: datetime = NOON) -> list[str]:
    """Give these their times; why those were refused who got none."""
    outcome = give_slots([SlotWanted(code, r) for r in requests], by=town.dora, at=at)
    return [one.reason.value for one in outcome.refused]


def times(town: Town, session_id: int) -> dict[int, datetime | None]:
    return {
        one.request: one.starts_at for one in people_with_times(session_id, by=town.dora, at=NOON)
    }


def test_a_session_is_opened_with_its_site_hours_and_people() -> None:
    town = Town()
    found = session(opened(town, ends_at=EIGHT + 3 * HOUR, expected=101), by=town.ana)
    assert (found.ends_at, found.expected) == (EIGHT + 3 * HOUR, 101)
    assert found.tubes_expected == 21, "field pools of five"
    bad = Session("D2", "C1", town.north, town.lab1, "Trường", EIGHT)
    for wrong, reason in [
        (replace(bad, site=-1), "site_unknown"),
        (replace(bad, ends_at=EIGHT), "ends_impossible"),
        (replace(bad, ends_at=EIGHT + 25 * HOUR), "ends_impossible"),
        (replace(bad, expected=0), "expected_impossible"),
        (replace(bad, expected=20_001), "expected_impossible"),
    ]:
        (refused,) = open_sessions([wrong], by=town.dora, at=NOON).refused
        assert refused.reason == reason


def test_people_get_their_times_hamlet_by_hamlet() -> None:
    town = Town()
    session_id = opened(town)
    assert set_slots([SLOTS], by=town.dora, at=NOON).done
    requests = asked_for(town, ["Xóm 2", "Xóm 1", "Xóm 2", "Xóm 1", "Xóm 10"])
    assert [(one.hamlet, one.people) for one in hamlets_without_times(
        session_id, by=town.dora, at=NOON
    )] == [("Xóm 1", 2), ("Xóm 2", 2), ("Xóm 10", 1)]  # fmt: skip
    of_one = requests_without_times(
        session_id, by=town.dora, at=NOON, hamlets=[(town.north, "xóm 1")]
    )
    assert of_one == [requests[1], requests[3]]
    assert given(town, "D1", requests) == []
    found = times(town, session_id)
    first = {request for request, begins in found.items() if begins == EIGHT}
    assert {requests[1], requests[3]} < first
    assert len(found) == 5
    assert people_without_times(session_id, by=town.dora, at=NOON) == []
    outcome = give_slots([SlotWanted("D1", r) for r in requests], by=town.dora, at=NOON)
    assert len(outcome.unchanged) == 5


def test_hamlets_of_one_name_in_two_communes_are_two() -> None:
    town = Town()
    session_id = opened_for_two(town)
    north, south = asked_in_two(town, "Thôn 1")
    waiting = hamlets_without_times(session_id, by=town.dora, at=NOON)
    assert [(one.unit, one.hamlet, one.people) for one in waiting] == [
        (town.north, "Thôn 1", 1),
        (town.south, "Thôn 1", 1),
    ]
    assert number_without_times(session_id, by=town.dora, at=NOON) == 2
    chosen = [(town.south, "thôn 1")]
    called = requests_without_times(session_id, by=town.dora, at=NOON, hamlets=chosen)
    assert called == [south]
    assert given(town, "P1", [south, north]) == []
    assert number_without_times(session_id, by=town.dora, at=NOON) == 0


def test_whoever_finds_no_place_is_told_so_and_nobody_is_left_out_before() -> None:
    town = Town()
    session_id = opened(town)
    requests = asked_for(town, ["Xóm 1"] * 14)
    assert given(town, "D1", requests) == ["slot_no_place_left"] * 14
    assert set_slots([SLOTS], by=town.dora, at=NOON).done
    assert given(town, "D1", requests) == ["slot_no_place_left"] * 2
    assert {one.left for one in slots_of_session(session_id, by=town.ana)} == {0}
    assert len(people_without_times(session_id, by=town.ana, at=NOON)) == 2


def test_a_time_is_moved_within_its_session_and_not_to_another() -> None:
    town = Town()
    session_id, other = opened(town), opened(town, "D2")
    assert set_slots([SLOTS, replace(SLOTS, session="D2")], by=town.dora, at=NOON).done
    (request,) = asked_for(town, ["Xóm 1"])
    assert given(town, "D1", [request]) == []
    later = SlotWanted("D1", request, EIGHT + HOUR)
    assert give_slots([later], by=town.dora, at=NOON).done == [later]
    assert give_slots([later], by=town.dora, at=NOON).unchanged == [later]
    assert times(town, session_id) == {request: EIGHT + HOUR}
    assert given(town, "D2", [request]) == ["slot_elsewhere"]
    (refused,) = give_slots(
        [replace(later, starts_at=EIGHT + 9 * HOUR)], by=town.dora, at=NOON
    ).refused
    assert refused.reason == "slot_unknown"
    # When the session is closed, or the slot over, the other session may call them.
    assert given(town, "D2", [request], at=EIGHT + 1.5 * HOUR) == []
    assert times(town, other) == {request: EIGHT + 1.5 * HOUR}
    assert times(town, session_id) == {}


def test_a_full_slot_takes_nobody_more() -> None:
    town = Town()
    opened(town)
    assert set_slots([replace(SLOTS, places=1)], by=town.dora, at=NOON).done
    one, two = asked_for(town, ["Xóm 1"] * 2)
    wanted = [SlotWanted("D1", one, EIGHT), SlotWanted("D1", two, EIGHT)]
    outcome = give_slots(wanted, by=town.dora, at=NOON)
    assert outcome.done == wanted[:1]
    assert [(r.item, r.reason) for r in outcome.refused] == [(wanted[1], "slot_full")]


def test_nobody_gets_a_time_whom_the_campaign_does_not_ask_for_there() -> None:
    town = Town()
    opened(town)
    assert set_slots([SLOTS], by=town.dora, at=NOON).done
    assert plan_campaigns(
        [Campaign("C7", "Khác", town.north, "screening", NOON.date())], by=town.dora, at=NOON
    ).done
    other = Session("D7", "C7", town.north, town.lab1, "Chợ", EIGHT)
    assert open_sessions([other], by=town.dora, at=NOON).done
    one, two = asked_for(town, ["Xóm 1"] * 2)
    assert end_requests([Ending(two, RequestEnd.REFUSED)], by=town.ana, at=NOON).done
    assert given(town, "D7", [one]) == given(town, "D1", [two]) == ["slot_not_asked"]
    assert given(town, "D1", [-1]) == ["slot_not_asked"]
    outcome = give_slots([SlotWanted("D1", one)], by=town.egon, at=NOON)
    assert [r.reason for r in outcome.refused] == ["slot_session_unknown"]


def test_whoever_was_swabbed_came_and_whoever_refuses_leaves_their_place() -> None:
    town = Town()
    session_id = opened(town)
    assert set_slots([replace(SLOTS, places=1)], by=town.dora, at=NOON).done
    requests = asked_for(town, ["Xóm 1"] * 3)
    assert given(town, "D1", requests) == []
    one, two, three = people_with_times(session_id, by=town.ana, at=NOON)
    swab = town.swab(town.tubes(1)[0], said=None, request=one.request, taken_at=EIGHT)
    recorded = record_swabs([swab], session="D1", by=town.ana, at=EIGHT + HOUR)
    assert recorded.done, recorded.refused
    assert end_requests([Ending(two.request, RequestEnd.REFUSED)], by=town.ana, at=EIGHT).done
    found = slots_of_session(session_id, by=town.ana)
    assert [(row.given, row.came) for row in found] == [(1, 1), (0, 0), (1, 0), (0, 0)]
    came = people_with_times(session_id, by=town.ana, at=EIGHT, part="came")
    assert [(p.request, p.came) for p in came] == [(one.request, True)]
    awaited = people_with_times(session_id, by=town.ana, at=EIGHT, part="awaited")
    assert [p.request for p in awaited] == [three.request]


def test_lists_are_read_page_by_page_and_by_nobody_elsewhere() -> None:
    town = Town()
    session_id = opened(town)
    assert set_slots([SLOTS], by=town.dora, at=NOON).done
    requests = asked_for(town, ["Xóm 1"] * 5)
    assert given(town, "D1", requests[:4]) == []
    first = people_with_times(session_id, by=town.ana, at=NOON, limit=3)
    last = first[-1]
    assert last.starts_at
    rest = people_with_times(session_id, by=town.ana, at=NOON, after=(last.starts_at, last.request))
    assert [p.request for p in first + rest] == requests[:4]
    slot = slots_of_session(session_id, by=town.ana)[1]
    assert [p.request for p in people_with_times(
        session_id, by=town.ana, at=NOON, slot=slot.id
    )] == requests[3:4]  # fmt: skip
    assert [p.request for p in people_without_times(session_id, by=town.ana, at=NOON)] == (
        requests[4:]
    )
    assert people_without_times(session_id, by=town.ana, at=NOON, after=requests[4]) == []
    for query in (
        people_with_times,
        people_without_times,
        hamlets_without_times,
        number_without_times,
    ):
        with pytest.raises(NotFound):
            query(session_id, by=town.egon, at=NOON)
    with pytest.raises(NotFound):
        slots_of_session(session_id, by=town.egon)


def test_a_laboratory_has_room_for_what_no_session_of_the_day_will_send() -> None:
    town = Town()
    tomorrow = EIGHT.date()
    assert laboratory_days([town.lab1], tomorrow, by=town.ana)[town.lab1].room is None
    ceiling = CapacityWanted(town.lab1, 20, NOON.date())
    assert set_capacities([ceiling], by=town.dora, at=NOON).done
    one = opened(town, expected=60)
    opened(town, "D2", expected=25)
    found = laboratory_days([town.lab1, town.lab2], tomorrow, by=town.ana)
    assert (found[town.lab1].planned, found[town.lab1].room) == (17, 3)
    assert (found[town.lab2].planned, found[town.lab2].ceiling) == (0, None)
    less = laboratory_days([town.lab1], tomorrow, by=town.ana, without=one)
    assert less[town.lab1].room == 15
    # Tubes that are there count, where they are more than was expected or nothing was.
    town.sampled([1, 1, 3])
    today = laboratory_days([town.lab1], NOON.date(), by=town.ana)
    assert today[town.lab1].planned == 3


def test_a_campaign_tells_its_turns_and_its_laboratories() -> None:
    town = Town()
    campaign_id = session(opened(town, expected=40), by=town.ana).campaign_id
    requests = asked_for(town, ["Xóm 1"] * 3)
    assert end_requests([Ending(requests[0], RequestEnd.REFUSED)], by=town.ana, at=NOON).done
    (turn,) = turns_of_campaign(campaign_id, by=town.ana)
    assert (turn.number, turn.asked, turn.swabbed, turn.waiting, turn.others) == (1, 3, 0, 2, 1)
    town.sampled([2])
    found = {one.lab: one for one in labs_of_campaign(campaign_id, by=town.dora)}
    assert (found[town.lab1].sessions, found[town.lab1].expected) == (3, 40)
    assert (found[town.lab1].tubes, found[town.lab1].people) == (1, 2)


def test_a_campaign_that_asks_again_is_told_turn_by_turn() -> None:
    town = Town()
    weekly = Campaign(
        "W1", "Hằng tuần", town.north, "screening", NOON.date() - 8 * DAY, frequency_days=7
    )
    assert plan_campaigns([weekly], by=town.dora, at=NOON).done
    people = register_people(
        [Registration(f"P{n}", town.declaration()) for n in range(3)],
        unit=town.north,
        by=town.dora,
        at=NOON,
    ).done
    for n, (person, at) in enumerate(zip(people, [NOON - 8 * DAY, NOON, NOON], strict=True)):
        wanted = RequestWanted(
            f"t{n}", person.person_id or 0, town.north, RequestReason.ROSTER, at, campaign="W1"
        )
        assert request_tests([wanted], by=town.dora, at=at).done
    opened_one = Session("W", "W1", town.north, town.lab1, "Chợ", EIGHT)
    assert open_sessions([opened_one], by=town.dora, at=NOON).done
    row = next(one for one in sessions(by=town.dora) if one.code == "W")
    turns = turns_of_campaign(row.campaign_id, by=town.cleo)
    assert [(t.number, t.first, t.last, t.asked) for t in turns] == [
        (2, NOON.date() - DAY, NOON.date() + 5 * DAY, 2),
        (1, NOON.date() - 8 * DAY, NOON.date() - 2 * DAY, 1),
    ]
