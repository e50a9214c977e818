"""Reception: tubes with their list, and tubes that came before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from som.kernel import audit, ids, rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.errors import NotFound
from som.kernel.outcomes import Outcome, Refused, once
from som.lab import rules
from som.lab.commands.manifests import found_again
from som.lab.queries import codes_of_others
from som.lab.rules import LIST_SETTLES, Condition, ReceptionRefusal, Unlisted, UnlistedEnd
from som.places.queries import organisations_by_id
from som.sampling import queries as sampling
from som.sampling.commands import arrived, tubes_coming
from som.sampling.rules import NEVER_TESTED, Arrival, OnItsWay


def receive_tubes(
    codes: Sequence[str],
    *,
    lab: int,
    by: Actor,
    at: datetime,
    giver: str = "",
    seal: str = "",
    temperature: Decimal | None = None,
    boxes: Mapping[str, str] | None = None,
    conditions: Mapping[str, Condition] | None = None,
) -> Outcome[str]:
    """Note that these tubes have reached the laboratory: who brought them, sealed how, how cold.

    `boxes` says of those that were unpacked from one the manifest of their box, also of one that
    came back; `conditions` how those of them look that are not in good order.

    A tube in which nobody recorded a swab yet is not turned away: it waits for its list. One that is
    on no manifest is received wherever it comes, whatever laboratory its session was planned for.
    Refuses, tube by tube, a misread code, one that several issuers use, a tube on a manifest to
    another laboratory or there already, naming it, and one closed or past its use-by. A tube already
    here stays as it is, so a scanner that lost its connection can send everything again. Raises
    `NotFound` for a box that was not sent here. Locks waiting tubes, then tubes, in the order of
    codes.
    """
    outcome: Outcome[str] = Outcome()
    with scope.entered(by, "lab.receive", organisation=lab):
        packed = _Packed(conditions or {}, _boxes(boxes or {}, lab=lab))
        given = once(codes)
        # What waits for its list goes on waiting until that is whole: `receive_listed` sees to it.
        waiting = {one.code for one in _unlisted(given, lab=lab) if one.ended_as is None}
        coming = tubes_coming(codes=given)
        found = _by_code(coming, lab=lab)
        strange = [code for code in given if code not in found]
        readable = sampling.codes_readable(strange) if strange else frozenset()
        others = codes_of_others([one for one in strange if one not in readable], lab=lab, by=by)
        arriving: dict[int, str] = {}
        unlisted: list[str] = []
        for code in given:
            tubes = found.get(code, ())
            if len(tubes) > 1:
                outcome.refused.append(Refused(code, ReceptionRefusal.AMBIGUOUS))
            elif code in waiting:
                outcome.unchanged.append(code)
            elif tubes:
                arriving[tubes[0]] = code
            elif code in others or ids.card_serial(code) or ids.slip_code(code):
                outcome.refused.append(Refused(code, ReceptionRefusal.NO_TUBE))
            elif code not in readable:
                outcome.refused.append(Refused(code, ReceptionRefusal.TUBE_UNKNOWN))
            else:
                unlisted.append(code)
        brought = (giver, seal, temperature)
        noted = arrived(
            [
                Arrival(tube, lab, at, by.name, *brought, packed.returned(code))
                for tube, code in arriving.items()
            ],
            coming,
            by=by,
            at=at,
        )
        _note_refused(noted, arriving, outcome)
        new_here = put_on_worklist(
            noted.held,
            {come.tube: packed.of(arriving[come.tube]) for come in noted.held},
            coming,
            at=at,
        )
        for come in noted.held:
            answer = outcome.done if come.tube in new_here else outcome.unchanged
            answer.append(arriving[come.tube])
        new = _let_wait(unlisted, brought, packed, lab=lab, by=by, at=at)
        for code in unlisted:
            (outcome.done if code in new else outcome.unchanged).append(code)
        audit.record(
            by,
            "lab.receive_tubes",
            at=at,
            things=new_here,
            note={"lab": lab, "unlisted": len(new), "refused": len(outcome.refused)},
        )
    return outcome


def receive_listed(waiting_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Receive tubes that waited for their list, as of when they really came.

    Refuses one that waits for nothing, one whose list has not come or is not yet whole, one of a
    code of several issuers, and one that is on a manifest to another laboratory. A tube that came to
    two laboratories is where it came last. Locks waiting tubes, then tubes, in the order of codes.
    """
    by.must("sampling.read")
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "lab.receive"):
        asked = once(waiting_ids)
        everywhere = _unlisted(
            [
                line[0]
                for line in sql.rows(
                    "SELECT code FROM lab_unlistedtube WHERE id = ANY(%s)", (asked,)
                )
            ]
        )
        held = {one.id: one for one in everywhere}
        found = sampling.tubes_with_codes([one.code for one in everywhere])
        settles = rulebook.rule(LIST_SETTLES, on=at.astimezone(LOCAL).date()).value
        whole = sampling.tubes_whole(
            [tube.id for tubes in found.values() for tube in tubes],
            by=by,
            at=at,
            settles_after=timedelta(minutes=settles),
        )
        by_code: dict[str, list[Unlisted]] = {}
        for one in everywhere:
            by_code.setdefault(one.code, []).append(one)
        moved: list[int] = []
        arriving: dict[int, int] = {}
        for number in asked:
            asking = held.get(number)
            if asking is None or not by.may("lab.receive", organisation=asking.lab):
                outcome.refused.append(Refused(number, ReceptionRefusal.NOT_WAITING))
                continue
            code, tubes = asking.code, found.get(asking.code, [])
            if asking.ended_as is not None:
                outcome.unchanged.append(number)
            elif rules.is_superseded(asking, by_code[code]):
                moved.append(number)
            elif not tubes:
                outcome.refused.append(Refused(number, ReceptionRefusal.NOT_LISTED, code))
            elif len(tubes) > 1:
                outcome.refused.append(Refused(number, ReceptionRefusal.AMBIGUOUS, code))
            elif tubes[0].id not in whole:
                outcome.refused.append(Refused(number, ReceptionRefusal.LIST_NOT_WHOLE, code))
            else:
                arriving[tubes[0].id] = number
        coming = tubes_coming(ids=list(arriving))
        noted = arrived(
            [_arrival(tube, held[number]) for tube, number in arriving.items()],
            coming,
            by=by,
            at=at,
        )
        closed: list[int] = []
        for refused in noted.refused:
            number = arriving[refused.item.tube]
            if refused.reason in NEVER_TESTED:
                closed.append(number)
            else:
                outcome.refused.append(Refused(number, refused.reason, refused.detail))
        found_so = {
            tube: (Condition(held[number].condition), held[number].box)
            for tube, number in arriving.items()
        }
        tubes_here = put_on_worklist(noted.held, found_so, coming, at=at)
        received = [arriving[come.tube] for come in noted.held]
        _end(received, UnlistedEnd.RECEIVED, at=at)
        _end(moved, UnlistedEnd.MOVED, at=at)
        _end(closed, UnlistedEnd.CLOSED, at=at)
        outcome.done.extend([*moved, *closed, *received])
        audit.record(by, "lab.receive_listed", at=at, things=tubes_here)
    return outcome


