"""The slots of a session: how a day is cut, and who comes when so that nobody crowds. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from som.kernel.ids import fold
from som.kernel.outcomes import Refusal, gettext_noop
from som.places.rules import hamlet_key, hamlet_named, hamlet_order, reading

ELDERLY = 60
"""Years from which somebody is elderly: Luật Người cao tuổi 39/2009/QH12, Điều 2."""

MOST_SLOTS = 200
"""More slots than any day has: slots of five minutes from morning to night are fewer."""


class SlotRefusal(Refusal):
    """Why slots were not set, or why somebody got no place in one."""

    SESSION_UNKNOWN = "slot_session_unknown", gettext_noop("There is no such session here.")
    SESSION_CLOSED = "slot_session_closed", gettext_noop("The session is closed.")
    TIMES_IMPOSSIBLE = (
        "slot_times_impossible",
        gettext_noop("Between these hours there is no room for a slot of so many minutes."),
    )
    OUTSIDE_SESSION = (
        "slot_outside_session",
        gettext_noop("The slots must lie within the hours of the session."),
    )
    TOO_MANY_SLOTS = "slot_too_many", gettext_noop("These are more slots than a day has.")
    NO_PLACES = "slot_no_places", gettext_noop("A slot has at least one place.")
    TOO_CROWDED = (
        "slot_too_crowded",
        gettext_noop("So many people may not wait at one place: the rule allows fewer."),
    )
    TIMES_GIVEN = (
        "slot_times_given",
        gettext_noop("People have their times already. Say whether all of them get new ones."),
    )
    NOT_ASKED = (
        "slot_not_asked",
        gettext_noop("The campaign of this session does not ask for this person here."),
    )
    ELSEWHERE = (
        "slot_elsewhere",
        gettext_noop("This person has another time that is not over."),
    )
    SLOT_UNKNOWN = "slot_unknown", gettext_noop("There is no such slot, or it is over.")
    SLOT_FULL = "slot_full", gettext_noop("This slot is full.")
    NO_PLACE_LEFT = (
        "slot_no_place_left",
        gettext_noop("No place is left. Set more slots or open another session."),
    )


class Times(NamedTuple):
    """From when until when."""

    starts_at: datetime
    ends_at: datetime


def slots_between(day: Times, minutes: int, pause: Times | None) -> Iterator[Times]:
    """Whole slots of so many minutes within a day's hours, one after another; none in the pause."""
    long = timedelta(minutes=minutes)
    start = day.starts_at
    while minutes > 0 and start + long <= day.ends_at:
        if pause and start < pause.ends_at and start + long > pause.starts_at:
            start = pause.ends_at
        else:
            yield Times(start, start + long)
            start += long


def fault_of_slots(
    slots: Sequence[Times], places: int, *, within: Times, most: int
) -> tuple[SlotRefusal, str] | None:
    """What forbids a session within these hours such slots of so many places; None: nothing does."""
    if not slots:
        return SlotRefusal.TIMES_IMPOSSIBLE, ""
    if slots[0].starts_at < within.starts_at or slots[-1].ends_at > within.ends_at:
        return SlotRefusal.OUTSIDE_SESSION, ""
    if len(slots) > MOST_SLOTS:
        return SlotRefusal.TOO_MANY_SLOTS, str(len(slots))
    if places < 1:
        return SlotRefusal.NO_PLACES, ""
    if places > most:
        return SlotRefusal.TOO_CROWDED, str(most)
    return None


def moved(slots: Mapping[int, Times], by: timedelta) -> dict[int, Times]:
    """The slots of a session when they all move with its beginning."""
    return {slot: Times(old.starts_at + by, old.ends_at + by) for slot, old in slots.items()}


def after_end(slots: Mapping[int, Times], *, ends_at: datetime, at: datetime) -> list[int]:
    """The slots to come that a session which ends then has no more. What is over stays as it was."""
    return [slot for slot, times in slots.items() if times.ends_at > max(ends_at, at)]


class Home(NamedTuple):
    """What an address says of where somebody lives: the hamlet as lists call it, and the house."""

    hamlet: str
    house: str


@lru_cache(maxsize=8192)
def home_in(address: str) -> Home:
    """The hamlet and the house that an address names; empty where it names none."""
    cut = reading(address)
    house = " ".join(fold(s.text) for s in cut.segments if s.street and not s.hamlet)
    return Home(hamlet_named(address), house if any(sign.isdigit() for sign in house) else "")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who is asked for, as far as it matters for when they come.

    `apart`: with symptoms, met a case, or asked for again. `slot`: where they have a place already.
    """

    request: int
    unit: int
    address: str
    phone: str
    birth_year: int | None
    apart: bool
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class _Household:
    """People who come together."""

    hamlet: str
    members: tuple[Waiting, ...]

    def place(self, year: int) -> tuple[object, ...]:
        """Its place in the order of coming: commune by commune, hamlet by hamlet, the elderly first."""
        eldest = min((m.birth_year for m in self.members if m.birth_year), default=year)
        first = min(m.request for m in self.members)
        return self.members[0].unit, hamlet_order(self.hamlet), year - eldest < ELDERLY, first

    @property
    def apart(self) -> bool:
        return any(m.apart for m in self.members)


def _households(people: Sequence[Waiting]) -> list[_Household]:
    """Who lives together: in one house, or where no house is known, with one telephone in a hamlet."""
    found: dict[object, list[Waiting]] = {}
    for one in people:
        home = home_in(one.address)
        hamlet = hamlet_key(one.address)
        if home.house:
            key: object = one.unit, hamlet, "house", home.house
        elif one.phone:
            key = one.unit, hamlet, "phone", one.phone
        else:
            key = one.request
        found.setdefault(key, []).append(one)
    return [_Household(home_in(group[0].address).hamlet, tuple(group)) for group in found.values()]


def allotted(people: Sequence[Waiting], rooms: Mapping[int, int], *, year: int) -> dict[int, int]:
    """The slot of each request that gets a place, of all who have none yet.

    `rooms`: the places left in each slot, in the order of the slots. Hamlet by hamlet, as families and
    hamlets keep apart from one another (Chỉ thị 16/CT-TTg 31/3/2020); in a hamlet the households of
    the elderly first, who should not wait in the heat; else in the order of the list. A household
    comes together, beside its members who have a time already, and is parted only where no slot holds
    it. Whoever may carry the virus comes with their household in the last slots, so that nobody waits
    behind them.
    """
    left = dict(rooms)
    given: dict[int, int] = {}
    households = _households(people)
    mixed = any(not home.apart for home in households)
    for home in sorted(households, key=lambda one: (mixed and one.apart, one.place(year))):
        new = [m.request for m in home.members if m.slot is None]
        order = list(reversed(left)) if mixed and home.apart else list(left)
        beside = [m.slot for m in home.members if m.slot in left]
        for slot in (*beside, *order):
            if slot is not None and new and left[slot] >= len(new):
                given |= dict.fromkeys(new, slot)
                left[slot] -= len(new)
                break
        else:
            free = (slot for slot in order for _ in range(left[slot]))
            for request, slot in zip(new, list(free), strict=False):
                given[request] = slot
                left[slot] -= 1
    return given
