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
    fault_of_box_scanned,
    fault_of_losing,
    fault_of_packing,
    fault_of_sending,
)
from tests.town import NOON

FRESH = TubeToPack(1, None, False, False, NOON + timedelta(hours=1))


@pytest.mark.parametrize(
    ("changes", "packing", "sending"),
    [
        ({}, None, None),
        ({"closed": True}, DispatchRefusal.TUBE_CLOSED, DispatchRefusal.TUBE_CLOSED),
        ({"box": 7}, DispatchRefusal.TUBE_ELSEWHERE, DispatchRefusal.TUBE_ELSEWHERE),
        ({"arrived": True, "use_by_at": NOON}, None, None),
        (
            {"arrived": True, "lab": 2},
            DispatchRefusal.TUBE_ARRIVED,
            DispatchRefusal.TUBE_ARRIVED,
        ),
        ({"use_by_at": NOON}, PackRefusal.USE_BY_PASSED, PackRefusal.USE_BY_PASSED),
        # Tested on the spot, at the laboratory that has it, or at the end of its way in a box.
        ({"tested": True}, PackRefusal.TESTED, None),
        ({"tested": True, "arrived": True}, PackRefusal.TESTED, None),
        (
            {"tested": True, "arrived": True, "lab": 2},
            DispatchRefusal.TUBE_ARRIVED,
            DispatchRefusal.TUBE_ARRIVED,
        ),
        (
            {"tested": True, "box": 5},
            DispatchRefusal.TUBE_ELSEWHERE,
            DispatchRefusal.TUBE_ELSEWHERE,
        ),
        ({"lab": 2}, PackRefusal.OTHER_LAB, None),
    ],
)
def test_what_forbids_to_pack_a_tube_or_to_send_it(
    changes: dict[str, Any], packing: Refusal | None, sending: Refusal | None
) -> None:
    tube = replace(FRESH, **changes)
    assert fault_of_packing(tube, lab=1, at=NOON) is packing
    assert fault_of_sending(tube, lab=1, at=NOON) is sending


def test_a_tube_that_nobody_knows_is_neither_packed_nor_lost() -> None:
    assert fault_of_packing(None, lab=1, at=NOON) is DispatchRefusal.TUBE_UNKNOWN
    assert fault_of_sending(None, lab=1, at=NOON) is DispatchRefusal.TUBE_UNKNOWN
    assert [fault_of_losing(closed) for closed in (None, True, False)] == [
        DispatchRefusal.TUBE_UNKNOWN,
        DispatchRefusal.TUBE_CLOSED,
        None,
    ]


@pytest.mark.parametrize(
    ("received", "fault"),
    [(None, DispatchRefusal.BOX_UNKNOWN), (0, None), (1, DispatchRefusal.BOX_ARRIVED)],
)
def test_a_box_is_handed_on_until_it_came(received: int | None, fault: Refusal | None) -> None:
    assert fault_of_box_scanned(received) is fault
