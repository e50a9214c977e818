"""Labels: handed to teams, void, left; every printed one is accounted for when a session closes."""

from __future__ import annotations

import random

import pytest
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string

from som.kernel import ids, sql
from som.kernel.errors import NotAllowed, NotFound
from som.sampling.commands import (
    Handout,
    Roll,
    Team,
    Voiding,
    close_sessions,
    form_teams,
    hand_out_labels,
    issue_rolls,
    record_swabs,
    void_labels,
)
from som.sampling.queries import label_accounts, labels_issued, labels_void, teams
from som.sampling.rules import (
    LabelsLeft,
    VoidReason,
    count_of,
    merged,
    named,
    reckoned,
    within,
    without,
)
from tests.town import NOON, Town


def spread(ranges: object) -> set[int]:
    """The labels one by one: slow and obvious."""
    return {n for first, last in ranges for n in range(first, last + 1)}  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", range(40))
def test_runs_of_labels_are_sets_of_labels(seed: int) -> None:
    draw = random.Random(seed)

    def runs() -> list[tuple[int, int]]:
        found = []
        for _ in range(draw.randrange(6)):
            first = draw.randrange(40)
            found.append((first, first + draw.randrange(8)))
        return found

    one, other = runs(), runs()
    assert spread(merged(one)) == spread(one)
    assert all(a[1] + 1 < b[0] for a, b in zip(merged(one), merged(one)[1:], strict=False))
    assert spread(without(one, other)) == spread(one) - spread(other)
    assert spread(within(one, other)) == spread(one) & spread(other)
    assert count_of(one) == len(spread(one))


def test_labels_are_named_as_they_are_read_off_the_roll() -> None:
    assert named([(7, 9), (5, 5)]) == f"{ids.tube_code(5)}, {ids.tube_code(7)}–{ids.tube_code(9)}"
    assert named([(3 * n, 3 * n) for n in range(13)]).endswith(", +3")


@pytest.mark.parametrize(
    ("left", "refusal"),
    [
        (LabelsLeft(((12, 14), (16, 19))), None),
        (LabelsLeft(count=7), None),
        (LabelsLeft(count=8), "labels_count_differs"),
        (LabelsLeft(), "labels_unaccounted"),
        (LabelsLeft(((12, 14),)), "labels_unaccounted"),
        (LabelsLeft(((12, 19),)), "labels_not_left"),
        (LabelsLeft(((12, 14), (16, 20))), "labels_not_left"),
    ],
)
def test_what_is_handed_out_is_used_void_or_left(left: LabelsLeft, refusal: str | None) -> None:
    found = reckoned([(10, 19)], [(10, 11), (15, 15)], left)
    assert found.refusal == refusal
    assert found.left == ((12, 14), (16, 19)) if refusal is None else found.detail


pytestmark = pytest.mark.django_db


def use(town: Town, *serials: int, session: str = "S1") -> None:
    swabs = [town.swab(ids.tube_code(serial)) for serial in serials]
    assert not record_swabs(swabs, session=session, by=town.ana, at=NOON).refused


def hand(town: Town, *handouts: Handout) -> None:
    assert not hand_out_labels(handouts, by=town.dora, at=NOON).refused


def session_id(code: str) -> int:
    return int(sql.rows("SELECT id FROM sampling_session WHERE code = %s", (code,))[0][0])


def test_a_session_closes_when_its_labels_add_up() -> None:
    town = Town()
    form_teams([Team("S1", 2, "An", "Bình")], by=town.ana, at=NOON)
    hand(town, Handout("S1", 1_000, 1_009, 2))
    use(town, 1_000, 1_001)
    void_labels([Voiding(1_005, 1_005, VoidReason.DAMAGED)], by=town.ana, at=NOON)
    (account,) = label_accounts(session_id("S1"), by=town.ana)
    assert (account.team, account.labels, account.used, account.void) == (2, 10, 2, 1)
    assert account.unaccounted == ((1_002, 1_004), (1_006, 1_009))
    assert account.in_hand == 7

    refused = close_sessions(["S1"], by=town.dora, at=NOON).refused
    assert [(str(r.reason), r.detail) for r in refused] == [
        ("labels_unaccounted", named(((1_002, 1_004), (1_006, 1_009))))
    ]
    left = {"S1": LabelsLeft(count=7)}
    assert close_sessions(["S1"], left=left, by=town.dora, at=NOON).done == ["S1"]
    assert close_sessions(["S1"], left=left, by=town.dora, at=NOON).unchanged == ["S1"]
    (account,) = label_accounts(session_id("S1"), by=town.ana)
    assert (account.used, account.void, account.left, account.unaccounted) == (2, 1, 7, ())


def test_labels_left_are_handed_out_again_and_the_closed_session_stays_as_it_was() -> None:
    town = Town()
    hand(town, Handout("S1", 1_000, 1_009))
    use(town, 1_000)
    taken = hand_out_labels([Handout("S2", 1_005, 1_012)], by=town.dora, at=NOON)
    assert [str(r.reason) for r in taken.refused] == ["labels_handed_out"]
    left = LabelsLeft(((1_001, 1_009),))
    assert close_sessions(["S1"], left={"S1": left}, by=town.dora, at=NOON).done
    hand(town, Handout("S2", 1_005, 1_012))
    use(town, 1_006, session="S2")
    before, after = (label_accounts(session_id(code), by=town.dora)[0] for code in ("S1", "S2"))
    assert (before.used, before.left, before.unaccounted) == (1, 9, ())
    assert (after.used, after.in_hand) == (1, 7)


