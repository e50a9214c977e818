"""What a row of a list means: who stands in it, when, why, and what would happen. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from som.kernel import ids
from som.kernel.clock import LOCAL
from som.people.rules import Declaration, Sex
from som.sampling.lists.written import ListRow
from som.sampling.rules import RequestReason
from som.sampling.rules.imports import (
    LIST_MOVES,
    ImportRefusal,
    ListPurpose,
    ListState,
    RowFacts,
    judged,
    key_of,
    reason_of,
    slip_of,
    taken_at,
    turn_of,
    veiled,
)

SECRET = b"secret"
ROW = ListRow(2, name="Nông Văn An", birth_year=1990, sex=Sex.MALE, address="Xóm 4")
SAID = Declaration("Nông Văn An")


def key(row: ListRow, *, where: str = "1:roster:1", in_tubes: bool = False) -> str:
    return key_of(row, where=where, in_tubes=in_tubes, secret=SECRET)


@pytest.mark.parametrize(
    "changes",
    [
        {"row": 9},
        {"name": "NÔNG VĂN AN"},
        {"address": "XÓM  4"},
        {"note": "x"},
        {"tube": "T1"},
    ],
)
def test_the_same_row_is_the_same_person(changes: dict[str, object]) -> None:
    assert key(replace(ROW, **changes)) == key(ROW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Nông Văn Ân Em"},
        {"birth_year": 1991},
        {"sex": Sex.FEMALE},
        {"phone": "0912345678"},
        {"address": "Xóm 5"},
        {"residence": ("Tỉnh", "", "Xã")},
        {"number": "019090000001"},
        {"nth": 1},
    ],
)
def test_another_row_is_another_person(changes: dict[str, object]) -> None:
    assert key(replace(ROW, **changes)) != key(ROW)  # type: ignore[arg-type]


def test_with_a_number_the_address_does_not_count() -> None:
    numbered = replace(ROW, number="019090000001")
    assert key(replace(numbered, address="Xóm 9", phone="0912345678")) == key(numbered)
    assert key(replace(numbered, number="019.090.000.001")) == key(numbered)


def test_for_another_unit_or_tube_a_row_is_another() -> None:
    assert key(ROW, where="2:roster:1") != key(ROW)
    seated = replace(ROW, tube="T1")
    assert key(seated, in_tubes=True) != key(replace(seated, tube="T2"), in_tubes=True)
    assert key(seated, in_tubes=True) != key(replace(seated, nth=1), in_tubes=True)


def test_a_slip_is_a_slip_and_always_the_same() -> None:
    slip = slip_of(key(ROW), SECRET)
    assert slip == slip_of(key(ROW), SECRET) == ids.slip_code(slip)
    assert slip != slip_of(key(ROW), b"other")


@pytest.mark.parametrize(
    ("due", "every", "turn"), [(1, 0, 0), (1, 7, 0), (7, 7, 0), (8, 7, 1), (22, 7, 3)]
)
def test_turns_of_a_campaign(due: int, every: int, turn: int) -> None:
    assert turn_of(date(2026, 11, due), date(2026, 11, 1), every) == turn
    assert turn_of(date(2026, 10, 1), date(2026, 11, 1), 7) == 0


def test_when_a_swab_was_taken() -> None:
    began = datetime(2026, 11, 2, 1, tzinfo=UTC)  # 08:00
    assert taken_at(ROW, day=None, session_starts_at=began, zone=LOCAL) == began
    other = taken_at(ROW, day=date(2026, 11, 1), session_starts_at=began, zone=LOCAL)
    assert other == datetime(2026, 11, 1, 8, tzinfo=LOCAL)
    said = replace(ROW, taken_on=date(2026, 10, 31))
    assert taken_at(said, day=date(2026, 11, 1), session_starts_at=began, zone=LOCAL).day == 31
    clocked = replace(said, taken_at=datetime(2026, 11, 1, 9, 30))
    found = taken_at(clocked, day=None, session_starts_at=began, zone=LOCAL)
    assert found == datetime(2026, 11, 1, 9, 30, tzinfo=LOCAL)


def test_why_somebody_on_a_list_is_asked_for() -> None:
    contact, ill = replace(ROW, subject="F1"), replace(ROW, subject="Sốt, ho")
    assert reason_of(contact, RequestReason.ROSTER) is RequestReason.CONTACT
    assert reason_of(ill, RequestReason.ROSTER) is RequestReason.SYMPTOM
    assert reason_of(ill, RequestReason.DAY) is RequestReason.DAY
    assert reason_of(ROW, RequestReason.ROSTER) is RequestReason.ROSTER


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (RowFacts(SAID), "new"),
        (RowFacts(SAID, known=True), "known"),
        (RowFacts(SAID, known=True, held=True), "unchanged"),
        (RowFacts(SAID, first=3), "unchanged"),
        (RowFacts(SAID, fault=(ImportRefusal.TUBE_MISSING, "")), "refused"),
        (RowFacts(SAID, known=True, died=True), "refused"),
        (RowFacts(SAID, known=True, died=True, held=True), "unchanged"),
    ],
)
def test_what_would_happen_to_a_row(facts: RowFacts, verdict: str) -> None:
    assert judged(facts).verdict == verdict


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        ("1850", "1850"),
        ("019090000001", "•••••••••001"),
        ("0912 345 678", "•••• ••• 678"),
        ("Xã 1, Huyện 2", "Xã 1, Huyện 2"),
        ("", ""),
    ],
)
def test_of_a_long_number_the_end_is_shown(detail: str, shown: str) -> None:
    assert veiled(detail) == shown


def test_what_a_file_may_serve_for() -> None:
    assert ListPurpose.ROSTER.takes("cases")
    assert ListPurpose.ROSTER.takes("swabs")
    assert not ListPurpose.ROSTER.takes("results")
    assert ListPurpose.SWABS.takes("swabs")
    assert not ListPurpose.SWABS.takes("roster")


def test_every_state_leads_somewhere_known() -> None:
    assert {after for moves in LIST_MOVES.values() for after in moves} <= set(ListState)
    assert {state for state in ListState if state.at_work} == {"waiting", "read", "confirmed"}
