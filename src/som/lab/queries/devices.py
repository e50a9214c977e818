"""Tubes of strips and cartridges: whether a test may be begun, and what came of it. No names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Refusal
from som.lab import rules
from som.lab.queries.capacity import capacity_used
from som.lab.rules import AntigenTest, DeviceTube, WaitsFor
from som.sampling import queries as sampling
from som.sampling.rules import CLOCK_SKEW


def faults_of_beginning(
    codes: Sequence[str], *, kit_lot: str, lab: int, by: Actor, at: datetime
) -> dict[str, tuple[Refusal, str]]:
    """Why no strip or cartridge may be begun now with these tubes; without those where nothing does.

    The command that notes what was read judges again.
    """
    by.must("lab.read_run", organisation=lab)
    tubes = device_tubes(codes, lab)
    held = lab_is_held(lab)
    room = capacity_used(lab, on=at.astimezone(LOCAL).date(), by=by).left
    found: dict[str, tuple[Refusal, str]] = {}
    for code in codes:
        fault = rules.fault_of_device(
            AntigenTest(code, at, at, control_line=True, test_line=False),
            tubes.get(code, ()),
            kit_lot=kit_lot,
            at=at,
            skew=CLOCK_SKEW,
            held=held,
            room=room,
        )
        if fault is not None:
            found[code] = fault
    return found


@dataclass(frozen=True, slots=True)
class DeviceVerdict:
    """What came of the last strip or cartridge of a tube."""

    run: int
    value: str
    reason: str
    detail: str


def last_device_verdict(code: str, *, lab: int, by: Actor) -> DeviceVerdict | None:
    """The verdict on the strip or cartridge that was read last of this tube at this laboratory."""
    by.must("lab.see", organisation=lab)
    found = sql.row(
        """
        SELECT v.run_id, v.value, v.reason, v.detail
        FROM sampling_tube t JOIN lab_load l ON l.tube_id = t.id
        JOIN lab_verdict v ON v.load_id = l.id
        WHERE t.code = %s AND l.lab_id = %s AND l.plate_id IS NULL ORDER BY v.id DESC LIMIT 1
        """,
        (code, lab),
    )
    return DeviceVerdict(*found) if found else None


def lab_is_held(lab: int) -> bool:
    """Whether a laboratory is on hold as a whole; for a command too."""
    found = sql.row(
        "SELECT EXISTS (SELECT 1 FROM lab_hold"
        " WHERE kind = 'lab' AND lab_id = %s AND lifted_at IS NULL)",
        (lab,),
    )
    return bool(found and found[0])


def device_tubes(codes: Sequence[str], lab: int) -> dict[str, Sequence[DeviceTube]]:
    """Tubes in use by code, each with what it waits for here: its test, where it did not come yet.

    For a command too.
    """
    found = sampling.tubes_with_codes(codes, lab=lab)
    state = states_of([tube.id for tubes in found.values() for tube in tubes], lab)
    return {
        code: [
            DeviceTube(
                tube.id,
                tube.swabs,
                tube.first_swab_at,
                tube.use_by_at,
                None if tube.closed else state[tube.id][0],
                state[tube.id][1],
                sent_elsewhere=tube.manifest is not None and tube.lab != lab,
            )
            for tube in tubes
            if tube.first_swab_at is not None and tube.use_by_at is not None
        ]
        for code, tubes in found.items()
    }


def states_of(tube_ids: Sequence[int], lab: int) -> dict[int, tuple[WaitsFor | None, int]]:
    """What each tube waits for here, and how often it was invalid; for a command too.

    One that another laboratory has waits for nothing here, whatever came of it there.
    """
    return {
        line[0]: (WaitsFor(line[1]) if line[1] else None, line[2])
        for line in sql.rows(
            """
            SELECT t.id,
                   CASE WHEN r.id IS NULL THEN 'test' WHEN r.lab_id = %s THEN r.waits_for END,
                   (SELECT count(*) FROM lab_load b JOIN lab_verdict v ON v.load_id = b.id
                    WHERE v.value = 'invalid' AND b.tube_id = t.id)
            FROM unnest(%s::bigint[]) AS t (id)
            LEFT JOIN lab_reception r ON r.tube_id = t.id AND r.left_at IS NULL
            """,
            (lab, list(tube_ids)),
        )
    }
