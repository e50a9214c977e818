"""Whose hands a tube is in: boxes handed over on their way, tubes come to a laboratory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import Conflict
from som.kernel.outcomes import Outcome, Refused
from som.sampling import rules
from som.sampling.rules import (
    CLOCK_SKEW,
    Arrival,
    ArrivalRefusal,
    BoxPassed,
    BoxState,
    DispatchRefusal,
    OnItsWay,
)


def held_by_labs(tube_ids: Sequence[int]) -> dict[int, int]:
    """The laboratory that has each of these tubes: the one that received it last, and which did not
    send it on since."""
    return {
        tube: lab
        for tube, step, lab in sql.rows(
            """
            SELECT DISTINCT ON (c.tube_id) c.tube_id, c.step, c.lab_id FROM sampling_custody c
            LEFT JOIN sampling_manifest m ON m.id = c.manifest_id
            WHERE c.tube_id = ANY(%s)
              AND (c.step = 'received' OR (c.step = 'sent' AND m.from_lab_id IS NOT NULL))
            ORDER BY c.tube_id, c.id DESC
            """,
            (list(tube_ids),),
        )
        if step == "received"
    }


def hand_over_boxes(boxes: Sequence[BoxPassed], *, by: Actor, at: datetime) -> Outcome[BoxPassed]:
    """Note that boxes went from one pair of hands to the next on their way.

    Each tube of a box gets its step. Refuses what `rules.fault_of_hand_over` names. The same
    hand-over again stays as it is. Locks the manifests in the order of their codes.
    """
    outcome: Outcome[BoxPassed] = Outcome()
    with scope.entered(by, "sampling.dispatch") as units:
        manifests = {
            line[0]: line[1:]
            for line in sql.rows(
                """
                SELECT code, id, sent_at FROM sampling_manifest
                WHERE code = ANY(%s) AND (%s OR unit_id = ANY(%s)) ORDER BY code FOR UPDATE
                """,
                ([b.manifest for b in boxes], units is None, sorted(units or ())),
            )
        }
        states = _boxes(manifests)
        new: list[BoxPassed] = []
        for given in boxes:
            box = states.get(given.manifest)
            hands = (given.giver.strip(), given.taker.strip())
            fault = rules.fault_of_hand_over(given, box, at=at, skew=CLOCK_SKEW)
            if fault is not None or box is None:
                outcome.refused.append(
                    Refused(given, fault or DispatchRefusal.BOX_UNKNOWN, given.manifest)
                )
            elif given.handed_at in box.hands:
                outcome.unchanged.append(given)
            else:
                box.hands[given.handed_at] = hands
                new.append(given)
                outcome.done.append(given)
        sql.execute(
            """
            INSERT INTO sampling_custody
                (tube_id, step, handed_at, giver, taker, seal, temperature, manifest_id, lab_id,
                 noted_by, noted_at)
            SELECT t.id, 'carried', g.handed_at, g.giver, g.taker, g.seal, g.temperature, m.id,
                   m.lab_id, %s, %s
            FROM unnest(%s::int[], %s::timestamptz[], %s::text[], %s::text[], %s::text[],
                        %s::numeric[]) AS g (manifest, handed_at, giver, taker, seal, temperature)
            JOIN sampling_manifest m ON m.id = g.manifest
            JOIN sampling_tube t ON t.manifest_id = m.id
            """,
            (
                by.name,
                at,
                [manifests[b.manifest][0] for b in new],
                [b.handed_at for b in new],
                [b.giver.strip() for b in new],
                [b.taker.strip() for b in new],
                [b.seal for b in new],
                [b.temperature for b in new],
            ),
        )
        audit.record(
            by,
            "sampling.hand_over_boxes",
            at=at,
            note={"manifests": [b.manifest for b in new]},
        )
    return outcome


def _boxes(manifests: Mapping[str, tuple[int, datetime]]) -> dict[str, BoxState]:
    """What is known of boxes with tubes in them: when sent, when received, who had them between."""
    ids = [number for number, _ in manifests.values()]
    arrived = dict(
        sql.rows(
            """
            SELECT t.manifest_id, min(c.handed_at) FILTER (WHERE c.step = 'received')
            FROM sampling_tube t LEFT JOIN sampling_custody c ON c.tube_id = t.id
            WHERE t.manifest_id = ANY(%s) GROUP BY t.manifest_id
            """,
            (ids,),
        )
    )
    hands: dict[int, dict[datetime, tuple[str, str]]] = {}
    for number, handed_at, giver, taker in sql.rows(
        """
        SELECT DISTINCT c.manifest_id, c.handed_at, c.giver, c.taker
        FROM sampling_tube t JOIN sampling_custody c ON c.tube_id = t.id
        WHERE t.manifest_id = ANY(%s) AND c.step = 'carried' AND c.manifest_id = t.manifest_id
        """,
        (ids,),
    ):
        hands.setdefault(number, {})[handed_at] = (giver, taker)
    return {
        code: BoxState(sent_at, arrived[number], hands.get(number, {}))
        for code, (number, sent_at) in manifests.items()
        if number in arrived
    }


@dataclass(frozen=True, slots=True)
class Box:
    """What is written on a box: its code, from where to which laboratory, through whose hands.

    With `from_lab` and `reason` it goes on from one laboratory to another.
    """

    code: str
    unit: int
    lab: int
    giver: str
    taker: str = ""
    seal: str = ""
    temperature: Decimal | None = None
    from_lab: int | None = None
    reason: str = ""


def box_id(box: Box, *, sent_at: datetime) -> int:
    """The box's manifest, made if new, locked. Raises `Conflict` if its code is another box's."""
    found = sql.row(
        """
        INSERT INTO sampling_manifest (code, unit_id, lab_id, from_lab_id, reason, sent_at, giver,
                                       taker, seal, temperature, closed_by)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')
        ON CONFLICT (code) DO UPDATE SET code = EXCLUDED.code
        RETURNING id, unit_id, lab_id, from_lab_id
        """,
        (
            box.code,
            box.unit,
            box.lab,
            box.from_lab,
            box.reason,
            sent_at,
            box.giver,
            box.taker,
            box.seal,
            box.temperature,
        ),
    )
    assert found is not None
    if found[1:] != (box.unit, box.lab, box.from_lab):
        raise Conflict(f"manifest {box.code} is another box")
    return int(found[0])


def put_into_box(tubes: Sequence[int], *, box: Box, manifest: int, by: Actor, at: datetime) -> None:
    """Address tubes to the laboratory of this box, and note their step into it.

    From the field they were in it when it was sent, however late its list; a laboratory puts them in
    now.
    """
    sql.execute(
        """
        UPDATE sampling_tube SET manifest_id = %s, lab_id = %s WHERE id = ANY(%s)
        """,
        (manifest, box.lab, list(tubes)),
    )
    sql.execute(
        """
        INSERT INTO sampling_custody
            (tube_id, step, handed_at, giver, taker, seal, temperature, manifest_id, lab_id,
             noted_by, noted_at)
        SELECT t.id, 'sent', CASE WHEN m.from_lab_id IS NULL THEN m.sent_at ELSE %s END,
               %s, %s, %s, %s, m.id, m.lab_id, %s, %s
        FROM unnest(%s::bigint[]) AS t (id) JOIN sampling_manifest m ON m.id = %s
        """,
        (
            at,
            box.giver,
            box.taker,
            box.seal,
            box.temperature,
            by.name,
            at,
            list(tubes),
            manifest,
        ),
    )


_COMING = """
SELECT t.id, t.code, t.lab_id, t.manifest_id, t.lost_at IS NOT NULL, t.expired_at IS NOT NULL,
       t.use_by_at, m.from_lab_id
