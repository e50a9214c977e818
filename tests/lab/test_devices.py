"""Strips and cartridges: received, judged, repeated and called for, without a plate."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from som.kernel import sql
from som.kernel.errors import NotAllowed, NotFound
from som.lab import commands
from som.lab.queries import run, runs, verdicts_by_id, waiting_tubes, wells_of_run
from som.lab.rules import AntigenTest, CapacityWanted, CartridgeRead, HoldKind, HoldWanted
from som.notices.commands import acknowledge_alarms
from som.notices.queries import alarms_open
from som.sampling.commands import Manifest, dispatch_tubes, record_swabs
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

STRIP, CARTRIDGE = "standard_q_ag", "xpert_sars_cov_2"
BEGUN = NOON - timedelta(minutes=30)
LOW = Decimal("24.5")


def strip(tube: str, *, test: bool = False, control: bool = True, **changes: Any) -> AntigenTest:
    given = AntigenTest(tube, BEGUN, BEGUN + timedelta(minutes=20), control, test)
    return replace(given, **changes)


def cartridge(tube: str, barcode: str, n2: Decimal | None = None, **changes: Any) -> CartridgeRead:
    read = (("N2", n2), ("E", None), ("SPC", LOW))
    given = CartridgeRead(tube, barcode, read, BEGUN - timedelta(minutes=20), BEGUN, "GX-1", "Hoa")
    return replace(given, **changes)


def read(town: Town, *given: AntigenTest, **changes: Any) -> Any:
    where = {"lab": town.lab1, "kit": STRIP, "kit_lot": "Q1", "by": town.ben, "at": NOON} | changes
    return commands.read_antigen_tests(given, **where)


def analysed(town: Town, *given: CartridgeRead, **changes: Any) -> Any:
    where = {"lab": town.lab1, "kit": CARTRIDGE, "kit_lot": "X1", "by": town.ben, "at": NOON}
    return commands.read_cartridges(given, **(where | changes))


def taken(town: Town, count: int) -> list[str]:
    """Tubes with a swab each, recorded and still with the team."""
    tubes = town.tubes(count)
    assert not record_swabs(
        [town.swab(t) for t in tubes], session="S1", by=town.ana, at=NOON
    ).refused
    return tubes


def reasons(outcome: Any) -> list[str]:
    return [str(refused.reason) for refused in outcome.refused]


def verdicts(town: Town) -> list[tuple[str, str, bool]]:
    found = [line[0] for line in sql.rows("SELECT id FROM lab_verdict ORDER BY id")]
    rows = verdicts_by_id(found, lab=town.lab1)
    return [(rows[n].value, rows[n].method, rows[n].confirms) for n in found]


def test_a_strip_receives_its_tube_and_is_judged_at_once() -> None:
    town = Town()
    one, two, three = taken(town, 3)
    outcome = read(town, strip(one), strip(two, test=True), strip(three, control=False))
    assert len(outcome.done) == 3
    assert sorted(verdicts(town)) == [
        ("invalid", "antigen", False),
        ("negative", "antigen", False),
        ("positive", "antigen", False),
    ]
    assert {t.code: t.waits_for for t in waiting_tubes(town.lab1, by=town.ben)} == {three: "retest"}
    came = sql.rows("SELECT DISTINCT received_at, received_by FROM lab_reception")
    assert came == [(BEGUN, "ben")]
    (first, *_rest) = runs(by=town.ben)
    assert (first.method, first.plate, first.size, first.kit_lot) == ("antigen", "", 0, "Q1")
    ((well,),) = [wells_of_run(one.id, by=town.ben) for one in runs(by=town.ben) if one.positive]
    assert (well.position, well.sample, well.value) == ("", two, "positive")
    assert [(name, said) for name, _, said in well.readings] == [("C", "line"), ("T", "line")]


def test_a_strip_is_repeated_once_and_then_inconclusive() -> None:
    town = Town()
    (one,) = taken(town, 1)
    spoilt = strip(one, control=False)
    again = replace(spoilt, started_at=BEGUN + timedelta(minutes=5))
    assert len(read(town, again, spoilt).done) == 2
    assert [value for value, *_ in verdicts(town)] == ["invalid", "inconclusive"]
    third = replace(spoilt, started_at=BEGUN + timedelta(minutes=7))
    assert reasons(read(town, third)) == ["device_tube_not_waiting"]


def test_told_again_it_is_the_same_and_told_otherwise_it_is_refused() -> None:
    town = Town()
    one, two = taken(town, 2)
    assert read(town, strip(one), strip(one)).unchanged == [strip(one)]
    assert read(town, strip(one)).unchanged == [strip(one)]
    assert reasons(read(town, strip(one, test=True))) == ["device_read_otherwise"]
    assert analysed(town, cartridge(two, "C1")).done
    assert analysed(town, cartridge(two, "C1")).unchanged
    assert reasons(analysed(town, cartridge(two, "C1", LOW))) == ["device_read_otherwise"]
    (other,) = taken(town, 1)
    assert reasons(analysed(town, cartridge(other, "C1"))) == ["device_read_otherwise"]
    assert [value for value, *_ in verdicts(town)] == ["negative", "negative"]


def test_a_positive_cartridge_confirms_and_its_run_says_who_and_where() -> None:
    town = Town()
    (one,) = taken(town, 1)
    assert analysed(town, cartridge(one, "C1", LOW)).done
    assert verdicts(town) == [("positive", "cartridge", True)]
    ((number,),) = sql.rows("SELECT id FROM lab_run")
    found = run(number, by=town.ben)
    assert (found.instrument, found.operator, found.barcode) == ("GX-1", "Hoa", "C1")


def test_a_device_tests_one_person_who_was_swabbed_before() -> None:
    town = Town()
    (field,) = town.sampled([2])
    (single,) = taken(town, 1)
    early = strip(single, started_at=NOON - timedelta(hours=2))
    given = [strip(field[0].tube), strip(town.tubes(1)[0]), early]
    assert sorted(reasons(read(town, *given))) == [
        "device_tube_is_a_pool",
        "device_tube_unknown",
        "test_before_swab",
    ]
    assert verdicts(town) == []


def test_what_is_another_laboratorys_is_refused_and_harms_no_other() -> None:
    town = Town()
    away, here = taken(town, 2)
    box = Manifest("M2", town.north, town.lab2)
    assert dispatch_tubes([away], manifest=box, by=town.ana, at=NOON).done
    outcome = read(town, strip(away), strip(here))
    assert reasons(outcome) == ["tube_sent_elsewhere"]
    assert [test.tube for test in outcome.done] == [here]


def test_kits_are_used_as_what_they_are() -> None:
    town = Town()
    (one,) = taken(town, 1)
    for kit in ("n1_n2_rp_multiplex", CARTRIDGE, "none_such"):
        with pytest.raises(NotFound), transaction.atomic():
            read(town, strip(one), kit=kit)
    with pytest.raises(NotFound), transaction.atomic():
        analysed(town, cartridge(one, "C1"), kit=STRIP)
    with pytest.raises(NotFound), transaction.atomic():
        commands.load_plates(
            [], plate="N1", size=96, kit=STRIP, lab=town.lab1, by=town.ben, at=NOON
        )
    with pytest.raises(NotAllowed), transaction.atomic():
        read(town, strip(one), by=town.lan)


def test_beyond_the_days_ceiling_and_at_a_held_laboratory_nothing_is_tested() -> None:
    town = Town()
    one, two, three = taken(town, 3)
    ceiling = CapacityWanted(town.lab1, 1, NOON.date())
    assert commands.set_capacities([ceiling], by=town.dora, at=NOON).done
    outcome = read(town, strip(one), strip(two))
    assert (len(outcome.done), reasons(outcome)) == (1, ["device_over_capacity"])
    hold = HoldWanted(HoldKind.LAB, "mất điện", lab=town.lab1)
    assert commands.place_holds([hold], by=town.bao, at=NOON).done
    assert reasons(read(town, strip(three))) == ["device_lab_held"]


def test_reviewers_are_called_once_for_a_kit_and_again_when_they_took_it_on() -> None:
    town = Town()
    one, two, three, four = taken(town, 4)
    read(town, strip(one))
    read(town, strip(two))
    found = sql.rows("SELECT kind, permission, organisation_id FROM notices_alarm")
    assert found == [("run_read", "results.review", town.lab1)]
    (call,) = alarms_open(by=town.bao)
    acknowledge_alarms([call.id], by=town.bao, at=NOON)
    read(town, strip(three))
    read(town, strip(four))
    assert len(alarms_open(by=town.bao)) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lab_run SET method = 'pcr'",
        "UPDATE lab_run SET started_at = NULL",
        "UPDATE lab_run SET ended_at = started_at - interval '1 minute'",
        "UPDATE lab_run SET kit_lot = ''",
        "UPDATE lab_load SET run_id = NULL",
        "UPDATE lab_load SET kind = 'positive', tube_id = NULL",
    ],
)
def test_no_test_without_what_it_was_read_from(statement: str) -> None:
    town = Town()
    (one,) = taken(town, 1)
    assert read(town, strip(one)).done
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.execute(statement)