def test_labels_used_void_or_strange_are_not_handed_out() -> None:
    town = Town()
    use(town, 2_000)
    void_labels([Voiding(2_100, 2_199, VoidReason.MISPRINTED)], by=town.ana, at=NOON)
    given = [
        Handout("S1", 2_000, 2_010),
        Handout("S1", 2_150, 2_250),
        Handout("S1", 800_000, 800_001),
        Handout("S1", 5, 4),
        Handout("S1", 3_000, 3_001, 9),
        Handout("S9", 3_000, 3_001),
    ]
    outcome = hand_out_labels(given, by=town.dora, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == [
        "labels_used",
        "labels_void",
        "labels_not_issued",
        "labels_impossible",
        "labels_team_unknown",
        "labels_session_unknown",
    ]
    assert outcome.refused[0].detail == ids.tube_code(2_000)
    with pytest.raises(NotAllowed):
        hand_out_labels(given, by=town.ana, at=NOON)


def test_lost_labels_take_two_people_and_no_label_in_use_is_void() -> None:
    town = Town()
    use(town, 2_000)
    lost = Voiding(3_000, 3_499, VoidReason.LOST, "rơi")
    given = [lost, Voiding(1_990, 2_010, VoidReason.DAMAGED)]
    for witness, why, who in (
        (None, "labels_need_a_witness", ""),
        (town.ana, "labels_need_a_witness", ""),
        (town.egon, "labels_witness_strange", town.egon.name),
    ):
        outcome = void_labels(given, witness=witness, by=town.ana, at=NOON)
        assert [(str(r.reason), r.detail) for r in outcome.refused] == [
            (why, who),
            ("labels_used", ids.tube_code(2_000)),
        ]
    assert void_labels([lost], witness=town.cleo, by=town.ana, at=NOON).done == [lost]
    assert void_labels([Voiding(3_100, 3_100, VoidReason.DAMAGED)], by=town.ana, at=NOON).unchanged
    assert sql.rows("SELECT voided_by FROM sampling_voiding") == [(["ana", "cleo"],)]
    assert labels_void([2_000, 3_000, 3_499, 3_500]) == {3_000, 3_499}
    assert labels_void([]) == frozenset()


def test_only_whoever_was_issued_labels_voids_them() -> None:
    town = Town()
    theirs = Voiding(100_000, 100_001, VoidReason.DAMAGED)
    outcome = void_labels([theirs], by=town.ana, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == ["labels_not_issued"]
    outcome = void_labels([theirs], by=town.egon, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == ["labels_not_issued"]
    with pytest.raises(NotAllowed):
        void_labels([theirs], by=town.cleo, at=NOON)


def test_labels_of_the_province_handed_to_a_session_may_be_used_there() -> None:
    town = Town()
    issue_rolls([Roll(700_000, 700_099, town.province)], by=town.dora, at=NOON)
    of_ana = town.ana.units_for("sampling.record")
    assert labels_issued([5, 700_000, 700_050, 100_000], of_ana) == {5}
    hand(town, Handout("S1", 700_000, 700_049))
    assert labels_issued([5, 700_000, 700_050, 100_000], of_ana) == {5, 700_000}


def test_a_team_is_two_people() -> None:
    town = Town()
    good = Team("S1", 1, "Nông  Thị Ổn", "Lê Văn Đào")
    outcome = form_teams(
        [good, Team("S1", 2, "An", " an"), Team("S1", 1, "Khác", "Bình")], by=town.ana, at=NOON
    )
    assert outcome.done == [good]
    assert [str(r.reason) for r in outcome.refused] == ["team_of_one", "team_taken"]
    assert form_teams([Team("S2", 1, "An", "Bình")], by=town.dora, at=NOON).done
    (team,) = teams(session_id("S1"), by=town.ana)
    assert (team.number, team.swabber, team.scribe, team.tubes) == (
        1, "Nông Thị Ổn", "Lê Văn Đào", 0
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        form_teams([good], by=town.ben, at=NOON)
    with pytest.raises(IntegrityError, match="team_is_two_people"), transaction.atomic():
        sql.execute("UPDATE sampling_team SET scribe = upper(swabber)")


def test_nobody_of_another_province_sees_labels_or_teams() -> None:
    town = Town()
    hand(town, Handout("S1", 1_000, 1_009))
    for query in (label_accounts, teams):
        with pytest.raises(NotFound):
            query(session_id("S1"), by=town.egon)


def test_the_part_of_a_sessions_page_says_what_became_of_its_labels() -> None:
    town = Town()
    form_teams([Team("S1", 1, "Nông Thị Ổn", "Lê Văn Đào")], by=town.ana, at=NOON)
    hand(town, Handout("S1", 1_000, 1_009, 1))
    use(town, 1_000)
    number = session_id("S1")
    said = {
        "accounts": label_accounts(number, by=town.ana),
        "teams": teams(number, by=town.ana),
        "sheets": [],
    }
    page, of_teams, of_sheets = (
        render_to_string(f"sampling/_{part}.html", said) for part in ("labels", "teams", "sheets")
    )
    assert ids.tube_code(1_001) in page
    assert "Nông Thị Ổn" in of_teams
    assert not of_sheets.strip()
