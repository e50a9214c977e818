"""Sessions to be cut into slots, and people to be given their times."""

from __future__ import annotations

from dataclasses import replace

from som.sampling import commands as sampling
from som.sampling.commands import SessionChange, SlotWanted
from tests.laws.slots import DAY, EIGHT, HOUR, asked, opened
from tests.scale.prepared import Call, prepared
from tests.town import NOON, Town


@prepared("sampling.set_slots")
def _cuttings(size: int) -> Call:
    town = Town()
    codes = [f"D{n}" for n in range(size)]
    opened(town, codes)
    cut = [replace(DAY, session=code) for code in codes]
    assert sampling.set_slots(cut, by=town.dora, at=NOON).done
    people = zip(codes, asked(town, size), strict=True)
    told = [SlotWanted(code, request) for code, request in people]
    assert sampling.give_slots(told, by=town.dora, at=NOON).done == told
    wanted = [replace(one, minutes=30, anew=True) for one in cut]
    return lambda: sampling.set_slots(wanted, by=town.dora, at=NOON)


@prepared("sampling.give_slots")
def _givings(size: int) -> Call:
    town = Town()
    opened(town, ["D1"])
    cut = replace(DAY, minutes=2, places=20)
    assert sampling.set_slots([cut], by=town.dora, at=NOON).done
    wanted = [SlotWanted("D1", request) for request in asked(town, size)]
    return lambda: sampling.give_slots(wanted, by=town.dora, at=NOON)


@prepared("sampling.change_sessions")
def _changes(size: int) -> Call:
    town = Town()
    codes = [f"D{n}" for n in range(size)]
    opened(town, codes)
    cut = [replace(DAY, session=code) for code in codes]
    assert sampling.set_slots(cut, by=town.dora, at=NOON).done
    told = [
        SlotWanted(code, request, EIGHT + HOUR)
        for code, request in zip(codes, asked(town, size), strict=True)
    ]
    assert sampling.give_slots(told, by=town.dora, at=NOON).done == told
    # The second of two slots falls away: everybody in it gets another time.
    end = EIGHT + HOUR
    given = [SessionChange(code, "Trường", EIGHT, ends_at=end, anew=True) for code in codes]
    return lambda: sampling.change_sessions(given, by=town.dora, at=NOON)


@prepared("sampling.note_times_printed")
def _lists_printed(size: int) -> Call:
    town = Town()
    codes = [f"D{n}" for n in range(size)]
    opened(town, codes)
    return lambda: sampling.note_times_printed(codes, by=town.dora, at=NOON)
