"""Boxes unpacked: what came, what was missing, what was more than its list, what was rejected."""

from __future__ import annotations

from datetime import timedelta

import pytest

from som.kernel import sql
from som.kernel.errors import NotAllowed, NotFound
from som.lab.commands import close_manifests, receive_tubes, refer_tubes, reject_tubes
from som.lab.queries import boxes, manifest_reckoned, waiting_tubes
from som.lab.rules import Condition, Referral, ReferralReason, Rejection, RejectReason
from som.sampling.commands import Loss, Manifest, dispatch_tubes, lose_tubes, record_swabs
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=2)


def sent(town: Town, count: int, code: str = "M1") -> list[str]:
    tubes = town.tubes(count)
    record_swabs([town.swab(t) for t in tubes], session="S1", by=town.ana, at=NOON)
    box = Manifest(code, town.north, town.lab1, "Tổ xe")
    assert not dispatch_tubes(tubes, manifest=box, by=town.ana, at=NOON).refused
    return tubes


def unpack(town: Town, *codes: str, box: str = "M1", **conditions: Condition) -> None:
    outcome = receive_tubes(
        codes,
        lab=town.lab1,
        by=town.ben,
        at=LATER,
        boxes=dict.fromkeys(codes, box),
        conditions=dict.fromkeys(codes, conditions["condition"]) if conditions else None,
    )
    assert not outcome.refused, outcome.refused


def reckoned(town: Town, code: str = "M1") -> dict[str, list[str]]:
    found = manifest_reckoned(code, by=town.ben)
    return {
        name: [tube.code for tube in getattr(found, name)]
        for name in ("received", "missing", "extra", "rejected", "elsewhere")
        if getattr(found, name)
    }


def close(town: Town, *codes: str) -> list[str]:
    outcome = close_manifests(codes, lab=town.lab1, by=town.ben, at=LATER)
    return [str(r.reason) for r in outcome.refused]


def alarms() -> list[tuple[object, ...]]:
    return sql.rows(
        "SELECT key, kind, organisation_id, unit_id, body->>'tubes', closed_at IS NOT NULL"
        " FROM notices_alarm ORDER BY key"
    )


def test_a_box_is_reckoned_against_its_list() -> None:
    town = Town()
    came, warm, broken, missing, lost = sent(town, 5)
    (other,) = sent(town, 1, "M2")
    unlisted, foreign = town.tubes(1)[0], "211005DH.03001"
    unpack(town, came, other, unlisted, foreign)
    unpack(town, warm, condition=Condition.WARM)
    leaking = [Rejection(broken, RejectReason.LEAKING)]
    reject_tubes(leaking, lab=town.lab1, witness=town.cleo, by=town.ben, at=LATER)
    lose_tubes([Loss(lost, "rơi mất")], witness=town.cleo, by=town.ana, at=NOON)
    assert reckoned(town) == {
        "received": [came, warm],
        "missing": [missing],
        "extra": sorted([other, unlisted, foreign]),
        "rejected": [broken],
        "elsewhere": [lost],
    }
    (shown,) = manifest_reckoned("M1", by=town.ben).rejected
    assert (shown.detail, shown.who) == ("leaking", "ben")
    assert {t.detail for t in manifest_reckoned("M1", by=town.ben).extra} == {"M2", ""}
    assert [tube.detail for tube in manifest_reckoned("M1", by=town.ben).received] == ["", "warm"]
    assert reckoned(town, "M2") == {"received": [other]}


def test_a_list_that_comes_after_its_box_is_reckoned_all_the_same() -> None:
    town = Town()
    (code,) = town.tubes(1)
    record_swabs([town.swab(code)], session="S1", by=town.ana, at=NOON)
    assert receive_tubes([code], lab=town.lab1, by=town.ben, at=NOON).done
    late = Manifest("M1", town.north, town.lab1)
    dispatch_tubes([code], manifest=late, by=town.ana, at=LATER)
    assert reckoned(town) == {"received": [code]}


