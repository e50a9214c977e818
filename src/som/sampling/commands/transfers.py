"""Handing test requests to another unit: the giver's until the other one accepts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, once
from som.people.queries import units_known_of
from som.places.queries import provinces_of, units_by_id
from som.sampling import rules
from som.sampling.rules import PlanRefusal, TransferAnswer, TransferState, transfer_stands


@dataclass(frozen=True, slots=True)
class Handover:
    """A test request to be answered by another unit. Without a unit an offer is taken back."""

    request: int
    unit: int | None


def transfer_requests(
    handovers: Sequence[Handover], *, by: Actor, at: datetime
) -> Outcome[Handover]:
    """Offer test requests to other units, or take an offer back.

    The request stays open and the giver's until the other unit accepts it. Offered to another unit
    again, the first offer is withdrawn. Refuses a request not seen here or ended, a unit that is none
    today or the giver itself, and one of a province that is neither the giver's nor one where the
    person is known to live, lodge, work or learn: who is asked must have a reason to know of them.
    Locks the requests in the order of their ids.
    """
    outcome: Outcome[Handover] = Outcome()
    today = at.astimezone(LOCAL).date()
    with scope.entered(by, "sampling.record") as units:
        asked = [h.request for h in handovers]
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                "SELECT id, unit_id, ended_at IS NOT NULL, person_id FROM sampling_testrequest"
                " WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
                (asked,),
            )
        }
        offered = dict(
            sql.rows(
                "SELECT request_id, to_unit_id FROM sampling_transfer"
                " WHERE request_id = ANY(%s) AND answered_at IS NULL",
                (list(held),),
            )
        )
        in_force = {
            unit.id
            for unit in units_by_id([h.unit for h in handovers if h.unit], today).values()
            if unit.in_force(today)
        }
        provinces, stays = _near(handovers, held, today)
        new: dict[int, Handover] = {}
        for given in handovers:
            request = held.get(given.request)
            if request is None or (units is not None and request[0] not in units):
                outcome.refused.append(Refused(given, PlanRefusal.REQUEST_UNKNOWN))
            elif request[1]:
                outcome.refused.append(Refused(given, PlanRefusal.REQUEST_ENDED))
            elif given.unit is not None and (
                given.unit not in in_force or given.unit == request[0]
            ):
                outcome.refused.append(Refused(given, PlanRefusal.UNIT_UNKNOWN))
            elif given.unit is not None and not rules.is_near(
                given.unit, [request[0], *stays.get(request[2], ())], provinces
            ):
                outcome.refused.append(Refused(given, PlanRefusal.UNIT_TOO_FAR))
            elif given.request in new:
                if new[given.request] == given:
                    outcome.unchanged.append(given)
                else:
                    outcome.refused.append(Refused(given, PlanRefusal.TRANSFER_PENDING))
            elif offered.get(given.request) == given.unit:
                outcome.unchanged.append(given)
            else:
                new[given.request] = given
                outcome.done.append(given)
        sql.execute(
            "UPDATE sampling_transfer SET answered_at = %s, answer = 'withdrawn'"
            " WHERE request_id = ANY(%s) AND answered_at IS NULL",
            (at, list(new)),
        )
        sql.execute(
            """
            INSERT INTO sampling_transfer (request_id, unit_ids, unit_id, to_unit_id, offered_at)
            SELECT r.id, ARRAY[r.unit_id, g.unit], r.unit_id, g.unit, %s
            FROM unnest(%s::bigint[], %s::int[]) AS g (request, unit)
            JOIN sampling_testrequest r ON r.id = g.request ORDER BY r.id
            """,
            (
                at,
                [h.request for h in outcome.done if h.unit],
                [h.unit for h in outcome.done if h.unit],
            ),
        )
        audit.record(
            by,
            "sampling.transfer_requests",
            at=at,
            persons=[held[h.request][2] for h in outcome.done],
            things=list(new),
            note={"units": sorted({h.unit for h in outcome.done if h.unit})},
        )
    return outcome


def _near(
    handovers: Sequence[Handover], held: Mapping[int, tuple[Any, ...]], on: date
) -> tuple[dict[int, frozenset[int]], dict[int, frozenset[int]]]:
    """The provinces of all units concerned, and the units where each person is known to be."""
    stays = units_known_of(line[2] for line in held.values())
    units = {line[0] for line in held.values()} | {h.unit for h in handovers if h.unit}
    return provinces_of(units.union(*stays.values()), on), stays


def accept_transfers(requests: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Take over test requests that were offered to the actor's units.

    The giver's request ends as transferred, one of this unit's takes its place with the same due
    time, and this unit becomes answerable for the person. Refuses what was not offered here, or is
    no longer. Locks the requests in the order of their ids.
    """
    with scope.entered(by, "sampling.request"):
        outcome, states = _answered(requests, TransferAnswer.ACCEPTED)
        sql.execute(
            "SELECT sampling_take_over(%s::bigint[], %s)",
            ([states[request].transfer for request in outcome.done], at),
        )
        audit.record(
            by,
            "sampling.accept_transfers",
            at=at,
            persons=[states[request].person for request in outcome.done],
            things=outcome.done,
        )
    return outcome


def decline_transfers(requests: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Say that test requests offered to the actor's units are not theirs: the giver's they stay.

    Refuses what was not offered here, or is no longer. Locks the requests in the order of their ids.
    """
    with scope.entered(by, "sampling.request"):
        outcome, states = _answered(requests, TransferAnswer.DECLINED)
        sql.execute(
            "UPDATE sampling_transfer SET answered_at = %s, answer = 'declined' WHERE id = ANY(%s)",
            (at, [states[request].transfer for request in outcome.done]),
        )
        audit.record(
            by,
            "sampling.decline_transfers",
            at=at,
            persons=[states[request].person for request in outcome.done],
            things=outcome.done,
        )
    return outcome


def _answered(
    requests: Sequence[int], wanted: TransferAnswer
) -> tuple[Outcome[int], dict[int, TransferState]]:
    """Which of these requests may be answered so now, locked in the order of their ids."""
    outcome: Outcome[int] = Outcome()
    states = {
        line[0]: TransferState(
            line[1], TransferAnswer(line[3]) if line[3] else None, line[4], line[5]
        )
        for line in sql.rows(
            "SELECT * FROM sampling_transfers_here(%s::bigint[])", (list(requests),)
        )
    }
    for given in once(requests):
        stands = transfer_stands(states.get(given), wanted)
        if isinstance(stands, PlanRefusal):
            outcome.refused.append(Refused(given, stands))
        else:
            (outcome.unchanged if stands else outcome.done).append(given)
    return outcome, states
