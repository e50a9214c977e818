"""Our own release and another laboratory's report of the same tubes, at the same moment."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.lab import queries as lab_queries
from som.lab.commands import receive_tubes
from som.lab.queries import verdicts_by_id
from som.lab.rules import VerdictRow
from som.people.commands import join_persons
from som.people.matching.reviews import Pair
from som.results.commands import (
    Closing,
    Match,
    ReportSent,
    close_verdicts,
    match_reported,
    note_reports,
    receive_reports,
    release_reported,
    release_verdicts,
)
from som.results.queries import waiting_for_release
from som.results.rules import ReleaseRefusal
from som.results.rules.reports import ReportRefusal
from som.results.work import take_up_owed
from som.sampling.commands import RowRead, record_swabs
from som.sampling.lists import ReportedResult
from som.sampling.lists.written import ListRow
from som.sampling.queries import SwabRow, swabs_in_tubes
from tests.laws.results import reported
from tests.races.at_once import at_once, done, reasons
from tests.town import NOON, Town

MANY = 30
reported_release = importlib.import_module("som.results.commands.reported.release")


def noted(town: Town, said: Mapping[str, ReportedResult]) -> list[int]:
    """Rows of what laboratory one reported of tubes, to be released by another receiver."""
    given = [
        RowRead(n, ListRow(n, tube=tube, result=what, method="RT-PCR"))
        for n, (tube, what) in enumerate(said.items())
    ]
    sent = ReportSent(town.lab1, town.province, "kq.xlsx", b"kq", len(given))
    report = receive_reports([sent], by=town.dora, at=NOON).held[0].report_id
    assert report is not None
    note_reports(given, report=report, by=town.dora, at=NOON)
    with scope.entered(town.dora, "results.receive_reports"):
        return [line[0] for line in sql.rows("SELECT id FROM results_reported ORDER BY id DESC")]


@pytest.mark.parametrize("own", ["positive", "negative"])
def test_an_own_release_and_a_report_answer_each_swab_one_after_the_other(
    committed_db: str, own: str
) -> None:
    town = Town()
    tubes = [swab.tube for (swab,) in town.sampled([1] * MANY)]
    town.run("R1", dict.fromkeys(tubes, own))
    verdicts = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    rows = noted(town, dict.fromkeys(tubes, ReportedResult.NEGATIVE))
    # Tested here too: the row waits until somebody has looked.
    looked = [Match(line, None, "đã xem") for line in rows]
    assert match_reported(looked, by=town.dora, at=NOON).done == looked
    outcomes = at_once(
        lambda: release_verdicts(verdicts, lab=town.lab1, by=town.bao, at=NOON),
        lambda: release_reported(rows, by=replace(town.dora, name="dung"), at=NOON),
    )
    assert set(reasons(outcomes)) <= {
        str(ReleaseRefusal.ANSWERED),
        str(ReportRefusal.ANSWERED),
        str(ReportRefusal.ANSWERED_OTHERWISE),
    }
    with scope.entered(system_actor("results"), "results.read"):
        found = sql.rows(
            "SELECT r.swab_id, array_agg(r.value ORDER BY r.version) FROM results_result r GROUP BY 1"
        )
    # What we found stands, whichever came first; what says the same was said once.
    said = [["positive"], ["negative", "positive"]] if own == "positive" else [["negative"]]
    assert len(found) == MANY
    assert all(values in said for _, values in found)
    assert len(done(outcomes)) == sum(len(values) for _, values in found)


@pytest.mark.parametrize("found", ["positive", "negative"])
def test_nobody_is_recorded_into_a_tube_while_its_verdict_is_released(
    committed_db: str, monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    """A swab that came after the tube was counted would be answered as if it had been tested alone."""
    town = Town()
    (code,) = town.tubes(1)
    first = town.swab(code)
    assert not record_swabs([first], session="S1", by=town.ana, at=NOON).refused
    # On no manifest: nothing but its reception says that it has left the team.
    assert not receive_tubes([code], lab=town.lab1, by=town.ben, at=NOON).refused
    town.run("R1", {code: found})
    verdicts = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    late: list[Any] = []

    def counted_then_recorded(ids: Sequence[int], *, lab: int) -> dict[int, VerdictRow]:
        counted = verdicts_by_id(ids, lab=lab)
        late.extend(
            at_once(lambda: record_swabs([town.swab(code)], session="S1", by=town.ana, at=NOON))
        )
        return counted

    monkeypatch.setattr(lab_queries, "verdicts_by_id", counted_then_recorded)
    assert release_verdicts(verdicts, lab=town.lab1, by=town.bao, at=NOON).done
    assert reasons(late) == ["tube_closed"]
    with scope.entered(system_actor("results"), "results.read"):
        assert sql.rows(
            "SELECT w.slip, r.value FROM sampling_swab w JOIN results_result r ON r.swab_id = w.id"
        ) == [(first.slip, found)]
        assert sql.rows("SELECT count(*) FROM sampling_swab") == [(1,)]


def test_who_is_in_a_tube_stands_still_while_a_report_of_it_is_released(
    committed_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tube of ours at a laboratory that only reports is received by nobody here: it is locked."""
    town = Town()
    (code,) = town.tubes(1)
    first = town.swab(code)
    assert not record_swabs([first], session="S1", by=town.ana, at=NOON).refused
    row = noted(town, {code: ReportedResult.POSITIVE})
    late: list[Any] = []
    recording = threading.Thread(
        target=lambda: late.extend(
            at_once(lambda: record_swabs([town.swab(code)], session="S1", by=town.ana, at=NOON))
        )
    )

    def counted_then_recorded(tubes: Sequence[int]) -> list[SwabRow]:
        counted = swabs_in_tubes(tubes)
        recording.start()
        recording.join(timeout=1)
        assert not late, "somebody was recorded into the tube"
        return counted

    monkeypatch.setattr(reported_release, "swabs_in_tubes", counted_then_recorded)
    dung = replace(town.dora, name="dung")
    assert release_reported(row, by=dung, at=NOON).done == row
    recording.join(timeout=60)
    with scope.entered(system_actor("results"), "results.read"):
        assert sql.rows(
            "SELECT w.slip, r.value FROM sampling_swab w JOIN results_result r ON r.swab_id = w.id"
        ) == [(first.slip, "positive")]


