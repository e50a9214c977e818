"""What an instrument's file is recognised as, before and after its run is read. No names anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from som.kernel import rulebook, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL, local_day
from som.kernel.errors import NotFound
from som.lab import rules
from som.lab.formats.registry import read_curves, read_with_curves
from som.lab.formats.run_file import Curve, RunFile, Severity, UnreadableRun
from som.lab.kits import kit_rule
from som.lab.queries.runs import FaultRow
from som.lab.rules import (
    FoundBy,
    LoadKind,
    PlateWaiting,
    RunDoubt,
    RunLoad,
    RunRefusal,
    TimeRefusal,
)
from som.lab.verdicts import Reason, RunJudged
from som.sampling.rules import CLOCK_SKEW


@dataclass(frozen=True, slots=True)
class RunBefore:
    """A run that a file, or another file of the same plate, was read as."""

    id: int
    plate: str
    plate_id: int


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What a file was recognised as, with nothing written.

    `fault` and `detail`: why it would be refused. `before`: the run it was read as already. `ours`:
    tubes and pools of the plate map that the file tells of under their names. `another`: the plate
    that the file says it is of in place of this one, where that waits for its run. `doubt`: why the
    run cannot have ended at `ended_at`, as the file says: whoever reads it says when it did.
    """

    sha256: str
    file: RunFile | None = None
    fault: str = ""
    detail: str = ""
    before: RunBefore | None = None
    plate: PlateWaiting | None = None
    found_by: FoundBy | None = None
    curves: int = 0
    loads: int = 0
    ours: int = 0
    controls: int = 0
    controls_failed: int = 0
    faults: Sequence[FaultRow] = field(default_factory=list)
    another: str = ""
    ended_at: datetime | None = None
    loaded_at: datetime | None = None
    doubt: TimeRefusal | None = None

    def mark(self, lab: int) -> str:
        """Stands for this file with this plate of this laboratory: what is read is what was seen."""
        plate = self.plate.id if self.plate else self.before.plate_id if self.before else 0
        return hashlib.sha256(f"{self.sha256} {lab} {plate}".encode()).hexdigest()

    @property
    def readable(self) -> bool:
        """Whether it would be read as it stands."""
        return self.plate is not None and not self.fault


def run_looked_at(
    content: bytes, *, filename: str, plate: str, lab: int, by: Actor, at: datetime
) -> LookedAt:
    """What an instrument's file is and how it fits its plate; nothing is written.

    `plate`: the code of the plate where somebody chose one; empty: as the file says.
    """
    by.must("lab.read_run", organisation=lab)
    sha256 = hashlib.sha256(content).hexdigest()
    before = run_of_file(sha256, lab=lab, by=by)
    try:
        file, curves = read_with_curves(content, filename)
    except UnreadableRun as error:
        return LookedAt(sha256, fault=error.reason.sentence, detail=error.detail, before=before)
    if before is not None:
        return LookedAt(sha256, file, before=before, curves=len(curves))
    waiting = plates_waiting(lab, by=by)
    if plate:
        chosen = next((one for one in waiting if one.code == plate), None)
        found = (chosen, FoundBy.CHOSEN) if chosen else None
    else:
        found = rules.plate_of_file(file, filename, waiting)
    if found is None:
        unknown = RunRefusal.PLATE_UNKNOWN.sentence if plate else ""
        return LookedAt(sha256, file, fault=unknown, detail=plate, curves=len(curves))
    of, found_by = found
    if file.block_wells is not None and file.block_wells != of.size:
        sizes = f"{file.block_wells} / {of.size}"
        fault = RunRefusal.BLOCK_DIFFERS.sentence
        return LookedAt(sha256, file, fault, sizes, None, of, found_by, len(curves))
    loads = loads_of_plates([of.id]).get(of.id, [])
    named = plates_named(rules.plates_meant(file, filename), lab)
    wrong, detail = rules.fault_of_names(file, filename, of.code, loads, named) or (None, "")
    kit = kit_rule(rulebook.rule(f"lab.kit.{of.kit}", on=local_day(at)).value)
    judged = rules.judged_against(file, loads, kit)
    ended_at = rules.end_in_file(file, LOCAL)
    return LookedAt(
        sha256,
        file,
        fault=wrong.sentence if wrong else "",
        detail=detail,
        plate=of,
        found_by=found_by,
        curves=len(curves),
        loads=len(judged.items),
        ours=rules.under_their_names(file, loads),
        controls=len(judged.controls),
        controls_failed=sum(not one.passed for one in judged.controls),
        faults=[] if wrong else _faults(file, loads, judged),
        another=detail if detail in {one.code for one in waiting} else "",
        ended_at=ended_at,
        loaded_at=max((load.loaded_at for load in loads), default=None),
        doubt=rules.fault_of_end(ended_at, loads, at=at, skew=CLOCK_SKEW),
    )


