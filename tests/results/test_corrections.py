"""Corrections: proposed by one person, confirmed by another, told to everyone who was told before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.errors import NotAllowed
from som.kernel.ids import printed_slip_code
from som.kernel.outcomes import Outcome
from som.lab.verdicts import Verdict
from som.notices.queries import unacknowledged_notices
from som.results.commands import (
    Correction,
    confirm_corrections,
    propose_corrections,
    release_verdicts,
    withdraw_corrections,
)
from som.results.queries import corrections_open, ledger_gaps
from som.sampling.queries import open_requests
from tests.results.reviews import bich, released, results, waiting
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


# Corrections


def answered(town: Town, *found: str) -> list[int]:
    """Verdicts on single tubes, read and released."""
    tubes = [s.tube for (s,) in town.sampled([1] * len(found))]
    town.run("R1", dict(zip(tubes, found, strict=True)))
    ids = waiting(town)
    released(town, *tubes)
    return [ids[tube] for tube in tubes]


def open_ids(town: Town, lab: int | None = None) -> list[int]:
    """Corrections that wait for their second person, as they were proposed."""
    by = town.long if lab == town.lab2 else town.bao
    return [c.id for c in corrections_open(lab or town.lab1, by=by)]


def corrected(town: Town, *given: Correction) -> None:
    """Proposed by one and confirmed by another."""
    assert propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON).done == list(given)
    ids = open_ids(town)
    assert confirm_corrections(ids, lab=town.lab1, by=bich(town), at=NOON).done == ids


def test_a_correction_tells_everyone_what_is_right_now() -> None:
    town = Town()
    (verdict,) = answered(town, "positive")
    corrected(town, Correction(verdict, Verdict.NEGATIVE, "nhầm giếng"))
    assert [value for *_, value in results(town)] == ["positive", "negative"]
    told = {n.kind: n.body for n in unacknowledged_notices(by=town.cleo, at=NOON)}
    assert told["positive"]["value"] == "positive"
    assert told["corrected"]["value"] == "negative"
    with scope.entered(system_actor("delivery"), "notices.read"):
        phones = sql.rows("SELECT kind, body::text FROM notices_notice WHERE to_phone <> ''")
    assert sorted(kind for kind, _ in phones) == ["corrected", "result_ready"]
    assert not any("negative" in body or "positive" in body for _, body in phones)


def test_a_telephone_learns_which_slip_is_meant_and_not_its_code() -> None:
    town = Town()
    answered(town, "negative")
    ((slip, *_),) = results(town)
    with scope.entered(system_actor("delivery"), "notices.read"):
        ((body,),) = sql.rows("SELECT body::text FROM notices_notice WHERE to_phone <> ''")
    assert f'"…{printed_slip_code(slip)[-6:]}"' in body
    assert slip[:8] not in body.replace("-", "")


def test_nobody_corrects_alone() -> None:
    town = Town()
    (verdict,) = answered(town, "negative")
    given = Correction(verdict, Verdict.POSITIVE, "đọc lại ")
    where = {"lab": town.lab1, "at": NOON}
    outcome = propose_corrections([given, given], by=town.bao, **where)
    assert (outcome.done, outcome.unchanged) == ([given], [given])
    (waits,) = corrections_open(town.lab1, by=bich(town))
    assert (waits.verdict, waits.was, waits.value, waits.reason, waits.proposed_by) == (
        verdict, "negative", "positive", "đọc lại", "bao",
    )  # fmt: skip
    alone = confirm_corrections([waits.id], by=town.bao, **where)
    assert [str(r.reason) for r in alone.refused] == ["proposed_by_same"]
    assert [value for *_, value in results(town)] == ["negative"]
    assert {n.kind for n in unacknowledged_notices(by=town.cleo, at=NOON)} == set()

    assert confirm_corrections([waits.id] * 2, by=bich(town), **where).done == [waits.id]
    again = confirm_corrections([waits.id], by=bich(town), **where)
    assert (again.done, again.unchanged) == ([], [waits.id])
    assert [value for *_, value in results(town)] == ["negative", "positive"]
    assert corrections_open(town.lab1, by=town.bao) == []
    assert propose_corrections([given], by=town.bao, **where).unchanged == [given]
    assert ledger_gaps(by=town.dora, at=NOON) == []


def test_whoever_read_the_run_does_not_confirm_its_correction() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"}, by=replace(town.ben, name="bao"))
    (verdict,) = waiting(town).values()
    where = {"lab": town.lab1, "at": NOON}
    assert release_verdicts([verdict], by=bich(town), **where).done
    given = [Correction(verdict, Verdict.POSITIVE, "đọc lại")]
    assert propose_corrections(given, by=bich(town), **where).done
    outcome = confirm_corrections(open_ids(town), by=town.bao, **where)
    assert [str(r.reason) for r in outcome.refused] == ["read_by_same"]
    assert confirm_corrections(open_ids(town), by=replace(town.bao, name="binh"), **where).done


def test_corrections_stay_at_their_laboratory() -> None:
    town = Town()
    (verdict,) = answered(town, "negative")
    given = [Correction(verdict, Verdict.POSITIVE, "đọc lại")]
    with pytest.raises(NotAllowed):
        propose_corrections(given, lab=town.lab1, by=town.long, at=NOON)
    assert propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON).done
    with pytest.raises(NotAllowed):
        confirm_corrections(open_ids(town), lab=town.lab1, by=town.long, at=NOON)
    with pytest.raises(NotAllowed):
        corrections_open(town.lab1, by=town.long)
    assert corrections_open(town.lab2, by=town.long) == []
    there = {"lab": town.lab2, "by": town.long, "at": NOON}
    refused = list(propose_corrections(given, **there).refused)
    refused += confirm_corrections(open_ids(town), **there).refused
    refused += withdraw_corrections(open_ids(town), **there).refused
    assert [str(r.reason) for r in refused] == ["verdict_unknown", *["correction_unknown"] * 2]
    assert len(open_ids(town)) == 1


def test_a_verdict_corrected_before_is_corrected_again() -> None:
    town = Town()
    (verdict,) = answered(town, "negative")
    for value in (Verdict.POSITIVE, Verdict.INCONCLUSIVE, Verdict.NEGATIVE):
        corrected(town, Correction(verdict, value, "đọc lại"))
    assert [value for *_, value in results(town)] == [
        "negative", "positive", "inconclusive", "negative",
    ]  # fmt: skip
    assert ledger_gaps(by=town.dora, at=NOON) == []


def test_a_screening_laboratory_corrects_to_suspected() -> None:
    town = Town()
    ((swab,),) = town.sampled([1], session="S2")
    town.run("R1", {swab.tube: "negative"}, lab=town.lab2, by=town.lan)
    (verdict,) = waiting(town, town.lab2).values()
    where = {"lab": town.lab2, "at": NOON}
    assert release_verdicts([verdict], by=town.long, **where).done
    given = [Correction(verdict, Verdict.POSITIVE, "đọc lại")]
    assert propose_corrections(given, by=town.long, **where).done
    lien = replace(town.long, name="lien")
    assert confirm_corrections(open_ids(town, town.lab2), by=lien, **where).done
    assert results(town)[-1][1:] == (2, "suspected")
    assert ledger_gaps(by=town.dora, at=NOON) == []


@pytest.mark.parametrize("value", [Verdict.POSITIVE, Verdict.INCONCLUSIVE])
def test_a_negative_pool_that_was_none_is_withdrawn_and_everybody_asked_for(value: Verdict) -> None:
    town = Town()
    (pool,) = town.sampled([3])
    town.run("R1", {pool[0].tube: "negative"})
    ids = waiting(town)
    released(town, pool[0].tube)
    corrected(town, Correction(ids[pool[0].tube], value, "đọc lại"))
    assert [value for _, version, value in results(town) if version == 2] == ["withdrawn"] * 3
    assert len(open_requests(by=town.dora, at=NOON)) == 3
    assert ledger_gaps(by=town.dora, at=NOON) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"verdict": -1}, "verdict_unknown"),
        ({"reason": " "}, "reason_missing"),
        ({"value": Verdict.INVALID}, "correction_pointless"),
        ({}, "not_released"),
    ],
)
def test_corrections_refused(changes: dict[str, object], reason: str) -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "positive"})
    given = Correction(waiting(town)[swab.tube], Verdict.NEGATIVE, "nhầm")
    outcome = propose_corrections(
        [replace(given, **changes)],  # type: ignore[arg-type]
        lab=town.lab1,
        by=town.bao,
        at=NOON,
    )
    assert [str(r.reason) for r in outcome.refused] == [reason]


@pytest.mark.parametrize("together", [True, False])
def test_of_a_verdict_one_correction_is_open(together: bool) -> None:
    town = Town()
    (verdict,) = answered(town, "positive")
    first, other = (
        Correction(verdict, value, "nhầm") for value in (Verdict.NEGATIVE, Verdict.INCONCLUSIVE)
    )
    batches = [[first, other]] if together else [[first], [other]]
    outcome: Outcome[Correction] = Outcome()
    for batch in batches:
        outcome += propose_corrections(batch, lab=town.lab1, by=town.bao, at=NOON)
    assert outcome.done == [first]
    assert [str(r.reason) for r in outcome.refused] == ["correction_open"]


def test_nothing_proposed_is_nothing_to_confirm() -> None:
    town = Town()
    (verdict,) = answered(town, "positive")
    outcome = confirm_corrections([verdict], lab=town.lab1, by=town.bao, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == ["correction_unknown"]


def test_a_proposal_is_withdrawn_until_somebody_confirms_it() -> None:
    town = Town()
    one, other = answered(town, "positive", "positive")
    where = {"lab": town.lab1, "at": NOON}
    given = [Correction(v, Verdict.NEGATIVE, "nhầm") for v in (one, other)]
    assert propose_corrections(given, by=town.bao, **where).done
    first, second = open_ids(town)
    assert withdraw_corrections([first, first], by=bich(town), **where).done == [first]
    assert withdraw_corrections([first], by=town.bao, **where).unchanged == [first]
    refused = confirm_corrections([first], by=bich(town), **where).refused
    assert [str(r.reason) for r in refused] == ["correction_withdrawn"]
    assert confirm_corrections([second], by=bich(town), **where).done == [second]
    refused = withdraw_corrections([second], by=town.bao, **where).refused
    assert [str(r.reason) for r in refused] == ["correction_confirmed"]
    # Another takes the place of the one withdrawn, and the old one stays withdrawn.
    other_value = [replace(given[0], value=Verdict.INCONCLUSIVE)]
    assert propose_corrections(other_value, by=town.bao, **where).done == other_value
    assert open_ids(town) != [first]
    assert [value for *_, value in results(town) if value != "positive"] == ["negative"]
    assert ledger_gaps(by=town.dora, at=NOON) == []


@pytest.mark.parametrize(
    ("value", "by", "gaps"),
    [
        ("positive", "bich", []),
        ("suspected", "bich", []),
        ("inconclusive", "bich", ["result_against_its_verdict"]),
        ("withdrawn", "bich", ["result_against_its_verdict", "withdrawn_and_not_asked_again"]),
        ("positive", "binh", ["result_never_confirmed"]),
    ],
)
def test_the_ledger_names_a_version_that_nobody_confirmed(
    value: str, by: str, gaps: list[str]
) -> None:
    """Written past the commands: a version two beside a correction to positive by Bích."""
    town = Town()
    (verdict,) = answered(town, "negative")
    behalf = system_actor("results")
    with scope.entered(behalf, "results.review"):
        sql.execute(
            "INSERT INTO results_correction (verdict_id, lab_id, value, reason, proposed_by,"
            " proposed_at, confirmed_by, confirmed_at)"
            " VALUES (%s, %s, 'positive', 'x', 'bao', %s, 'bich', %s)",
            (verdict, town.lab1, NOON, NOON),
        )
        sql.execute(
            "INSERT INTO results_result (unit_ids, swab_id, version, value, verdict_id, lab_id,"
            " read_by, released_by, released_at, reason)"
            " SELECT unit_ids, swab_id, 2, %s, verdict_id, lab_id, read_by, %s, released_at, 'x'"
            " FROM results_result",
            (value, by),
        )
    found = [gap.law for gap in ledger_gaps(by=town.dora, at=NOON)]
    assert [law for law in found if law != "positive_not_told"] == gaps


def test_the_database_knows_no_correction_by_one_person() -> None:
    town = Town()
    (verdict,) = answered(town, "negative")
    given = [Correction(verdict, Verdict.POSITIVE, "đọc lại")]
    assert propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON).done
    with pytest.raises(IntegrityError, match="correction_is_by_two_people"), transaction.atomic():
        sql.execute("UPDATE results_correction SET confirmed_by = 'bao', confirmed_at = now()")
    with pytest.raises(IntegrityError, match="open_correction_is_one"), transaction.atomic():
        sql.execute(
            "INSERT INTO results_correction (verdict_id, lab_id, value, reason, proposed_by,"
            " proposed_at) SELECT verdict_id, lab_id, value, reason, 'bich', proposed_at"
            " FROM results_correction"
        )
