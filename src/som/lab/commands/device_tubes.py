"""Which strips and cartridges were read before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from som.kernel import sql
from som.lab.rules import DeviceRead, DeviceTube


def keys_of(
    given: DeviceRead, tubes: Mapping[str, Sequence[DeviceTube]]
) -> list[tuple[int, datetime] | str]:
    """What tells a device from another: its barcode, and the tube with the moment it was begun."""
    keys: list[tuple[int, datetime] | str] = [
        (tube.id, given.loaded_at) for tube in tubes.get(given.tube, ())
    ]
    return [*keys, given.barcode] if given.barcode else keys


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
