"""Who is asked for, how it ends, and how it passes from one unit to another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from som.access.queries import system_actor
from som.access.roles import Held, actor_with
from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotAllowed
from som.kernel.ids import tube_code
from som.people.commands import Death, Registration, note_deaths, register_people
from som.people.rules import Declaration, Stay, StayKind
from som.places.queries import covered_ids, provinces_of, unit_ids
from som.sampling.commands import (
    Campaign,
    Ending,
    Handover,
    RequestWanted,
    accept_transfers,
    decline_transfers,
    end_requests,
    plan_campaigns,
    record_swabs,
    request_tests,
    transfer_requests,
)
from som.sampling.queries import (
    RequestRow,
    open_requests,
    repeats_of,
    request_counts,
    transfers_to_answer,
    transfers_waiting,
)
from som.sampling.rules import RequestEnd, RequestReason, SwabTaken, UnableReason, is_near
from som.sampling.work import take_up_deaths
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

HOURS = timedelta(hours=1)
EARLIER = NOON - 2 * HOURS


def met(town: Town, said: Declaration | None = None, *, reference: str = "A1") -> int:
    """Somebody taken in by the north."""
    given = [Registration(reference, said or town.declaration(address="Xóm 4"))]
    return register_people(given, unit=town.north, by=town.ana, at=EARLIER).held[0].person_id or 0


def asked(town: Town, person: int, key: str = "k1", **changes: object) -> int:
    """A request of the north for this person; its id."""
    wish = RequestWanted(key, person, town.north, RequestReason.ROSTER, NOON + 10 * HOURS)
    outcome = request_tests([replace(wish, **changes)], by=town.cleo, at=EARLIER)
    assert outcome.done, outcome.refused
    with scope.entered(town.dora, "sampling.read"):
        return int(sql.rows("SELECT id FROM sampling_testrequest WHERE key = %s", (key,))[0][0])


def reasons_of(outcome: object) -> list[str]:
    """Why what was refused was refused."""
    return [str(one.reason) for one in outcome.refused]  # type: ignore[attr-defined]


def seen(by: Actor, at: datetime = NOON) -> list[int]:
    """The persons on somebody's list."""
    return [row.person for row in open_requests(by=by, at=at)]


def southern(town: Town) -> Actor:
    """The officer of the south."""
    held = Held("commune_officer", covered_ids([town.south]))
    return actor_with("sen", [held], account_id=0, label="Sen")


# Asking


def test_the_dead_are_asked_for_no_more_and_their_requests_end() -> None:
    town = Town()
    person, other = met(town), met(town, reference="A2")
    asked(town, person), asked(town, other, "k2")
    assert note_deaths([Death(person, NOON)], by=town.ana, at=NOON).done
    wish = RequestWanted("k3", person, town.north, RequestReason.ROSTER, NOON)
    assert reasons_of(request_tests([wish], by=town.cleo, at=NOON)) == ["person_died"]
    assert take_up_deaths(at=NOON) == 1
    assert take_up_deaths(at=NOON) == 0
    assert seen(town.cleo) == [other]


def test_whoever_asks_for_somebody_makes_the_unit_that_swabs_see_them() -> None:
    town = Town()
    person = met(town)
    wish = RequestWanted("k1", person, town.south, RequestReason.CONTACT, NOON)
    assert request_tests([wish], by=town.dora, at=NOON).done
    (row,) = open_requests(by=southern(town), at=NOON)
    assert (row.person, row.address) == (person, "Xóm 4")


def test_a_campaign_asks_only_where_it_reaches_and_counts_its_own() -> None:
    town = Town()
    first, second = met(town), met(town, reference="A2")
    far = Campaign("C9", "Nam", town.south, "screening", NOON.date())
    assert plan_campaigns([far], by=town.dora, at=NOON).done
    wish = RequestWanted("k1", first, town.north, RequestReason.ROSTER, NOON, campaign="C9")
    assert reasons_of(request_tests([wish], by=town.cleo, at=NOON)) == ["campaign_unknown"]
    asked(town, first, "k1", campaign="C1")
    asked(town, second, "k2", due_at=EARLIER)
    campaign = sql.rows("SELECT id FROM sampling_campaign WHERE code = 'C1'")[0][0]
    assert request_counts(by=town.cleo, at=NOON) == {"": 2, "late": 1}
    assert request_counts(by=town.cleo, at=NOON, campaign_id=campaign) == {"": 1}
    (row,) = open_requests(by=town.cleo, at=NOON, campaign_id=campaign)
    assert (row.person, row.campaign) == (first, "Sàng lọc chợ")


