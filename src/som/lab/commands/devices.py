"""Tests in a device of their own: strips read by eye, and cartridges."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from som.kernel import audit, rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.errors import NotFound
from som.kernel.outcomes import Outcome, Refused, once
from som.lab import rules
from som.lab.commands.calls import call_to_kits
from som.lab.commands.capacity import room_on
from som.lab.commands.device_tubes import keys_of, read_before
from som.lab.commands.reception import put_on_worklist, wait_no_longer
from som.lab.kits import KitRule, Method, kit_rule, method_of
from som.lab.queries import device_tubes, lab_is_held, states_of
from som.lab.rules import (
    AntigenTest,
    CartridgeRead,
    Condition,
    DeviceJudged,
    DeviceRead,
    DeviceRefusal,
    Next,
    WaitsFor,
)
from som.lab.strips import StripRule, strip_rule
from som.sampling import queries as sampling
from som.sampling.commands import arrived, tubes_coming
from som.sampling.rules import CLOCK_SKEW, Arrival

_Device = TypeVar("_Device", AntigenTest, CartridgeRead)


def read_antigen_tests(
    tests: Sequence[AntigenTest], *, lab: int, kit: str, kit_lot: str, by: Actor, at: datetime
) -> Outcome[AntigenTest]:
    """Note strips that the actor read by eye, and judge each by its kit's rule.

    Receives the tube if it was not received. Refuses what `rules.DeviceRefusal` names, and a tube
    that is another laboratory's. The same strip again stays as it is. A first invalid waits for
    another strip. Raises `NotFound` for a kit without a rule or that is no rapid antigen test.
    Locks the laboratory's ceilings, tubes in the order of their codes, then what waits here.
    """
    with scope.entered(by, "lab.read_run", organisation=lab):
        with_rule = _kit_of(kit, kit_lot, Method.ANTIGEN, at=at)
        outcome, tubes = _taken(tests, with_rule, lab=lab, by=by, at=at)
        audit.record(
            by,
            "lab.read_antigen_tests",
            at=at,
            things=once(tubes),
            note={"lab": lab, "kit": kit, "refused": len(outcome.refused)},
        )
    return outcome


def read_cartridges(
    cartridges: Sequence[CartridgeRead],
    *,
    lab: int,
    kit: str,
    kit_lot: str,
    by: Actor,
    at: datetime,
) -> Outcome[CartridgeRead]:
    """Note what an analyser said of cartridges, and judge each by its kit's rule.

    As `read_antigen_tests`; a cartridge is known by its barcode and used once.
    """
    with scope.entered(by, "lab.read_run", organisation=lab):
        with_rule = _kit_of(kit, kit_lot, Method.CARTRIDGE, at=at)
        outcome, tubes = _taken(cartridges, with_rule, lab=lab, by=by, at=at)
        audit.record(
            by,
            "lab.read_cartridges",
            at=at,
            things=once(tubes),
            note={"lab": lab, "kit": kit, "refused": len(outcome.refused)},
        )
    return outcome


@dataclass(frozen=True, slots=True)
class _Kit:
    """The kit that devices of one call belong to, with its rule."""

    code: str
    lot: str
    rule_id: int
    rule: StripRule | KitRule
    method: Method


def _kit_of(kit: str, lot: str, method: Method, *, at: datetime) -> _Kit:
    rule = rulebook.rule(f"lab.kit.{kit}", on=at.astimezone(LOCAL).date())
    if method_of(rule.value) is not method:
        raise NotFound(f"the kit {kit!r} is not one of method {method}")
    read = strip_rule if method is Method.ANTIGEN else kit_rule
    return _Kit(kit, lot, rule.id, read(rule.value), method)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A device taken and judged, before it is written."""

    given: DeviceRead
    told: bytes
    sha256: str
    tube: int
    judged: DeviceJudged


