"""Slots in several hands at once: nobody has two times, and no slot more people than places."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from som.sampling.commands import (
    SessionChange,
    SlotWanted,
    change_sessions,
    close_sessions,
    give_slots,
    record_swabs,
    set_slots,
)
from som.sampling.queries import people_with_times, sessions, slots_of_session
from tests.laws.slots import DAY, EIGHT, HOUR, asked, opened
from tests.races.at_once import at_once, done, reasons
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

MANY = 40


def cut(town: Town, codes: list[str], **changes: int) -> dict[str, int]:
    """Sessions with the day's slots; their ids."""
    opened(town, codes)
    wanted = [replace(DAY, session=code, **changes) for code in codes]  # type: ignore[arg-type]
    assert set_slots(wanted, by=town.dora, at=NOON).done == wanted
    return {one.code: one.id for one in sessions(by=town.dora) if one.code in codes}


def test_two_sessions_that_call_the_same_people_each_get_some_once(town: Town) -> None:
    ids = cut(town, ["D1", "D2"], places=20)
    requests = asked(town, MANY)
    answers = at_once(
        lambda: give_slots([SlotWanted("D1", r) for r in requests], by=town.dora, at=NOON),
        lambda: give_slots([SlotWanted("D2", r) for r in requests[::-1]], by=town.dora, at=NOON),
        lambda: give_slots([SlotWanted("D2", r) for r in requests[20:]], by=town.dora, at=NOON),
    )
    assert set(reasons(answers)) <= {"slot_elsewhere", "slot_no_place_left"}
    given = Counter(one.request for one in done(answers))
    assert set(given.values()) == {1}
    held = [
        one.request
        for session in ids.values()
        for one in people_with_times(session, by=town.dora, at=NOON)
    ]
    assert sorted(held) == sorted(given) == requests


def test_a_slot_is_not_given_twice(town: Town) -> None:
    (session,) = cut(town, ["D1"], places=3).values()
    requests = asked(town, MANY)
    answers = at_once(
        *[
            lambda part=requests[n::4]: give_slots(
                [SlotWanted("D1", r) for r in part], by=town.dora, at=NOON
            )
            for n in range(4)
        ]
    )
    assert len(done(answers)) == 6
    assert Counter(reasons(answers)) == {"slot_no_place_left": MANY - 6}
    assert [one.given for one in slots_of_session(session, by=town.dora)] == [3, 3]


def test_slots_are_cut_anew_and_the_session_closed_while_times_are_given(town: Town) -> None:
    (session,) = cut(town, ["D1"]).values()
    requests = asked(town, MANY)
    answers = at_once(
        lambda: give_slots([SlotWanted("D1", r) for r in requests], by=town.dora, at=NOON),
        lambda: set_slots([replace(DAY, minutes=30, anew=True)], by=town.dora, at=NOON),
        lambda: give_slots([SlotWanted("D1", r) for r in requests[::-1]], by=town.dora, at=NOON),
        lambda: close_sessions(["D1"], by=town.dora, at=NOON),
        lambda: set_slots([replace(DAY, minutes=20, anew=True)], by=town.dora, at=NOON),
    )
    assert set(reasons(answers)) <= {"slot_no_place_left", "slot_session_closed"}
    found = slots_of_session(session, by=town.dora)
    assert all(one.given <= one.places for one in found)
    assert len({one.ends_at - one.starts_at for one in found}) == 1, "cut in one way"


def test_whoever_is_swabbed_while_slots_are_cut_anew_has_one_time(town: Town) -> None:
    ids = cut(town, ["D1", "D2"], places=20)
    requests = asked(town, MANY)
    assert give_slots([SlotWanted("D1", r) for r in requests], by=town.dora, at=NOON).held
    swabs = [
        town.swab(tube, said=None, request=request, taken_at=EIGHT)
        for request, tube in zip(requests[::2], town.tubes(MANY // 2), strict=True)
    ]
    answers = at_once(
        lambda: record_swabs(swabs, session="D2", by=town.ana, at=EIGHT + HOUR),
        lambda: set_slots([replace(DAY, minutes=30, places=20, anew=True)], by=town.dora, at=NOON),
    )
    assert reasons(answers) == []
    found = people_with_times(ids["D1"], by=town.dora, at=NOON)
    assert sorted(one.request for one in found) == requests[1::2], "who is still waited for"
    assert all(one.given <= one.places for one in slots_of_session(ids["D1"], by=town.dora))


def test_a_session_is_moved_before_its_first_swab_or_not_at_all(town: Town) -> None:
    opened(town, ["D1"])
    swab = town.swab(town.tubes(1)[0], taken_at=EIGHT + HOUR)
    later = SessionChange("D1", "Nhà văn hoá", EIGHT + HOUR)
    moved, recorded = at_once(
        lambda: change_sessions([later], by=town.dora, at=NOON),
        lambda: record_swabs([swab], session="D1", by=town.ana, at=EIGHT + HOUR),
    )
    assert recorded.done
    assert [str(one.reason) for one in moved.refused] in ([], ["session_begun"])
    now = change_sessions([later], by=town.dora, at=NOON)
    assert bool(now.unchanged) == bool(moved.done), "what was said of it is so"


def test_slots_that_move_keep_everybody_once(town: Town) -> None:
    (session,) = cut(town, ["D1"], places=20).values()
    requests = asked(town, MANY)
    answers = at_once(
        lambda: give_slots([SlotWanted("D1", r) for r in requests], by=town.dora, at=NOON),
        lambda: change_sessions(
            [SessionChange("D1", "Nhà văn hoá", EIGHT, ends_at=EIGHT + HOUR, anew=True)],
            by=town.dora,
            at=NOON,
        ),
    )
    assert len(answers[1].done) == 1
    (left,) = slots_of_session(session, by=town.dora)
    assert left.given == 20, "of two slots one is left, and it is full"


@pytest.mark.parametrize("change", ["cut", "move", "end"])
def test_times_change_hands_between_a_session_that_is_over_and_another(
    town: Town, change: str
) -> None:
    """Whoever did not come to D1 is called to D2, while the times of D1 change in another hand."""
    ids = cut(town, ["D1", "D2"], places=20)
    requests = asked(town, MANY)
    # As they are written: those of the last request first.
    for request in reversed(requests):
        assert give_slots([SlotWanted("D1", request)], by=town.dora, at=NOON).done
    over = EIGHT + 2 * HOUR
    later = replace(DAY, session="D2", starts_at=over, ends_at=over + 2 * HOUR, places=20)
    assert set_slots([later], by=town.dora, at=NOON).done
    stays = SessionChange("D1", "Nhà văn hoá", EIGHT)
    changes = {
        "cut": lambda: set_slots([replace(DAY, minutes=30, anew=True)], by=town.dora, at=over),
        "move": lambda: change_sessions(
            [replace(stays, starts_at=EIGHT + HOUR / 2)], by=town.dora, at=NOON
        ),
        "end": lambda: change_sessions(
            [replace(stays, ends_at=EIGHT + HOUR, anew=True)], by=town.dora, at=NOON
        ),
    }
    answers = at_once(
        lambda: give_slots([SlotWanted("D2", r) for r in requests], by=town.dora, at=over),
        changes[change],
    )
    assert set(reasons(answers)) <= {"slot_elsewhere", "slot_no_place_left"}
    held = [
        one.request
        for session in ids.values()
        for one in people_with_times(session, by=town.dora, at=NOON)
    ]
    assert len(held) == len(set(held))
    for session in ids.values():
        assert all(one.given <= one.places for one in slots_of_session(session, by=town.dora))