def _faults(file: RunFile, loads: Sequence[RunLoad], judged: RunJudged) -> list[FaultRow]:
    """What is wrong in the file and between it and the plate map, errors first."""
    found = [
        FaultRow(one.code, one.severity, one.position, one.row, None, one.detail)
        for one in file.faults
    ]
    by_key = {str(load.id): load for load in loads}
    for item in judged.items:
        missing = item.reason is Reason.READING_MISSING
        if item.value is None or missing:
            load = by_key[item.key]
            well = load.wells[0]
            found.append(
                FaultRow(item.reason, Severity.ERROR, well, None, load.sample, item.detail)
            )
    for control in judged.controls:
        if not control.passed:
            load = by_key[control.key]
            said = f"{load.sample} {control.detail}".strip()
            found.append(FaultRow(control.reason, Severity.ERROR, load.wells[0], None, None, said))
    found += [
        FaultRow(RunDoubt.STRAY_WELL, Severity.WARNING, well, None, None, "")
        for well in judged.strays
    ]
    return sorted(found, key=lambda one: (one.severity, one.code))


def run_of_file(sha256: str, *, lab: int, by: Actor) -> RunBefore | None:
    """The run that this very file was read as at this laboratory."""
    by.must("lab.see", organisation=lab)
    found = sql.row(
        "SELECT r.id, p.code, p.id FROM lab_run r JOIN lab_plate p ON p.id = r.plate_id"
        " WHERE r.sha256 = %s AND r.lab_id = %s",
        (sha256, lab),
    )
    return RunBefore(*found) if found else None


def plates_named(codes: Collection[str], lab: int) -> frozenset[str]:
    """Those of these codes that are plates of this laboratory, read or not; for a command too."""
    return frozenset(
        line[0]
        for line in sql.rows(
            "SELECT code FROM lab_plate WHERE lab_id = %s AND code = ANY(%s)", (lab, sorted(codes))
        )
    )


def plates_waiting(lab: int, *, by: Actor) -> list[PlateWaiting]:
    """Plates of this laboratory that wait for their run, each with the names of its wells."""
    by.must("lab.see", organisation=lab)
    plates: dict[int, PlateWaiting] = {}
    for plate_id, code, size, kit, wells, samples in sql.rows(
        """
        SELECT p.id, p.code, p.size, p.kit, w.positions, w.samples
        FROM lab_plate p CROSS JOIN LATERAL (
            SELECT array_agg(w.position) AS positions, array_agg(l.sample) AS samples
            FROM lab_well w JOIN lab_load l ON l.id = w.load_id WHERE w.plate_id = p.id
        ) w
        WHERE p.lab_id = %s AND p.unread AND w.positions IS NOT NULL
        ORDER BY p.id
        """,
        (lab,),
    ):
        named = dict(zip(wells, samples, strict=True))
        plates[plate_id] = PlateWaiting(plate_id, code, size, kit, named)
    return list(plates.values())


def curves_of_run(run_id: int, *, by: Actor) -> list[Curve]:
    """The amplification curves in the file of a run; none where it was exported without them.

    Raises `NotFound` outside the actor's laboratories. They are read from the file as it was kept.
    """
    by.must("lab.see")
    labs = by.organisations_for("lab.see")
    found = sql.row(
        "SELECT content, filename FROM lab_run"
        " WHERE id = %s AND plate_id IS NOT NULL AND (%s OR lab_id = ANY(%s))",
        (run_id, labs is None, sorted(labs or ())),
    )
    if found is None:
        raise NotFound(f"run {run_id}")
    return read_curves(bytes(found[0]), found[1])


def loads_of_plates(plate_ids: Sequence[int]) -> dict[int, list[RunLoad]]:
    """By plate what was put on it, with what is known of each load's past; for a command too."""
    found: dict[int, list[RunLoad]] = {}
    if not plate_ids:
        return found
    for line in sql.rows(
        """
        SELECT l.plate_id, l.id, l.kind, l.sample, l.tube_id, l.pool_id, w.positions, l.batch_id,
               l.first_column, l.last_column,
               CASE WHEN l.tube_id IS NOT NULL THEN
                        (SELECT count(*) FROM lab_load b JOIN lab_verdict v ON v.load_id = b.id
                         WHERE v.value = 'invalid' AND b.tube_id = l.tube_id)
                    WHEN l.pool_id IS NOT NULL THEN
                        (SELECT count(*) FROM lab_load b JOIN lab_verdict v ON v.load_id = b.id
                         WHERE v.value = 'invalid' AND b.pool_id = l.pool_id)
                    ELSE 0 END,
               CASE WHEN l.tube_id IS NOT NULL THEN
                        (SELECT t.first_swab_at FROM sampling_tube t WHERE t.id = l.tube_id)
                    WHEN l.pool_id IS NOT NULL THEN
                        (SELECT max(t.first_swab_at) FROM lab_member m
                         JOIN sampling_tube t ON t.id = m.tube_id WHERE m.pool_id = l.pool_id)
               END,
               l.loaded_at
        FROM lab_load l
        JOIN (SELECT load_id, array_agg(position ORDER BY id) AS positions FROM lab_well
              WHERE plate_id = ANY(%s::bigint[]) GROUP BY load_id) w ON w.load_id = l.id
        WHERE l.plate_id = ANY(%s::bigint[]) ORDER BY l.id
        """,
        (list(plate_ids), list(plate_ids)),
    ):
        load = RunLoad(
            id=line[1],
            kind=LoadKind(line[2]),
            sample=line[3],
            tube=line[4],
            pool=line[5],
            wells=tuple(line[6]),
            batch=line[7],
            columns=(line[8], line[9]) if line[8] is not None else None,
            invalid_before=line[10],
            swabbed_at=line[11],
            loaded_at=line[12],
        )
        found.setdefault(line[0], []).append(load)
    return found
