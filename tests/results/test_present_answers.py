"""Whatever becomes of an answer, every place that shows it shows the one that stands now."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings

from som.access.queries import system_actor
from som.kernel import ids
from som.lab.verdicts import Verdict
from som.notices.queries import unacknowledged_by_kind, unacknowledged_notices
from som.results import queries
from som.results.commands import (
    Correction,
    confirm_corrections,
    confirm_recalls,
    propose_corrections,
    propose_recalls,
    withdraw_corrections,
)
from som.results.queries import SecondIdentifier, SlipsOf
from som.results.queries.where import StationKind
from som.results.rules import Paper, RecallWanted, sealed
from som.results.work import take_up_recalls
from som.sampling.commands import record_swabs
from som.sampling.rules import SwabTaken
from tests.desks import signed_in
from tests.results.answered import DAY, answered, one, swab_id, taken, unit_code
from tests.results.reviews import bich
from tests.town import NOON, Town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

MINUTE = timedelta(minutes=1)
LAST = NOON + timedelta(hours=1)

# --- what becomes of an answer


def proposed(town: Town, swab: SwabTaken, value: str, minute: int) -> int:
    verdict = one("SELECT verdict_id FROM results_result WHERE swab_id = %s", swab_id(swab))
    given = [Correction(verdict, Verdict(value), "nhầm giếng")]
    at = NOON + minute * MINUTE
    assert propose_corrections(given, lab=town.lab1, by=town.bao, at=at).done == given
    (waits,) = queries.corrections_open(town.lab1, by=town.bao)
    return waits.id


def corrected(town: Town, swab: SwabTaken, value: str, minute: int = 5) -> None:
    number = proposed(town, swab, value, minute)
    at = NOON + (minute + 1) * MINUTE
    assert confirm_corrections([number], lab=town.lab1, by=bich(town), at=at).done == [number]


def given_up(town: Town, swab: SwabTaken, value: str) -> None:
    number = proposed(town, swab, value, 5)
    at = NOON + 6 * MINUTE
    assert withdraw_corrections([number], lab=town.lab1, by=town.bao, at=at).done == [number]


def recalled(town: Town, _swab: SwabTaken) -> None:
    wanted = RecallWanted(town.lab1, NOON - timedelta(days=1), NOON + 30 * MINUTE, "đặt sai ngưỡng")
    assert propose_recalls([wanted], by=town.bao, at=NOON + 30 * MINUTE).done
    (row,) = queries.recalls(by=town.dora)
    assert confirm_recalls([row.id], by=town.dora, at=NOON + 31 * MINUTE).done
    take_up_recalls(at=NOON + 32 * MINUTE)


def corrected_twice(town: Town, swab: SwabTaken) -> None:
    corrected(town, swab, "negative")
    corrected(town, swab, "positive", 15)


def corrected_and_recalled(town: Town, swab: SwabTaken) -> None:
    corrected(town, swab, "negative")
    recalled(town, swab)


Becomes = Callable[[Town, SwabTaken], None]
ENDS: dict[str, tuple[str, Becomes, str]] = {
    "nothing": ("positive", lambda *_: None, "positive"),
    "corrected to negative": ("positive", lambda t, s: corrected(t, s, "negative"), "negative"),
    "corrected to positive": ("negative", lambda t, s: corrected(t, s, "positive"), "positive"),
    "corrected to a doubt": (
        "negative", lambda t, s: corrected(t, s, "inconclusive"), "inconclusive",
    ),
    "corrected back": ("positive", corrected_twice, "positive"),
    "proposal given up": ("positive", lambda t, s: given_up(t, s, "negative"), "positive"),
    "recalled": ("negative", recalled, "withdrawn"),
    "corrected, then recalled": ("positive", corrected_and_recalled, "withdrawn"),
}  # fmt: skip
"""What was said first, what became of it, and what stands then."""

# --- where it is shown


def way(town: Town, swab: SwabTaken) -> str:
    """Its last word on `Where is it?`, for whoever reads results and for its laboratory."""
    said = set()
    for by in (town.cleo, town.bao):
        (found,) = queries.where_is(swab.tube, by=by, at=LAST)
        words = (StationKind.RELEASED, StationKind.CORRECTED, StationKind.TAKEN_BACK)
        last = [station for station in found.stations if station.kind in words][-1]
        said.add("withdrawn" if last.kind is StationKind.TAKEN_BACK else last.value)
        again = last.kind is StationKind.TAKEN_BACK or last.value == "inconclusive"
        assert found.next == (StationKind.ASKED_AGAIN if again else None)
    return said.pop() if len(said) == 1 else f"not alike: {said}"


def swab_page(town: Town, swab: SwabTaken) -> str:
    page = signed_in(town, "cleo").get(f"/results/swab/{swab_id(swab)}/")
    return str(page.context["versions"][-1][0].value)


def beside_another_swab(town: Town, swab: SwabTaken) -> str:
    """Among the other swabs on the page of the person's next one."""
    later = replace(swab, slip=ids.new_slip_code(town.random), tube=town.tubes(1)[0])
    assert record_swabs([later], session="S2", by=town.ana, at=NOON).done
    page = signed_in(town, "cleo").get(f"/results/swab/{swab_id(later)}/")
    ((other, _),) = page.context["others"]
    return str(other.value)


