"""What becomes of codes scanned at a bench before anything is written. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from som.kernel import ids
from som.kernel.outcomes import Refused
from som.lab.rules.benches import (
    Bench,
    Loading,
    LoadKind,
    LoadRefusal,
    PoolMade,
    PoolRefusal,
    ToTest,
    fault_of_load,
    fault_of_member,
    fault_of_pool,
)
from som.lab.rules.grid import CONTROL_NAMES, Spot, next_wells, wells_from
from som.lab.rules.reception import Received

_LIKE_A_TUBE = re.compile(r"[Ss][0-9]{6}\w{0,6}")
"""One of our own tube codes, misread or cut off: S, nine digits and a check digit."""


@dataclass(slots=True)
class PoolScans:
    """What codes scanned at the pooling bench come to.

    `laid`: new members of the pool in the making. `pools`: those whose label was scanned after their
    members. `again`: what was so before. `left`: the members of the pool in the making now.
    """

    laid: list[str] = field(default_factory=list)
    pools: list[PoolMade] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    refused: list[Refused[str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def scanned_for_pools(
    codes: Sequence[str],
    tray: Sequence[str],
    *,
    here: Mapping[str, Received],
    tube_codes: Collection[str],
    pools: Collection[str],
    most: int,
    at: datetime,
    others: Collection[str] = (),
    unlisted: Collection[str] = (),
    seen: bool = True,
) -> PoolScans:
    """Sort codes as they were scanned: members first, then the label of the pool they are in.

    `here`: tubes of the tray and of these codes that are at the laboratory. `tube_codes`: those of
    the codes that can be a tube's, wherever it is: what can be none is a pool's label. `pools`: the
    labels that have their pool. `others`: codes of boxes, plates and batches.
    `unlisted`: tubes here that wait for their list. `seen`: whoever scans
    sees what lies in the tray; else no label makes a pool of it. A label that is refused leaves its
    tubes lying.
    """
    found = PoolScans(left=list(tray))
    for code in codes:
        if code in found.left or any(code in pool.tubes for pool in found.pools):
            found.again.append(code)
        elif code in here or code in tube_codes or _LIKE_A_TUBE.fullmatch(code):
            fault = fault_of_member(here.get(code), at=at)
            if code in unlisted and code not in here:
                found.refused.append(Refused(code, PoolRefusal.UNLISTED))
            elif fault is None and len(found.left) >= most:
                found.refused.append(Refused(code, PoolRefusal.TOO_MANY, str(most)))
            elif fault is not None:
                found.refused.append(Refused(code, fault))
            else:
                found.laid.append(code)
                found.left.append(code)
        elif ids.slip_code(code) is not None or ids.card_serial(code) is not None:
            # The paper of a person, scanned by mistake: its code opens a result.
            found.refused.append(Refused(code, PoolRefusal.CODE_UNREADABLE))
        elif code in pools and not found.left:
            found.again.append(code)
        elif code in pools or any(code == pool.code for pool in found.pools):
            found.refused.append(Refused(code, PoolRefusal.CODE_TAKEN))
        elif code in others:
            found.refused.append(Refused(code, PoolRefusal.CODE_ELSEWHERE))
        elif tray and not seen:
            found.refused.append(Refused(code, PoolRefusal.TRAY_CHANGED))
        else:
            pool = PoolMade(code, tuple(found.left))
            refusal = fault_of_pool(pool, dict(here), most=most, at=at)
            if refusal is not None:
                found.refused.append(Refused(code, *refusal))
            else:
                found.pools.append(pool)
                found.left = []
    return found


def faults_in_batch(codes: Sequence[str], bench: Bench, *, at: datetime) -> dict[str, LoadRefusal]:
    """Why these of the codes are extracted in no batch: they may not be tested here, or are controls,
    which a plate has and a batch has not."""
    found = {}
    for code in codes:
        kind = kind_of(code, bench)
        fault = fault_of_load(Loading(kind, code, ()), (), bench, at=at)
        if kind.control:
            found[code] = LoadRefusal.NOT_HERE
        elif fault is not None:
            found[code] = fault[0]
    return found


@dataclass(slots=True)
class PlateScans:
    """What codes scanned onto a plate come to: where each is to go, what was refused, and the well
    that comes next after a well was chosen."""

    laid: list[tuple[str, Spot]] = field(default_factory=list)
    refused: list[Refused[str]] = field(default_factory=list)
    chosen: str = ""


def kind_of(code: str, bench: Bench) -> LoadKind:
    """What a code on a plate is: a tube or a pool of this laboratory, or what controls are called.

    What is none of these is taken for a tube, which then is not here; so is what can be the code of a
    tube elsewhere, though it begin like a control's name.
    """
    if code in bench.tubes:
        return LoadKind.TUBE
    if code in bench.pools:
        return LoadKind.POOL
    name, more, _ = code.partition("-")
    if more and code in bench.tube_codes:
        return LoadKind.TUBE
    return next((kind for kind, said in CONTROL_NAMES.items() if said == name), LoadKind.TUBE)


def scanned_onto_plate(
    codes: Sequence[str],
    tray: Mapping[str, Spot],
    bench: Bench,
    *,
    each: int,
    chosen: str = "",
    batch: str = "",
    at: datetime,
) -> PlateScans:
    """Give each code its wells: from the chosen well on, else from the first free one by column.

    `bench.wells` and `bench.samples` have what is on the plate and what lies in the tray. `each`: in
    how many wells a sample goes. Wells that the layout keeps for controls stay free for these.
    """
    found = PlateScans(chosen=chosen)
    kept = bench.kept
    lying = dict(tray)
    for code in codes:
        kind = kind_of(code, bench)
        if code in lying or code in bench.samples:
            there = ", ".join(lying[code].wells) if code in lying else ""
            found.refused.append(Refused(code, LoadRefusal.ON_PLATE, there))
            continue
        taken = {*bench.wells, *kept}
        if found.chosen:
            wells = wells_from(bench.size, found.chosen, taken, each)
        else:
            wells = next_wells(bench.size, taken, each)
        if not wells:
            found.refused.append(Refused(code, LoadRefusal.WELL_TAKEN, found.chosen))
            continue
        given = Loading(kind, code, wells, batch)
        fault = fault_of_load(given, wells, bench, at=at)
        if fault is not None:
            reason, detail = fault
            found.refused.append(Refused(code, reason, "" if detail == code else detail))
            continue
        spot = Spot(wells, batch)
        lying[code] = spot
        found.laid.append((code, spot))
        bench.wells.update(dict.fromkeys(wells, 0))
        if bench.room is not None and not kind.control:
            bench.room -= 1
        if found.chosen:
            after = wells_from(bench.size, wells[-1], {*bench.wells, *kept} - {wells[-1]}, 2)
            found.chosen = after[1] if after else ""
    return found


def due_for_plate(
    waiting: Sequence[ToTest], there: Collection[str], *, pooled_too: bool, at: datetime
) -> list[str]:
    """What comes on a plate next of what waits, in its order; `there`: what is on it or planned.

    Tubes that belong to the pooling bench come with the others only where that is said.
    """
    return [
        one.code
        for one in waiting
        if one.use_by_at >= at
        and one.code not in there
        and (pooled_too or not one.is_pooled_first(at))
    ]


_COUNTED = re.compile(r"(.*?)([0-9]{1,9})")


def code_after(code: str) -> str:
    """The code that follows in a numbering: "G-0009" → "G-0010"; empty where there is no number."""
    found = _COUNTED.fullmatch(code)
    if found is None:
        return ""
    following = str(int(found[2]) + 1).zfill(len(found[2]))
    return f"{found[1]}{following}" if len(found[1]) + len(following) <= 32 else ""
