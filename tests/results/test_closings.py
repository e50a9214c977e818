"""Verdicts that can be nobody's next answer: who closes them, and that no positive is freed by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from som.kernel import scope, sql
from som.lab.commands import read_antigen_tests, receive_tubes, refer_tubes
from som.lab.rules import AntigenTest, Referral, ReferralReason, VerdictRow
from som.results import queries, work
from som.results.commands import Closing, close_verdicts, release_verdicts
from som.results.rules import LastAnswer, ReleaseRefusal, ResultValue, fault_of_closing
from som.sampling.rules import SwabTaken
from tests.results.reports import NEGATIVE, POSITIVE, Reports, answers, asked, row
from tests.results.test_silence import looked_at
from tests.town import NOON

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
AT = NOON + 2 * HOUR


def closed(reports: Reports, *given: Closing, by: Any = None) -> Any:
    town = reports.town
    return close_verdicts(list(given), lab=town.lab1, by=by or town.bao, at=AT)


def waiting(reports: Reports) -> list[queries.Waiting]:
    return queries.waiting_for_release(reports.town.lab1, by=reports.town.bao)


def reported(reports: Reports, swab: SwabTaken, result: Any, **said: Any) -> None:
    (line,) = looked_at(reports, row(result, tube=swab.tube, **said))
    assert reports.released(line).done


def strip(reports: Reports, swab: SwabTaken, *, positive: bool) -> None:
    town = reports.town
    test = AntigenTest(swab.tube, NOON, NOON + HOUR / 4, control_line=True, test_line=positive)
    where = {"lab": town.lab1, "kit": "standard_q_ag", "kit_lot": "L1"}
    assert read_antigen_tests([test], by=town.ben, at=NOON + HOUR, **where).done == [test]


def test_a_strip_against_a_confirmed_positive_is_noted_and_closed_with_a_reason() -> None:
    reports = Reports()
    ((swab,),) = reports.town.sampled([1])
    strip(reports, swab, positive=False)
    reported(reports, swab, POSITIVE)
    (one,) = waiting(reports)
    assert one.against is ReleaseRefusal.MAY_NOT_CONFIRM
    given = Closing(one.verdict, "test nhanh âm, PCR khẳng định dương")
    for wrong, why in (
        (replace(given, reason=" "), ReleaseRefusal.REASON_MISSING),
        (replace(given, verdict=-1), ReleaseRefusal.UNKNOWN),
    ):
        assert [r.reason for r in closed(reports, wrong).refused] == [why]
    reader = replace(reports.town.bao, name="ben")
    (refused,) = closed(reports, given, by=reader).refused
    assert refused.reason is ReleaseRefusal.READ_BY_SAME
    assert closed(reports, given, given).done == [given]
    assert closed(reports, given).unchanged == [given]
    assert waiting(reports) == []
    assert [value for *_, value in answers()] == ["positive"]
    assert not queries.ledger_gaps(by=reports.dora, at=NOON + 40 * HOUR)
    with scope.entered(reports.dora, "results.gaps"):
        notes = sql.rows(
            "SELECT actor, note->'reasons' FROM kernel_auditentry WHERE action = %s"
            " ORDER BY id DESC LIMIT 2",
            ("results.close_verdicts",),
        )
    assert notes[1][0] == "bao"
    assert given.reason in str(notes[1][1])


def test_what_says_the_same_as_was_answered_is_closed_also_where_it_is_positive() -> None:
    reports = Reports()
    (one,), (other,) = reports.town.sampled([1, 1])
    reports.town.run("R1", {one.tube: "negative", other.tube: "positive"})
    reported(reports, one, NEGATIVE)
    reported(reports, other, POSITIVE)
    shown = waiting(reports)
    assert [w.against for w in shown] == [ReleaseRefusal.ANSWERED] * 2
    given = [Closing(w.verdict, "đã báo cáo") for w in shown]
    assert closed(reports, *given).done == given
    assert waiting(reports) == []


@pytest.mark.parametrize("result", [NEGATIVE, None])
def test_what_can_be_released_is_not_closed(result: Any) -> None:
    reports = Reports()
    ((swab,),) = reports.town.sampled([1])
    reports.town.run("R1", {swab.tube: "positive"})
    if result is not None:
        reported(reports, swab, result)
    (one,) = waiting(reports)
    assert one.against is None
    (refused,) = closed(reports, Closing(one.verdict, "thôi")).refused
    assert refused.reason is ReleaseRefusal.MAY_BE_RELEASED


def test_a_positive_whose_people_have_a_negative_is_never_closed() -> None:
    read = VerdictRow(
        1, 1, 1, "positive", "", "tube", "S1", 1, None, (7,), "ben", NOON, False, None
    )
    given: dict[str, Any] = {"reviewer": "bao", "may_confirm": True}
    for value, why in (
        (ResultValue.NEGATIVE, ReleaseRefusal.POSITIVE_STANDS_ALONE),
        (ResultValue.NEGATIVE_BY_POOL, ReleaseRefusal.POSITIVE_STANDS_ALONE),
        (ResultValue.POSITIVE, None),
        (ResultValue.INCONCLUSIVE, ReleaseRefusal.MAY_BE_RELEASED),
    ):
        answered = [LastAnswer(1, 7, value, 5)]
        assert fault_of_closing(read, answered=answered, **given) is why
    others = replace(read, swabs=2)
    answered = [LastAnswer(1, 7, ResultValue.POSITIVE, 5)]
    fault = fault_of_closing(others, answered=answered, **given)
    assert fault is ReleaseRefusal.MAY_BE_RELEASED, "somebody in the tube has no answer yet"


def test_a_suspicion_is_asked_for_again_also_once_a_weaker_test_was_closed() -> None:
    reports = Reports()
    town = reports.town
    ((swab,),) = town.sampled([1], session="S2")
    town.run("R1", {swab.tube: "positive"}, lab=town.lab2, by=town.lan)
    (first,) = queries.waiting_for_release(town.lab2, by=town.long)
    where = {"lab": town.lab2, "by": town.long, "at": NOON}
    assert release_verdicts([first.verdict], **where).done
    sent = Referral("X1", town.lab2, town.lab1, ReferralReason.CONFIRMATION, "Lan", "xe")
    assert refer_tubes([swab.tube], referral=sent, by=town.lan, at=NOON).done
    assert receive_tubes([swab.tube], lab=town.lab1, by=town.ben, at=NOON).done
    strip(reports, swab, positive=False)
    (second,) = waiting(reports)
    assert second.against is ReleaseRefusal.MAY_NOT_CONFIRM
    assert closed(reports, Closing(second.verdict, "test nhanh không khẳng định")).done
    assert [value for *_, value in answers()] == ["suspected"]
    assert asked() == []
    late = NOON + timedelta(days=4)
    open_ends = [gap.law for gap in queries.ledger_gaps(by=town.dora, at=late)]
    assert open_ends == ["suspicion_left_open"], "nobody waits for a verdict that was closed"
    assert work.take_up_expired(at=late) == 1
    assert asked() == [("use_by_passed", True)]
    assert "suspicion_left_open" not in {
        gap.law for gap in queries.ledger_gaps(by=town.dora, at=late)
    }
