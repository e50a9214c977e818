"""Numbers of reports without any day: one sample, or two."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from som.people.rules import Declaration
from som.results import commands
from som.results.commands import Match
from som.results.rules import ReportRefusal
from som.sampling.lists import ReportedResult
from som.sampling.lists.written import ListRow
from tests.results.reports import (
    DAY,
    NEGATIVE,
    POSITIVE,
    TODAY,
    Reports,
    answers,
    asked,
    closed,
    named,
    reasons,
    waiting_values,
)
from tests.town import NOON

pytestmark = pytest.mark.django_db


# --- numbers without any day ---------------------------------------------------------------------


def undated(said: Declaration, result: ReportedResult, **more: Any) -> ListRow:
    """A row with the sender's number that tells no day at all."""
    return named(said, result, **({"taken_on": None, "tested_on": None} | more))


def on_day(reports: Reports, days: int, *rows: ListRow) -> list[tuple[Any, ...]]:
    """Rows of a fresh report that came so many days later."""
    return reports.sent(*rows, at=NOON + days * DAY)


def test_a_number_without_a_day_is_another_sample_on_another_day() -> None:
    reports = Reports()
    one, two = reports.town.declaration(), reports.town.declaration()
    ((first, *_),) = on_day(reports, 0, undated(one, NEGATIVE))
    ((second, state, _),) = on_day(reports, 7, undated(two, POSITIVE))
    assert state == "waiting"
    assert len(reports.released(first, second).done) == 2
    # In one sample they were a pool, in which nobody is positive.
    assert answers() == [
        (one.name, "XN-77~2026-11-02", 1, "negative"),
        (two.name, "XN-77~2026-11-09", 1, "positive"),
    ]
    assert not asked()


def test_a_correction_on_the_day_itself_is_one_without_any_day_too() -> None:
    reports = Reports()
    said = reports.town.declaration()
    ((first, *_),) = on_day(reports, 0, undated(said, NEGATIVE))
    assert reports.released(first).done
    ((second, state, _),) = on_day(reports, 0, undated(said, POSITIVE))
    assert state == "waiting"
    assert reports.released(second).done
    assert [(version, value) for *_, version, value in answers()] == [
        (1, "negative"),
        (2, "positive"),
    ]


@pytest.mark.parametrize("dated", [False, True])
@pytest.mark.parametrize("released", [False, True])
def test_where_no_day_tells_a_named_person_says_whether_it_is_the_same_sample(
    dated: bool, released: bool
) -> None:
    reports = Reports()
    said = reports.town.declaration()
    ((first, *_),) = on_day(reports, 0, undated(said, NEGATIVE))
    if released:
        assert reports.released(first).done
    later = named(said, POSITIVE) if dated else undated(said, POSITIVE)
    ((doubt, state, reason),) = on_day(reports, 3, later)
    assert (state, reason) == ("review", ReportRefusal.SAMPLE_UNCLEAR)
    assert dict(waiting_values())["negative"] == ("released" if released else "waiting")
    same = Match(doubt, None, "đã gọi: sửa kết quả cũ", same=True)
    for wrong in (
        replace(same, reason=" "),
        replace(same, person=1),
        replace(same, reported=first),
    ):
        assert commands.match_reported([wrong], by=reports.dora, at=NOON).refused
    assert commands.match_reported([same], by=reports.dora, at=NOON).done == [same]
    assert commands.match_reported([same], by=reports.dora, at=NOON).unchanged == [same]
    other = replace(same, same=False)
    assert reasons(commands.match_reported([other], by=reports.dora, at=NOON)) == [
        ReportRefusal.NOT_IN_REVIEW
    ]
    assert reasons(reports.released(doubt, by=reports.dora)) == [ReportRefusal.RECEIVED_BY_SAME]
    assert reports.released(doubt).done == [doubt]
    found = [(version, value) for *_, version, value in answers()]
    assert found == ([(1, "negative"), (2, "positive")] if released else [(1, "positive")])
    assert len({tube for _, tube, *_ in answers()}) == 1
    assert dict(waiting_values())["negative"] == ("released" if released else "replaced")
    closed(reports)


def test_a_number_used_again_for_the_same_person_is_another_sample_by_a_named_persons_word() -> (
    None
):
    reports = Reports()
    said = reports.town.declaration()
    ((first, *_),) = on_day(reports, 0, undated(said, NEGATIVE))
    ((doubt, _, reason),) = on_day(reports, 7, undated(said, NEGATIVE))
    assert reason == ReportRefusal.SAMPLE_UNCLEAR
    another = Match(doubt, None, "đã gọi: mẫu mới", same=False)
    assert commands.match_reported([another], by=reports.dora, at=NOON).done == [another]
    assert len(reports.released(first, doubt).done) == 2
    assert [tube for _, tube, *_ in answers()] == ["XN-77~2026-11-02", "XN-77~2026-11-09"]


def test_a_list_without_days_that_grows_day_by_day_says_the_old_rows_once() -> None:
    reports = Reports()
    said = reports.town.declaration()
    ((first, *_),) = on_day(reports, 0, undated(said, NEGATIVE))
    for day in range(1, 6):
        ((_, state, _),) = on_day(reports, day, undated(said, NEGATIVE))
        assert state == "repeated"
    assert reports.released(first).done
    ((_, state, _),) = on_day(reports, 8, undated(said, NEGATIVE))
    assert state == "review"


def test_what_repeats_a_doubtful_word_is_said_once_and_after_a_recall_anew() -> None:
    reports = Reports()
    town = reports.town
    said = town.declaration()
    ((first, *_),) = on_day(reports, 0, undated(said, POSITIVE))
    (one, *_), (two, *_) = (on_day(reports, day, undated(said, POSITIVE))[0] for day in (4, 8))
    same = [Match(row_id, None, "đã gọi", same=True) for row_id in (one, two)]
    # The second is in doubt because of the first doubt: that is settled before.
    assert reasons(commands.match_reported(same[1:], by=reports.dora, at=NOON)) == [
        ReportRefusal.TUBE_DOUBTFUL
    ]
    assert commands.match_reported(same[:1], by=reports.dora, at=NOON).done
    assert waiting_values()[1] == ("positive", "repeated")
    assert reports.released(first).done


def test_days_that_differ_make_two_samples_without_asking() -> None:
    reports = Reports()
    said = reports.town.declaration()
    tested = [undated(said, NEGATIVE, tested_on=TODAY - days * DAY) for days in (9, 1)]
    assert [on_day(reports, 0, one)[0][1] for one in tested] == ["waiting", "waiting"]
    ((_, state, _),) = on_day(reports, 0, named(said, NEGATIVE, taken_on=TODAY))
    assert state == "waiting"
    # A day of sampling added to what was tested on that day.
    ((_, state, _),) = on_day(
        reports, 0, named(said, POSITIVE, tested_on=TODAY - DAY, taken_on=TODAY - 2 * DAY)
    )
    assert state == "review"