def _unlisted(codes: Sequence[str], *, lab: int | None = None) -> list[Unlisted]:
    """Tubes of these codes that came before their list, locked in the order of their codes."""
    return [
        Unlisted(*line)
        for line in sql.rows(
            """
            SELECT id, lab_id, code, arrived_at, noted_by, giver, seal, temperature, condition,
                   box_id, ended_as
            FROM lab_unlistedtube WHERE code = ANY(%s::text[]) AND (%s::int IS NULL OR lab_id = %s)
            ORDER BY code, id FOR UPDATE
            """,
            (list(codes), lab, lab),
        )
    ]


def _by_code(coming: Mapping[int, OnItsWay], *, lab: int) -> dict[str, list[int]]:
    """Tubes by code; where a code is several issuers', those addressed to this laboratory."""
    found: dict[str, list[int]] = {}
    for number, tube in coming.items():
        found.setdefault(tube.code, []).append(number)
    for code, tubes in found.items():
        if len(tubes) > 1:
            found[code] = [number for number in tubes if coming[number].lab == lab] or tubes
    return found


def _arrival(tube: int, one: Unlisted) -> Arrival:
    """The arrival of a tube that came before its list: when it came, into whose hands."""
    return Arrival(
        tube,
        one.lab,
        one.arrived_at,
        one.taker,
        one.giver,
        one.seal,
        one.temperature,
    )


def _note_refused(noted: Outcome[Arrival], arriving: dict[int, str], outcome: Outcome[str]) -> None:
    """Refuse the codes of tubes that did not arrive; of those sent elsewhere say where."""
    if not noted.refused:
        return
    labs = organisations_by_id([int(r.detail) for r in noted.refused if r.detail])
    for refused in noted.refused:
        lab = labs.get(int(refused.detail)) if refused.detail else None
        outcome.refused.append(
            Refused(arriving[refused.item.tube], refused.reason, lab.name if lab else "")
        )


@dataclass(frozen=True, slots=True)
class _Packed:
    """What tubes were unpacked from, and those of them that are not in good order.

    `boxes`: the manifest of each one's box, and whether that was sent from here and came back.
    """

    conditions: Mapping[str, Condition]
    boxes: Mapping[str, tuple[int, bool]]

    def box(self, code: str) -> int | None:
        return self.boxes[code][0] if code in self.boxes else None

    def returned(self, code: str) -> bool:
        return code in self.boxes and self.boxes[code][1]

    def of(self, code: str) -> tuple[Condition, int | None]:
        return self.conditions.get(code, Condition.GOOD), self.box(code)


def _boxes(named: Mapping[str, str], *, lab: int) -> dict[str, tuple[int, bool]]:
    """By tube the manifest of its box, which was sent here or came back from where it was sent."""
    if not named:
        return {}
    found = {
        line[0]: (line[1], line[2])
        for line in sql.rows(
            "SELECT code, id, lab_id <> %s FROM sampling_manifest"
            " WHERE code = ANY(%s::text[]) AND %s IN (lab_id, from_lab_id)",
            (lab, once(named.values()), lab),
        )
    }
    if strange := sorted(set(named.values()) - set(found)):
        raise NotFound(f"no box {strange[0]} was sent here")
    return {code: found[box] for code, box in named.items()}


