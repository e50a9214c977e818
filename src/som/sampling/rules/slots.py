"""The slots of a session: how a day is cut, and who comes when so that nobody crowds. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
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
        gettext_noop("People who are waited for have their times. Say whether they get new ones."),
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


class Cut(NamedTuple):
    """How the hours of a session are cut: slots of so many minutes, so many places in each."""

    hours: Times
    minutes: int
    places: int
    pause: Times | None = None


def slots_between(day: Times, minutes: int, pauses: Sequence[Times]) -> Iterator[Times]:
    """Whole slots of so many minutes within a day's hours, one after another; none in the pauses."""
    long = timedelta(minutes=minutes)
    start = day.starts_at
    while minutes > 0 and start + long <= day.ends_at:
        met = [p.ends_at for p in pauses if start < p.ends_at and start + long > p.starts_at]
        if met:
            start = max(met)
        else:
            yield Times(start, start + long)
            start += long


def slots_cut(cut: Cut, came: Mapping[Times, int]) -> tuple[list[Times], dict[Times, int]]:
    """The slots of a session cut so in which people are to come, and the places of all that it has.

    `came`: how many people came in slots that it has. These stay when they were, as the times of their
    people do, and the rest of the hours is cut around them: no two slots overlap. In one that stays
    whoever came takes up a place; outside the hours and in the pause it has places for them alone.
    """
    taken = [*came, *([cut.pause] if cut.pause else [])]
    stay = [one for one in came if _meant(one, cut)]
    called = sorted([*slots_between(cut.hours, cut.minutes, taken), *stay])
    places = {one: max(came.get(one, 0), cut.places) for one in called}
    return called, {**came, **places}


def _meant(one: Times, cut: Cut) -> bool:
    """Whether people are to come in these minutes: within the hours, and not in the pause."""
    if one.starts_at < cut.hours.starts_at or one.ends_at > cut.hours.ends_at:
        return False
    rest = cut.pause
    return rest is None or one.ends_at <= rest.starts_at or one.starts_at >= rest.ends_at


def cut_of(slots: Mapping[Times, int], came: Mapping[Times, int]) -> Cut:
    """How a session's slots, with the places of each, are cut: cut so once more they are the same.

    `came`: how many people came in which. Slots that stayed for these when the others were cut anew
    say nothing of how those are cut; but a full one may also be one of them, so both is tried.
    """
    times = sorted(slots)
    free = [one for one in times if not came.get(one)] or times
    lengths = Counter(one.ends_at - one.starts_at for one in free)
    minutes = lengths.most_common(1)[0][0] // timedelta(minutes=1)
    having = [one for one in times if slots[one] > came.get(one, 0)]
    each = Counter(slots[one] for one in having).most_common(1)
    places = each[0][0] if each else min(slots.values())
    alike = [one for one in times if one in having or slots[one] == places]
    cut = _cut_between(alike, minutes, places, slots, came)
    if slots_cut(cut, came)[1] == slots:
        return cut
    return _cut_between(having or alike[:1], minutes, places, slots, came)


def _cut_between(
    called: Sequence[Times],
    minutes: int,
    places: int,
    slots: Mapping[Times, int],
    came: Mapping[Times, int],
) -> Cut:
    """The cut from the first of these slots to the last: with a pause between two of them where
    without one there would be others than there are."""
    cut = Cut(Times(called[0].starts_at, called[-1].ends_at), minutes, places)
    others = slots_cut(cut, came)[1].items() ^ slots.items()
    first = min((one.starts_at for one, _places in others), default=None)
    for one, after in pairwise(called):
        if first is not None and one.ends_at <= first < after.starts_at:
            return cut._replace(pause=Times(one.ends_at, after.starts_at))
    return cut


def fault_of_slots(
    slots: Sequence[Times], places: int, *, within: Times, most: int
) -> tuple[SlotRefusal, str] | None:
    """What forbids to call people to such slots of so many places in a session within these hours;
    None: nothing does."""
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
