"""Sessions cut into slots, and cut anew while people have their times."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from som.kernel import rulebook
from som.kernel.errors import NotAllowed
from som.sampling.commands import (
    Ending,
    SessionChange,
    change_sessions,
    close_sessions,
    end_requests,
    record_swabs,
    set_slots,
)
from som.sampling.forms.slots import SlotsForm
from som.sampling.queries import (
    people_without_times,
    session,
    slots_of_session,
)
from som.sampling.rules import RequestEnd, Times
from tests.sampling.test_slots import EIGHT, HOUR, SLOTS, asked_for, given, opened, times
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


def test_a_session_is_cut_into_slots_and_cut_anew() -> None:
    town = Town()
    session_id = opened(town)
    assert set_slots([SLOTS], by=town.dora, at=NOON).done == [SLOTS]
    assert set_slots([SLOTS], by=town.dora, at=NOON).unchanged == [SLOTS]
    found = slots_of_session(session_id, by=town.ana)
    assert [one.starts_at for one in found] == [EIGHT + n * HOUR / 2 for n in range(4)]
    assert {(one.places, one.given, one.left) for one in found} == {(3, 0, 3)}
    rest = replace(SLOTS, minutes=15, pause=Times(EIGHT + HOUR, EIGHT + 1.5 * HOUR))
    assert set_slots([rest], by=town.dora, at=NOON).done
    assert len(slots_of_session(session_id, by=town.ana)) == 6


def test_more_may_not_wait_at_once_than_the_rule_lets() -> None:
    town = Town()
    opened(town)
    most = int(rulebook.rule("sampling.slot.most", on=NOON.date()).value)
    assert set_slots([replace(SLOTS, places=most)], by=town.dora, at=NOON).done
    (refused,) = set_slots([replace(SLOTS, places=most + 1)], by=town.dora, at=NOON).refused
    assert (refused.reason, refused.detail) == ("slot_too_crowded", str(most))


def test_slots_are_set_by_who_plans_there_and_not_when_it_is_over() -> None:
    town = Town()
    opened(town)
    with pytest.raises(NotAllowed):
        set_slots([SLOTS], by=town.ana, at=NOON)
    for by, wanted in [(town.egon, SLOTS), (town.dora, replace(SLOTS, session="D9"))]:
        (refused,) = set_slots([wanted], by=by, at=NOON).refused
        assert refused.reason == "slot_session_unknown"
    assert close_sessions(["D1"], by=town.dora, at=NOON).done
    (refused,) = set_slots([SLOTS], by=town.dora, at=NOON).refused
    assert refused.reason == "slot_session_closed"


def test_times_are_changed_only_where_that_is_said() -> None:
    town = Town()
    session_id = opened(town)
    assert set_slots([SLOTS], by=town.dora, at=NOON).done
    requests = asked_for(town, ["Xóm 1"] * 2)
    assert given(town, "D1", requests) == []
    other = replace(SLOTS, minutes=60)
    (refused,) = set_slots([other], by=town.dora, at=NOON).refused
    assert refused.reason == "slot_times_given"
    assert len(times(town, session_id)) == 2
    assert set_slots([replace(other, anew=True)], by=town.dora, at=NOON).done
    assert set(times(town, session_id)) == set(requests)
    fewer = replace(SLOTS, minutes=120, places=1, anew=True)
    assert set_slots([fewer], by=town.dora, at=NOON).done
    assert len(times(town, session_id)) == 1
    assert len(people_without_times(session_id, by=town.dora, at=NOON)) == 1


def test_whoever_came_keeps_their_time_when_slots_are_cut_anew() -> None:
    town = Town()
    session_id = opened(town)
    assert set_slots([SLOTS], by=town.dora, at=NOON).done
    requests = asked_for(town, ["Xóm 1"] * 5)
    assert given(town, "D1", requests) == []
    before = times(town, session_id)
    came = [one for one in requests if before[one] == EIGHT][:2]
    swabs = [
        town.swab(tube, said=None, request=one, taken_at=EIGHT)
        for one, tube in zip(came, town.tubes(2), strict=True)
    ]
    at = EIGHT + HOUR / 4
    assert not record_swabs(swabs, session="D1", by=town.ana, at=at).refused
    other = replace(SLOTS, minutes=20, places=2)
    (refused,) = set_slots([other], by=town.dora, at=at).refused
    assert refused.reason == "slot_times_given", "three are waited for"
    assert times(town, session_id) == before
    anew = replace(other, anew=True)
    assert set_slots([anew], by=town.dora, at=at).done
    assert set_slots([anew], by=town.dora, at=at).unchanged
    found = slots_of_session(session_id, by=town.dora)
    assert [(one.starts_at, one.ends_at) for one in found] == [
        (EIGHT, EIGHT + HOUR / 2),
        *(
            (EIGHT + HOUR / 2 + n * HOUR / 3, EIGHT + HOUR / 2 + (n + 1) * HOUR / 3)
            for n in range(4)
        ),
    ]
    assert [(one.places, one.given, one.came) for one in found] == [
        (2, 2, 2), (2, 2, 0), (2, 1, 0), (2, 0, 0), (2, 0, 0),
    ]  # fmt: skip
    now = times(town, session_id)
    assert {one: now[one] for one in came} == dict.fromkeys(came, EIGHT)
    # Fewer places than people came: they stay, and nobody is sent there any more.
    fewer = replace(anew, minutes=30, places=1)
    assert set_slots([fewer], by=town.dora, at=at).done
    found = slots_of_session(session_id, by=town.dora)
    assert [(one.places, one.given) for one in found] == [(2, 2), (1, 1), (1, 1), (1, 1)]
    # Nobody is asked who is not waited for.
    (one, *rest) = [request for request in requests if request not in came]
    endings = [Ending(request, RequestEnd.REFUSED) for request in (one, *rest)]
    assert not end_requests(endings, by=town.ana, at=at).refused
    assert set_slots([replace(fewer, places=3, anew=False)], by=town.dora, at=at).done


def comes(town: Town, session_id: int, begins: datetime, code: str = "D1") -> int:
    """Somebody with this time is swabbed at five past eight in this session; their request."""
    one = min(r for r, at in times(town, session_id).items() if at == begins)
    (tube,) = town.tubes(1)
    taken = EIGHT if code == "D1" else NOON
    swab = town.swab(tube, said=None, request=one, taken_at=taken)
    recorded = record_swabs([swab], session=code, by=town.ana, at=max(taken, NOON) + HOUR / 12)
    assert recorded.done, recorded.refused
    return one


def shown(town: Town, session_id: int) -> list[tuple[float, int, int, int]]:
    """Hours after eight, places, given and came of each slot of a session."""
    return [
        ((one.starts_at - EIGHT) / HOUR, one.places, one.given, one.came)
        for one in slots_of_session(session_id, by=town.dora)
    ]


FIVE_PAST = EIGHT + HOUR / 12


def full(town: Town) -> int:
    """A session of eight to ten of which all places are given; its id."""
    session_id = opened(town, ends_at=EIGHT + 9 * HOUR)
    assert set_slots([SLOTS], by=town.dora, at=NOON).done
    assert given(town, "D1", asked_for(town, ["Xóm 1"] * 12)) == []
    return session_id


def test_nobody_is_sent_after_the_hours_because_somebody_came_early() -> None:
    town = Town()
    session_id = full(town)
    comes(town, session_id, EIGHT + 1.5 * HOUR)
    hours = replace(SLOTS, ends_at=EIGHT + HOUR, anew=True)
    assert set_slots([hours], by=town.dora, at=FIVE_PAST).done
    assert shown(town, session_id) == [(0, 3, 3, 0), (0.5, 3, 3, 0), (1.5, 1, 1, 1)]
    row = session(session_id, by=town.dora)
    change = SessionChange("D1", row.place, row.starts_at, ends_at=EIGHT + HOUR, anew=True)
    assert change_sessions([change], by=town.dora, at=FIVE_PAST).done
    more = replace(hours, places=4)
    assert set_slots([more], by=town.dora, at=FIVE_PAST).done
    assert shown(town, session_id) == [(0, 4, 4, 0), (0.5, 4, 2, 0), (1.5, 1, 1, 1)]
    # A longer slot would be after the end, though somebody came in it.
    late = replace(hours, minutes=60, ends_at=EIGHT + 2 * HOUR)
    (refused,) = set_slots([late], by=town.dora, at=FIVE_PAST).refused
    assert refused.reason == "slot_outside_session"
    row = session(session_id, by=town.dora)
    form = SlotsForm.of(row, slots_of_session(session_id, by=town.dora))
    read = {name: str(one)[:5] for name, one in form.initial.items() if one is not None}
    assert read == {"begins": "08:00", "ends": "09:00", "minutes": "30", "places": "4"}
    sent = SlotsForm(read, row=row)
    assert sent.is_valid(), sent.errors
    assert set_slots([sent.wanted()], by=town.dora, at=FIVE_PAST).unchanged == [sent.wanted()]


@pytest.mark.parametrize("places", [3, 2])
def test_whoever_waits_in_what_is_now_a_pause_gets_another_time(places: int) -> None:
    town = Town()
    session_id = full(town)
    one = comes(town, session_id, EIGHT + HOUR)
    pause = Times(EIGHT + HOUR, EIGHT + 1.5 * HOUR)
    rest = replace(SLOTS, places=places, pause=pause)
    (refused,) = set_slots([rest], by=town.dora, at=FIVE_PAST).refused
    assert refused.reason == "slot_times_given"
    assert set_slots([replace(rest, anew=True)], by=town.dora, at=FIVE_PAST).done
    now = [(0, places, places, 0), (0.5, places, places, 0), (1, 1, 1, 1)]
    assert shown(town, session_id) == [*now, (1.5, places, places, 0)]
    assert times(town, session_id)[one] == EIGHT + HOUR
    assert set_slots([rest], by=town.dora, at=FIVE_PAST).unchanged == [rest]


def test_whoever_was_swabbed_elsewhere_keeps_no_slot_here() -> None:
    town = Town()
    session_id = full(town)
    one = comes(town, session_id, EIGHT, "S1")
    assert shown(town, session_id)[0] == (0, 3, 2, 0), "and leaves their place to others"
    afternoon = replace(SLOTS, starts_at=EIGHT + 5 * HOUR, ends_at=EIGHT + 7 * HOUR, anew=True)
    assert set_slots([afternoon], by=town.dora, at=NOON + HOUR).done
    assert [line[:3] for line in shown(town, session_id)] == [
        (5, 3, 3), (5.5, 3, 3), (6, 3, 3), (6.5, 3, 2),
    ]  # fmt: skip
    assert one not in times(town, session_id)


def test_more_places_are_set_where_every_slot_stays() -> None:
    town = Town()
    session_id = opened(town)
    whole = replace(SLOTS, minutes=120, places=2)
    assert set_slots([whole], by=town.dora, at=NOON).done
    assert given(town, "D1", asked_for(town, ["Xóm 1"] * 2)) == []
    comes(town, session_id, EIGHT)
    more = replace(whole, places=5, anew=True)
    assert set_slots([more], by=town.dora, at=FIVE_PAST).done
    assert shown(town, session_id) == [(0, 5, 2, 1)]
    (refused,) = set_slots([replace(more, places=21)], by=town.dora, at=FIVE_PAST).refused
    assert refused.reason == "slot_too_crowded"
    before = replace(more, starts_at=EIGHT + HOUR)
    (refused,) = set_slots([before], by=town.dora, at=FIVE_PAST).refused
    assert refused.reason == "slot_times_impossible"


@pytest.mark.parametrize(
    ("begins", "hours", "ends"),
    [(14, 4, None), (14, 4, 6), (16.5, 2, None), (0, 24, 24), (0, 24, None), (14, 24, 24)],
)
def test_the_form_as_it_begins_is_what_the_session_is_cut_into(
    begins: float, hours: float, ends: float | None
) -> None:
    town = Town()
    session_id = opened(town)
    start = EIGHT + begins * HOUR
    opens = start - 2.5 * HOUR if begins == 16.5 else start
    change = SessionChange("D1", "Chợ", opens, ends_at=opens + ends * HOUR if ends else None)
    assert change_sessions([change], by=town.dora, at=NOON).done
    night = replace(SLOTS, starts_at=start, ends_at=start + hours * HOUR, minutes=60)
    pause = Times(start + 1 * HOUR, start + 3 * HOUR) if hours > 2 else None
    for wanted in (night, replace(night, pause=pause)):
        assert set_slots([wanted], by=town.dora, at=NOON).held
        row = session(session_id, by=town.dora)
        form = SlotsForm.of(row, slots_of_session(session_id, by=town.dora))
        read = {name: str(one)[:5] for name, one in form.initial.items() if one is not None}
        sent = SlotsForm(read, row=row)
        assert sent.is_valid(), sent.errors
        assert sent.wanted() == wanted
        assert set_slots([sent.wanted()], by=town.dora, at=NOON).unchanged == [wanted]
