"""Planning, recording, asking, sending: what is refused, and what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.errors import Conflict, NotAllowed, NotFound
from som.lab.commands import receive_tubes
from som.people.commands import Registration, register_people
from som.people.rules import Declaration, NumberWarning, Sex
from som.results.queries import ledger_gaps
from som.results.work import take_up_lost
from som.sampling.commands import (
    Campaign,
    Ending,
    Loss,
    Manifest,
    RequestWanted,
    Session,
    close_sessions,
    dispatch_tubes,
    end_requests,
    expire_tubes,
    lose_tubes,
    open_sessions,
    plan_campaigns,
    record_swabs,
    request_tests,
)
from som.sampling.queries import open_requests, tubes_with_codes
from som.sampling.rules import RequestEnd, RequestReason, SwabRefusal, SwabTaken, TubeClass
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


def recorded(town: Town, *swabs: SwabTaken, session: str = "S1") -> list[str]:
    """Why each of these was refused, or that it was done or unchanged, in their order."""
    outcome = record_swabs(swabs, session=session, by=town.ana, at=NOON)
    said = {s.slip: "unchanged" for s in outcome.unchanged} | {s.slip: "done" for s in outcome.done}
    said |= {r.item.slip: str(r.reason) for r in outcome.refused}
    return [said[swab.slip] for swab in swabs]


def asked(
    town: Town,
    *reasons: RequestReason,
    said: Declaration | None = None,
    at: datetime = NOON - timedelta(hours=2),
) -> list[int]:
    """One person, asked for with these reasons; the ids of the requests."""
    met = register_people(
        [Registration("A1", said or town.declaration())], unit=town.north, by=town.ana, at=at
    )
    person = met.held[0].person_id or 0
    due = at + timedelta(hours=12)
    wanted = [RequestWanted(f"k{r}", person, town.north, r, due) for r in reasons]
    assert not request_tests(wanted, by=town.cleo, at=at).refused
    ids = {r.reason: r.id for r in open_requests(by=town.cleo, at=at)}
    return [ids[reason] for reason in reasons]


def test_a_session_elsewhere_does_not_exist_and_a_closed_one_takes_nothing() -> None:
    town = Town()
    (tube,) = town.tubes(1)
    with pytest.raises(NotFound), transaction.atomic():
        recorded(town, town.swab(tube), session="S3")
    close_sessions(["S1"], by=town.dora, at=NOON)
    with pytest.raises(Conflict), transaction.atomic():
        recorded(town, town.swab(tube))


def test_a_full_tube_keeps_whoever_came_first_and_a_repeat_is_told_the_truth() -> None:
    town = Town()
    (tube,) = town.tubes(1)
    swabs = [town.swab(tube) for _ in range(6)]
    outcome = record_swabs([*swabs, swabs[0], swabs[5]], session="S1", by=town.ana, at=NOON)
    assert outcome.done == swabs[:5]
    assert outcome.unchanged == swabs[:1]
    assert [(r.item, str(r.reason)) for r in outcome.refused] == [(swabs[5], "tube_full")] * 2


def test_a_parent_and_a_child_with_one_number_are_both_swabbed() -> None:
    town = Town()
    (tube,) = town.tubes(1)
    parent = town.declaration(birth_date=date(1980, 1, 1))
    child = replace(parent, name="Bé", birth_date=date(2020, 1, 1), sex=None)
    both = [town.swab(tube, said=parent), town.swab(tube, said=child)]
    assert recorded(town, *both) == ["done", "done"]
    assert recorded(town, town.swab(tube, said=parent)) == ["person_twice"]


def test_the_same_person_twice_in_a_batch_or_by_request_is_refused_once() -> None:
    town = Town()
    one, two = town.tubes(2)
    said = town.declaration()
    assert recorded(town, town.swab(one, said=said), town.swab(two, said=said)) == [
        "done",
        "person_twice",
    ]
    who = town.declaration()
    (request,) = asked(town, RequestReason.ROSTER, said=who)
    answering = town.swab(one, said=None, request=request)
    assert recorded(town, answering, town.swab(two, said=who)) == ["done", "person_twice"]


def test_a_contact_stands_alone_whoever_comes_first() -> None:
    town = Town()
    one, two = town.tubes(2)
    contact = town.swab(one, tube_class=TubeClass.CONTACT)
    assert recorded(town, contact, town.swab(one)) == ["done", "tube_must_be_single"]
    late = town.swab(two, tube_class=TubeClass.SYMPTOM)
    assert recorded(town, town.swab(two), late) == ["done", "tube_must_be_single"]


def test_what_is_refused_for_its_slip_takes_nobodys_seat() -> None:
    town = Town()
    one, two = town.tubes(2)
    far = replace(town.swab("S1000000000"), said=town.declaration(residence=None))
    hidden = replace(far, tube="211005DH.03001")
    assert record_swabs([hidden], session="S3", by=town.sam, at=NOON).done
    thief = town.swab(one, slip=hidden.slip, tube_class=TubeClass.CONTACT)
    assert recorded(town, thief, town.swab(one)) == ["slip_used", "done"]
    assert recorded(town, town.swab(two, said=None, request=-1)) == ["request_unknown"]
    assert tubes_with_codes([two]) == {}
    assert sql.row("SELECT count(*) FROM sampling_tube WHERE code = %s", (two,)) == (0,)


def test_nobody_deletes_a_tube_and_one_with_swabs_is_not_taken_back() -> None:
    town = Town()
    (tube,) = town.tubes(1)
    assert recorded(town, town.swab(tube)) == ["done"]
    (found,) = tubes_with_codes([tube])[tube]
    sql.execute("SELECT sampling_take_back_tubes(%s::bigint[])", ([found.id],))
    assert tubes_with_codes([tube])[tube] == [found]
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        sql.execute("DELETE FROM sampling_tube WHERE id = %s", (found.id,))


def test_a_tube_counts_those_recorded_whoever_was_refused_beside_them() -> None:
    town = Town()
    one, two = town.tubes(2)
    known = town.declaration()
    assert recorded(town, town.swab(one, said=known)) == ["done"]
    first = NOON - timedelta(hours=2)
    twice = town.swab(two, said=known, taken_at=first)
    assert recorded(town, twice, town.swab(two), town.swab(two)) == ["person_twice", "done", "done"]
    (found,) = tubes_with_codes([two])[two]
    assert (found.swabs, found.first_swab_at) == (2, NOON - timedelta(hours=1))


def test_a_swab_ends_what_was_asked_a_pooled_one_only_what_may_be_pooled() -> None:
    town = Town()
    pool, single = town.tubes(2)
    roster, contact = asked(town, RequestReason.ROSTER, RequestReason.CONTACT)
    swab = town.swab(pool, said=None, request=roster)
    assert recorded(town, swab) == ["done"]
    assert [r.id for r in open_requests(by=town.cleo, at=NOON)] == [contact]
    assert recorded(town, town.swab(single, said=None, request=contact)) == ["person_twice"]
    again = town.swab(single, said=None, request=contact)
    assert recorded(town, again, session="S2") == ["done"]
    assert open_requests(by=town.cleo, at=NOON) == []
    (tube,) = tubes_with_codes([single])[single]
    assert tube.tube_class == "recalled"


def test_a_request_named_by_its_swab_ends_though_the_teams_clock_is_behind() -> None:
    town = Town()
    (request,) = asked(town, RequestReason.LOST, at=NOON)
    (tube,) = town.tubes(1)
    early = town.swab(tube, said=None, request=request, taken_at=NOON - timedelta(minutes=3))
    assert recorded(town, early) == ["done"]
    assert open_requests(by=town.cleo, at=NOON) == []


def test_use_by_runs_from_the_first_swab_and_the_promise_from_each() -> None:
    town = Town()
    (tube,) = town.tubes(1)
    times = [NOON - timedelta(hours=h) for h in (1, 3, 2)]
    assert recorded(town, *(town.swab(tube, taken_at=at) for at in times)) == ["done"] * 3
    (found,) = tubes_with_codes([tube])[tube]
    assert (found.first_swab_at, found.use_by_at) == (times[1], times[1] + timedelta(hours=48))
    with scope.entered(town.ana, "sampling.read"):
        due = sql.rows("SELECT due_at - taken_at FROM sampling_swab")
    assert due == [(timedelta(hours=12),)] * 3


def test_who_samples_may_note_a_loss_and_its_people_are_asked_for() -> None:
    town = Town()
    (tube,) = town.tubes(1)
    recorded(town, town.swab(tube), town.swab(tube))
    assert lose_tubes([Loss(tube, "đổ")], witness=town.cleo, by=town.ana, at=NOON).done
    assert take_up_lost(at=NOON) == 1
    assert [r.reason for r in open_requests(by=town.cleo, at=NOON)] == ["lost"] * 2
    assert ledger_gaps(by=town.dora, at=NOON) == []
    outcome = receive_tubes([tube], lab=town.lab1, by=town.ben, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == ["tube_noted_lost"]


def test_past_its_use_by_a_tube_is_closed() -> None:
    town = Town()
    (tube,) = town.tubes(1)
    recorded(town, town.swab(tube, taken_at=NOON))
    (found,) = tubes_with_codes([tube])[tube]
    by, use_by = system_actor("results"), NOON + timedelta(hours=48)
    early = expire_tubes([found.id], by=by, at=use_by - timedelta(seconds=1))
    assert [str(r.reason) for r in early.refused] == ["tube_unknown_here"]
    assert expire_tubes([found.id], by=by, at=use_by).done
    assert [r.reason for r in open_requests(by=town.cleo, at=use_by)] == ["use_by_passed"]


def test_an_absence_makes_a_request_for_the_day_of_the_next_visit() -> None:
    town = Town()
    (request,) = asked(town, RequestReason.CONTACT)
    absent = Ending(request, RequestEnd.ABSENT, date(2026, 11, 4))
    assert end_requests([absent], by=town.ana, at=NOON).done
    (again,) = open_requests(by=town.cleo, at=NOON)
    assert (again.reason, again.due_at.isoformat()) == ("contact", "2026-11-04T17:00:00+00:00")


def test_a_manifest_code_is_one_box() -> None:
    town = Town()
    tubes = town.tubes(2)
    recorded(town, *(town.swab(tube) for tube in tubes))
    box = Manifest("M1", town.north, town.lab1)
    assert dispatch_tubes(tubes[:1], manifest=box, by=town.ana, at=NOON).done
    with pytest.raises(Conflict), transaction.atomic():
        dispatch_tubes(tubes[1:], manifest=replace(box, lab=town.lab2), by=town.ana, at=NOON)
    with pytest.raises(NotAllowed), transaction.atomic():
        dispatch_tubes(tubes, manifest=replace(box, unit=town.south), by=town.ana, at=NOON)


def test_a_province_is_only_stricter() -> None:
    town = Town()
    plan = Campaign("C9", "Tên", town.north, "screening", date(2026, 11, 1))
    plans = [replace(plan, code=f"C{n}", promise_hours=n) for n in (6, 24)]
    assert plan_campaigns(plans, by=town.dora, at=NOON).done == plans
    rows = sql.rows(
        "SELECT code, promise_hours FROM sampling_campaign WHERE code <> 'C1' ORDER BY 1"
    )
    assert rows == [("C24", 12), ("C6", 6)]
    session = Session("S9", "C6", town.other_province, town.lab1, "Chợ", NOON)
    outcome = open_sessions([session], by=town.dora, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == ["not_here"]


def test_asking_takes_the_right_even_for_nobody() -> None:
    town = Town()
    with pytest.raises(NotAllowed), transaction.atomic():
        request_tests([], by=town.ana, at=NOON)


def test_one_slip_given_to_two_people_of_a_tube_is_refused_to_the_second():
    town = Town()
    (tube,) = town.tubes(1)
    first = town.swab(tube)
    second = replace(first, said=town.declaration())
    assert record_swabs([first], session="S1", by=town.ana, at=NOON).done == [first]
    again = record_swabs([first, second], session="S1", by=town.ana, at=NOON)
    assert again.unchanged == [first]
    assert [r.reason for r in again.refused] == [SwabRefusal.SLIP_USED]


def test_a_swab_whose_number_differs_from_sex_or_birth_is_recorded_with_a_warning() -> None:
    town = Town()
    one, two = town.tubes(2)
    odd = replace(town.declaration(), sex=Sex.FEMALE, birth_date=None, birth_year=1961)
    odd = replace(odd, number="019060000123")
    even = replace(odd, name="Lò Văn Pó", sex=Sex.MALE, birth_year=1960, number="019060000124")
    swabs = [town.swab(one, said=odd), town.swab(two, said=even)]
    for done in ("done", "unchanged"):
        outcome = record_swabs(swabs, session="S1", by=town.ana, at=NOON)
        assert len(getattr(outcome, done)) == 2
        assert [(w.item, w.reason) for w in outcome.warned] == [
            (swabs[0], NumberWarning.SEX_DIFFERS),
            (swabs[0], NumberWarning.YEAR_DIFFERS),
        ]
