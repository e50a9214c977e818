"""What a laboratory throws away: with whom, what it may not, and who is asked again for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError

from som.access.commands import NewAccount, NewAssignment, give_assignments, open_accounts
from som.access.queries import account_ids, actor_of, system_actor
from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotAllowed
from som.lab.commands import (
    discard_tubes,
    discard_unlisted,
    load_plates,
    receive_tubes,
    reject_tubes,
)
from som.lab.queries import unlisted_tubes, waiting_tubes
from som.lab.rules import Discarding, DiscardReason, Loading, LoadKind, Rejection, RejectReason
from som.results.commands import release_verdicts
from som.results.queries import ledger_gaps, waiting_for_release
from som.results.work import take_up_lost
from som.sampling.commands import Loss, Manifest, dispatch_tubes, lose_tubes, record_swabs
from som.sampling.queries import custody
from tests.town import KIT, NOON, Town

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=2)


def reject(
    town: Town, *given: Rejection, witness: Actor | None = None, by: Actor | None = None
) -> list[str]:
    outcome = reject_tubes(
        given, lab=town.lab1, witness=witness or town.cleo, by=by or town.ben, at=LATER
    )
    return [str(refused.reason) for refused in outcome.refused]


def discard(town: Town, *given: Discarding, witness: Actor | None = None) -> list[str]:
    outcome = discard_tubes(
        given, lab=town.lab1, witness=witness or town.cleo, by=town.ben, at=LATER
    )
    return [str(refused.reason) for refused in outcome.refused]


def on_the_way(town: Town, count: int) -> list[str]:
    """Tubes sent to laboratory one that have not arrived."""
    tubes = town.tubes(count)
    record_swabs([town.swab(t) for t in tubes], session="S1", by=town.ana, at=NOON)
    box = Manifest(f"M-{tubes[0]}", town.north, town.lab1)
    assert not dispatch_tubes(tubes, manifest=box, by=town.ana, at=NOON).refused
    return tubes


def released(town: Town, tube: str, value: str = "negative") -> None:
    town.run(f"PL-{tube}", {tube: value})
    verdicts = [v.verdict for v in waiting_for_release(lab=town.lab1, by=town.bao)]
    assert release_verdicts(verdicts, lab=town.lab1, by=town.bao, at=NOON).done


def asked_again(town: Town) -> list[str]:
    take_up_lost(at=LATER)
    with scope.entered(town.dora, "sampling.read"):
        return [
            line[0]
            for line in sql.rows(
                "SELECT t.code FROM sampling_testrequest q JOIN sampling_swab w"
                " ON w.id = q.from_swab_id JOIN sampling_tube t ON t.id = w.tube_id ORDER BY 1"
            )
        ]


def test_a_tube_is_rejected_as_it_comes_and_its_people_are_asked_again() -> None:
    town = Town()
    broken, sound = on_the_way(town, 2)
    assert reject(town, Rejection(broken, RejectReason.BROKEN, "nứt nắp")) == []
    assert receive_tubes([sound], lab=town.lab1, by=town.ben, at=LATER).done
    assert [tube.code for tube in waiting_tubes(town.lab1, by=town.ben)] == [sound]
    assert [step.step for step in custody(broken, by=town.ben)] == ["sent", "received"]
    assert sql.rows(
        "SELECT t.lost_at, t.closing_reason, t.closed_by, d.kind, d.reason, d.note, r.condition"
        " FROM lab_disposal d JOIN sampling_tube t ON t.id = d.tube_id"
        " JOIN lab_reception r ON r.tube_id = t.id"
    ) == [
        (
            LATER,
            "rejected broken: nứt nắp",
            ["ben", "cleo"],
            "rejected",
            "broken",
            "nứt nắp",
            "broken",
        )
    ]
    assert asked_again(town) == [broken]
    assert ledger_gaps(by=town.dora, at=LATER + timedelta(hours=2)) == []


def test_nobody_rejects_a_tube_alone_for_no_reason_or_elsewhere() -> None:
    town = Town()
    code, away = on_the_way(town, 2)
    one = Rejection(code, RejectReason.LEAKING)
    assert reject(town, one, witness=town.ben) == ["disposal_witness_missing"]
    assert reject(town, one, witness=system_actor("results")) == ["disposal_witness_missing"]
    assert reject(town, Rejection(code, RejectReason.OTHER, " ")) == ["disposal_note_missing"]
    assert reject(town, Rejection("X", RejectReason.LEAKING)) == ["disposal_tube_unknown"]
    lose_tubes([Loss(away, "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    assert reject(town, Rejection(away, RejectReason.LEAKING)) == ["disposal_tube_closed"]
    for stranger in (town.ana, town.bao, town.lan):
        with pytest.raises(NotAllowed):
            reject(town, one, by=stranger)
    other = reject_tubes([one], lab=town.lab2, witness=town.cleo, by=town.lan, at=LATER)
    assert [str(r.reason) for r in other.refused] == ["tube_sent_elsewhere"]
    assert sql.rows("SELECT count(*) FROM lab_reception") == [(0,)]


def test_the_second_person_is_of_this_laboratory_or_of_where_the_tube_was_taken() -> None:
    town = Town()
    code, other = on_the_way(town, 2)
    strange, away, late = names = "stranger", "south", "tomorrow"
    setup = system_actor("setup")
    open_accounts([NewAccount(name, name, town.province) for name in names], by=setup, at=NOON)
    day = NOON.date()
    give_assignments(
        [
            NewAssignment(strange, "commune_officer", town.other_province, valid_from=day),
            NewAssignment(away, "commune_officer", town.south, valid_from=day),
            NewAssignment(late, "commune_officer", town.north, valid_from=day + timedelta(days=1)),
        ],
        by=setup,
        at=NOON,
    )
    second = {name: actor_of(account, on=day) for name, account in account_ids(names).items()}
    one = Rejection(code, RejectReason.LEAKING)
    assert reject(town, one, witness=second[strange]) == ["disposal_witness_strange"]
    assert reject(town, one, witness=second[away]) == ["disposal_witness_strange"]
    assert reject(town, one, witness=second[late]) == ["disposal_witness_missing"]
    for name, reason in ((strange, "loss_witness_strange"), (late, "loss_witness_missing")):
        lost = lose_tubes([Loss(code, "vỡ")], witness=second[name], by=town.ana, at=NOON)
        assert [str(r.reason) for r in lost.refused] == [reason]
    assert reject(town, one, witness=town.bao) == []
    assert lose_tubes([Loss(other, "vỡ")], witness=town.dora, by=town.ana, at=NOON).done


def test_a_tube_is_rejected_once_and_for_one_reason() -> None:
    town = Town()
    (code,) = on_the_way(town, 1)
    leaking, warm = (Rejection(code, r) for r in (RejectReason.LEAKING, RejectReason.TOO_WARM))
    twice = reject_tubes(
        [leaking, leaking], lab=town.lab1, witness=town.cleo, by=town.ben, at=LATER
    )
    assert (twice.done, twice.unchanged) == ([leaking], [leaking])
    assert reject(town, warm) == ["disposal_done_otherwise"]
    assert receive_tubes([code], lab=town.lab1, by=town.ben, at=LATER).refused


def test_a_tube_past_its_use_by_is_rejected_for_that() -> None:
    town = Town()
    (code,) = on_the_way(town, 1)
    late = NOON + timedelta(hours=48)
    given = [Rejection(code, RejectReason.USE_BY_PASSED)]
    assert reject_tubes(given, lab=town.lab1, witness=town.cleo, by=town.ben, at=late).done == given


def test_what_is_in_test_or_was_tested_is_not_rejected() -> None:
    town = Town()
    on_plate, pooled, other, tested, again = [s.tube for (s,) in town.sampled([1] * 5)]
    town.pooled("P1", [pooled, other])
    town.run("PL9", {tested: "negative", again: "invalid"})
    loading = [Loading(LoadKind.TUBE, on_plate, ("A1",))]
    load_plates(loading, plate="PL8", size=96, kit=KIT, lab=town.lab1, by=town.ben, at=NOON)
    given = [Rejection(code, RejectReason.LEAKING) for code in (on_plate, pooled, tested)]
    assert reject(town, *given) == ["disposal_tube_in_test"] * 2 + ["disposal_tube_tested"]
    assert reject(town, Rejection(again, RejectReason.TOO_LITTLE)) == []
    assert asked_again(town) == [again]


def test_what_is_left_of_a_tube_is_destroyed_after_its_test() -> None:
    town = Town()
    tested, waiting, on_plate = [s.tube for (s,) in town.sampled([1] * 3)]
    released(town, tested)
    loading = [Loading(LoadKind.TUBE, on_plate, ("A1",))]
    load_plates(loading, plate="PL8", size=96, kit=KIT, lab=town.lab1, by=town.ben, at=NOON)
    kept = DiscardReason.KEPT_LONG_ENOUGH
    assert discard(town, Discarding(tested, kept), witness=town.ben) == ["disposal_witness_missing"]
    assert discard(town, *(Discarding(c, kept) for c in (tested, waiting, on_plate, "X"))) == [
        "disposal_tube_untested",
        "disposal_tube_in_test",
        "disposal_tube_unknown",
    ]
    assert asked_again(town) == []
    assert discard(town, Discarding(tested, DiscardReason.DAMAGED)) == ["disposal_done_otherwise"]
    spilt = Discarding(waiting, DiscardReason.DAMAGED, ask_again=True)
    assert discard(town, spilt) == []
    assert waiting_tubes(town.lab1, by=town.ben) == []
    assert asked_again(town) == [waiting]
    loading = [Loading(LoadKind.TUBE, waiting, ("A2",))]
    refused = load_plates(
        loading, plate="PL7", size=96, kit=KIT, lab=town.lab1, by=town.ben, at=NOON
    )
    assert [str(r.reason) for r in refused.refused] == ["load_closed"]


def test_a_tube_tested_but_not_released_is_asked_again_when_it_is_destroyed() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    town.run("PL9", {swab.tube: "negative"})
    assert discard(town, Discarding(swab.tube, DiscardReason.DAMAGED)) == []
    assert asked_again(town) == [swab.tube]


def test_a_tube_whose_list_never_came_is_destroyed_by_two() -> None:
    town = Town()
    code, other = town.tubes(2)
    receive_tubes([code, other], lab=town.lab1, by=town.ben, at=NOON)
    given = Discarding(code, DiscardReason.UNKNOWN_ORIGIN)

    def discarded(one: Discarding, **changes: object) -> list[str]:
        where = {"lab": town.lab1, "witness": town.cleo, "by": town.ben} | changes
        outcome = discard_unlisted([one], at=LATER, **where)  # type: ignore[arg-type]
        return [str(r.reason) for r in outcome.refused]

    assert discarded(given, witness=town.ben) == ["disposal_witness_missing"]
    assert discarded(Discarding(code, DiscardReason.OTHER)) == ["disposal_note_missing"]
    assert discarded(given, lab=town.lab2, by=town.lan) == ["disposal_tube_unknown"]
    assert discarded(given) == []
    assert discarded(given) == []
    assert discarded(Discarding(code, DiscardReason.DAMAGED)) == ["disposal_tube_unknown"]
    assert [row.code for row in unlisted_tubes(town.lab1, by=town.ben)] == [other]
    rows = "SELECT ended_as, reason, ended_by FROM lab_unlistedtube WHERE ended_as IS NOT NULL"
    assert sql.rows(rows) == [("discarded", "unknown_origin", ["ben", "cleo"])]


@pytest.mark.parametrize(("witness", "reason"), [("ben", "leaking"), ("", "leaking"), ("cleo", "")])
def test_the_database_knows_no_disposal_by_one_person_or_without_reason(
    witness: str, reason: str
) -> None:
    town = Town()
    (code,) = on_the_way(town, 1)
    with pytest.raises(DatabaseError, match="disposal_has"):
        sql.execute(
            """
            INSERT INTO lab_disposal
                (tube_id, lab_id, kind, reason, note, disposed_at, disposed_by, witness)
            SELECT id, %s, 'rejected', %s, '', now(), 'ben', %s
            FROM sampling_tube WHERE code = %s
            """,
            (town.lab1, reason, witness, code),
        )
