"""Suspected, then confirmed or refuted by a laboratory that may, or asked for again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.lab.commands import place_holds, read_antigen_tests, receive_tubes, refer_tubes
from som.lab.queries import waiting_tubes
from som.lab.rules import AntigenTest, HoldKind, HoldWanted, Referral, ReferralReason
from som.lab.verdicts import Verdict
from som.results.commands import (
    Correction,
    confirm_corrections,
    propose_corrections,
    release_verdicts,
)
from som.results.queries import corrections_open, ledger_gaps, waiting_for_release, where_is
from som.results.work import take_up_expired, take_up_lost
from som.sampling.commands import Loss, lose_tubes
from som.sampling.queries import open_requests
from som.sampling.rules import SwabTaken
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

STRIP = "standard_q_ag"


def suspected(town: Town, count: int = 1, *, answer: str = "positive") -> list[SwabTaken]:
    """Single tubes read and released at the laboratory that may only screen."""
    swabs = [swab for (swab,) in town.sampled([1] * count, session="S2")]
    town.run("R1", {s.tube: answer for s in swabs}, lab=town.lab2, by=town.lan)
    waiting = [w.verdict for w in waiting_for_release(town.lab2, by=town.long)]
    assert release_verdicts(waiting, lab=town.lab2, by=town.long, at=NOON).done == waiting
    return swabs


def referred(town: Town, *swabs: SwabTaken, at: datetime = NOON) -> None:
    """On to laboratory one, which may confirm, and received there."""
    codes = [s.tube for s in swabs]
    box = Referral(f"X-{codes[0]}", town.lab2, town.lab1, ReferralReason.CONFIRMATION, taker="Tài")
    assert refer_tubes(codes, referral=box, by=town.lan, at=at).done == codes
    assert receive_tubes(codes, lab=town.lab1, by=town.ben, at=at).done == codes


def answers(town: Town) -> list[tuple[str, int, str, str]]:
    """Every answer: slip, version, value and why it was said again."""
    with scope.entered(system_actor("results"), "results.read"):
        return sql.rows(
            "SELECT w.slip, r.version, r.value, r.reason FROM results_result r"
            " JOIN sampling_swab w ON w.id = r.swab_id ORDER BY w.slip, r.version"
        )


def told(town: Town) -> list[tuple[str, str, int]]:
    """What was told: its kind, what a locality reads, and of how many."""
    with scope.entered(system_actor("delivery"), "notices.read"):
        return sql.rows(
            "SELECT kind, coalesce(body->>'value', ''), count(*) FROM notices_notice"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        )


def reasons(town: Town) -> list[str]:
    """Why people are asked for, singly and each once."""
    asked = open_requests(by=town.dora, at=NOON)
    assert all(one.single for one in asked)
    return sorted(one.reason for one in asked)


def gaps(town: Town, after: timedelta = timedelta(0)) -> list[str]:
    return [gap.law for gap in ledger_gaps(by=town.dora, at=NOON + after)]


@pytest.mark.parametrize(
    ("found", "meant"),
    [("positive", "positive"), ("negative", "negative"), ("inconclusive", "inconclusive")],
)
def test_a_suspicion_is_settled_by_who_may_confirm(found: str, meant: str) -> None:
    town = Town()
    (swab,) = suspected(town)
    assert answers(town) == [(swab.slip, 1, "suspected", "")]
    assert [t.waits_for for t in waiting_tubes(town.lab2, by=town.lan)] == ["referral"]
    assert gaps(town) == []
    referred(town, swab)
    assert gaps(town) == []
    town.run("R2", {swab.tube: found})
    (verdict,) = (w.verdict for w in waiting_for_release(town.lab1, by=town.bao))
    assert gaps(town) == []
    before = {(kind, value): n for kind, value, n in told(town)}
    done = release_verdicts([verdict, verdict], lab=town.lab1, by=town.bao, at=NOON)
    assert done.done == [verdict]
    assert answers(town)[-1] == (swab.slip, 2, meant, "confirmation")
    assert release_verdicts([verdict], lab=town.lab1, by=town.bao, at=NOON).unchanged == [verdict]
    # Everyone who heard of the suspicion hears what came of it; a person is told no value.
    after = {(kind, value): n for kind, value, n in told(town)}
    localities = before["positive", "suspected"]
    kind = "positive" if meant == "positive" else "corrected"
    assert {n for (k, v), n in after.items() if v == meant} == {localities}
    assert after[kind, meant] == localities > 1
    assert after["corrected", ""] == before["result_ready", ""] == 1
    assert reasons(town) == (["inconclusive"] if meant == "inconclusive" else [])
    assert gaps(town) == []


def test_the_way_of_a_suspected_sample_goes_on() -> None:
    town = Town()
    (swab,) = suspected(town)

    def way() -> tuple[list[str], object]:
        (found,) = where_is(swab.tube, by=town.dora, at=NOON)
        return [s.value for s in found.stations if s.kind == "released"], found.next

    assert way() == (["suspected"], "referred")
    later = NOON + timedelta(minutes=30)
    referred(town, swab, at=later)
    assert way() == (["suspected"], "loaded")
    town.run("R2", {swab.tube: "positive"}, at=later)
    (verdict,) = (w.verdict for w in waiting_for_release(town.lab1, by=town.bao))
    assert release_verdicts([verdict], lab=town.lab1, by=town.bao, at=later).done
    assert way() == (["suspected", "positive"], None)


def test_who_may_not_confirm_settles_nothing() -> None:
    """Neither the laboratory itself nor another that may only screen; nor a second strip."""
    town = Town()
    (swab,) = suspected(town)
    referred(town, swab)
    at = NOON + timedelta(days=0)
    with scope.entered(system_actor("results"), "results.read"):
        sql.execute("DELETE FROM places_laboratoryright WHERE organisation_id = %s AND \"right\" ="
                    " 'confirm'", (town.lab1,))  # fmt: skip
    town.run("R2", {swab.tube: "negative"})
    (verdict,) = (w.verdict for w in waiting_for_release(town.lab1, by=town.bao))
    refused = release_verdicts([verdict], lab=town.lab1, by=town.bao, at=at).refused
    assert [str(r.reason) for r in refused] == ["may_not_confirm"]
    assert len(answers(town)) == 1


def test_a_clear_answer_is_changed_by_a_correction_alone() -> None:
    """A tube that was answered and went on by mistake answers nobody a second time."""
    town = Town()
    ((swab,),) = town.sampled([1], session="S2")
    town.run("R1", {swab.tube: "negative"}, lab=town.lab2, by=town.lan)
    box = Referral("X-1", town.lab2, town.lab1, ReferralReason.CAPACITY)
    (verdict,) = (w.verdict for w in waiting_for_release(town.lab2, by=town.long))
    assert release_verdicts([verdict], lab=town.lab2, by=town.long, at=NOON).done
    if refer_tubes([swab.tube], referral=box, by=town.lan, at=NOON).done:
        receive_tubes([swab.tube], lab=town.lab1, by=town.ben, at=NOON)
        with scope.entered(system_actor("results"), "results.read"):
            sql.execute("UPDATE lab_reception SET waits_for = 'test' WHERE lab_id = %s",
                        (town.lab1,))  # fmt: skip
        town.run("R2", {swab.tube: "positive"})
        (again,) = (w.verdict for w in waiting_for_release(town.lab1, by=town.bao))
        refused = release_verdicts([again], lab=town.lab1, by=town.bao, at=NOON).refused
        assert [str(r.reason) for r in refused] == ["answered"]
    assert len(answers(town)) == 1


@pytest.mark.parametrize("how", ["expired", "lost"])
@pytest.mark.parametrize("where", ["here", "under way", "there"])
def test_whose_tube_cannot_be_tested_any_more_is_asked_for_again(how: str, where: str) -> None:
    town = Town()
    (swab,) = suspected(town)
    if where == "there":
        referred(town, swab)
    elif where == "under way":
        box = Referral("X-1", town.lab2, town.lab1, ReferralReason.CONFIRMATION)
        assert refer_tubes([swab.tube], referral=box, by=town.lan, at=NOON).done
    later = NOON + timedelta(days=3)
    if how == "lost":
        assert lose_tubes([Loss(swab.tube, "vỡ")], witness=town.cleo, by=town.ana, at=NOON).done
        assert gaps(town, timedelta(hours=2)) == ["suspicion_left_open"]
        assert (take_up_lost(at=NOON), take_up_lost(at=NOON)) == (1, 0)
    else:
        assert take_up_expired(at=NOON) == 0
        assert gaps(town, timedelta(days=3)) == ["suspicion_left_open"]
        assert (take_up_expired(at=later), take_up_expired(at=later)) == (1, 0)
    assert reasons(town) == ["lost" if how == "lost" else "use_by_passed"]
    assert gaps(town) == []


def test_a_strip_suspects_everywhere_and_its_person_is_asked_for_at_once() -> None:
    """Also where a laboratory may confirm: the method does not. Quyết định 2022/QĐ-BYT."""
    town = Town()
    ((swab,),) = town.sampled([1])
    start = NOON - timedelta(minutes=30)
    strip = AntigenTest(swab.tube, start, start + timedelta(minutes=20), True, True)
    kit, lot = {"kit": STRIP, "kit_lot": "Q1"}, {"lab": town.lab1, "by": town.ben, "at": NOON}
    assert read_antigen_tests([strip], **kit, **lot).done
    (verdict,) = (w.verdict for w in waiting_for_release(town.lab1, by=town.bao))
    assert release_verdicts([verdict], lab=town.lab1, by=town.bao, at=NOON).done
    assert [value for _, _, value, _ in answers(town)] == ["suspected"]
    assert reasons(town) == ["confirmation"]
    assert waiting_tubes(town.lab1, by=town.ben) == []
    assert gaps(town) == []


def test_a_correction_to_suspected_refers_the_tube_too() -> None:
    town = Town()
    (swab,) = suspected(town, answer="negative")
    where = {"lab": town.lab2, "at": NOON}
    (line,) = _released(town)
    given = [Correction(line, Verdict.POSITIVE, "đọc lại")]
    assert propose_corrections(given, by=town.long, **where).done
    (open_one,) = corrections_open(town.lab2, by=town.long)
    other = replace(town.long, name="lien")
    assert confirm_corrections([open_one.id], by=other, **where).done
    assert [t.waits_for for t in waiting_tubes(town.lab2, by=town.lan)] == ["referral"]
    assert gaps(town) == []
    referred(town, swab)
    town.run("R2", {swab.tube: "negative"})
    (verdict,) = (w.verdict for w in waiting_for_release(town.lab1, by=town.bao))
    assert release_verdicts([verdict], lab=town.lab1, by=town.bao, at=NOON).done
    assert [v for _, _, v, _ in answers(town)] == ["negative", "suspected", "negative"]
    # The first laboratory's verdict counts no more: only the second's can be corrected.
    late = propose_corrections([replace(given[0], value=Verdict.NEGATIVE)], by=town.long, **where)
    assert [str(r.reason) for r in late.refused] == ["superseded"]
    assert gaps(town) == []


def test_what_is_proposed_and_then_settled_elsewhere_is_not_confirmed() -> None:
    town = Town()
    (swab,) = suspected(town)
    (line,) = _released(town)
    where = {"lab": town.lab2, "at": NOON}
    given = [Correction(line, Verdict.NEGATIVE, "đọc lại")]
    assert propose_corrections(given, by=town.long, **where).done
    referred(town, swab)
    town.run("R2", {swab.tube: "positive"})
    (verdict,) = (w.verdict for w in waiting_for_release(town.lab1, by=town.bao))
    assert release_verdicts([verdict], lab=town.lab1, by=town.bao, at=NOON).done
    (open_one,) = corrections_open(town.lab2, by=town.long)
    late = confirm_corrections([open_one.id], by=replace(town.long, name="lien"), **where)
    assert [str(r.reason) for r in late.refused] == ["superseded"]
    assert [v for _, _, v, _ in answers(town)] == ["suspected", "positive"]


def test_a_member_of_a_pool_refuted_elsewhere_leaves_the_pool_explained() -> None:
    """What another laboratory says of a member's remainder says nothing of the pool."""
    town = Town()
    swabs = [swab for (swab,) in town.sampled([1] * 3)]
    town.pooled("P1", [s.tube for s in swabs])
    with scope.entered(system_actor("results"), "results.read"):
        sql.execute("UPDATE places_laboratoryright SET organisation_id = CASE organisation_id"
                    " WHEN %s THEN %s ELSE organisation_id END WHERE \"right\" = 'confirm'",
                    (town.lab1, town.lab2))  # fmt: skip
    town.run("R1", {"P1": "positive"})
    town.run("R2", {swabs[0].tube: "positive", swabs[1].tube: "negative"})
    first = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    assert release_verdicts(first, lab=town.lab1, by=town.bao, at=NOON).done == first
    box = Referral("X-1", town.lab1, town.lab2, ReferralReason.CONFIRMATION)
    assert refer_tubes([swabs[0].tube], referral=box, by=town.ben, at=NOON).done
    assert receive_tubes([swabs[0].tube], lab=town.lab2, by=town.lan, at=NOON).done
    town.run("R3", {swabs[0].tube: "negative"}, lab=town.lab2, by=town.lan)
    (verdict,) = (w.verdict for w in waiting_for_release(town.lab2, by=town.long))
    assert release_verdicts([verdict], lab=town.lab2, by=town.long, at=NOON).done
    town.run("R4", {swabs[2].tube: "negative"})
    (last,) = (w.verdict for w in waiting_for_release(town.lab1, by=town.bao))
    assert release_verdicts([last], lab=town.lab1, by=town.bao, at=NOON).done == [last]
    assert gaps(town) == []


