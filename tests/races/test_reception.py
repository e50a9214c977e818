"""Tubes in several hands at a laboratory at once: each is tested, sent on or thrown away, not two."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import transaction

from som.kernel import sql
from som.lab.commands import (
    close_manifests,
    discard_unlisted,
    load_plates,
    read_runs,
    receive_tubes,
    refer_tubes,
    reject_tubes,
)
from som.lab.rules import (
    Discarding,
    DiscardReason,
    Loading,
    LoadKind,
    Referral,
    ReferralReason,
    Rejection,
    RejectReason,
    RunGiven,
)
from som.results.queries import ledger_gaps
from som.sampling.commands import Manifest, dispatch_tubes, record_swabs, store_tubes
from som.sampling.rules import StorageKind
from tests.races.at_once import at_once, done, reasons
from tests.town import KIT, NOON, Town, instrument_file

pytestmark = pytest.mark.slow

LATER = NOON + timedelta(hours=1)


def here(town: Town, count: int) -> list[str]:
    return [swab.tube for (swab,) in town.sampled([1] * count)]


def referred(town: Town, codes: list[str], box: str = "R1"):  # type: ignore[no-untyped-def]
    given = Referral(box, town.lab1, town.lab2, ReferralReason.CAPACITY)
    return refer_tubes(codes, referral=given, by=town.ben, at=LATER)


def rejected(town: Town, codes: list[str]):  # type: ignore[no-untyped-def]
    given = [Rejection(code, RejectReason.LEAKING) for code in codes]
    return reject_tubes(given, lab=town.lab1, witness=town.cleo, by=town.ben, at=LATER)


CONTROLS = [
    Loading(LoadKind.NO_TEMPLATE, "NTC", ("H11",)),
    Loading(LoadKind.POSITIVE, "PC", ("H12",)),
]


def loaded(town: Town, codes: list[str], *controls: Loading):  # type: ignore[no-untyped-def]
    wells = [f"{row}{column}" for row in "ABCDEFGH" for column in range(1, 13)]
    given = [
        Loading(LoadKind.TUBE, code, (well,)) for code, well in zip(codes, wells, strict=False)
    ]
    given += controls
    return load_plates(given, plate="PL1", size=96, kit=KIT, lab=town.lab1, by=town.ben, at=LATER)


def test_a_tube_goes_on_or_is_loaded_or_is_rejected(town: Town) -> None:
    codes = here(town, 40)
    answers = at_once(
        lambda: referred(town, codes[::-1]),
        lambda: loaded(town, codes),
        lambda: rejected(town, codes),
    )
    assert len(done(answers)) == 40
    assert len(reasons(answers)) == 80
    counts = """
        SELECT (SELECT count(*) FROM lab_load WHERE tube_id IS NOT NULL)
             + (SELECT count(*) FROM lab_disposal)
             + (SELECT count(*) FROM lab_reception WHERE left_at IS NOT NULL)
    """
    assert sql.rows(counts) == [(40,)]
    assert ledger_gaps(by=town.dora, at=LATER) == []


def test_tubes_scanned_again_and_their_run_being_read_wait_in_one_order(town: Town) -> None:
    """Both lock receptions: the scanner goes by the shelf, the run by its plate."""
    codes = here(town, 40)
    assert not loaded(town, codes, *CONTROLS).refused
    wells = [f"{row}{column}" for row in "ABCDEFGH" for column in range(1, 13)]
    shown = dict(zip(wells, [(code, "invalid") for code in codes], strict=False))
    shown |= {"H11": ("NTC", "water"), "H12": ("PC", "positive")}
    file = RunGiven("PL1", "PL1.txt", instrument_file("PL1", shown, LATER), "LOT-1")
    (middle,) = sql.rows("SELECT tube_id FROM lab_reception ORDER BY tube_id OFFSET 20 LIMIT 1")

    def hold_one() -> None:
        with transaction.atomic():
            sql.rows("SELECT 1 FROM lab_reception WHERE tube_id = %s FOR UPDATE", middle)
            time.sleep(1)

    _, again, read = at_once(
        hold_one,
        lambda: receive_tubes(codes[::-1], lab=town.lab1, by=town.ben, at=LATER),
        lambda: read_runs([file], lab=town.lab1, by=town.ben, at=LATER),
    )
    assert (len(again.unchanged), len(read.done)) == (40, 1)
    waiting = "SELECT count(*) FROM lab_reception WHERE waits_for = 'retest'"
    assert sql.rows(waiting) == [(40,)]


def test_nobody_is_recorded_into_a_tube_once_it_was_received(town: Town) -> None:
    codes = town.tubes(30)
    firsts = [town.swab(code) for code in codes]
    assert not record_swabs(firsts, session="S1", by=town.ana, at=NOON).refused
    late = [town.swab(code) for code in codes]
    _, recorded = at_once(
        lambda: receive_tubes(codes[::-1], lab=town.lab1, by=town.ben, at=NOON),
        lambda: record_swabs(late, session="S1", by=town.ana, at=NOON),
    )
    assert set(reasons([recorded])) <= {"tube_closed"}
    assert len(recorded.held) + len(recorded.refused) == 30
    again = record_swabs([town.swab(code) for code in codes], session="S1", by=town.ana, at=NOON)
    assert reasons([again]) == ["tube_closed"] * 30
    # What was sent twice is not refused: it is there.
    assert record_swabs(firsts, session="S1", by=town.ana, at=LATER).unchanged == firsts


def test_a_tube_is_in_one_box(town: Town) -> None:
    codes = here(town, 20)
    answers = at_once(
        lambda: referred(town, codes, "R1"), lambda: referred(town, codes[::-1], "R2")
    )
    assert len(done(answers)) == 20
    assert set(reasons(answers)) == {"referred_tube_not_here"}


def test_a_tube_is_rejected_once(town: Town) -> None:
    codes = here(town, 20)
    answers = at_once(lambda: rejected(town, codes), lambda: rejected(town, codes[::-1]))
    assert len(done(answers)) == 20
    assert reasons(answers) == []
    assert sql.rows("SELECT count(*) FROM lab_disposal") == [(20,)]


def test_a_tube_is_kept_one_way_at_a_time(town: Town) -> None:
    codes = here(town, 20)
    where = {"lab": town.lab1, "by": town.ben, "at": LATER}
    answers = at_once(
        lambda: store_tubes(codes, kind=StorageKind.FROZEN, **where),  # type: ignore[arg-type]
        lambda: store_tubes(codes[::-1], kind=StorageKind.ROOM, **where),  # type: ignore[arg-type]
    )
    assert len(done(answers)) == 20
    assert set(reasons(answers)) == {"stored_before_last"}


def test_a_stray_is_destroyed_or_waits_on(town: Town) -> None:
    codes = town.tubes(10)
    receive_tubes(codes, lab=town.lab1, by=town.ben, at=NOON)
    given = [Discarding(code, DiscardReason.UNKNOWN_ORIGIN) for code in codes]

    def discard(part: list[Discarding]):  # type: ignore[no-untyped-def]
        return discard_unlisted(part, lab=town.lab1, witness=town.cleo, by=town.ben, at=LATER)

    answers = at_once(lambda: discard(given), lambda: discard(given[::-1]))
    assert len(done(answers)) == 10
    assert reasons(answers) == []


def test_a_box_is_closed_before_or_after_its_last_tube_comes(town: Town) -> None:
    tubes = town.tubes(2)
    record_swabs([town.swab(t) for t in tubes], session="S1", by=town.ana, at=NOON)
    box = Manifest("M1", town.north, town.lab1)
    dispatch_tubes(tubes, manifest=box, by=town.ana, at=NOON)
    receive_tubes(tubes[:1], lab=town.lab1, by=town.ben, at=NOON)
    closed, twice, come = at_once(
        lambda: close_manifests(["M1"], lab=town.lab1, by=town.ben, at=LATER),
        lambda: close_manifests(["M1"], lab=town.lab1, by=town.ben, at=LATER),
        lambda: receive_tubes(tubes[1:], lab=town.lab1, by=town.ben, at=LATER),
    )
    assert sorted([len(closed.done), len(twice.done)]) == [0, 1]
    assert come.done == tubes[1:]
    open_alarms = "SELECT count(*) FROM notices_alarm WHERE closed_at IS NULL"
    assert sql.rows(open_alarms) == [(0,)]
