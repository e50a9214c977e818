"""What may be packed, handed on or noted as lost. Pure."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from som.kernel.outcomes import Refusal
from som.sampling.rules import (
    DispatchRefusal,
    PackRefusal,
    TubeToPack,
    fault_of_handing_on,
    fault_of_losing,
    fault_of_packing,
)
from tests.town import NOON

FRESH = TubeToPack(1, None, False, False, False, NOON + timedelta(hours=1))


@pytest.mark.parametrize(
    ("changes", "packing", "losing"),
    [
        ({}, None, None),
        ({"closed": True}, DispatchRefusal.TUBE_CLOSED, DispatchRefusal.TUBE_CLOSED),
        ({"manifest": "B1"}, DispatchRefusal.TUBE_ELSEWHERE, None),
        ({"arrived": True}, DispatchRefusal.TUBE_ARRIVED, None),
        ({"tested": True}, PackRefusal.TESTED, None),
        ({"lab": 2}, PackRefusal.OTHER_LAB, None),
        ({"use_by_at": NOON}, PackRefusal.USE_BY_PASSED, None),
    ],
)
def test_what_forbids_to_pack_a_tube_or_to_note_it_as_lost(
    changes: dict[str, Any], packing: Refusal | None, losing: Refusal | None
) -> None:
    tube = replace(FRESH, **changes)
    assert fault_of_packing(tube, lab=1, at=NOON) is packing
    assert fault_of_losing(tube) is losing


def test_a_tube_that_nobody_knows_is_neither_packed_nor_lost() -> None:
    assert fault_of_packing(None, lab=1, at=NOON) is DispatchRefusal.TUBE_UNKNOWN
    assert fault_of_losing(None) is DispatchRefusal.TUBE_UNKNOWN


@pytest.mark.parametrize(
    ("received", "fault"),
    [(None, DispatchRefusal.BOX_UNKNOWN), (0, None), (1, DispatchRefusal.BOX_ARRIVED)],
)
def test_a_box_is_handed_on_until_it_came(received: int | None, fault: Refusal | None) -> None:
    assert fault_of_handing_on(received) is fault
