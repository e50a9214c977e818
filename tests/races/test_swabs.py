"""Teams that record, send, lose and ask for swabs at once: each thing is done once, and nobody waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.kernel.actors import Actor
from som.kernel.errors import Conflict
from som.kernel.ids import tube_code
from som.people.commands import Registration, register_people
from som.results.work import take_up_lost
from som.sampling.commands import (
    Ending,
    Loss,
    Manifest,
    Roll,
    close_sessions,
    dispatch_tubes,
    end_requests,
    expire_tubes,
    issue_rolls,
    lose_tubes,
    record_swabs,
    request_tests,
)
from som.sampling.queries import open_requests, tubes_with_codes
from som.sampling.rules import RequestEnd
from tests.laws.sampling import persons, wishes
from tests.races.at_once import at_once, closes, counted, done, reasons
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

SYSTEM = system_actor("results")


def test_two_phones_fill_one_tube_to_its_cap_and_no_further(town: Town) -> None:
    (tube,) = town.tubes(1)
    phones = [[town.swab(tube) for _ in range(4)] for _ in range(2)]
    answers = at_once(
        *(lambda p=p: record_swabs(p, session="S1", by=town.ana, at=NOON) for p in phones)
    )
    assert len(done(answers)) == 5
    assert reasons(answers) == ["tube_full"] * 3
    closes(town)


def test_the_same_slips_sent_twice_at_once_are_recorded_once(town: Town) -> None:
    tubes = town.tubes(10)
    swabs = [town.swab(tube) for tube in tubes * 3]
    answers = at_once(
        *(
            lambda given=given: record_swabs(given, session="S1", by=town.ana, at=NOON)
            for given in (swabs, swabs[::-1], swabs[5:] + swabs[:5])
        )
    )
    assert sorted(s.slip for s in done(answers)) == sorted(s.slip for s in swabs)
    assert reasons(answers) == []
    assert counted("SELECT sum(swabs) FROM sampling_tube") == 30
    closes(town)


def test_the_same_people_met_by_two_communes_at_once_are_one_each(town: Town) -> None:
    known = [town.declaration() for _ in range(200)]
    register_people(
        [Registration(f"K{n}", said) for n, said in enumerate(known)],
        unit=town.other_province,
        by=town.egon,
        at=NOON,
    )
    people = known + [town.declaration() for _ in range(200)]

    def met(by: Actor, unit: int, order: int) -> object:
        given = [Registration(f"{by.name}{n}", said) for n, said in enumerate(people)][::order]
        return register_people(given, unit=unit, by=by, at=NOON)

    answers = at_once(lambda: met(town.ana, town.north, 1), lambda: met(town.sam, town.south, -1))
    assert len(done(answers)) == 200
    of = [{r.said.number: r.person_id for r in answer.held} for answer in answers]
    assert of[0] == of[1]
    both = "SELECT count(*) FROM people_person WHERE unit_ids @> ARRAY[%s, %s]::int[]"
    assert counted(both, town.north, town.south) == 400


def test_two_sessions_swab_the_same_people_at_once(town: Town) -> None:
    people = [town.declaration() for _ in range(20)]
    north = [town.swab(tube, said=said) for tube, said in zip(town.tubes(20), people, strict=True)]
    south = [
        town.swab(tube_code(100_000 + n), said=said) for n, said in enumerate(reversed(people))
    ]
    answers = at_once(
        lambda: record_swabs(north, session="S1", by=town.ana, at=NOON),
        lambda: record_swabs(south, session="S3", by=town.sam, at=NOON),
    )
    assert len(done(answers)) == 40
    assert counted("SELECT count(*) FROM people_person") == 20


def test_one_person_twice_in_a_session_at_once_is_recorded_once(town: Town) -> None:
    said = town.declaration()
    phones = [town.swab(tube, said=said) for tube in town.tubes(2)]
    answers = at_once(
        *(lambda s=s: record_swabs([s], session="S1", by=town.ana, at=NOON) for s in phones)
    )
    assert len(done(answers)) == 1
    assert reasons(answers) == ["person_twice"]
    closes(town)


def test_a_session_is_closed_before_or_after_a_batch_and_never_within(town: Town) -> None:
    swabs = [town.swab(tube) for tube in town.tubes(30)]
    recorded, closed = at_once(
        lambda: record_swabs(swabs, session="S1", by=town.ana, at=NOON),
        lambda: close_sessions(["S1"], by=town.dora, at=NOON),
    )
    assert closed.done == ["S1"]
    expected = 0 if isinstance(recorded, Conflict) else 30
    assert counted("SELECT count(*) FROM sampling_swab") == expected


def test_tubes_travel_in_one_box(town: Town) -> None:
    tubes = town.tubes(20)
    record_swabs([town.swab(tube) for tube in tubes], session="S1", by=town.ana, at=NOON)
    boxes = [Manifest(code, town.north, town.lab1) for code in ("M1", "M1", "M2")]
    answers = at_once(
        *(
            lambda box=box, order=order: dispatch_tubes(
                tubes[::order], manifest=box, by=town.ana, at=NOON
            )
            for box, order in zip(boxes, (1, -1, 1), strict=True)
        )
    )
    assert sorted(done(answers)) == sorted(tubes)
    assert set(reasons(answers)) <= {"tube_on_other_manifest"}


def test_one_code_is_one_box(town: Town) -> None:
    tubes = town.tubes(2)
    record_swabs([town.swab(tube) for tube in tubes], session="S1", by=town.ana, at=NOON)
    answers = at_once(
        *(
            lambda tube=tube, lab=lab: dispatch_tubes(
                [tube], manifest=Manifest("M1", town.north, lab), by=town.ana, at=NOON
            )
            for tube, lab in zip(tubes, (town.lab1, town.lab2), strict=True)
        )
    )
    assert len(done(answers)) == 1
    assert [type(a) for a in answers if isinstance(a, Exception)] == [Conflict]


def test_a_tube_is_lost_or_expired_and_its_people_are_asked_for_once(town: Town) -> None:
    tubes = town.tubes(200)
    for part in (tubes[100:], tubes[:100]):  # ids in another order than codes
        swabs = [town.swab(tube) for tube in part]
        record_swabs(swabs, session="S1", by=town.ana, at=NOON)
    ids = [found[0].id for found in tubes_with_codes(tubes).values()]
    late = NOON + timedelta(days=3)
    answers = at_once(
        lambda: lose_tubes(
            [Loss(tube, "vỡ") for tube in tubes], witness=town.cleo, by=town.ana, at=late
        ),
        lambda: expire_tubes(ids, by=SYSTEM, at=late),
    )
    assert len(done(answers)) == 200
    assert take_up_lost(at=late) == len(answers[0].done)
    assert counted("SELECT count(*) FROM sampling_testrequest") == 200


def test_requests_are_made_and_end_once(town: Town) -> None:
    wanted = wishes(town, persons(town))
    answers = at_once(
        *(
            lambda order=order: request_tests(wanted[::order], by=town.cleo, at=NOON)
            for order in (1, -1)
        )
    )
    assert len(done(answers)) == len(wanted)
    asked = [r.id for r in open_requests(by=town.cleo, at=NOON)]
    ends = (RequestEnd.REFUSED, RequestEnd.DIED)
    answers = at_once(
        *(
            lambda end=end, order=order: end_requests(
                [Ending(number, end) for number in asked[::order]], by=town.ana, at=NOON
            )
            for end, order in zip(ends, (1, -1), strict=True)
        )
    )
    assert sorted(e.request for e in done(answers)) == sorted(asked)
    assert reasons(answers) == ["request_has_ended"] * len(asked)


def test_a_request_is_answered_by_one_swab(town: Town) -> None:
    request_tests(wishes(town, persons(town))[:1], by=town.cleo, at=NOON - timedelta(hours=2))
    (asked,) = open_requests(by=town.cleo, at=NOON)
    given = [town.swab(tube, said=None, request=asked.id) for tube in town.tubes(2)]
    answers = at_once(
        *(lambda s=s: record_swabs([s], session="S1", by=town.ana, at=NOON) for s in given)
    )
    assert len(done(answers)) == 1
    closes(town)


def test_a_label_is_on_one_roll(town: Town) -> None:
    rolls = [Roll(500_000, 500_100, town.north), Roll(500_050, 500_200, town.south)]
    answers = at_once(*(lambda r=r: issue_rolls([r], by=town.dora, at=NOON) for r in rolls))
    assert len(done(answers)) == 1
    assert reasons(answers) == ["roll_overlaps"]