def test_a_day_of_a_schedule_has_a_number_and_nothing_else_has() -> None:
    town = Town()
    person = met(town)
    asked(town, person, reason=RequestReason.DAY, day_number=7)
    (row,) = open_requests(by=town.cleo, at=NOON)
    assert (row.reason, row.day_number, row.single) == ("day", 7, False)
    wish = RequestWanted("k2", person, town.north, RequestReason.LOST, NOON, day_number=7)
    refused = request_tests([wish, replace(wish, key="k3", day_number=-1)], by=town.cleo, at=NOON)
    assert reasons_of(refused) == ["day_impossible"] * 2


def test_entries_joined_as_one_person_are_asked_for_and_answered_as_one() -> None:
    town = Town()
    gone, kept = met(town), met(town, reference="A2")
    before = asked(town, gone)
    joined(gone, kept)
    asked(town, gone, "k2")
    assert sorted(seen(town.cleo)) == sorted([gone, kept])
    swab = SwabTaken(town.tubes(1)[0], town.swab("").slip, NOON - HOURS, request=before)
    assert record_swabs([swab], session="S1", by=town.ana, at=NOON).done
    assert seen(town.cleo) == []


def joined(gone: int, kept: int) -> None:
    """Two entries found to be one person, as a review leaves them."""
    with scope.entered(system_actor("results"), "results.read"):
        sql.execute("UPDATE people_person SET merged_into_id = %s WHERE id = %s", (kept, gone))


# Ending


def test_whoever_could_not_be_swabbed_is_asked_for_again_like_the_absent() -> None:
    town = Town()
    request = asked(town, met(town), reason=RequestReason.DAY, day_number=3, campaign="C1")
    unable = Ending(request, RequestEnd.UNABLE, date(2026, 11, 4), UnableReason.TOO_ILL)
    assert end_requests([unable], by=town.ana, at=NOON).done == [unable]
    assert end_requests([unable], by=town.ana, at=NOON + 99 * HOURS).unchanged == [unable]
    (again,) = open_requests(by=town.cleo, at=NOON)
    assert (again.day_number, again.campaign) == (3, "Sàng lọc chợ")
    assert again.due_at.isoformat() == "2026-11-04T17:00:00+00:00"
    other = replace(unable, because=UnableReason.INJURED)
    assert reasons_of(end_requests([other], by=town.ana, at=NOON)) == ["request_has_ended"]


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (Ending(0, RequestEnd.ABSENT), "revisit_missing"),
        (Ending(0, RequestEnd.ABSENT, date(2026, 11, 1)), "revisit_impossible"),
        (Ending(0, RequestEnd.ABSENT, date(2062, 11, 4)), "revisit_impossible"),
        (Ending(0, RequestEnd.UNABLE, date(2026, 11, 4)), "why_unable_missing"),
        (Ending(0, RequestEnd.UNABLE, None, UnableReason.OTHER), "revisit_missing"),
        (Ending(0, RequestEnd.SWABBED), "request_has_ended"),
        (Ending(0, RequestEnd.TRANSFERRED), "transfer_unanswered"),
    ],
)
def test_an_ending_that_would_lose_somebody_is_refused(ending: Ending, reason: str) -> None:
    town = Town()
    given = replace(ending, request=asked(town, met(town)))
    assert reasons_of(end_requests([given], by=town.ana, at=NOON)) == [reason]


def test_a_swab_here_ends_what_was_asked_elsewhere_and_only_what_it_may() -> None:
    town = Town()
    said = town.declaration()
    person = met(town, said)
    there = register_people(
        [Registration("E1", replace(said, residence=None))],
        unit=town.other_province,
        by=town.egon,
        at=EARLIER,
    )
    assert there.held[0].person_id == person
    due = NOON + HOURS
    wishes = [
        RequestWanted(f"e{r}", person, town.other_province, r, due)
        for r in (RequestReason.ROSTER, RequestReason.CONTACT)
    ]
    assert request_tests(wishes, by=town.egon, at=EARLIER).done == wishes
    late = RequestWanted("e9", person, town.other_province, RequestReason.ROSTER, due)
    assert request_tests([late], by=town.egon, at=NOON).done
    (tube,) = town.tubes(1)
    assert record_swabs([town.swab(tube, said=said)], session="S1", by=town.ana, at=NOON).done
    left = [row.reason for row in open_requests(by=town.egon, at=NOON)]
    assert sorted(left) == ["contact", "roster"], "one asked for a tube alone, one asked later"


# Handing over


