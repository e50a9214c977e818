"""What no way leads to: the commands refuse it, and the database does where a command were wrong.

No answer without a run that somebody read or a report that somebody noted; none by one person; none
for a tube past its use-by; none for a person who was not swabbed into what was tested.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.lab.commands import load_plates
from som.lab.rules import Loading, LoadKind
from som.results.commands import release_verdicts
from som.results.queries import waiting_for_release
from som.sampling.rules import SwabTaken
from tests.town import KIT, NOON, Town

pytestmark = pytest.mark.django_db


def read(town: Town, *found: str) -> tuple[list[SwabTaken], list[int]]:
    """Single tubes read at laboratory one, and their verdicts in the same order."""
    swabs = [swab for (swab,) in town.sampled([1] * len(found))]
    town.run("R1", {s.tube: what for s, what in zip(swabs, found, strict=True)})
    ids = {w.sample: w.verdict for w in waiting_for_release(town.lab1, by=town.bao)}
    return swabs, [ids.get(s.tube, 0) for s in swabs]


def release(verdict: int, **changes: Any) -> None:
    """A release written past the commands."""
    row = {"verdict": verdict, "lab": None, "read_by": "ben", "released_by": "bao"} | changes
    with transaction.atomic(), scope.entered(system_actor("results"), "results.review"):
        sql.execute(
            "INSERT INTO results_release (verdict_id, lab_id, read_by, released_by, released_at)"
            " VALUES (%(verdict)s, %(lab)s, %(read_by)s, %(released_by)s, now())",
            row,
        )


def answer(swab: SwabTaken, verdict: int | None, **changes: Any) -> None:
    """An answer written past the commands."""
    row = {
        "verdict": verdict, "slip": swab.slip, "version": 1, "value": "negative", "read_by": "ben",
        "released_by": "bao", "reason": "x", "recall": None, "lab": None, "reported": None,
    } | changes  # fmt: skip
    with transaction.atomic(), scope.entered(system_actor("results"), "results.review"):
        sql.execute(
            "INSERT INTO results_result (unit_ids, swab_id, version, value, verdict_id, reported_id,"
            " lab_id, read_by, released_by, released_at, reason, recall_id)"
            " SELECT w.unit_ids, w.id, %(version)s, %(value)s, %(verdict)s, %(reported)s, %(lab)s,"
            " %(read_by)s, %(released_by)s, now(), %(reason)s, %(recall)s"
            " FROM sampling_swab w WHERE w.slip = %(slip)s",
            row,
        )


def test_what_is_written_here_would_stand_if_it_were_right() -> None:
    """Else the refusals below would prove nothing."""
    town = Town()
    (swab,), (verdict,) = read(town, "negative")
    release(verdict, lab=town.lab1)
    answer(swab, verdict, lab=town.lab1)
    with scope.entered(system_actor("results"), "results.review"):
        assert sql.rows("SELECT value FROM results_result") == [("negative",)]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"released_by": "ben"}, "release_is_by_a_second_person"),
        # The reader's name is not what the writer says: the run knows it.
        ({"read_by": "x", "released_by": "ben"}, "release_is_of_a_run_read"),
        ({"lab": "other"}, "release_is_of_a_run_read"),
        ({"verdict": -1}, "violates foreign key|release_is_of_a_run_read"),
        ({"verdict": "invalid"}, "release_is_of_a_run_read"),
        ({"verdict": "twice"}, "verdict_id"),
    ],
)
def test_no_release_without_a_run_that_another_read(changes: dict[str, Any], why: str) -> None:
    town = Town()
    _, (verdict, twice, _) = read(town, "negative", "positive", "invalid")
    release(twice, lab=town.lab1)
    (invalid,) = (
        line[0] for line in sql.rows("SELECT id FROM lab_verdict WHERE value = 'invalid'")
    )
    changes = {"lab": town.lab1} | changes
    if changes["lab"] == "other":
        changes["lab"] = town.lab2
    named = {"invalid": invalid, "twice": twice}
    number = changes.pop("verdict", verdict)
    sql.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match=why):
        release(named.get(number, number), **changes)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"verdict": None}, "result_has_one_origin"),
        ({"released_by": "ben"}, "result_is_by_a_second_person"),
        ({"value": "well"}, "result_value_is_known"),
        ({"value": ""}, "result_value_is_known"),
        ({"version": 0}, "result_version_counts"),
        ({"version": 2, "reason": ""}, "correction_has_a_reason"),
        ({"lab": None}, "lab_id"),
        ({"recall": "one"}, "recall_only_takes_back"),
    ],
)
def test_no_answer_without_its_origin_two_people_and_a_reason(
    changes: dict[str, Any], why: str
) -> None:
    town = Town()
    (swab,), (verdict,) = read(town, "negative")
    release(verdict, lab=town.lab1)
    if changes.get("recall"):
        sql.execute(
            "INSERT INTO results_recall (lab_id, which, kit_lot, read_from, read_to, reason,"
            " proposed_by, proposed_at) VALUES (%s, 'all', '', now() - interval '1 day', now(),"
            " 'x', 'bao', now())",
            (town.lab1,),
        )
        changes = changes | {"recall": sql.rows("SELECT id FROM results_recall")[0][0]}
    given = {"verdict": verdict, "lab": town.lab1} | changes
    with pytest.raises(IntegrityError, match=why):
        answer(swab, **given)


def test_no_answer_before_its_verdict_is_released() -> None:
    town = Town()
    (swab,), (verdict,) = read(town, "negative")
    with pytest.raises(IntegrityError, match="result_was_released"):
        answer(swab, verdict, lab=town.lab1)


def test_no_answer_for_somebody_who_is_not_in_the_tube_or_pool_tested() -> None:
    town = Town()
    (swab, other), (verdict, _) = read(town, "negative", "negative")
    release(verdict, lab=town.lab1)
    with pytest.raises(IntegrityError, match="result_is_of_the_tube_tested"):
        answer(other, verdict, lab=town.lab1)
    members = [swab for (swab,) in town.sampled([1] * 2)]
    town.pooled("P1", [s.tube for s in members])
    town.run("R2", {"P1": "negative"})
    ids = {w.sample: w.verdict for w in waiting_for_release(town.lab1, by=town.bao)}
    release(ids["P1"], lab=town.lab1)
    answer(members[0], ids["P1"], lab=town.lab1, value="negative_by_pool")
    with pytest.raises(IntegrityError, match="result_is_of_the_tube_tested"):
        answer(swab, ids["P1"], lab=town.lab1, value="negative_by_pool")


@pytest.mark.parametrize("value", ["positive", "suspected"])
def test_nobody_is_positive_because_of_a_pool(value: str) -> None:
    town = Town()
    ((first, second), (member,), (other,)) = town.sampled([2, 1, 1])
    town.pooled("P1", [member.tube, other.tube])
    town.run("R1", {first.tube: "positive", "P1": "positive"})
    with scope.entered(system_actor("results"), "results.review"):
        ids = dict(
            sql.rows("SELECT l.sample, v.id FROM lab_verdict v JOIN lab_load l ON l.id = v.load_id")
        )
    for sample, swab in [(first.tube, first), (first.tube, second), ("P1", member)]:
        if swab is not second:
            release(ids[sample], lab=town.lab1)
        with pytest.raises(IntegrityError, match="nobody_is_positive_by_a_pool"):
            answer(swab, ids[sample], lab=town.lab1, value=value)


def test_no_answer_is_changed_or_dropped() -> None:
    town = Town()
    (swab,), (verdict,) = read(town, "negative")
    release(verdict, lab=town.lab1)
    answer(swab, verdict, lab=town.lab1)
    with scope.entered(system_actor("results"), "results.review"):
        for statement in ("UPDATE results_result SET value = 'positive'",
                          "DELETE FROM results_result"):  # fmt: skip
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                sql.execute(statement)
    with pytest.raises(IntegrityError, match="result_version_is_one"):
        answer(swab, verdict, lab=town.lab1)


def test_nothing_past_its_use_by_comes_to_an_answer() -> None:
    """The bench refuses it; what was loaded all the same is not released."""
    town = Town()
    (_, late), (_, verdict) = read(town, "negative", "negative")
    ((third,),) = town.sampled([1])
    past = NOON + timedelta(days=3)
    loadings = [Loading(LoadKind.TUBE, third.tube, ("A1",))]
    where = {"plate": "R2", "size": 96, "kit": KIT, "lab": town.lab1, "by": town.ben}
    refused = load_plates(loadings, at=past, **where).refused
    assert [str(r.reason) for r in refused] == ["load_use_by_passed"]
    sql.execute("UPDATE lab_load SET loaded_at = %s WHERE sample = %s", (past, late.tube))
    by = replace(town.bao, name="bich")
    refused_too = release_verdicts([verdict], lab=town.lab1, by=by, at=past).refused
    assert [str(r.reason) for r in refused_too] == ["tested_past_use_by"]


def test_whoever_read_the_run_releases_it_in_no_way() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"}, by=replace(town.ben, name="bao"))
    (waits,) = waiting_for_release(town.lab1, by=town.bao)
    refused = release_verdicts([waits.verdict], lab=town.lab1, by=town.bao, at=NOON).refused
    assert [str(r.reason) for r in refused] == ["read_by_same"]
    with pytest.raises(IntegrityError, match="release_is_by_a_second_person"):
        release(waits.verdict, lab=town.lab1, read_by="bao")
    with pytest.raises(IntegrityError, match="release_is_of_a_run_read"):
        release(waits.verdict, lab=town.lab1, read_by="ben")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"lab": "other"}, "result_was_released"),
        ({"swab": -1}, "result_is_of_the_tube_tested"),
        ({"verdict": -1}, "result_was_released"),
        ({"verdict": None, "reported": -1}, "result_is_of_the_row_released"),
        ({"recall": -1, "value": "withdrawn", "version": 2}, "result_is_of_a_recall"),
    ],
)
def test_no_answer_refers_to_what_is_not_there(changes: dict[str, Any], why: str) -> None:
    """No foreign key says so: a trigger looks at all rows of a statement at once."""
    town = Town()
    (swab, other), (verdict, second) = read(town, "negative", "negative")
    release(verdict, lab=town.lab1)
    release(second, lab=town.lab1)
    row = {"verdict": verdict, "lab": town.lab1, "swab": None} | changes
    if row["lab"] == "other":
        row["lab"] = town.lab2
    with scope.entered(system_actor("results"), "results.review"):
        ids = dict(sql.rows("SELECT slip, id FROM sampling_swab"))
    rows = [
        {"version": 1, "value": "negative", "reported": None, "recall": None} | row
        | {"swab": row["swab"] or ids[swab.slip]},
        {"version": 1, "value": "negative", "reported": None, "recall": None, "lab": town.lab1}
        | {"verdict": second, "swab": ids[other.slip]},
    ]  # fmt: skip
    with (
        pytest.raises(IntegrityError, match=why),
        transaction.atomic(),
        scope.entered(system_actor("results"), "results.review"),
    ):
        sql.execute(
            "INSERT INTO results_result (unit_ids, swab_id, version, value, verdict_id, reported_id,"
            " lab_id, read_by, released_by, released_at, reason, recall_id)"
            " SELECT '{1}', g.swab, g.version, g.value, g.verdict, g.reported, g.lab, 'ben', 'bao',"
            " now(), 'x', g.recall FROM unnest(%s::bigint[], %s::smallint[], %s::text[], %s::bigint[],"
            " %s::bigint[], %s::int[], %s::bigint[])"
            " AS g (swab, version, value, verdict, reported, lab, recall)",
            [
                [one[column] for one in rows]
                for column in ("swab", "version", "value", "verdict", "reported", "lab", "recall")
            ],
        )


def test_no_release_is_changed_or_dropped() -> None:
    town = Town()
    _, (verdict,) = read(town, "negative")
    release(verdict, lab=town.lab1)
    with scope.entered(system_actor("results"), "results.review"):
        with pytest.raises(IntegrityError, match="release_stays"), transaction.atomic():
            sql.execute("UPDATE results_release SET released_by = 'x'")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            sql.execute("DELETE FROM results_release")
