"""Judgements about accounts, codes and assignments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from som.access.roles import SYSTEM, Held, actor_with
from som.access.rules import (
    USERNAME,
    AccessRefusal,
    AccountRow,
    EndedAssignment,
    NewAssignment,
    account_state,
    first_code_expiry,
    first_code_hash,
    judge_endings,
    judge_new_assignments,
    may_take_over,
    proposed_usernames,
    refused_bound,
)
from som.kernel.actors import Actor

ANA = AccountRow(1, "ana", "Ana", 10, None, "vi", None)
AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)


SETUP = Actor("setup", everywhere=SYSTEM["setup"].permissions)


def territory(role: str, *units: int) -> Actor:
    """Who holds this role at these units."""
    return actor_with("minh", [Held(role, frozenset(units))], account_id=2, label="Minh")


@pytest.mark.parametrize("name", ["ana", "a.b-c_9", "0912345678", "x" * 40])
def test_user_names_that_every_keyboard_types_alike(name: str) -> None:
    assert USERNAME.fullmatch(name)


@pytest.mark.parametrize("name", ["an", "Ana", "ána", "-ana", "a b c", "x" * 41, ""])
def test_other_user_names_are_refused(name: str) -> None:
    assert not USERNAME.fullmatch(name)


def test_a_code_is_bound_to_its_account() -> None:
    assert first_code_hash("ana", "CODE") != first_code_hash("ben", "CODE")


def test_a_code_works_two_weeks() -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    assert first_code_expiry(at) == at + timedelta(days=14)


@pytest.mark.parametrize(
    ("role", "unit", "organisation", "reason"),
    [
        ("sampler", 10, None, None),
        ("sampler", None, None, AccessRefusal.WRONG_BOUND),
        ("sampler", 10, 5, AccessRefusal.WRONG_BOUND),
        ("sampler", 11, None, AccessRefusal.UNKNOWN_UNIT),
        ("lab_reviewer", None, 5, None),
        ("lab_reviewer", 10, None, AccessRefusal.WRONG_BOUND),
        ("lab_reviewer", None, 6, AccessRefusal.UNKNOWN_ORGANISATION),
        ("auditor", None, None, None),
        ("auditor", 10, None, AccessRefusal.WRONG_BOUND),
        ("king", 10, None, AccessRefusal.UNKNOWN_ROLE),
    ],
)
def test_an_assignment_names_what_its_role_is_bound_to(
    role: str, unit: int | None, organisation: int | None, reason: AccessRefusal | None
) -> None:
    assert refused_bound(role, unit, organisation, {10}, {5: 10}) == reason


@pytest.mark.parametrize(
    ("reaches", "allowed", "of_province"),
    [
        ({("sampler", 10)}, True, True),
        (set(), True, True),
        ({("sampler", 10), ("sampler", 99)}, False, False),
        ({("sampler", 10), ("auditor", None)}, False, False),
        ({("lab_reviewer", 11)}, False, True),
        ({("province_administrator", 10)}, False, True),
        ({("gone from the table", 10)}, True, True),
    ],
)
def test_a_code_is_a_way_into_all_the_account_reaches(
    reaches: set[tuple[str, int | None]], allowed: bool, of_province: bool
) -> None:
    account = AccountRow(1, "ana", "Ana", 10, None, "vi", None, frozenset(reaches))
    assert may_take_over(account, territory("administrator", 10, 11)) is allowed
    assert may_take_over(account, territory("province_administrator", 10, 11)) is of_province
    assert may_take_over(account, SETUP)


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        ((FIRST, LAST), "unchanged"),
        ((LAST, None), AccessRefusal.OVERLAPS),
        ((date(2025, 1, 1), FIRST), AccessRefusal.OVERLAPS),
        ((date(2026, 7, 1), None), "done"),
        ((date(2025, 1, 1), date(2025, 12, 31)), "done"),
        ((LAST, FIRST), AccessRefusal.BAD_DAYS),
    ],
)
def test_a_role_is_held_once_a_day(days: tuple[date, date | None], reason: str) -> None:
    outcome = judge_new_assignments(
        [NewAssignment("ana", "sampler", 10, None, *days)],
        {"ana": ANA},
        {(1, "sampler", 10, None): [(FIRST, LAST)]},
        by=SETUP,
        units={10},
        provinces={10},
        organisation_units={},
    )
    became = (
        "done" if outcome.done else "unchanged" if outcome.unchanged else outcome.refused[0].reason
    )
    assert became == reason


def test_of_two_last_days_the_earlier_counts_in_either_order() -> None:
    late = EndedAssignment("ana", "sampler", date(2026, 5, 1), 10)
    early = EndedAssignment("ana", "sampler", date(2026, 4, 1), 10)
    for endings in ([late, early], [early, late]):
        _, ends = judge_endings(
            endings,
            {"ana": ANA},
            {(1, "sampler", 10, None): [(FIRST, None)]},
            by=territory("administrator", 10),
            organisation_units={},
        )
        assert set(ends.values()) == {date(2026, 4, 1)}


@pytest.mark.parametrize(
    ("name", "proposed"),
    [
        ("Nguyễn Thị Lan", "lan.nt"),
        ("Đỗ Thuỳ  Dương", "duong.dt"),
        ("Y Ê", "e.y"),
        ("Lê", "le.sm"),
        ("李", None),
    ],
)
def test_a_user_name_is_made_from_the_given_name_and_initials(
    name: str, proposed: str | None
) -> None:
    found = proposed_usernames(name)
    assert (found[0] if found else None) == proposed
    assert all(USERNAME.fullmatch(one) for one in found)


def test_a_waiting_code_is_said_before_a_password() -> None:
    def state(closed: bool, password: bool, code_until: datetime | None) -> str:
        return account_state(closed=closed, has_password=password, code_until=code_until, at=AT)

    later, earlier = AT + timedelta(days=1), AT - timedelta(days=1)
    assert state(False, False, None) == state(False, False, earlier) == "account_opened"
    assert state(False, True, later) == state(False, False, later) == "code_issued"
    assert state(False, True, earlier) == "in_use"
    assert state(True, True, later) == "account_closed"
