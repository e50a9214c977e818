"""What a laboratory may do with a tube, decided without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from som.lab.rules import (
    Loading,
    LoadKind,
    Next,
    PoolMade,
    PoolRefusal,
    Received,
    WaitsFor,
    after_verdict,
    fault_of_pool,
    is_plate_size,
    wells_of,
)
from som.lab.verdicts import Verdict

NOON = datetime(2026, 11, 2, 5, tzinfo=UTC)
TUBE = Received(1, 1, "screening", NOON, WaitsFor.TEST, closed=False)
HERE = {"A": TUBE, "B": replace(TUBE, tube=2)}

V, T, P = Verdict, LoadKind.TUBE, LoadKind.POOL


@pytest.mark.parametrize(
    ("kind", "value", "before", "counts", "follows"),
    [
        (T, V.NEGATIVE, 0, V.NEGATIVE, Next.NOTHING),
        (T, V.POSITIVE, 1, V.POSITIVE, Next.NOTHING),
        (T, V.INVALID, 0, V.INVALID, Next.REPEAT),
        (T, V.INVALID, 1, V.INCONCLUSIVE, Next.NOTHING),
        (T, None, 0, None, Next.REPEAT),
        (T, None, 3, None, Next.REPEAT),
        (P, V.NEGATIVE, 0, V.NEGATIVE, Next.NOTHING),
        (P, V.POSITIVE, 0, V.POSITIVE, Next.RETEST_MEMBERS),
        (P, V.INCONCLUSIVE, 0, V.INCONCLUSIVE, Next.RETEST_MEMBERS),
        (P, V.INVALID, 0, V.INVALID, Next.REPEAT),
        (P, V.INVALID, 1, V.INCONCLUSIVE, Next.RETEST_MEMBERS),
    ],
)
def test_what_follows_from_a_verdict(
    kind: LoadKind, value: Verdict | None, before: int, counts: Verdict | None, follows: Next
) -> None:
    assert after_verdict(kind, value, invalid_before=before) == (counts, follows)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"swabs": 2}, PoolRefusal.FIELD_POOL),
        ({"tube_class": "contact"}, PoolRefusal.MUST_BE_SINGLE),
        ({"waits_for": WaitsFor.RETEST}, PoolRefusal.MUST_BE_SINGLE),
        ({"waits_for": None}, PoolRefusal.NOT_WAITING),
        ({"closed": True, "waits_for": None}, PoolRefusal.CLOSED),
        ({"use_by_at": NOON - timedelta(seconds=1)}, PoolRefusal.USE_BY_PASSED),
    ],
)
def test_which_tubes_may_be_pooled(changes: dict[str, object], reason: PoolRefusal | None) -> None:
    here = HERE | {"B": replace(TUBE, **changes)}  # type: ignore[arg-type]
    found = fault_of_pool(PoolMade("P1", ("A", "B")), here, most=2, at=NOON)
    assert (found and found[0]) == reason


@pytest.mark.parametrize(
    ("pool", "reason"),
    [
        (PoolMade("p", ("A", "B")), PoolRefusal.CODE_UNREADABLE),
        (PoolMade("P1", ("A", "A")), PoolRefusal.TOO_FEW),
        (PoolMade("P1", ("A", "B", "C")), PoolRefusal.TOO_MANY),
        (PoolMade("P1", ("A", "X")), PoolRefusal.NOT_HERE),
        (PoolMade("P1", ("A", "B", "A")), None),
    ],
)
def test_which_pools_may_be_made(pool: PoolMade, reason: PoolRefusal | None) -> None:
    found = fault_of_pool(pool, HERE, most=2, at=NOON)
    assert (found and found[0]) == reason


@pytest.mark.parametrize(
    ("wells", "size", "found"),
    [
        (("A1", "a01", "H12"), 96, ("A1", "H12")),
        (("A1", "I1"), 96, "I1"),
        (("P24",), 384, ("P24",)),
        ((), 96, ""),
    ],
)
def test_wells_in_one_spelling(
    wells: tuple[str, ...], size: int, found: tuple[str, ...] | str
) -> None:
    assert wells_of(Loading(T, "A", wells), size) == found


def test_plates_have_96_or_384_wells() -> None:
    assert [size for size in (0, 24, 96, 384) if is_plate_size(size)] == [96, 384]


def test_controls_are_neither_tubes_nor_pools() -> None:
    assert [kind for kind in LoadKind if not kind.control] == [T, P]