FROM sampling_tube t LEFT JOIN sampling_manifest m ON m.id = t.manifest_id
WHERE {which} AND t.swabs > 0 ORDER BY t.code, t.scheme_id FOR UPDATE OF t
"""


def tubes_coming(
    *, ids: Sequence[int] = (), codes: Sequence[str] | None = None
) -> dict[int, OnItsWay]:
    """Tubes in use, of these ids or else codes, as their arrival finds them.

    Locks them in the order of their codes, until the transaction ends.
    """
    if codes is None:
        lines = sql.rows(_COMING.format(which="t.id = ANY(%s::bigint[])"), (list(ids),))
    else:
        lines = sql.rows(_COMING.format(which="t.code = ANY(%s::text[])"), (list(codes),))
    # After the locks: another reception of the same tube must be seen.
    held_by = held_by_labs([line[0] for line in lines]) if lines else {}
    return {line[0]: OnItsWay._make((*line, held_by.get(line[0]))) for line in lines}


def note_arrivals(arrivals: Sequence[Arrival], *, by: Actor, at: datetime) -> Outcome[Arrival]:
    """Note tubes as come into a laboratory's hands: the last step of their way there.

    Refuses a tube not in use, lost, expired or past its use-by, and one on a manifest to another
    laboratory or there already. A tube this laboratory has stays as it is. One on no manifest is
    from now on addressed to where it is. Locks the tubes in the order of their codes.
    """
    with scope.entered(by, "lab.receive"):
        coming = tubes_coming(ids=[a.tube for a in arrivals])
        outcome = arrived(arrivals, coming, by=by, at=at)
        things = [a.tube for a in outcome.done]
        audit.record(by, "sampling.note_arrivals", at=at, things=things)
    return outcome


def arrived(
    arrivals: Sequence[Arrival], coming: Mapping[int, OnItsWay], *, by: Actor, at: datetime
) -> Outcome[Arrival]:
    """What `note_arrivals` does, inside a command that names the tubes in its own audit.

    `coming`: the tubes, which the caller has locked, as `tubes_coming` does.
    """
    outcome: Outcome[Arrival] = Outcome()
    with scope.entered(by, "lab.receive"):
        allowed = {
            lab: by.may("lab.receive", organisation=lab) for lab in {a.lab for a in arrivals}
        }
        new: dict[int, Arrival] = {}
        for given in arrivals:
            tube = coming.get(given.tube)
            if tube is not None and given.tube in new:
                tube = tube._replace(held_by=new[given.tube].lab)
            if not allowed[given.lab]:
                outcome.refused.append(Refused(given, ArrivalRefusal.SENT_ELSEWHERE))
            elif fault := rules.fault_of_arrival(given, tube, at=at):
                lab = str(tube.held_by or tube.lab) if tube is not None else ""
                detail = lab if fault is ArrivalRefusal.SENT_ELSEWHERE else ""
                outcome.refused.append(Refused(given, fault, detail))
            elif tube is not None and tube.held_by is not None:
                outcome.unchanged.append(given)
            else:
                new[given.tube] = given
                outcome.done.append(given)
        _readdress([(a.tube, a.lab) for a in outcome.done if coming[a.tube].lab != a.lab])
        _note_received(outcome.done, coming, by=by, at=at)
    return outcome


def _readdress(tubes: Sequence[tuple[int, int]]) -> None:
    """Address tubes to the laboratories where they are, which was planned otherwise."""
    if tubes:
        sql.execute(
            "UPDATE sampling_tube t SET lab_id = g.lab"
            " FROM unnest(%s::bigint[], %s::int[]) AS g (id, lab) WHERE t.id = g.id",
            ([tube for tube, _ in tubes], [lab for _, lab in tubes]),
        )


def _note_received(
    new: Sequence[Arrival], coming: Mapping[int, OnItsWay], *, by: Actor, at: datetime
) -> None:
    """Note the step of each tube; what came out of the same hands is sent once for all of it."""
    if not new:
        return
    hands: dict[tuple[object, ...], int] = {}
    places = [
        hands.setdefault(
            (a.lab, a.arrived_at, a.taker, a.giver, a.seal, a.temperature), len(hands) + 1
        )
        for a in new
    ]
    sql.execute(
        """
        INSERT INTO sampling_custody
            (tube_id, step, handed_at, giver, taker, seal, temperature, manifest_id, lab_id,
             noted_by, noted_at)
        SELECT g.tube, 'received', h.arrived_at, h.giver, h.taker, h.seal, h.temperature,
               g.manifest, h.lab, %s, %s
        FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS g (tube, manifest, place)
        JOIN unnest(%s::int[], %s::timestamptz[], %s::text[], %s::text[], %s::text[],
                    %s::numeric[]) WITH ORDINALITY
             AS h (lab, arrived_at, taker, giver, seal, temperature, place) ON h.place = g.place
        """,
        (
            by.name,
            at,
            [a.tube for a in new],
            [coming[a.tube].manifest for a in new],
            places,
            *[list(column) for column in zip(*hands, strict=True)],
        ),
    )