def test_what_is_missing_when_the_box_is_closed_calls_sender_and_laboratory() -> None:
    town = Town()
    came, missing, later = sent(town, 3)
    assert close(town, "M1") == ["closed_box_nothing_came"]
    unpack(town, came)
    assert close(town, "M1", "M9") == ["closed_box_unknown"]
    again = close_manifests(["M1"], lab=town.lab1, by=town.ben, at=LATER)
    assert again.unchanged == ["M1"]
    (box,) = boxes(by=town.ana)
    assert (box.closed_by, box.missing, box.sent, box.received) == ("ben", 2, 3, 1)
    key = f"missing:{box.id}"
    assert alarms() == [
        (f"{key}:lab", "missing_tubes", town.lab1, None, "2", False),
        (f"{key}:sender", "missing_tubes", None, town.north, "2", False),
    ]
    unpack(town, later)
    assert reckoned(town) == {"received": [came, later], "missing": [missing]}
    assert [alarm[5] for alarm in alarms()] == [False, False]
    unpack(town, missing)
    assert reckoned(town) == {"received": [came, missing, later]}
    assert [alarm[5] for alarm in alarms()] == [True, True]
    assert len(waiting_tubes(town.lab1, by=town.ben)) == 3


def test_a_whole_box_calls_nobody() -> None:
    town = Town()
    unpack(town, *sent(town, 2))
    assert close(town, "M1") == []
    assert alarms() == []


def test_a_box_between_laboratories_is_reckoned_by_both() -> None:
    town = Town()
    one, two = [swab.tube for (swab,) in town.sampled([1, 1], session="S2")]
    box = Referral("R1", town.lab2, town.lab1, ReferralReason.CAPACITY)
    assert refer_tubes([one, two], referral=box, by=town.lan, at=NOON).done
    assert reckoned(town, "R1") == {"missing": [one, two]}
    unpack(town, one, box="R1")
    assert reckoned(town, "R1") == {"received": [one], "missing": [two]}
    assert close(town, "R1") == []
    assert [alarm[2] for alarm in alarms()] == [town.lab1, town.lab2]
    assert receive_tubes([two], lab=town.lab2, by=town.lan, at=LATER, boxes={two: "R1"}).done
    assert reckoned(town, "R1") == {"received": [one], "elsewhere": [two]}
    found = manifest_reckoned("R1", by=town.lan)
    assert (found.box.from_lab, found.box.lab_name) == (
        "Phòng xét nghiệm Hai",
        "Phòng xét nghiệm Một",
    )
    assert [tube.detail for tube in found.elsewhere] == ["Phòng xét nghiệm Hai"]


def test_a_box_is_shown_to_whoever_sent_or_got_it() -> None:
    town = Town()
    (tube,) = sent(town, 1)
    for actor in (town.ana, town.ben, town.bao, town.dora):
        assert manifest_reckoned("M1", by=actor).box.code == "M1"
        assert [box.code for box in boxes(by=actor)] == ["M1"]
    for actor in (town.lan, town.sam, town.egon):
        assert boxes(by=actor) == []
        with pytest.raises(NotFound):
            manifest_reckoned("M1", by=actor)
    with pytest.raises(NotAllowed):
        close_manifests(["M1"], lab=town.lab1, by=town.bao, at=LATER)
    with pytest.raises(NotFound):
        receive_tubes([tube], lab=town.lab2, by=town.lan, at=LATER, boxes={tube: "M1"})


def test_boxes_come_page_by_page() -> None:
    town = Town()
    for number in range(3):
        sent(town, 1, f"M{number}")
    first = boxes(by=town.ben, limit=2)
    rest = boxes(by=town.ben, before=(first[-1].sent_at, first[-1].id), limit=2)
    assert [box.code for box in (*first, *rest)] == ["M2", "M1", "M0"]
