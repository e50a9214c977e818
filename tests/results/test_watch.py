"""Clocks of tubes under way: when they start, what they note, whom they call, and when they stop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from som.access.queries import system_actor
from som.kernel import sql
from som.kernel.errors import NotAllowed
from som.lab.commands import receive_tubes, refer_tubes
from som.lab.rules import Referral, ReferralReason
from som.results.commands import advance_clocks, release_verdicts, take_over_clocks
from som.results.queries import (
    clocks_running,
    tubes_by_due,
    tubes_near_use_by,
    waiting_for_release,
)
from som.results.rules import RunningClocks
from som.results.work import take_up_clocks, take_up_expired, take_up_lost
from som.sampling.commands import Loss, Manifest, dispatch_tubes, lose_tubes, record_swabs
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
TAKEN = NOON - HOUR


def escalations() -> list[tuple[str, int, str, str]]:
    return [
        (line[0], line[1], line[2], line[3])
        for line in sql.rows(
            "SELECT c.kind, e.step, e.station, e.owner FROM results_escalation e"
            " JOIN results_clock c ON c.id = e.clock_id ORDER BY e.id"
        )
    ]


def alarms() -> list[tuple[str, str, int | None, int | None, str]]:
    return [
        (line[0], line[1], line[2], line[3], line[4])
        for line in sql.rows(
            "SELECT kind, permission, organisation_id, unit_id, body->>'tubes'"
            " FROM notices_alarm WHERE kind = 'clock' ORDER BY key"
        )
    ]


def tube_id(code: str) -> int:
    return sql.row("SELECT id FROM sampling_tube WHERE code = %s", (code,))[0]  # type: ignore[index]


def recorded(town: Town) -> str:
    (code,) = town.tubes(1)
    assert not record_swabs([town.swab(code)], session="S1", by=town.ana, at=NOON).refused
    return code


def sent(town: Town, code: str) -> None:
    box = Manifest(f"M-{code}", town.north, town.lab1)
    assert not dispatch_tubes([code], manifest=box, by=town.ana, at=NOON).refused


def test_a_tube_is_watched_from_its_session_to_its_answer() -> None:
    town = Town()
    code = recorded(town)
    take_up_clocks(at=NOON)
    (one,) = tubes_by_due(by=town.dora, at=NOON)
    assert (one.code, one.station, one.owner, one.due_at) == (
        code,
        "at_session",
        "dora",
        TAKEN + 12 * HOUR,
    )
    sent(town, code)
    (one,) = tubes_by_due(by=town.dora, at=NOON)
    assert (one.station, one.owner, one.received_due_at) == ("on_way", "ana", None)
    assert not receive_tubes([code], lab=town.lab1, by=town.ben, at=NOON).refused
    take_up_clocks(at=NOON)
    (one,) = tubes_by_due(by=town.dora, at=NOON)
    assert (one.station, one.owner, one.received_due_at) == ("at_lab", "ben", NOON + 12 * HOUR)
    town.run("R1", {code: "negative"})
    (one,) = tubes_by_due(by=town.dora, at=NOON)
    assert (one.station, one.owner) == ("read", "ben")
    verdicts = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    assert release_verdicts(verdicts, lab=town.lab1, by=town.bao, at=NOON).done
    take_up_clocks(at=NOON)
    assert tubes_by_due(by=town.dora, at=NOON) == []
    assert escalations() == []
    take_up_clocks(at=NOON + 20 * HOUR)
    assert escalations() == []


def test_each_step_is_noted_once_with_station_and_owner() -> None:
    town = Town()
    code = recorded(town)
    sent(town, code)
    for hours in (4.9, 5, 5.5, 8.6, 10.9, 11, 30):
        take_up_clocks(at=NOON + hours * HOUR)
    assert escalations() == [
        ("taking", 50, "on_way", "ana"),
        ("taking", 80, "on_way", "ana"),
        ("taking", 100, "on_way", "ana"),
    ]
    raised = [line[0] for line in sql.rows("SELECT raised_at FROM results_escalation ORDER BY id")]
    assert raised == [NOON + 5 * HOUR, NOON + 8.6 * HOUR, NOON + 11 * HOUR]


def test_a_tube_recorded_late_takes_all_its_steps_at_once() -> None:
    town = Town()
    recorded(town)
    take_up_clocks(at=NOON + 12 * HOUR)
    assert [line[1] for line in escalations()] == [50, 80, 100]


def test_the_second_clock_runs_from_the_first_reception() -> None:
    town = Town()
    town.sampled([1])
    take_up_clocks(at=NOON + 6 * HOUR)
    take_up_clocks(at=NOON + 12 * HOUR)
    assert {line[:2] for line in escalations()} == {
        (kind, step) for kind in ("reception", "taking") for step in (50, 80, 100)
    }
    assert len(escalations()) == 6


def test_the_clocks_of_a_tube_go_with_it_to_another_laboratory() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    take_up_clocks(at=NOON)
    tube = tube_id(swab.tube)
    assert take_over_clocks([tube], lab=town.lab1, by=town.bao, at=NOON).done == [tube]
    sent = Referral("X1", town.lab1, town.lab2, ReferralReason.CAPACITY, "Ben", "xe")
    assert refer_tubes([swab.tube], referral=sent, by=town.ben, at=NOON).done
    # Nobody has received it yet: whoever sent it on answers for it.
    take_up_clocks(at=NOON + 5 * HOUR)
    (one,) = tubes_by_due(by=town.bao, at=NOON, lab=town.lab1)
    assert (one.station, one.owner) == ("referred", "bao")
    assert receive_tubes([swab.tube], lab=town.lab2, by=town.lan, at=NOON + 6 * HOUR).done
    take_up_clocks(at=NOON + 12 * HOUR)
    assert tubes_by_due(by=town.bao, at=NOON, lab=town.lab1) == []
    (one,) = tubes_by_due(by=town.lan, at=NOON, lab=town.lab2)
    assert (one.station, one.owner, one.taken_over) == ("at_lab", "lan", False)
    assert [owner for _, _, _, owner in escalations()] == ["bao"] + ["lan"] * 5
    assert [line[1:3] for line in alarms()] == [("results.review", town.lab2)]
    assert take_up_clocks(at=NOON + 12 * HOUR) == 0
    assert take_over_clocks([tube], lab=town.lab1, by=town.bao, at=NOON).refused
    assert take_over_clocks([tube], lab=town.lab2, by=town.long, at=NOON).done == [tube]


def test_late_answers_call_once_a_day_for_a_laboratory_and_a_unit() -> None:
    town = Town()
    town.sampled([1, 1])
    recorded(town)
    take_up_clocks(at=NOON + 10 * HOUR)
    assert alarms() == []
    for minutes in (0, 1):
        take_up_clocks(at=NOON + 11 * HOUR + timedelta(minutes=minutes))
    assert alarms() == [
        ("clock", "results.review", town.lab1, None, "2"),
        ("clock", "sampling.dispatch", None, town.north, "1"),
    ]
    take_up_clocks(at=NOON + 25 * HOUR)
    assert len(alarms()) == 4
    open_now = sql.rows("SELECT key FROM notices_alarm WHERE kind = 'clock' AND closed_at IS NULL")
    assert all("2026-11-03" in key for (key,) in open_now)
    assert len(open_now) == 2


def test_a_call_is_over_with_what_was_late_and_comes_again_with_the_next() -> None:
    town = Town()
    code = recorded(town)
    late = NOON + 11 * HOUR

    def called() -> list[bool]:
        return [
            line[0]
            for line in sql.rows(
                "SELECT closed_at IS NULL FROM notices_alarm WHERE kind = 'clock' ORDER BY id"
            )
        ]

    take_up_clocks(at=late)
    assert called() == [True]
    assert lose_tubes([Loss(code, "vỡ")], witness=town.cleo, by=town.ana, at=late).done
    take_up_lost(at=late)
    take_up_clocks(at=late)
    assert called() == [False]
    recorded(town)
    for minutes in (1, 2):
        take_up_clocks(at=late + timedelta(minutes=minutes))
        assert called() == [False, True]


def test_a_tube_lost_or_past_its_use_by_runs_no_clock() -> None:
    town = Town()
    code, other = recorded(town), recorded(town)
    take_up_clocks(at=NOON)
    assert clocks_running(by=town.dora, at=NOON) == RunningClocks(2, 0, 0, 0)
    assert lose_tubes([Loss(code, "vỡ")], witness=town.cleo, by=town.ana, at=NOON).done
    take_up_lost(at=NOON)
    take_up_clocks(at=NOON)
    assert [one.code for one in tubes_by_due(by=town.dora, at=NOON)] == [other]
    late = NOON + 48 * HOUR
    take_up_expired(at=late)
    take_up_clocks(at=late)
    assert not clocks_running(by=town.dora, at=late)


def test_a_positive_field_pool_is_over_when_its_people_are_asked_again() -> None:
    town = Town()
    ((one, *_),) = town.sampled([3])
    town.run("R1", {one.tube: "positive"})
    verdicts = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    take_up_clocks(at=NOON)
    assert clocks_running(by=town.dora, at=NOON)
    assert release_verdicts(verdicts, lab=town.lab1, by=town.bao, at=NOON).done
    take_up_clocks(at=NOON)
    assert not clocks_running(by=town.dora, at=NOON)


def test_counts_and_the_use_by() -> None:
    town = Town()
    for _ in range(2):
        recorded(town)
    take_up_clocks(at=NOON)
    for hours, expected in [
        (0, RunningClocks(2, 0, 0, 0)),
        (5, RunningClocks(2, 2, 0, 0)),
        (9, RunningClocks(2, 2, 2, 0)),
        (11, RunningClocks(2, 2, 2, 2)),
    ]:
        assert clocks_running(by=town.dora, at=NOON + hours * HOUR) == expected
    assert tubes_near_use_by(by=town.dora, at=NOON + 34 * HOUR) == []
    assert len(tubes_near_use_by(by=town.dora, at=NOON + 36 * HOUR)) == 2


def test_the_list_goes_on_after_a_key() -> None:
    town = Town()
    for _ in range(5):
        recorded(town)
    take_up_clocks(at=NOON)
    found, after = [], None
    while page := tubes_by_due(by=town.dora, at=NOON, after=after, limit=2):
        found += [one.tube for one in page]
        after = (page[-1].due_at, page[-1].tube)
    assert found == sorted(found)
    assert len(found) == 5


# --- whose tubes, and whose they become ----------------------------------------------------------


def test_each_sees_their_own() -> None:
    town = Town()
    town.sampled([1])
    town.sampled([1], session="S2")
    take_up_clocks(at=NOON)
    assert len(tubes_by_due(by=town.dora, at=NOON)) == 2
    assert tubes_by_due(by=town.egon, at=NOON) == []
    (mine,) = tubes_by_due(by=town.ben, at=NOON, lab=town.lab1)
    assert mine.lab == town.lab1
    with pytest.raises(NotAllowed):
        tubes_by_due(by=town.ben, at=NOON, lab=town.lab2)
    assert len(tubes_by_due(by=town.ana, at=NOON)) == 2  # of her own unit, wherever they go


def test_whoever_takes_a_tube_over_owns_it_by_name() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    take_up_clocks(at=NOON)
    tube = tube_id(swab.tube)
    assert take_over_clocks([tube], by=town.dora, at=NOON).done == [tube]
    assert take_over_clocks([tube], by=town.dora, at=NOON).unchanged == [tube]
    (one,) = tubes_by_due(by=town.dora, at=NOON)
    assert (one.owner, one.taken_over) == ("dora", True)
    take_up_clocks(at=NOON + 5 * HOUR)
    assert {line[3] for line in escalations()} == {"dora"}
    assert take_over_clocks([tube], lab=town.lab1, by=town.bao, at=NOON).done == [tube]
    (one,) = tubes_by_due(by=town.dora, at=NOON)
    assert one.owner == "bao"


def test_nobody_takes_over_what_is_not_theirs_or_not_running() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    tube = tube_id(swab.tube)

    def refused(**given: object) -> list[str]:
        outcome = take_over_clocks([tube], at=NOON, **given)  # type: ignore[arg-type]
        return [str(one.reason) for one in outcome.refused]

    assert refused(by=town.dora) == ["watch_not_running"]
    take_up_clocks(at=NOON)
    assert refused(by=town.egon) == ["watch_not_running"]
    assert refused(by=town.lan, lab=town.lab2) == ["watch_not_running"]
    with pytest.raises(NotAllowed), transaction.atomic():
        refused(by=town.lan, lab=town.lab1)
    with pytest.raises(NotAllowed), transaction.atomic():
        advance_clocks([tube], by=town.dora, at=NOON)


def test_what_is_no_tube_is_refused() -> None:
    outcome = advance_clocks([-1], by=system_actor("results"), at=NOON)
    assert [str(one.reason) for one in outcome.refused] == ["watch_unknown"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE results_clock SET due_at = started_at",
        "UPDATE results_clock SET owner = 'x'",
        "UPDATE results_clock SET kind = 'pause'",
        """INSERT INTO results_escalation (clock_id, step, station, owner, raised_at)
           SELECT id, 90, 'at_lab', '', now() FROM results_clock""",
    ],
)
def test_the_database_keeps_clocks_sane(statement: str) -> None:
    town = Town()
    recorded(town)
    take_up_clocks(at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.execute(statement)
