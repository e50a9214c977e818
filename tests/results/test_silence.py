"""Nobody is left without an answer: pools that wait for one, others' words, the dead, holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from som.kernel import scope, sql
from som.kernel.outcomes import Outcome
from som.lab.commands import place_holds, receive_tubes, refer_tubes
from som.lab.rules import HoldKind, HoldWanted, Referral, ReferralReason, RunGiven
from som.lab.verdicts import Verdict
from som.people.commands import Death, note_deaths
from som.results import work
from som.results.commands import (
    Correction,
    Decision,
    Match,
    confirm_corrections,
    confirm_recalls,
    decide_discordant_pools,
    match_reported,
    propose_corrections,
    propose_recalls,
    release_verdicts,
)
from som.results.queries import (
    corrections_open,
    discordant_pools,
    ledger_gaps,
    recall_open,
    waiting_for_release,
)
from som.results.rules import PoolDecision, RecallWanted, ReleaseRefusal
from som.sampling.commands import Loss, lose_tubes
from som.sampling.lists.written import ListRow
from tests.results.reports import NEGATIVE, POSITIVE, Reports, answers, asked, row
from tests.results.reviews import bich
from tests.town import KIT, NOON, Town

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def died(town: Town, slip: str) -> None:
    with scope.entered(town.dora, "results.gaps"):
        found = sql.row("SELECT person_id FROM sampling_swab WHERE slip = %s", (slip,))
    assert found is not None
    assert note_deaths([Death(found[0], NOON)], by=town.cleo, at=NOON).done


def gaps(town: Town, days: float) -> list[str]:
    return [g.law for g in ledger_gaps(by=town.dora, at=NOON + timedelta(days=days))]


def looked_at(reports: Reports, *rows: ListRow) -> list[int]:
    """Rows of a report; where the laboratory is not known to have the tube, somebody has looked."""
    found = reports.sent(*rows)
    doubtful = [Match(line, None, "đã gọi") for line, state, _ in found if state == "review"]
    match_reported(doubtful, by=reports.dora, at=NOON)
    return [line for line, *_ in found]


def released(town: Town, *, lab2: bool = False) -> list[ReleaseRefusal]:
    """Release all that waits at a laboratory; answer with what was refused."""
    lab, by = (town.lab2, town.long) if lab2 else (town.lab1, town.bao)
    waiting = [w.verdict for w in waiting_for_release(lab, by=by)]
    refused = release_verdicts(waiting, lab=lab, by=by, at=NOON + 2 * HOUR).refused
    return [one.reason for one in refused]  # type: ignore[misc]


def test_the_worker_asks_no_more_for_whoever_died() -> None:
    town = Town()
    (lost,), (late,), (suspected,) = town.sampled([1, 1, 1])
    for swab in (lost, late, suspected):
        died(town, swab.slip)
    assert lose_tubes([Loss(lost.tube, "vỡ ống")], witness=town.cleo, by=town.ana, at=NOON).done
    at = NOON + timedelta(days=4)
    assert work.take_up_lost(at=at) == 0
    assert work.take_up_expired(at=at) == 2
    assert work.take_up_lost(at=at) == work.take_up_expired(at=at) == 0
    assert asked() == []
    assert gaps(town, 4) == []


def test_a_suspicion_of_somebody_who_died_is_no_gap() -> None:
    town = Town()
    ((swab,),) = town.sampled([1], session="S2")
    town.run("R1", {swab.tube: "positive"}, lab=town.lab2, by=town.lan)
    assert released(town, lab2=True) == []
    died(town, swab.slip)
    assert work.take_up_expired(at=NOON + timedelta(days=4)) == 1
    assert [value for *_, value in answers()] == ["suspected"]
    assert gaps(town, 4) == []


PULLS = [
    ("persons_owed", "tell_newly_owed", work.take_up_owed),
    ("tubes_to_watch", "advance_clocks", work.take_up_clocks),
    ("runs_uncounted", "note_rates", work.take_up_rates),
    ("report_files_to_forget", "forget_reports", work.take_up_report_files),
    ("calls_over", "close_alarms", work.take_up_calls),
    ("tubes_untested_past_use_by", "expire_tubes", work.take_up_expired),
]


@pytest.mark.parametrize(("find", "do", "take_up"), PULLS)
def test_a_page_of_what_does_not_move_holds_up_nothing_behind_it(
    monkeypatch: pytest.MonkeyPatch, find: str, do: str, take_up: Callable[..., int]
) -> None:
    with_keys = find == "calls_over"

    def found(*, after: int, limit: int, **_: object) -> list[object]:
        ids = [n for n in (1, 2, 3, 4) if n > after][:limit]
        return [(n, str(n)) for n in ids] if with_keys else list(ids)

    def moved(items: Sequence[object], **_: object) -> Outcome[object]:
        return Outcome([one for one in items if int(str(one)) > 2])

    monkeypatch.setattr(work, "CHUNK", 2)
    monkeypatch.setattr(work, find, found)
    monkeypatch.setattr(work, do, moved)
    assert take_up(at=NOON) == 2


@pytest.mark.parametrize("found", ["negative", "positive"])
def test_a_member_that_was_referred_does_not_silence_its_pool(found: str) -> None:
    town = Town()
    a, b, c = [swab.tube for (swab,) in town.sampled([1, 1, 1])]
    town.pooled("P1", [a, b, c])
    town.run("R1", {"P1": "positive"})
    assert released(town) == []
    sent = Referral("X1", town.lab1, town.lab2, ReferralReason.CAPACITY, "Ben", "xe")
    assert refer_tubes([c], referral=sent, by=town.ben, at=NOON).done == [c]
    town.run("R2", {a: "negative", b: "negative"}, at=NOON + HOUR)
    assert released(town) == [ReleaseRefusal.AWAITS_POOL] * 2
    assert receive_tubes([c], lab=town.lab2, by=town.lan, at=NOON + HOUR).done == [c]
    town.run("R3", {c: found}, lab=town.lab2, by=town.lan, at=NOON + HOUR)
    assert released(town, lab2=True) == []
    if found == "positive":
        assert released(town) == []
    else:
        assert released(town) == [ReleaseRefusal.DISCORDANT] * 2
        (pool,) = discordant_pools(town.lab1, by=town.bao)
        assert {value for _, value, _ in pool.members} == {"negative"}
        decision = [Decision("P1", PoolDecision.NEGATIVE, "đã xem")]
        given = {"lab": town.lab1, "by": town.bao, "at": NOON + 2 * HOUR}
        assert decide_discordant_pools(decision, **given).done == decision
    said = {tube: (version, value) for _, tube, version, value in answers()}
    assert said == {
        a: (1, "negative"),
        b: (1, "negative"),
        c: (1, "suspected" if found == "positive" else "negative"),
    }


def test_what_is_referred_waits_at_its_laboratory_also_once_its_pool_is_decided() -> None:
    town = Town()
    a, b = [swab.tube for (swab,) in town.sampled([1, 1])]
    town.pooled("P1", [a, b])
    town.run("R1", {"P1": "positive"})
    assert released(town) == []
    sent = Referral("X1", town.lab1, town.lab2, ReferralReason.CAPACITY, "Ben", "xe")
    assert refer_tubes([b], referral=sent, by=town.ben, at=NOON).done
    assert receive_tubes([b], lab=town.lab2, by=town.lan, at=NOON + HOUR).done
    town.run("R2", {a: "negative"}, at=NOON + HOUR)
    town.run("R3", {b: "negative"}, lab=town.lab2, by=town.lan, at=NOON + HOUR)
    decision = [Decision("P1", PoolDecision.AGAIN, "đã xem")]
    at = NOON + 2 * HOUR
    assert decide_discordant_pools(decision, lab=town.lab1, by=town.bao, at=at).done == decision
    assert released(town, lab2=True) == []
    assert [(tube, value) for _, tube, _, value in answers()] == [(b, "negative")]


@pytest.mark.parametrize("decided", PoolDecision)
def test_a_pool_does_not_wait_for_a_member_that_others_answered(decided: PoolDecision) -> None:
    reports = Reports()
    town = reports.town
    a, b = [swab.tube for (swab,) in town.sampled([1, 1])]
    town.pooled("P1", [a, b])
    (line,) = looked_at(reports, row(NEGATIVE, tube=b))
    assert reports.released(line).done
    town.run("R1", {"P1": "positive"})
    town.run("R2", {a: "negative"})
    # Nobody waits for a test that may never come: a named person decides at once.
    assert released(town) == [ReleaseRefusal.DISCORDANT]
    (pool,) = discordant_pools(town.lab1, by=town.bao)
    assert set(pool.members) == {(a, "negative", ""), (b, "", "negative")}
    decision = [Decision("P1", decided, "đã xem")]
    at = NOON + 2 * HOUR
    assert decide_discordant_pools(decision, lab=town.lab1, by=town.bao, at=at).done == decision
    if decided is PoolDecision.NEGATIVE:
        assert [(tube, value) for _, tube, _, value in answers()] == [
            (b, "negative"),
            (a, "negative"),
        ]
        assert asked() == []
    else:
        # What made the pool positive may be theirs whom another laboratory answered.
        assert [(tube, value) for _, tube, _, value in answers()] == [(b, "negative")]
        assert asked() == [("discordant", True)] * 2
    assert released(town) == []
    assert gaps(town, 0.1) == []


def test_a_reported_positive_explains_a_pool_whose_member_was_not_tested_here() -> None:
    reports = Reports()
    town = reports.town
    a, b = [swab.tube for (swab,) in town.sampled([1, 1])]
    town.pooled("P1", [a, b])
    (line,) = looked_at(reports, row(POSITIVE, tube=b))
    assert reports.released(line).done
    town.run("R1", {"P1": "positive"})
    town.run("R2", {a: "negative"})
    assert released(town) == []
    assert [(tube, value) for _, tube, _, value in answers()] == [(b, "positive"), (a, "negative")]


def test_a_decision_about_a_pool_takes_no_positive_back() -> None:
    reports = Reports()
    town = reports.town
    a, b = [swab.tube for (swab,) in town.sampled([1, 1])]
    town.pooled("P1", [a, b])
    town.run("R1", {"P1": "positive"})
    town.run("R2", {a: "negative", b: "negative"})
    (line,) = looked_at(reports, row(POSITIVE, tube=b))
    assert reports.released(line).done
    where = {"lab": town.lab1, "by": town.bao, "at": NOON + 2 * HOUR}
    free = [Decision("P1", PoolDecision.NEGATIVE, "đã xem")]
    (refused,) = decide_discordant_pools(free, **where).refused
    assert refused.reason is ReleaseRefusal.MEMBER_POSITIVE
    again = [Decision("P1", PoolDecision.AGAIN, "đã xem")]
    assert decide_discordant_pools(again, **where).done == again
    assert [(tube, value) for _, tube, _, value in answers()] == [(b, "positive")]
    assert asked() == [("discordant", True)] * 2


def test_a_negative_pool_answers_whoever_has_no_answer() -> None:
    reports = Reports()
    town = reports.town
    a, b = [swab.tube for (swab,) in town.sampled([1, 1])]
    town.pooled("P1", [a, b])
    (line,) = looked_at(reports, row(POSITIVE, tube=b))
    assert reports.released(line).done
    town.run("R1", {"P1": "negative"})
    assert released(town) == []
    assert [(tube, value) for _, tube, _, value in answers()] == [
        (b, "positive"),
        (a, "negative_by_pool"),
    ]


def test_another_laboratorys_word_does_not_silence_our_own_test() -> None:
    reports = Reports()
    town = reports.town
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "positive"})
    (line,) = looked_at(reports, row(NEGATIVE, tube=swab.tube))
    assert reports.released(line).done
    assert gaps(town, 0.9) == []
    assert gaps(town, 1.1) == ["verdict_against_the_answer"]
    assert released(town) == []
    assert [(version, value) for *_, version, value in answers()] == [
        (1, "negative"),
        (2, "positive"),
    ]
    assert gaps(town, 1.1) == []


def test_what_says_the_same_as_was_reported_answers_nobody_twice() -> None:
    reports = Reports()
    town = reports.town
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"})
    (line,) = looked_at(reports, row(NEGATIVE, tube=swab.tube))
    assert reports.released(line).done
    assert released(town) == [ReleaseRefusal.ANSWERED]
    assert gaps(town, 3) == []


def test_a_field_pool_reported_negative_that_is_not_is_taken_back_and_all_are_asked_again() -> None:
    reports = Reports()
    town = reports.town
    (swabs,) = town.sampled([3])
    town.run("R1", {swabs[0].tube: "positive"})
    (line,) = looked_at(reports, row(NEGATIVE, tube=swabs[0].tube))
    assert reports.released(line).done
    assert released(town) == []
    assert sorted((version, value) for *_, version, value in answers()) == (
        [(1, "negative_by_pool")] * 3 + [(2, "withdrawn")] * 3
    )
    assert asked() == [("recalled_pool", True)] * 3
    assert gaps(town, 0.1) == []


def test_nothing_is_corrected_while_it_is_on_hold() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "positive"})
    (verdict,) = waiting_for_release(town.lab1, by=town.bao)
    assert released(town) == []
    given = [Correction(verdict.verdict, Verdict.NEGATIVE, "nhầm")]
    where = {"lab": town.lab1, "at": NOON}
    assert propose_corrections(given, by=town.bao, **where).done == given
    (correction,) = corrections_open(town.lab1, by=bich(town))
    hold = HoldWanted(HoldKind.RUN, "xem lại", lab=town.lab1, run=verdict.run)
    assert place_holds([hold], by=town.dora, at=NOON).done
    outcome = confirm_corrections([correction.id], by=bich(town), **where)
    assert [one.reason for one in outcome.refused] == [ReleaseRefusal.HELD]
    other = [Correction(verdict.verdict, Verdict.INCONCLUSIVE, "nhầm")]
    refused = propose_corrections(other, by=town.bao, **where).refused
    assert [one.reason for one in refused] == [ReleaseRefusal.HELD]
    assert [value for *_, value in answers()] == ["positive"]


@pytest.mark.parametrize("typed", ["lot\u200b-7ß", "LOT- 7\ufeffSS", "ｌｏｔ-7ß"])
def test_a_lot_is_held_and_recalled_however_it_was_typed(
    monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr(
        "tests.town.RunGiven", lambda plate, name, content, _: RunGiven(plate, name, content, typed)
    )
    town = Town()
    (one,), (other,) = town.sampled([1, 1])
    town.run("R1", {one.tube: "positive", other.tube: "negative"})
    first, second = (w.verdict for w in waiting_for_release(town.lab1, by=town.bao))
    where = {"lab": town.lab1, "by": town.bao, "at": NOON}
    assert release_verdicts([first], **where).done == [first]
    hold = HoldWanted(HoldKind.KIT_LOT, "xem lại", lab=town.lab1, kit=KIT, kit_lot="LOT-7SS")
    assert place_holds([hold], by=town.dora, at=NOON).done
    (refused,) = release_verdicts([second], **where).refused
    assert refused.reason is ReleaseRefusal.HELD
    wanted = RecallWanted(town.lab1, NOON - HOUR, NOON + HOUR, "lô hỏng", kit_lot="Lot-7ss")
    at = NOON + HOUR
    assert propose_recalls([wanted], by=town.dora, at=at).done == [wanted]
    number = recall_open(wanted, by=town.dora)
    assert number is not None
    assert confirm_recalls([number], by=town.bao, at=at).done == [number]
    work.take_up_recalls(at=at)
    assert [value for *_, value in answers()] == ["positive", "withdrawn"]
    assert sorted(asked()) == [("recalled_result", True)] * 2
