"""A run's file as support staff look at it: plain words and numbers, no tables behind it. Pure."""

from __future__ import annotations

from som.lab.formats.registry import read_run
from som.lab.formats.run_file import UnreadableRun


def inspected(data: bytes, filename: str = "") -> dict[str, object]:
    """What is read from a file, as JSON can hold it; `refused` instead when nothing is.

    A Ct is a number, or null where the target was not detected.
    """
    try:
        run = read_run(data, filename)
    except UnreadableRun as error:
        return {
            "refused": {
                "reason": error.reason.value,
                "sentence": error.reason.sentence,
                "detail": error.detail,
            }
        }
    return {
        "format": run.format,
        "instrument": run.instrument,
        "software": run.software,
        "serial": run.serial,
        "experiment": run.experiment,
        "ended_at": run.run_ended_at.isoformat() if run.run_ended_at else "",
        "zone": run.run_ended_zone,
        "block": run.block_wells,
        "cycles": run.cycles,
        "wells": [
            {
                "position": one.position,
                "sample": one.sample,
                "target": one.target,
                "fluor": one.fluor,
                "ct": None if one.ct is None else float(one.ct),
                "call": one.call,
                "task": one.task,
            }
            for one in run.wells
        ],
        "faults": [
            {
                "code": fault.code.value,
                "severity": fault.severity.value,
                "position": fault.position,
                "row": fault.row,
                "detail": fault.detail,
            }
            for fault in run.faults
        ],
    }