def test_a_request_stays_the_givers_until_the_other_unit_accepts() -> None:
    town = Town()
    sen, person = southern(town), met(town)
    request = asked(town, person)
    offer = Handover(request, town.south)
    assert transfer_requests([offer], by=town.ana, at=NOON).done == [offer]
    assert transfer_requests([offer], by=town.ana, at=NOON).unchanged == [offer]
    (row,) = open_requests(by=town.cleo, at=NOON)
    assert (row.offered_to, request_counts(by=town.cleo, at=NOON)["offered"]) == (town.south, 1)
    assert seen(sen) == [], "nothing but the offer shows before it is accepted"
    (waiting,) = transfers_waiting(by=sen, at=NOON)
    assert (waiting.request, waiting.person, waiting.unit) == (request, person, town.north)
    assert transfers_to_answer(by=sen) == 1

    assert accept_transfers([request], by=sen, at=NOON).done == [request]
    assert accept_transfers([request], by=sen, at=NOON).unchanged == [request]
    assert seen(town.cleo) == []
    (mine,) = open_requests(by=sen, at=NOON)
    assert (mine.person, mine.unit, mine.due_at) == (person, town.south, row.due_at)
    assert mine.address == "Xóm 4"
    assert transfers_to_answer(by=sen) == 0
    with scope.entered(town.dora, "sampling.read"):
        ended = sql.rows("SELECT ended_as FROM sampling_testrequest WHERE id = %s", (request,))
    assert ended == [("transferred",)]


def test_what_is_declined_comes_back_and_may_be_offered_elsewhere() -> None:
    town = Town()
    sen, request = southern(town), asked(town, met(town))
    transfer_requests([Handover(request, town.south)], by=town.ana, at=NOON)
    assert decline_transfers([request], by=sen, at=NOON).done == [request]
    assert decline_transfers([request], by=sen, at=NOON).unchanged == [request]
    assert reasons_of(accept_transfers([request], by=sen, at=NOON)) == ["transfer_gone"]
    (row,) = open_requests(by=town.cleo, at=NOON)
    assert (row.offered_to, row.declined_by) == (None, town.south)
    again = Handover(request, town.province)
    assert transfer_requests([again], by=town.ana, at=NOON).done == [again]
    assert transfers_waiting(by=sen, at=NOON) == []
    assert [t.request for t in transfers_waiting(by=town.dora, at=NOON)] == [request]
    nobody = Handover(request, None)
    assert transfer_requests([nobody], by=town.ana, at=NOON).done == [nobody]
    assert transfers_waiting(by=town.dora, at=NOON) == []


def test_a_request_that_ended_meanwhile_is_taken_over_by_nobody() -> None:
    town = Town()
    sen, request = southern(town), asked(town, met(town))
    transfer_requests([Handover(request, town.south)], by=town.ana, at=NOON)
    assert end_requests([Ending(request, RequestEnd.REFUSED)], by=town.ana, at=NOON).done
    assert transfers_waiting(by=sen, at=NOON) == []
    for answer in (accept_transfers, decline_transfers):
        assert reasons_of(answer([request], by=sen, at=NOON)) == ["transfer_gone"]
    late = transfer_requests([Handover(request, town.province)], by=town.ana, at=NOON)
    assert reasons_of(late) == ["request_has_ended"]


def test_a_handover_goes_to_another_unit_of_today_and_once() -> None:
    town = Town()
    request = asked(town, met(town))
    given = [Handover(request, unit) for unit in (town.north, -1, town.south, town.province)]
    outcome = transfer_requests(given, by=town.ana, at=NOON)
    assert outcome.done == [given[2]]
    assert reasons_of(outcome) == ["unit_unknown", "unit_unknown", "transfer_pending"]
    assert reasons_of(transfer_requests([given[2]], by=town.sam, at=NOON)) == ["no_such_request"]


def test_nobody_else_learns_of_an_offer_or_answers_it() -> None:
    town = Town()
    request = asked(town, met(town))
    transfer_requests([Handover(request, town.south)], by=town.ana, at=NOON)
    assert transfers_waiting(by=town.egon, at=NOON) == []
    assert transfers_waiting(by=town.cleo, at=NOON) == []
    for by in (town.egon, town.cleo):
        assert reasons_of(accept_transfers([request], by=by, at=NOON)) == ["no_such_request"]
    with pytest.raises(NotAllowed), transaction.atomic():
        accept_transfers([request], by=town.ana, at=NOON)


# Repeats


