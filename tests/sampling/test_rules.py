"""What may become of a swab, decided without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from som.kernel.ids import new_slip_code, tube_code
from som.people.rules import Declaration, Document, DocumentKind, Holder
from som.sampling.rules import (
    OWN_SCHEME,
    REQUEST_MOVES,
    TUBE_MOVES,
    RequestEnd,
    RequestReason,
    RequestState,
    Scheme,
    SwabFacts,
    SwabRefusal,
    SwabTaken,
    TubeClass,
    TubeState,
    fault_before_tubes,
    fault_of_tube,
    person_of,
    scheme_of,
    stands_alone,
    told,
)

NOON = datetime(2026, 11, 2, 5, tzinfo=UTC)
OURS = Scheme(OWN_SCHEME, "^S[0-9]{10}$")
THEIRS = Scheme(2, r"\d{6}[A-Z]{2}\.\d{5}", issuer=1)
TUBE = tube_code(7)
SAID = Declaration("Nguyễn Văn An", birth_year=1980, number="019080000001")
SWAB = SwabTaken(TUBE, new_slip_code(), NOON, SAID)


def _paper(number: str) -> Document:
    return Document(DocumentKind.CITIZEN_NUMBER, number)


FACTS = SwabFacts(
    session=1,
    session_starts_at=NOON - timedelta(hours=2),
    cap=3,
    at=NOON,
    requests={
        1: RequestState(11, single=False, ended=False),
        2: RequestState(12, single=True, ended=False),
        3: RequestState(13, single=True, ended=True),
        4: RequestState(14, single=False, ended=False),
    },
    holders={
        _paper("019080000001"): Holder(14, (Declaration("Lê Thị Khác"),)),
        _paper("019080000002"): Holder(14, (replace(SAID, number=""),)),
        _paper("019080000003"): Holder(15, (replace(SAID, number=""),)),
    },
    people_swabbed=frozenset({(14, 1)}),
    issued=frozenset({TUBE}),
)


@pytest.mark.parametrize(
    ("code", "scheme"),
    [
        (TUBE, OURS),
        (TUBE[:-1] + str((int(TUBE[-1]) + 1) % 10), None),
        ("211005DH.03001", THEIRS),
        ("211005DH.0300", None),
        ("", None),
    ],
)
def test_a_code_belongs_to_a_scheme(code: str, scheme: Scheme | None) -> None:
    assert scheme_of(code, [OURS, THEIRS]) == scheme


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"slip": "misread"}, SwabRefusal.SLIP_UNREADABLE),
        ({"tube": tube_code(8)}, SwabRefusal.TUBE_NOT_ISSUED),
        ({"tube": "?"}, SwabRefusal.TUBE_UNKNOWN),
        ({"taken_at": NOON + timedelta(minutes=4)}, None),
        ({"taken_at": NOON + timedelta(minutes=6)}, SwabRefusal.TAKEN_IN_FUTURE),
        ({"taken_at": NOON - timedelta(hours=2, minutes=4)}, None),
        ({"taken_at": NOON - timedelta(hours=2, minutes=6)}, SwabRefusal.TAKEN_BEFORE_SESSION),
        ({"said": None}, SwabRefusal.NOBODY_NAMED),
        ({"said": None, "request": 1}, None),
        ({"said": None, "request": 3}, SwabRefusal.REQUEST_ENDED),
        ({"said": None, "request": 4}, SwabRefusal.PERSON_TWICE),
        ({"said": None, "request": 9}, SwabRefusal.REQUEST_UNKNOWN),
        ({"said": replace(SAID, number="019080000002")}, SwabRefusal.PERSON_TWICE),
        ({"said": replace(SAID, number="019080000003")}, None),
    ],
)
def test_faults_whatever_the_tube(changes: dict[str, object], reason: SwabRefusal | None) -> None:
    swab = replace(SWAB, **changes)  # type: ignore[arg-type]
    found = fault_before_tubes(told(swab, [OURS, THEIRS]), FACTS)
    assert (found and found[0]) == reason


def test_who_was_swabbed_is_known_by_request_or_by_a_number_that_does_not_contradict() -> None:
    def found(swab: SwabTaken) -> int | None:
        return person_of(told(swab, [OURS, THEIRS]), FACTS)

    assert found(replace(SWAB, said=None, request=2)) == 12
    assert found(SWAB) is None  # somebody else's number
    assert found(replace(SWAB, said=replace(SAID, number="019 080000003"))) == 15


@pytest.mark.parametrize(
    ("swab", "alone"),
    [
        (SWAB, False),
        (replace(SWAB, tube_class=TubeClass.CONTACT), True),
        (replace(SWAB, tube_class=TubeClass.SYMPTOM), True),
        (replace(SWAB, said=None, request=1), False),
        (replace(SWAB, said=None, request=2), True),
    ],
)
def test_who_stands_alone(swab: SwabTaken, alone: bool) -> None:
    assert stands_alone(swab, FACTS) is alone


@pytest.mark.parametrize(
    ("tube", "tube_class", "reason"),
    [
        (TubeState(1, 1, 0, TubeClass.SCREENING, False), TubeClass.SCREENING, None),
        (TubeState(1, 1, 2, TubeClass.SCREENING, False), TubeClass.SCREENING, None),
        (
            TubeState(1, 1, 3, TubeClass.SCREENING, False),
            TubeClass.SCREENING,
            SwabRefusal.TUBE_FULL,
        ),
        (TubeState(1, 1, 0, TubeClass.SCREENING, False), TubeClass.CONTACT, None),
        (
            TubeState(1, 1, 1, TubeClass.SCREENING, False),
            TubeClass.CONTACT,
            SwabRefusal.TUBE_MUST_BE_SINGLE,
        ),
        (
            TubeState(1, 1, 1, TubeClass.CONTACT, False),
            TubeClass.SCREENING,
            SwabRefusal.TUBE_MUST_BE_SINGLE,
        ),
        (
            TubeState(1, 1, 1, TubeClass.SCREENING, True),
            TubeClass.SCREENING,
            SwabRefusal.TUBE_CLOSED,
        ),
        (
            TubeState(1, 2, 1, TubeClass.SCREENING, False),
            TubeClass.SCREENING,
            SwabRefusal.TUBE_ELSEWHERE,
        ),
    ],
)
def test_faults_of_the_tube(
    tube: TubeState, tube_class: TubeClass, reason: SwabRefusal | None
) -> None:
    found = fault_of_tube(replace(SWAB, tube_class=tube_class), tube, FACTS)
    assert (found and found[0]) == reason


def test_tables_of_states_lead_on() -> None:
    assert set(REQUEST_MOVES["open"]) == set(RequestEnd)
    assert {after for moves in TUBE_MOVES.values() for after in moves} >= {"lost", "expired"}
    assert [reason for reason in RequestReason if not reason.single] == ["roster", "day"]