def _taken(
    devices: Sequence[_Device], kit: _Kit, *, lab: int, by: Actor, at: datetime
) -> tuple[Outcome[_Device], list[int]]:
    """Take devices in the order in which they were begun: a repeat comes after what it repeats.

    Answers with their tubes as well, also those that came with a test that is refused then.
    """
    outcome: Outcome[_Device] = Outcome()
    room = room_on(sorted({_day(d) for d in devices}), lab=lab)
    held = lab_is_held(lab)
    tubes = device_tubes([d.tube for d in devices], lab)
    before = read_before(devices, kit.code, tubes, lab)
    sound: list[tuple[_Device, bytes, str]] = []
    for given in sorted(devices, key=lambda d: (d.started_at, d.tube)):
        told = rules.as_told(given, kit=kit.code, kit_lot=kit.lot)
        sha256 = hashlib.sha256(told).hexdigest()
        keys = keys_of(given, tubes)
        known = {before[key] for key in keys if key in before}
        day = _day(given)
        if known:
            if known == {sha256}:
                outcome.unchanged.append(given)
            else:
                outcome.refused.append(Refused(given, DeviceRefusal.READ_OTHERWISE, given.tube))
            continue
        fault = rules.fault_of_device(
            given,
            tubes.get(given.tube, ()),
            kit_lot=kit.lot,
            at=at,
            skew=CLOCK_SKEW,
            held=held,
            room=room[day],
        )
        if fault is not None:
            outcome.refused.append(Refused(given, *fault))
            continue
        before |= dict.fromkeys(keys, sha256)
        left = room[day]
        room[day] = None if left is None else left - 1
        (tube,) = tubes[given.tube]
        found = rules.judged_device(given, kit.rule, invalid_before=tube.invalid_before)
        tubes[given.tube] = [rules.tube_after(tube, found)]
        sound.append((given, told, sha256))
    judged, came = _received(sound, kit, outcome, lab=lab, by=by, at=at)
    _write(judged, kit, lab, by, at)
    if judged:
        call_to_kits([(lab, kit.code)], at=at)
    return outcome, [one.tube for one in judged] + came


def _day(given: DeviceRead) -> date:
    return given.loaded_at.astimezone(LOCAL).date()


def _received(
    sound: Sequence[tuple[_Device, bytes, str]],
    kit: _Kit,
    outcome: Outcome[_Device],
    *,
    lab: int,
    by: Actor,
    at: datetime,
) -> tuple[list[_Judged], list[int]]:
    """Receive the tubes of these devices where they were not, and judge them under their locks.

    Answers with the tubes received now as well, also of devices that were refused then.
    """
    codes = sampling.tubes_with_codes([given.tube for given, *_ in sound], lab=lab)
    ids = {code: tubes[0].id for code, tubes in codes.items()}
    came: dict[int, datetime] = {}
    for given, *_ in sound:
        came.setdefault(ids[given.tube], given.started_at)
    coming = tubes_coming(ids=list(came))
    noted = arrived(
        [Arrival(tube, lab, begun, by.name) for tube, begun in came.items()], coming, by=by, at=at
    )
    turned_away = {refused.item.tube: refused for refused in noted.refused}
    good = {come.tube: (Condition.GOOD, None) for come in noted.held}
    put_on_worklist(noted.held, good, coming, at=at)
    wait_no_longer([coming[come.tube].code for come in noted.held], lab=lab, at=at)
    sql.rows(
        "SELECT id FROM lab_reception WHERE lab_id = %s AND tube_id = ANY(%s)"
        " ORDER BY tube_id FOR UPDATE",
        (lab, [come.tube for come in noted.held]),
    )
    # After the locks: another bench may have taken the tube at this moment.
    states = states_of([come.tube for come in noted.held], lab)
    judged: list[_Judged] = []
    for given, told, sha256 in sound:
        tube = ids[given.tube]
        if tube in turned_away:
            outcome.refused.append(Refused(given, turned_away[tube].reason, given.tube))
            continue
        waits_for, invalid_before = states[tube]
        if waits_for not in rules.TESTED_HERE:
            outcome.refused.append(Refused(given, DeviceRefusal.NOT_WAITING, given.tube))
            continue
        found = rules.judged_device(given, kit.rule, invalid_before=invalid_before)
        again = found.follows is Next.REPEAT
        states[tube] = (WaitsFor.RETEST if again else None, invalid_before + again)
        judged.append(_Judged(given, told, sha256, tube, found))
        outcome.done.append(given)
    return judged, [come.tube for come in noted.done]


