"""Scenes of the commands about slots: cutting a session's day, and giving people their times."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from som.people.commands import Registration, register_people
from som.sampling import commands
from som.sampling.commands import (
    Ending,
    RequestWanted,
    Session,
    SessionChange,
    SlotsWanted,
    SlotWanted,
)
from som.sampling.queries import open_requests
from som.sampling.rules import RequestEnd, RequestReason, Times
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town

EIGHT = NOON + timedelta(hours=20)
HOUR = timedelta(hours=1)
DAY = SlotsWanted("D1", EIGHT, EIGHT + 2 * HOUR, 60, 5)


def opened(town: Town, codes: Sequence[str]) -> None:
    """Sessions of tomorrow morning."""
    asked = [Session(code, "C1", town.north, town.lab1, "Nhà văn hoá", EIGHT) for code in codes]
    assert commands.open_sessions(asked, by=town.dora, at=NOON).held == asked


def asked(town: Town, people: int) -> list[int]:
    """Requests of campaign C1 in the north."""
    met = register_people(
        [Registration(f"L{n}", town.declaration(address="Xóm 1")) for n in range(people)],
        unit=town.north,
        by=town.dora,
        at=NOON,
    )
    roster = RequestReason.ROSTER
    wanted = [
        RequestWanted(f"l{n}", e.person_id or 0, town.north, roster, NOON, campaign="C1")
        for n, e in enumerate(met.done)
    ]
    assert commands.request_tests(wanted, by=town.dora, at=NOON).done == wanted
    return sorted(r.id for r in open_requests(by=town.dora, at=NOON, limit=people))


def cuttings() -> Scene:
    """Sessions cut into slots, each in one way: of two ways the last would stay."""
    town = Town()
    opened(town, ["D1", "D2", "D3", "D4", "D5", "D6"])
    given = replace(DAY, session="D3")
    held = [given, *(replace(DAY, session=code) for code in ("D4", "D5", "D6"))]
    assert commands.set_slots(held, by=town.dora, at=NOON).done == held
    one, two, came, late = asked(town, 4)
    told = [
        SlotWanted("D3", one),
        SlotWanted("D4", two),
        SlotWanted("D6", came),
        SlotWanted("D6", late),
    ]
    assert commands.give_slots(told, by=town.dora, at=NOON).done == told
    swab = town.swab(town.tubes(1)[0], said=None, request=came, taken_at=EIGHT)
    assert commands.record_swabs([swab], session="D6", by=town.ana, at=EIGHT).done
    assert commands.close_sessions(["D5"], by=town.dora, at=NOON).done == ["D5"]
    good = [
        DAY,
        replace(DAY, session="D2", minutes=15, pause=Times(EIGHT + HOUR, EIGHT + 1.5 * HOUR)),
        given,
        replace(DAY, session="D4", places=4, anew=True),
        # The slot of whoever came stays.
        replace(DAY, session="D6", minutes=30, anew=True),
    ]
    bad = [
        replace(DAY, session="D9"),
        replace(DAY, session="D5", minutes=30),
        replace(given, places=4),
        replace(DAY, minutes=0),
        replace(DAY, minutes=121),
        replace(DAY, minutes=1, ends_at=EIGHT + 9 * HOUR),
        replace(DAY, places=0),
        replace(DAY, places=21),
        replace(DAY, starts_at=EIGHT - HOUR),
        replace(DAY, ends_at=EIGHT + 25 * HOUR),
    ]
    return Scene(
        lambda items, by: commands.set_slots(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def givings() -> Scene:
    """People given times in sessions, each in one way, and where the rule chooses in a session of one
    slot with room for all: of several slots each takes the first, so who comes first matters."""
    town = Town()
    opened(town, ["D1", "D2", "D3", "D4"])
    one_slot = replace(DAY, minutes=120)
    cut = [
        one_slot,
        replace(DAY, session="D2"),
        replace(DAY, session="D3", places=1),
        replace(one_slot, session="D4"),
    ]
    assert commands.set_slots(cut, by=town.dora, at=NOON).done == cut
    first, second, moved, told, full, refused, closed = asked(town, 7)
    held = [
        SlotWanted("D1", told),
        SlotWanted("D2", moved, EIGHT),
        SlotWanted("D3", full, EIGHT),
        SlotWanted("D4", closed),
    ]
    assert commands.give_slots(held, by=town.dora, at=NOON).done == held
    gone = [Ending(refused, RequestEnd.REFUSED)]
    assert commands.end_requests(gone, by=town.ana, at=NOON).done == gone
    assert commands.close_sessions(["D4"], by=town.dora, at=NOON).done == ["D4"]
    good = [
        SlotWanted("D1", first),
        SlotWanted("D2", second, EIGHT + HOUR),
        SlotWanted("D2", moved, EIGHT + HOUR),
        SlotWanted("D1", told),
        # Their time was in a session that is closed.
        SlotWanted("D1", closed),
    ]
    bad = [
        SlotWanted("D9", first),
        SlotWanted("D4", first),
        SlotWanted("D1", -1),
        SlotWanted("D1", refused),
        SlotWanted("D2", told),
        SlotWanted("D3", full, EIGHT + 2 * HOUR),
        SlotWanted("D3", first, EIGHT),
    ]
    return Scene(
        lambda items, by: commands.give_slots(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def changes() -> Scene:
    """Sessions changed, each in one way: of two ways the last would stay."""
    town = Town()
    opened(town, ["D1", "D2", "D3", "D4", "D5"])
    cut = [replace(DAY, session=code) for code in ("D1", "D2", "D3", "D5")]
    assert commands.set_slots(cut, by=town.dora, at=NOON).done == cut
    one, two, three = asked(town, 3)
    told = [SlotWanted("D1", one), SlotWanted("D2", two, EIGHT + HOUR), SlotWanted("D3", three)]
    assert commands.give_slots(told, by=town.dora, at=NOON).done == told
    assert commands.close_sessions(["D5"], by=town.dora, at=NOON).done == ["D5"]
    swab = town.swab(town.tubes(1)[0], taken_at=EIGHT)
    assert commands.record_swabs([swab], session="D4", by=town.ana, at=EIGHT).done
    as_is = SessionChange("D3", "Nhà văn hoá", EIGHT)
    good = [
        SessionChange("D1", "Trường", EIGHT + HOUR / 2, "Tổ 2", None, EIGHT + 3 * HOUR, 50),
        # A slot falls away, and whoever had a time in it gets another.
        SessionChange("D2", "Nhà văn hoá", EIGHT, ends_at=EIGHT + HOUR, anew=True),
        as_is,
        SessionChange("D4", "Chợ", EIGHT, "Tổ 1", ends_at=EIGHT + 2 * HOUR),
    ]
    bad = [
        replace(as_is, session="D9"),
        replace(as_is, session="D5", place="Chợ"),
        replace(as_is, session="D4", starts_at=EIGHT + HOUR),
        replace(as_is, session="D4", expected=9),
        replace(as_is, site=-1),
        replace(as_is, ends_at=EIGHT),
        replace(as_is, expected=0),
        replace(as_is, ends_at=EIGHT + HOUR / 2),
        replace(as_is, starts_at=EIGHT - 1_000 * HOUR),
        replace(as_is, starts_at=EIGHT + 9_000 * HOUR),
    ]
    return Scene(
        lambda items, by: commands.change_sessions(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def printings() -> Scene:
    """Lists of who comes when, printed; one was printed later than now already."""
    town = Town()
    opened(town, ["D1", "D2", "D3"])
    assert commands.note_times_printed(["D3"], by=town.dora, at=EIGHT).done == ["D3"]
    return Scene(
        lambda items, by: commands.note_times_printed(items, by=by, at=NOON),
        town.ana,
        st.sampled_from(["D1", "D2", "D3"]),
        st.just("D9"),
        stranger=town.egon,
    )


CASES = (
    Case(commands.change_sessions, changes),
    Case(commands.note_times_printed, printings),
    Case(commands.set_slots, cuttings),
    Case(commands.give_slots, givings),
)