def area(town: Town, _swab: SwabTaken) -> str:
    """In the results of the commune: the line, and the figure that opens it."""
    (line,) = queries.answers_of_area(town.north, on=NOON.date(), by=town.cleo, at=LAST)
    counted = queries.answers_counted(town.north, on=NOON.date(), by=town.cleo)
    assert counted == {line.value: 1}
    return str(line.value)


def look_up(town: Town, swab: SwabTaken) -> str:
    assert swab.said is not None
    second = SecondIdentifier(birth_date=swab.said.birth_date)
    found = queries.look_up(swab.slip, second, by=system_actor("public"), at=LAST)
    assert found is not None
    return str(found.value)


def slip(town: Town, swab: SwabTaken) -> str:
    """What is printed now, and that the paper printed before it holds no more."""
    row = queries.slip_of(swab_id(swab), by=town.cleo, at=LAST)
    for version in range(1, row.version + 1):
        paper = sealed(swab.slip, version, settings.SECRET_KEY)
        page = signed_in(town, "ana").post("/where/", {"code": paper}).text
        assert ("and still holds" in page) is (version == row.version)
    return str(row.value)


def hand_out(town: Town, _swab: SwabTaken) -> str:
    """On the hamlet's list, or on the list of those to be called: never on both."""
    of = SlipsOf(town.north, NOON.date())
    listed, called = (
        queries.slips(of, paper, by=town.cleo, at=LAST) for paper in (Paper.LIST, Paper.CALLS)
    )
    (row,) = [*listed, *called]
    assert bool(called) is (row.value == "positive")
    return str(row.value)


def slips_page(town: Town, _swab: SwabTaken) -> str:
    """The figures above the papers count it under what it is now."""
    (line,) = queries.slips_counted(SlipsOf(town.north, NOON.date()), by=town.cleo)
    page = signed_in(town, "cleo").get(f"/results/slips/?unit={unit_code(town)}&{DAY}")
    assert page.status_code == 200
    return str(line.value)


PLACES = (way, swab_page, beside_another_swab, area, look_up, slip, hand_out, slips_page)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
@pytest.mark.parametrize("end", ENDS)
def test_every_place_shows_the_answer_that_stands(
    town: Town, end: str, place: Callable[[Town, SwabTaken], str]
) -> None:
    first, becomes, stands = ENDS[end]
    (swab,) = taken(town, [town.declaration()])
    answered(town, {swab.tube: first})
    becomes(town, swab)
    assert place(town, swab) == stands


@pytest.mark.parametrize("end", ENDS)
def test_the_commune_is_called_by_a_positive_that_stands_and_by_no_other(
    town: Town, end: str
) -> None:
    """On the home page and in the inbox."""
    first, becomes, stands = ENDS[end]
    (swab,) = taken(town, [town.declaration()])
    answered(town, {swab.tube: first})
    becomes(town, swab)
    waiting = unacknowledged_notices(by=town.cleo, at=LAST)
    calls = [one for one in waiting if one.kind == "positive" and not one.taken_back]
    assert bool(calls) is (stands == "positive")
    assert bool(unacknowledged_by_kind(by=town.cleo).get("positive")) is (stands == "positive")


# --- what the way says of a correction


def test_the_way_says_who_corrected_what_and_why_to_whoever_may_read_it(town: Town) -> None:
    (swab,) = taken(town, [town.declaration()])
    answered(town, {swab.tube: "negative"})
    corrected(town, swab, "inconclusive")
    told = "Answer corrected: it was negative and is inconclusive"
    for name in ("cleo", "bao", "ben"):
        page = signed_in(town, name).get(f"/where/?code={swab.tube}").text
        assert told in page, name
        assert "nhầm giếng" in page, name
        assert "bich" in page, name
        assert "Its people are to be swabbed again" in page, name
    page = signed_in(town, "ana").get(f"/where/?code={swab.tube}").text
    assert "Answer corrected" in page, "whoever took the swab sees that it was"
    assert told not in page
    assert "nhầm giếng" not in page


def test_people_of_a_pool_that_was_not_negative_after_all_are_swabbed_again(town: Town) -> None:
    swabs = taken(town, [town.declaration(), town.declaration()])
    town.pooled("P1", [swab.tube for swab in swabs])
    answered(town, {"P1": "negative"})
    corrected(town, swabs[0], "positive")
    for swab in swabs:
        (found,) = queries.where_is(swab.tube, by=town.cleo, at=LAST)
        last = found.stations[-1]
        assert (last.kind, last.was, last.value) == (StationKind.CORRECTED, "negative", "positive")
        assert found.next is StationKind.ASKED_AGAIN


def test_the_runs_page_says_what_was_corrected_of_it(town: Town) -> None:
    (swab,) = taken(town, [town.declaration()])
    answered(town, {swab.tube: "positive"})
    ben = signed_in(town, "ben")
    (run,) = re.findall(r'href="/lab/runs/(\d+)/"', ben.get("/lab/runs/").text)
    address = f"/results/run/{run}/slot/"
    assert "nhầm giếng" not in ben.get(address).text
    corrected(town, swab, "negative")
    page = ben.get(address).text
    assert "nhầm giếng" in page
    assert f"/where/?code={swab.tube}" in page
