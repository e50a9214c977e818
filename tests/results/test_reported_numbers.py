"""Reported rows without a tube of ours: known by the sender's number, papers, or a named person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from som.kernel import scope, sql
from som.people.commands import Registration, register_people
from som.results import commands
from som.results.commands import Match
from som.results.rules import ReportRefusal
from som.sampling.rules.imports import ResultRefusal
from tests.results.reports import (
    NEGATIVE,
    POSITIVE,
    Reports,
    answers,
    asked,
    closed,
    named,
    of,
    told,
)
from tests.town import NOON

pytestmark = pytest.mark.django_db


def test_the_senders_number_and_an_identity_number_make_a_swab_of_a_known_person() -> None:
    reports = Reports()
    town = reports.town
    said = town.declaration()
    known = register_people([Registration("k", said)], unit=town.north, by=town.ana, at=NOON).done
    ((waits, state, _),) = reports.sent(named(said, POSITIVE))
    assert state == "waiting"
    assert reports.released(waits).done
    assert answers() == [(said.name, "XN-77@2026-11-01", 1, "positive")]
    with scope.entered(town.dora, "results.read"):
        swabbed = sql.rows("SELECT person_id FROM sampling_swab")
    assert swabbed == [(known[0].person_id,)]
    closed(reports)


def test_somebody_new_is_registered_only_when_the_row_is_released() -> None:
    reports = Reports()
    said = reports.town.declaration()
    ((waits, state, _),) = reports.sent(named(said, NEGATIVE))
    assert state == "waiting"
    with scope.entered(reports.dora, "people.read"):
        assert not sql.rows("SELECT id FROM people_person")
    assert reports.released(waits).done
    with scope.entered(reports.dora, "people.read"):
        assert sql.rows("SELECT name FROM people_person") == [(said.name,)]
    assert answers() == [(said.name, "XN-77@2026-11-01", 1, "negative")]
    closed(reports)


def test_no_number_or_somebody_elses_waits_for_a_named_person() -> None:
    reports = Reports()
    town = reports.town
    said = town.declaration()
    known = register_people([Registration("k", said)], unit=town.north, by=town.ana, at=NOON).done
    child = named(said, NEGATIVE, name="Bé Chim", birth_date=date(2024, 1, 1), lab_code="XN-1")
    nameless = named(said, NEGATIVE, number="", lab_code="XN-2")
    (one, state, reason), (two, state2, reason2) = reports.sent(child, nameless)
    assert (state, reason) == ("review", ReportRefusal.NUMBER_OF_ANOTHER)
    assert (state2, reason2) == ("review", ReportRefusal.NO_NUMBER)
    matches = [Match(one, None, "con, dùng số của mẹ"), Match(two, known[0].person_id, "đã gọi")]
    assert commands.match_reported(matches, by=reports.dora, at=NOON).done == matches
    assert commands.match_reported(matches, by=reports.dora, at=NOON).unchanged == matches
    other = replace(matches[1], person=None)
    (refused,) = commands.match_reported([other], by=reports.dora, at=NOON).refused
    assert refused.reason is ReportRefusal.NOT_IN_REVIEW
    assert reports.released(one, two).done == [one, two]
    assert {line[:2] for line in answers()} == {
        ("Bé Chim", "XN-1@2026-11-01"),
        (said.name, "XN-2@2026-11-01"),
    }
    with scope.entered(town.dora, "people.read"):
        assert len(sql.rows("SELECT id FROM people_person")) == 2
    closed(reports)


def test_several_people_under_one_number_are_a_pool() -> None:
    reports = Reports()
    people = [reports.town.declaration() for _ in range(2)]
    found = reports.sent(*[named(said, POSITIVE) for said in people])
    assert reports.released(*[waits for waits, *_ in found]).done
    assert not answers()
    assert asked() == [("recalled_pool", True)] * 2
    closed(reports)


def test_a_rapid_test_without_a_number_is_known_by_person_and_day() -> None:
    reports = Reports()
    said = reports.town.declaration()
    told_twice = named(said, NEGATIVE, lab_code="", method="TEST NHANH")
    ((waits, state, _),) = reports.sent(told_twice)
    ((_, again, _),) = reports.sent(told_twice)
    assert (state, again) == ("waiting", "repeated")
    assert reports.released(waits).done
    ((_, _, reason),) = reports.sent(replace(told_twice, number="", result=POSITIVE))
    assert reason == ResultRefusal.CODE_MISSING
    closed(reports)


def test_a_report_sent_again_with_more_rows_says_the_old_ones_once() -> None:
    reports = Reports()
    (one,), (other,) = reports.recorded(), reports.recorded()
    ((first, _, _),) = reports.sent(of(one, NEGATIVE))
    assert reports.released(first).done
    found = reports.sent(of(one, NEGATIVE), of(other, NEGATIVE))
    assert [state for _, state, _ in found] == ["repeated", "waiting"]


def test_a_sender_takes_its_word_back_through_a_second_person() -> None:
    reports = Reports()
    (swab,) = reports.recorded()
    ((first, _, _),) = reports.sent(of(swab, POSITIVE))
    assert reports.released(first).done
    ((second, state, _),) = reports.sent(of(swab, NEGATIVE))
    assert state == "waiting"
    (refused,) = reports.released(second, by=reports.dora).refused
    assert refused.reason is ReportRefusal.RECEIVED_BY_SAME
    assert reports.released(second).done
    assert [line[2:] for line in answers()] == [(1, "positive"), (2, "negative")]
    assert set(told("corrected")) == set(told("positive"))
    closed(reports)


def test_what_waits_gives_way_to_what_the_sender_says_later() -> None:
    reports = Reports()
    (swab,) = reports.recorded()
    ((first, _, _),) = reports.sent(of(swab, POSITIVE))
    ((second, _, _),) = reports.sent(of(swab, NEGATIVE))
    (refused,) = reports.released(first).refused
    assert refused.reason is ReportRefusal.NOT_WAITING
    assert reports.released(second).done
    assert [line[2:] for line in answers()] == [(1, "negative")]