@pytest.mark.parametrize("kind", ["run", "kit_lot", "lab"])
def test_what_is_on_hold_is_not_released(kind: str) -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"})
    (waits,) = waiting_for_release(town.lab1, by=town.bao)
    assert waits.kept is None
    hold = {
        "run": HoldWanted(HoldKind.RUN, "nghi nhầm", lab=town.lab1, run=waits.run),
        "kit_lot": HoldWanted(
            HoldKind.KIT_LOT, "nghi nhầm", lab=town.lab1, kit="n1_n2_rp_multiplex", kit_lot="lot-1"
        ),
        "lab": HoldWanted(HoldKind.LAB, "nghi nhầm", lab=town.lab1),
    }[kind]
    assert place_holds([hold], by=town.bao, at=NOON).done
    (waits,) = waiting_for_release(town.lab1, by=town.bao)
    assert str(waits.kept) == "held"
    refused = release_verdicts([waits.verdict], lab=town.lab1, by=town.bao, at=NOON).refused
    assert [str(r.reason) for r in refused] == ["held"]
    assert answers(town) == []


def test_what_was_tested_past_its_use_by_is_not_released_and_its_people_are_asked_for() -> None:
    """Benches refuse such a tube; a use-by that turns out to have been shorter comes later."""
    town = Town()
    ((swab,), pool) = town.sampled([1, 2])
    members = [swab for (swab,) in town.sampled([1, 1])]
    town.pooled("P1", [s.tube for s in members])
    town.run("R1", {swab.tube: "negative", pool[0].tube: "negative", "P1": "negative"})
    ids = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    with scope.entered(system_actor("results"), "results.read"):
        sql.execute("UPDATE sampling_tube SET use_by_at = %s", (NOON - timedelta(minutes=1),))
    refused = release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON).refused
    assert [str(r.reason) for r in refused] == ["tested_past_use_by"] * 3
    assert waiting_for_release(town.lab1, by=town.bao) == []
    assert gaps(town) == ["swab_without_an_end"] * 5
    assert take_up_expired(at=NOON) == 4
    assert reasons(town) == ["use_by_passed"] * 5
    assert gaps(town) == []


def _released(town: Town) -> list[int]:
    with scope.entered(system_actor("results"), "results.read"):
        return [line[0] for line in sql.rows("SELECT verdict_id FROM results_release")]
