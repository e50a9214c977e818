"""How tubes are kept, and until when they may be tested because of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from som.kernel import sql
from som.kernel.errors import NotAllowed
from som.lab.commands import receive_tubes
from som.sampling.commands import Loss, lose_tubes, record_swabs, store_tubes
from som.sampling.queries import tubes_with_codes
from som.sampling.rules import Keeping, KeepingRule, StorageKind, use_by, use_by_state
from tests.town import NOON, Town

HOUR = timedelta(hours=1)
TAKEN = NOON - HOUR
RULE = KeepingRule(48 * HOUR, 4 * HOUR, 7 * 24 * HOUR, 24 * HOUR)
FRIDGE, FROZEN, THAWED, ROOM = StorageKind


def hour_by_hour(events: list[Keeping]) -> datetime:
    """The use-by, found by living through every hour of a tube: slow, and plain to see."""
    by_hour = {event.since: event.kind for event in events}
    left, ice, frozen, thawed = 48, 0, False, False
    now = TAKEN
    while True:
        kind = by_hour.get(now)
        if kind is not None:
            leaves_ice = frozen and (kind is not FROZEN or thawed)
            if leaves_ice:
                frozen, thawed, left = False, True, min(left, 24)
            if kind is FROZEN and not frozen and not thawed:
                frozen, ice = True, max(7 * 24, left)
            if kind is ROOM:
                left = min(left, 4)
        if (ice if frozen else left) == 0:
            return now
        if frozen:
            ice -= 1
        else:
            left -= 1
        now += HOUR


@pytest.mark.parametrize(
    ("left", "state"),
    [(-1, "late"), (0, "near"), (12 * 3600 - 1, "near"), (12 * 3600, ""), (48 * 3600, "")],
)
def test_a_use_by_is_marked_when_it_is_near_or_past(left: int, state: str) -> None:
    assert use_by_state(NOON + timedelta(seconds=left), at=NOON) == state


@given(st.dictionaries(st.integers(0, 400), st.sampled_from(list(StorageKind)), max_size=6))
def test_the_use_by_is_what_living_through_every_hour_gives(
    by_hour: dict[int, StorageKind],
) -> None:
    events = [Keeping(kind, TAKEN + hour * HOUR) for hour, kind in by_hour.items()]
    assert use_by(TAKEN, events, RULE) == hour_by_hour(events)


@given(
    st.dictionaries(st.integers(0, 400), st.sampled_from(list(StorageKind)), max_size=6),
    st.integers(0, 400),
    st.sampled_from([FRIDGE, THAWED, ROOM]),
)
def test_nothing_but_ice_makes_a_tube_last_longer(
    by_hour: dict[int, StorageKind], hour: int, kind: StorageKind
) -> None:
    events = [Keeping(what, TAKEN + when * HOUR) for when, what in by_hour.items() if when < hour]
    before = use_by(TAKEN, events, RULE)
    assert use_by(TAKEN, [*events, Keeping(kind, TAKEN + hour * HOUR)], RULE) <= before


@pytest.mark.parametrize(
    ("events", "hours"),
    [
        ([], 48),
        ([(10, FRIDGE)], 48),
        ([(10, ROOM)], 14),
        ([(46, ROOM)], 48),
        ([(10, ROOM), (12, FRIDGE)], 14),
        ([(10, FROZEN)], 10 + 168),
        ([(10, FROZEN), (20, FROZEN)], 10 + 168),
        ([(10, FROZEN), (100, THAWED)], 124),
        ([(40, FROZEN), (100, THAWED)], 108),
        ([(40, FROZEN), (100, THAWED), (102, FROZEN)], 108),
        ([(49, FROZEN)], 48),
    ],
)
def test_examples(events: list[tuple[int, StorageKind]], hours: int) -> None:
    kept = [Keeping(kind, TAKEN + hour * HOUR) for hour, kind in events]
    assert use_by(TAKEN, kept, RULE) == TAKEN + hours * HOUR


def received(town: Town, count: int = 1) -> list[str]:
    tubes = town.tubes(count)
    record_swabs([town.swab(t) for t in tubes], session="S1", by=town.ana, at=NOON)
    assert not receive_tubes(tubes, lab=town.lab1, by=town.ben, at=NOON).refused
    return tubes


def keep(town: Town, code: str, kind: StorageKind, hours: int, warm: str | None = None) -> str:
    """Note after so many hours that a tube is kept so; why that was refused, if it was."""
    outcome = store_tubes(
        [code],
        kind=kind,
        lab=town.lab1,
        by=town.ben,
        at=NOON + hours * HOUR,
        temperature=Decimal(warm) if warm else None,
    )
    return str(outcome.refused[0].reason) if outcome.refused else ""


@pytest.mark.django_db
def test_storing_a_tube_moves_its_use_by() -> None:
    town = Town()
    (code,) = received(town)

    def ends() -> object:
        return tubes_with_codes([code])[code][0].use_by_at

    assert ends() == TAKEN + 48 * HOUR
    assert keep(town, code, FRIDGE, 1, "4.5") == ""
    assert ends() == TAKEN + 48 * HOUR
    assert keep(town, code, FROZEN, 9, "-76") == ""
    assert ends() == NOON + 9 * HOUR + timedelta(days=7)
    assert keep(town, code, THAWED, 99) == ""
    assert ends() == NOON + (99 + 24) * HOUR
    assert keep(town, code, ROOM, 100, "25") == ""
    assert ends() == NOON + 104 * HOUR
    rows = "SELECT kind, temperature, lab_id, noted_by FROM sampling_storage ORDER BY stored_at"
    assert sql.rows(rows) == [
        ("fridge", Decimal("4.5"), town.lab1, "ben"),
        ("frozen", Decimal("-76.0"), town.lab1, "ben"),
        ("thawed", None, town.lab1, "ben"),
        ("room", Decimal("25.0"), town.lab1, "ben"),
    ]


@pytest.mark.django_db
def test_nobody_makes_a_tube_last_longer_afterwards() -> None:
    town = Town()
    code, lost, other = received(town, 3)
    assert keep(town, code, FRIDGE, 5) == ""
    assert keep(town, code, FROZEN, 4) == "stored_before_last"
    assert keep(town, code, FROZEN, 5) == "stored_before_last"
    assert keep(town, other, FROZEN, -2) == "stored_before_last"
    assert keep(town, other, FROZEN, 48) == "stored_use_by_passed"
    assert keep(town, other, THAWED, 3) == "stored_not_frozen"
    assert keep(town, other, FROZEN, 3, "-20") == "stored_temperature_differs"
    assert keep(town, other, FRIDGE, 3, "9") == "stored_temperature_differs"
    lose_tubes([Loss(lost, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    assert keep(town, lost, FRIDGE, 3) == "stored_tube_closed"
    assert keep(town, "X", FRIDGE, 3) == "stored_tube_not_here"
    elsewhere = store_tubes([other], kind=FROZEN, lab=town.lab2, by=town.lan, at=NOON)
    assert [str(r.reason) for r in elsewhere.refused] == ["stored_tube_not_here"]
    again = store_tubes([code], kind=FRIDGE, lab=town.lab1, by=town.ben, at=NOON + 5 * HOUR)
    assert again.unchanged == [code]
    with pytest.raises(NotAllowed):
        store_tubes([other], kind=FROZEN, lab=town.lab1, by=town.lan, at=NOON)


@pytest.mark.django_db
def test_a_tube_that_comes_past_its_use_by_is_not_received() -> None:
    town = Town()
    (code,) = town.tubes(1)
    record_swabs([town.swab(code)], session="S1", by=town.ana, at=NOON)
    late = receive_tubes([code], lab=town.lab1, by=town.ben, at=NOON + 48 * HOUR)
    assert [str(r.reason) for r in late.refused] == ["arrival_use_by_passed"]
    assert sql.rows("SELECT count(*) FROM lab_reception") == [(0,)]
