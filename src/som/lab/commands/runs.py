"""Reading an instrument's file: readings in, verdicts out, and what follows at the bench."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from som.kernel import audit, rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused
from som.lab import queries, rules
from som.lab.commands.calls import RunCalled, call_to_runs
from som.lab.commands.run_records import RunRead, write_read
from som.lab.formats.registry import read_run
from som.lab.formats.run_file import RunFile, UnreadableRun
from som.lab.kits import kit_rule
from som.lab.rules import RunEnd, RunGiven, RunRefusal
from som.lab.verdicts import Verdict
from som.sampling.rules import CLOCK_SKEW


def read_runs(runs: Sequence[RunGiven], *, lab: int, by: Actor, at: datetime) -> Outcome[RunGiven]:
    """Read instruments' files for plates of this laboratory, and judge every load by its kit's rule.

    The file is kept byte for byte; the same file for the same plate again does nothing. Refuses a
    file that cannot be read, a plate that is not here, was run or has another size, a file that by
    its names is another plate's, a run without kit lot, and one that ended when it cannot have:
    where somebody says when it did, and how they know, that counts. What follows at the bench
    follows at once: members of a positive or inconclusive pool, first invalids and faults wait
    again, and the reviewers are called. Locks the plates in the order of their ids.
    """
    by.must("lab.read_run", organisation=lab)
    hashes = [hashlib.sha256(r.content).hexdigest() for r in runs]
    # Before any plate is locked: a file may take its time.
    files = {sha256: _file(given) for sha256, given in zip(hashes, runs, strict=True)}
    outcome: Outcome[RunGiven] = Outcome()
    with scope.entered(by, "lab.read_run", organisation=lab):
        plates = {
            line[0]: line[1:]
            for line in sql.rows(
                "SELECT code, id, size, kit FROM lab_plate WHERE lab_id = %s AND code = ANY(%s)"
                " ORDER BY id FOR UPDATE",
                (lab, [r.plate for r in runs]),
            )
        }
        before = sql.rows(
            "SELECT plate_id, sha256 FROM lab_run WHERE plate_id = ANY(%s::bigint[])"
            " UNION SELECT plate_id, sha256 FROM lab_run"
            " WHERE lab_id = %s AND sha256 = ANY(%s::text[]) AND plate_id IS NOT NULL",
            ([plate[0] for plate in plates.values()], lab, hashes),
        )
        run_before = dict(before)
        files_before = {sha256: number for number, sha256 in before}
        on = at.astimezone(LOCAL).date()
        meant = queries.plates_named(_plates_meant(runs, hashes, files), lab)
        loads = queries.loads_of_plates([p[0] for p in plates.values() if p[0] not in run_before])
        read: list[RunRead] = []
        for given, sha256 in zip(runs, hashes, strict=True):
            plate = plates.get(given.plate)
            if plate is None:
                outcome.refused.append(Refused(given, RunRefusal.PLATE_UNKNOWN, given.plate))
            elif run_before.get(plate[0]) == sha256:
                outcome.unchanged.append(given)
            elif plate[0] in run_before:
                outcome.refused.append(Refused(given, RunRefusal.PLATE_READ, given.plate))
            elif sha256 in files_before:
                outcome.refused.append(Refused(given, RunRefusal.FILE_ELSEWHERE))
            elif not rules.lot_key(given.kit_lot):
                outcome.refused.append(Refused(given, RunRefusal.KIT_LOT_MISSING))
            else:
                file = files[sha256]
                if isinstance(file, UnreadableRun):
                    detail = f"{file.reason}: {file.detail}"
                    outcome.refused.append(Refused(given, RunRefusal.UNREADABLE, detail))
                    continue
                if file.block_wells is not None and file.block_wells != plate[1]:
                    detail = f"{file.block_wells} / {plate[1]}"
                    outcome.refused.append(Refused(given, RunRefusal.BLOCK_DIFFERS, detail))
                    continue
                laid = loads.get(plate[0], [])
                if wrong := rules.fault_of_names(file, given.filename, given.plate, laid, meant):
                    outcome.refused.append(Refused(given, *wrong))
                    continue
                said = rules.end_in_file(file, LOCAL)
                end = rules.end_of_run(said, given, laid, at=at, skew=CLOCK_SKEW)
                if not isinstance(end, RunEnd):
                    outcome.refused.append(Refused(given, *end))
                    continue
                rule = rulebook.rule(f"lab.kit.{plate[2]}", on=on)
                kit = kit_rule(rule.value)
                run_before[plate[0]] = sha256
                files_before[sha256] = plate[0]
                read.append(RunRead(given, sha256, file, plate[0], kit, rule.id, laid, end))
                outcome.done.append(given)
        for run in read:
            run.judged = rules.judged_against(run.file, run.loads, run.kit)
        tested = write_read(read, lab, by, at)
        called = [
            RunCalled(
                run.id,
                run.given.plate,
                len(run.judged.items),
                sum(judged.value is Verdict.POSITIVE for judged in run.judged.items),
                run.pools_split,
            )
            for run in read
        ]
        call_to_runs(called, lab=lab, at=at)
        audit.record(
            by,
            "lab.read_runs",
            at=at,
            things=tested,
            note={
                "lab": lab,
                "plates": [r.given.plate for r in read],
                "sha256": [r.sha256 for r in read],
                "refused": len(outcome.refused),
            },
        )
    return outcome


def _plates_meant(
    runs: Sequence[RunGiven], hashes: Sequence[str], files: Mapping[str, RunFile | UnreadableRun]
) -> set[str]:
    """What these files may call a plate."""
    words: set[str] = set()
    for given, sha256 in zip(runs, hashes, strict=True):
        file = files[sha256]
        if not isinstance(file, UnreadableRun):
            words |= rules.plates_meant(file, given.filename)
    return words


def _file(given: RunGiven) -> RunFile | UnreadableRun:
    try:
        return read_run(given.content, given.filename)
    except UnreadableRun as fault:
        return fault