def _write(judged: Sequence[_Judged], kit: _Kit, lab: int, by: Actor, at: datetime) -> None:
    """Write each device as a run of its own, with its load, readings and verdict."""
    runs = dict(
        sql.rows(
            """
            INSERT INTO lab_run (lab_id, method, kit, barcode, filename, sha256, content, format,
                                 instrument, software, serial, operator, started_at, ended_at,
                                 kit_lot, lot, rule_id, read_at, read_by)
            SELECT %s, %s, %s, g.barcode, '', g.sha256, g.content, %s, g.instrument, '', '',
                   g.operator, g.started_at, g.ended_at, %s, %s, %s, %s, %s
            FROM unnest(%s::text[], %s::text[], %s::bytea[], %s::text[], %s::text[],
                        %s::timestamptz[], %s::timestamptz[])
                 AS g (barcode, sha256, content, instrument, operator, started_at, ended_at)
            RETURNING sha256, id
            """,
            (
                lab,
                kit.method,
                kit.code,
                kit.method,
                kit.lot.strip(),
                rules.lot_key(kit.lot),
                kit.rule_id,
                at,
                by.name,
                [one.given.barcode for one in judged],
                [one.sha256 for one in judged],
                [one.told for one in judged],
                [one.given.instrument.strip() for one in judged],
                [one.given.operator.strip() or by.name for one in judged],
                [one.given.started_at for one in judged],
                [one.given.ended_at for one in judged],
            ),
        )
    )
    loads = dict(
        sql.rows(
            """
            INSERT INTO lab_load (lab_id, run_id, kind, sample, tube_id, loaded_at, loaded_by)
            SELECT %s, g.run, 'tube', g.sample, g.tube, g.loaded_at, g.loaded_by
            FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::timestamptz[], %s::text[])
                 AS g (run, sample, tube, loaded_at, loaded_by)
            RETURNING run_id, id
            """,
            (
                lab,
                [runs[one.sha256] for one in judged],
                [one.given.tube for one in judged],
                [one.tube for one in judged],
                [one.given.loaded_at for one in judged],
                [one.given.operator.strip() or by.name for one in judged],
            ),
        )
    )
    lines = [
        (runs[one.sha256], one.given.tube, *line) for one in judged for line in one.judged.lines
    ]
    sql.execute(
        """
        INSERT INTO lab_reading (run_id, position, sample, target, fluor, ct, call)
        SELECT g.run, '', g.sample, g.target, '', g.ct, g.call
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::numeric[], %s::text[])
             AS g (run, sample, target, ct, call)
        """,
        [[line[place] for line in lines] for place in range(5)],
    )
    sql.execute(
        """
        INSERT INTO lab_verdict (run_id, load_id, value, reason, detail)
        SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[])
        """,
        (
            [runs[one.sha256] for one in judged],
            [loads[runs[one.sha256]] for one in judged],
            [one.judged.value for one in judged],
            [one.judged.reason for one in judged],
            [one.judged.detail for one in judged],
        ),
    )
    last = {one.tube: one.judged.follows for one in judged}
    sql.execute(
        """
        UPDATE lab_reception r SET waits_for = g.waits_for
        FROM unnest(%s::bigint[], %s::text[]) AS g (tube, waits_for)
        WHERE r.lab_id = %s AND r.tube_id = g.tube
        """,
        (
            list(last),
            [WaitsFor.RETEST if follows is Next.REPEAT else None for follows in last.values()],
            lab,
        ),
    )
