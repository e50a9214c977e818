"""Whose "negative" no neighbour may carry: who is positive by another swab, wherever it was taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from som.access.queries import system_actor
from som.kernel import ids, scope, sql
from som.kernel.actors import Actor
from som.lab.commands import receive_tubes
from som.people.commands import join_persons
from som.people.matching.reviews import Pair
from som.people.rules import Declaration
from som.results.commands import release_verdicts
from som.results.queries import SlipsOf, slips, slips_counted, waiting_for_release
from som.results.rules import Paper
from som.sampling.commands import Manifest, dispatch_tubes, record_swabs
from som.sampling.rules import SwabTaken
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
CARRIED = (Paper.SLIPS, Paper.SEALED, Paper.LIST)


def swabbed(town: Town, swab: SwabTaken, *, south: bool = False) -> SwabTaken:
    """Recorded in the north, or in the south, and received at laboratory one."""
    by, session, unit = (
        (town.sam, "S3", town.south) if south else (town.ana, "S1", town.north)
    )  # fmt: skip
    assert not record_swabs([swab], session=session, by=by, at=NOON).refused
    box = Manifest(f"M-{swab.tube}", unit, town.lab1)
    assert not dispatch_tubes([swab.tube], manifest=box, by=by, at=NOON).refused
    assert not receive_tubes([swab.tube], lab=town.lab1, by=town.ben, at=NOON).refused
    return swab


def answered(town: Town, found: dict[str, str]) -> None:
    town.run("PLATE1", found)
    waiting = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    assert not release_verdicts(waiting, lab=town.lab1, by=town.bao, at=NOON).refused


def south_and_north(
    town: Town, here: Declaration, there: Declaration
) -> tuple[SwabTaken, SwabTaken]:
    """Negative in the north, positive in the south."""
    first = swabbed(town, town.swab(town.tubes(1)[0], said=here))
    second = town.swab(ids.tube_code(100_001), said=there)
    swabbed(town, second, south=True)
    answered(town, {first.tube: "negative", second.tube: "positive"})
    return first, second


def session_of(code: str) -> int:
    with scope.entered(system_actor("results"), "results.read"):
        return int(sql.rows("SELECT id FROM sampling_session WHERE code = %s", (code,))[0][0])


def sees(actor: Actor) -> int:
    with scope.entered(actor, "results.read"):
        return int(sql.rows("SELECT count(*) FROM results_result")[0][0])


def assert_nobody_carries(town: Town, by: Sequence[Actor]) -> None:
    session = session_of("S1")
    for actor in by:
        for of in (SlipsOf(town.north, NOON.date()), SlipsOf(town.north, NOON.date(), session)):
            for paper in CARRIED:
                assert slips(of, paper, by=actor, at=LATER) == [], (actor.name, of, paper)
            held = [one.swabs for one in slips_counted(of, by=actor) if one.withheld]
            assert held == [1], (actor.name, of)


def test_a_positive_in_another_unit_keeps_joined_entries_off_the_papers(town: Town) -> None:
    here = town.declaration(name="Lý Văn Bình", phone="")
    there = town.declaration(name="Lý Văn Bỉnh", residence=town.south)
    south_and_north(town, here, there)
    of = SlipsOf(town.north, NOON.date())
    assert [row.name for row in slips(of, Paper.LIST, by=town.cleo, at=LATER)] == [here.name]
    with scope.entered(system_actor("results"), "results.read"):
        pair = Pair(*(line[0] for line in sql.rows("SELECT id FROM people_person ORDER BY id")))
    assert join_persons([pair], by=town.dora, at=NOON).done
    assert sees(town.cleo) == 1, "the officer of the north sees no answer of the south"
    assert_nobody_carries(town, [town.cleo])


def test_a_positive_of_the_same_person_in_another_unit_is_known_of(town: Town) -> None:
    said = town.declaration(name="Lý Văn Bình", phone="")
    south_and_north(town, said, said)
    with scope.entered(system_actor("results"), "results.read"):
        assert len(sql.rows("SELECT DISTINCT person_id FROM sampling_swab")) == 1
        # As a person who moved after the swab: the south's swab and its answer are the south's alone.
        units = (
            f"unit_ids = ARRAY[{town.south}] WHERE {{}} IN"
            f" (SELECT id FROM sampling_swab WHERE unit_id = {town.south})"
        )
        sql.execute("UPDATE sampling_swab SET " + units.format("id"))
        assert sql.rows("SELECT count(*) FROM sampling_swab") == [(2,)]
    with scope.entered(town.cleo, "results.read"):
        assert sql.rows("SELECT count(*) FROM sampling_swab") == [(1,)]
    assert_nobody_carries(town, [town.cleo, town.dora])


def test_it_is_asked_of_swabs_in_sight_alone(town: Town) -> None:
    first, second = south_and_north(town, *[town.declaration(name="Lý Văn Bình")] * 2)
    with scope.entered(system_actor("results"), "results.read"):
        known = {line[0]: line[1] for line in sql.rows("SELECT slip, id FROM sampling_swab")}
    asked = list(known.values())
    for actor, told in ((town.cleo, [(known[first.slip],)]), (town.egon, [])):
        with scope.entered(actor, "results.read"):
            assert sql.rows("SELECT * FROM results_withheld(%s)", (asked,)) == told
    assert second.slip in known


@pytest.mark.parametrize(
    ("minutes", "withheld"), [(0, True), (-1, False)], ids=["at midnight", "the evening before"]
)
def test_the_day_is_that_of_the_swab_whatever_the_address_says(
    town: Town, minutes: int, withheld: bool
) -> None:
    """Noon in Vietnam: the day of the swab began twelve hours before."""
    said = town.declaration(name="Lý Văn Bình", phone="")
    _, second = south_and_north(town, said, said)
    taken = NOON + timedelta(hours=-12, minutes=minutes)
    with scope.entered(system_actor("results"), "results.read"):
        sql.execute("UPDATE sampling_swab SET taken_at = %s WHERE slip = %s", (taken, second.slip))
    session = session_of("S1")
    for days in (-1, 0, 1, 30):
        of = SlipsOf(town.north, NOON.date() + timedelta(days=days), session)
        for paper in CARRIED:
            rows = slips(of, paper, by=town.cleo, at=LATER)
            assert [row.value for row in rows] == ([] if withheld else ["negative"]), (days, paper)


# --- a hamlet's papers


def test_a_hamlets_papers_read_its_own_commune_alone(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [
        town.declaration(name=f"Lý Văn {name}", address=address)
        for name, address in (("An", "Xóm 1"), ("Bình", "Xóm 2"), ("Chi", "Xóm 1"))
    ]
    here = [
        swabbed(town, town.swab(tube, said=one))
        for tube, one in zip(town.tubes(3), said, strict=True)
    ]
    there = town.swab(
        ids.tube_code(100_001), said=town.declaration(address="Xóm 1", residence=town.south)
    )
    swabbed(town, there, south=True)
    answered(town, dict.fromkeys([here[0].tube, here[1].tube, there.tube], "negative"))
    read: list[int] = []
    rows = sql.rows

    def counted(statement: str, *more: object) -> list[tuple[object, ...]]:
        found = rows(statement, *more)  # type: ignore[arg-type]
        if "these" in statement:
            read.append(len(found))
        return found

    monkeypatch.setattr(sql, "rows", counted)
    of = SlipsOf(town.province, NOON.date(), hamlet=(town.north, "xom 1"))
    assert [row.name for row in slips(of, Paper.LIST, by=town.dora, at=LATER)] == ["Lý Văn An"]
    assert sum(one.swabs for one in slips_counted(of, by=town.dora)) == 2
    # Of the north: those answered, and addresses by their answer; of the south nothing.
    assert read == [2, 3]
    whole = SlipsOf(town.province, NOON.date())
    assert len(slips(whole, Paper.LIST, by=town.dora, at=LATER)) == 3
