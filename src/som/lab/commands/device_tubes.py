"""What is known of the tubes of strips and cartridges, and of those read before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from som.kernel import sql
from som.lab.rules import DeviceRead, DeviceTube, WaitsFor
from som.sampling import queries as sampling


def keys_of(
    given: DeviceRead, tubes: Mapping[str, Sequence[DeviceTube]]
) -> list[tuple[int, datetime] | str]:
    """What tells a device from another: its barcode, and the tube with the moment it was begun."""
    keys: list[tuple[int, datetime] | str] = [
        (tube.id, given.loaded_at) for tube in tubes.get(given.tube, ())
    ]
    return [*keys, given.barcode] if given.barcode else keys


def lab_is_held(lab: int) -> bool:
    found = sql.row(
        "SELECT EXISTS (SELECT 1 FROM lab_hold"
        " WHERE kind = 'lab' AND lab_id = %s AND lifted_at IS NULL)",
        (lab,),
    )
    return bool(found and found[0])


def device_tubes(codes: Sequence[str], lab: int) -> dict[str, Sequence[DeviceTube]]:
    """Tubes in use by code, each with what it waits for here: its test, where it did not come yet."""
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
            )
            for tube in tubes
            if tube.first_swab_at is not None and tube.use_by_at is not None
        ]
        for code, tubes in found.items()
    }


def states_of(tubes: Sequence[int], lab: int) -> dict[int, tuple[WaitsFor | None, int]]:
    """What each tube waits for here, and how often it was invalid."""
    return {
        line[0]: (WaitsFor(line[1]) if line[1] else None, line[2])
        for line in sql.rows(
            """
            SELECT t.id, CASE WHEN r.id IS NULL THEN 'test' ELSE r.waits_for END,
                   (SELECT count(*) FROM lab_load b JOIN lab_verdict v ON v.load_id = b.id
                    WHERE v.value = 'invalid' AND b.tube_id = t.id)
            FROM unnest(%s::bigint[]) AS t (id)
            LEFT JOIN lab_reception r
              ON r.tube_id = t.id AND r.lab_id = %s AND r.left_at IS NULL
            """,
            (list(tubes), lab),
        )
    }


def read_before(
    devices: Sequence[DeviceRead],
    kit: str,
    tubes: Mapping[str, Sequence[DeviceTube]],
    lab: int,
) -> dict[tuple[int, datetime] | str, str]:
    """What was told of devices read before, by their barcode and by tube and moment."""
    before: dict[tuple[int, datetime] | str, str] = {}
    for barcode, tube, loaded_at, sha256 in sql.rows(
        """
        SELECT r.barcode, l.tube_id, l.loaded_at, r.sha256
        FROM lab_run r
        JOIN lab_verdict v ON v.run_id = r.id JOIN lab_load l ON l.id = v.load_id
        WHERE r.lab_id = %s AND r.kit = %s AND r.barcode = ANY(%s) AND r.barcode <> ''
        UNION ALL
        SELECT '', l.tube_id, l.loaded_at, r.sha256
        FROM lab_load l JOIN lab_run r ON r.id = l.run_id
        WHERE l.tube_id = ANY(%s) AND l.plate_id IS NULL
        """,
        (
            lab,
            kit,
            [d.barcode for d in devices if d.barcode],
            [tube.id for found in tubes.values() for tube in found],
        ),
    ):
        before[tube, loaded_at] = sha256
        if barcode:
            before[barcode] = sha256
    return before