def put_on_worklist(
    came: Sequence[Arrival],
    found_so: Mapping[int, tuple[Condition, int | None]],
    coming: Mapping[int, OnItsWay],
    *,
    at: datetime,
) -> frozenset[int]:
    """Put arrived tubes on the bench's worklist; answer which are new there.

    A tube that another laboratory sent waits for what that one wants done with it, and one that
    comes back for what it was to be tested for where it comes from. `found_so`: in which condition
    each came, and out of which box; `coming`: as they were found, locked.
    """
    if not came:
        return frozenset()
    # What is alike of tubes that came together is sent once for all of them.
    alike: dict[tuple[object, ...], int] = {}
    places = [
        alike.setdefault((a.lab, a.arrived_at, a.taker, *found_so[a.tube]), len(alike) + 1)
        for a in came
    ]
    new = frozenset(
        line[0]
        for line in sql.rows(
            """
            INSERT INTO lab_reception (tube_id, lab_id, received_at, received_by, condition, box_id,
                                       waits_for)
            SELECT t.id, h.lab, h.at, h.taker, h.condition, h.box,
                   CASE WHEN l.id IS NULL THEN 'test' ELSE l.left_for END
            FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS t (id, place, sent_by)
            JOIN unnest(%s::int[], %s::timestamptz[], %s::text[], %s::text[], %s::int[])
                 WITH ORDINALITY AS h (lab, at, taker, condition, box, place) ON h.place = t.place
            LEFT JOIN LATERAL (
                SELECT e.id, e.left_for FROM lab_reception e
                WHERE t.sent_by IS NOT NULL AND e.tube_id = t.id AND e.left_at IS NOT NULL
                ORDER BY e.left_at DESC, e.id DESC LIMIT 1
            ) l ON true
            -- As runs and benches lock what waits.
            ORDER BY t.id
            ON CONFLICT (tube_id, lab_id) DO UPDATE
            SET received_at = EXCLUDED.received_at, received_by = EXCLUDED.received_by,
                condition = EXCLUDED.condition, box_id = EXCLUDED.box_id,
                waits_for = EXCLUDED.waits_for, left_at = NULL, left_for = NULL
            WHERE lab_reception.left_at IS NOT NULL
            RETURNING tube_id
            """,
            (
                [one.tube for one in came],
                places,
                [coming[one.tube].sent_by for one in came],
                *[list(column) for column in zip(*alike, strict=True)],
            ),
        )
    )
    manifests = {coming[tube].manifest for tube in new}
    found_again([manifest for manifest in manifests if manifest is not None], at=at)
    return new


def wait_no_longer(codes: Sequence[str], *, lab: int, at: datetime) -> None:
    """Note that tubes of these codes, received at a bench, wait for their list no more."""
    if codes:
        sql.execute(
            "UPDATE lab_unlistedtube SET ended_at = %s, ended_as = 'received'"
            " WHERE code = ANY(%s::text[]) AND lab_id = %s AND ended_at IS NULL",
            (at, list(codes), lab),
        )


def _let_wait(
    codes: Sequence[str],
    brought: tuple[str, str, Decimal | None],
    packed: _Packed,
    *,
    lab: int,
    by: Actor,
    at: datetime,
) -> frozenset[str]:
    """Let tubes wait for their list; answer which did not wait here before."""
    if not codes:
        return frozenset()
    return frozenset(
        line[0]
        for line in sql.rows(
            """
            INSERT INTO lab_unlistedtube
                (lab_id, code, arrived_at, noted_by, giver, seal, temperature, box_id, condition,
                 reason, note, ended_by)
            SELECT %s, g.code, %s, %s, %s, %s, %s, g.box, g.condition, '', '', '{}'
            FROM unnest(%s::text[], %s::int[], %s::text[]) AS g (code, box, condition)
            ORDER BY g.code
            ON CONFLICT (code, lab_id) DO UPDATE
            SET arrived_at = EXCLUDED.arrived_at, noted_by = EXCLUDED.noted_by,
                giver = EXCLUDED.giver, seal = EXCLUDED.seal, temperature = EXCLUDED.temperature,
                box_id = EXCLUDED.box_id, condition = EXCLUDED.condition, ended_at = NULL,
                ended_as = NULL, reason = '', note = '', ended_by = '{}'
            WHERE lab_unlistedtube.ended_at IS NOT NULL
            RETURNING code
            """,
            (
                lab,
                at,
                by.name,
                *brought,
                list(codes),
                [packed.box(code) for code in codes],
                [packed.of(code)[0] for code in codes],
            ),
        )
    )


def _end(numbers: Sequence[int], ended_as: UnlistedEnd, *, at: datetime) -> None:
    if numbers:
        sql.execute(
            "UPDATE lab_unlistedtube SET ended_at = %s, ended_as = %s WHERE id = ANY(%s::bigint[])",
            (at, ended_as, list(numbers)),
        )