def repeats(by: Actor, persons: list[int], **days: int) -> dict[int, datetime]:
    """Who was swabbed lately, as somebody sees it."""
    with scope.entered(by, "sampling.read"):
        return repeats_of(persons, NOON.date(), **days)


def test_who_was_swabbed_lately_is_seen_before_the_next_swab() -> None:
    town = Town()
    said, days = town.declaration(), timedelta(days=1)
    person, other = met(town, said), met(town, reference="A2")
    assert repeats(town.cleo, [person, other]) == {}
    taken = NOON - HOURS
    (tube,) = town.tubes(1)
    assert record_swabs(
        [town.swab(tube, said=said, taken_at=taken)], session="S1", by=town.ana, at=NOON
    ).done
    assert repeats(town.cleo, [person, other]) == {person: taken}
    with scope.entered(town.cleo, "sampling.read"):
        assert repeats_of([person], (NOON + 3 * days).date()) == {person: taken}
        assert repeats_of([person], (NOON + 4 * days).date()) == {}
        assert repeats_of([person], (NOON + 4 * days).date(), within_days=4) == {person: taken}
        assert repeats_of([person], (NOON - days).date()) == {}
    asked(town, person)
    (row,) = open_requests(by=town.cleo, at=NOON)
    assert row.swabbed_at == taken
    assert repeats(town.egon, [person]) == {}, "a person out of sight"


def test_a_swab_elsewhere_and_under_another_entry_is_a_repeat_too() -> None:
    town = Town()
    said = town.declaration()
    gone, kept = met(town, said), met(town, reference="A2")
    swab = town.swab(tube_code(100_002), said=replace(said, residence=town.south))
    assert record_swabs([swab], session="S3", by=town.sam, at=NOON).done
    joined(gone, kept)
    assert repeats(town.cleo, [gone, kept]) == {gone: swab.taken_at, kept: swab.taken_at}


def test_pages_of_requests_go_on_where_the_last_one_ended() -> None:
    town = Town()
    people = [met(town, reference=f"A{n}") for n in range(5)]
    for n, person in enumerate(people):
        asked(town, person, f"k{n}", due_at=NOON + (n % 2) * HOURS)
    found: list[RequestRow] = []
    while True:
        after = (found[-1].due_at, found[-1].id) if found else None
        page = open_requests(by=town.cleo, at=NOON, after=after, limit=2)
        found += page
        if not page:
            break
    assert found == open_requests(by=town.cleo, at=NOON)
    assert len(found) == 5


# Handing over: to whom


def stays_at(town: Town, unit: int, kind: StayKind) -> int:
    """Somebody of the north who is known to stay elsewhere too."""
    stay = Stay(kind, unit, "Nhà trọ")
    return met(town, town.declaration(stays=(stay,)), reference=f"S{kind}")


def test_a_request_is_offered_within_the_province_or_where_the_person_is_known_to_be() -> None:
    town = Town()
    person = met(town)
    request = asked(town, person)
    assert transfer_requests([Handover(request, town.south)], by=town.ana, at=NOON).done
    far = transfer_requests([Handover(request, town.other_province)], by=town.ana, at=NOON)
    assert reasons_of(far) == ["unit_too_far"]
    for n, kind in enumerate((StayKind.LODGING, StayKind.WORKPLACE, StayKind.SCHOOL)):
        known = asked(town, stays_at(town, town.other_province, kind), f"s{n}")
        offer = Handover(known, town.other_province)
        assert transfer_requests([offer], by=town.ana, at=NOON).done == [offer]


def test_where_another_entry_of_the_person_says_they_stay_counts_too() -> None:
    town = Town()
    gone, kept = stays_at(town, town.other_province, StayKind.LODGING), met(town)
    request = asked(town, kept)
    joined(gone, kept)
    offer = Handover(request, town.other_province)
    assert transfer_requests([offer], by=town.ana, at=NOON).done == [offer]


def test_a_unit_before_a_merger_is_near_to_those_of_the_new_province() -> None:
    town = Town()
    before = unit_ids(["06"], date(2025, 1, 1))["06"]
    today = provinces_of([before, town.north, town.south, town.other_province], NOON.date())
    assert today[before] == today[town.north] == today[town.south] == {town.province}
    assert today[town.other_province].isdisjoint(today[town.north])


@pytest.mark.parametrize(
    ("unit", "others", "near"),
    [(1, [2], True), (1, [3], False), (1, [3, 2], True), (4, [4], False), (1, [], False)],
)
def test_near_is_sharing_a_province(unit: int, others: list[int], near: bool) -> None:
    assert is_near(unit, others, {1: {10}, 2: {10, 11}, 3: {11}}) is near