def test_two_reviewers_close_what_an_answer_keeps_back_once(committed_db: str) -> None:
    town = Town()
    tubes = [swab.tube for (swab,) in town.sampled([1] * MANY)]
    town.run("R1", dict.fromkeys(tubes, "negative"))
    reported(town, dict.fromkeys(tubes, ReportedResult.NEGATIVE))
    given = [
        Closing(w.verdict, "đã có kết quả") for w in waiting_for_release(town.lab1, by=town.bao)
    ]
    outcomes = at_once(
        lambda: close_verdicts(given, lab=town.lab1, by=town.bao, at=NOON),
        lambda: close_verdicts(
            given[::-1], lab=town.lab1, by=replace(town.bao, name="bich"), at=NOON
        ),
    )
    assert len(done(outcomes)) == MANY
    assert reasons(outcomes) == []


def test_a_join_and_a_release_at_once_leave_nobody_untold(committed_db: str) -> None:
    """The release that saw no join and the look for what is owed that saw no answer do not pass."""
    town = Town()
    ones = [swab for (swab,) in town.sampled([1] * MANY)]
    saids = [
        replace(one.said, number="", phone="", residence=town.south) for one in ones if one.said
    ]
    others = [
        town.swab(tube, said=said) for tube, said in zip(town.tubes(MANY), saids, strict=True)
    ]
    assert not record_swabs(others, session="S2", by=town.ana, at=NOON).refused
    with scope.entered(system_actor("results"), "results.read"):
        person = dict(sql.rows("SELECT slip, person_id FROM sampling_swab"))
    pairs = [Pair(person[a.slip], person[b.slip]) for a, b in zip(ones, others, strict=True)]
    town.run("R1", {one.tube: "positive" for one in ones})
    verdicts = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]

    def join_and_tell() -> None:
        for place in range(0, MANY, 3):
            join_persons(pairs[place : place + 3], by=town.dora, at=NOON)
            take_up_owed(at=NOON)

    at_once(
        join_and_tell,
        *[
            lambda part=verdicts[place::3]: release_verdicts(
                part, lab=town.lab1, by=town.bao, at=NOON
            )
            for place in range(3)
        ],
    )
    take_up_owed(at=NOON)
    with scope.entered(system_actor("results"), "results.read"):
        told = sql.row(
            "SELECT count(DISTINCT subject_id) FROM notices_notice"
            " WHERE kind = 'positive' AND to_unit_id = %s",
            (town.south,),
        )
    assert told == (MANY,)
