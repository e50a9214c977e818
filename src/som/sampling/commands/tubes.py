"""What becomes of tubes after the swab: sent with a manifest, lost, past their use-by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from som.kernel import audit, rulebook, scope, sql
from som.kernel.actors import NOBODY, Actor, second_person
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, once
from som.sampling.commands.custody import Box, box_id, held_by_labs, put_into_box
from som.sampling.commands.requests import RequestWanted, request_tests
from som.sampling.queries import SwabRow, swabs_in_tubes
from som.sampling.rules import (
    DispatchRefusal,
    RequestReason,
    TubeToPack,
    fault_of_losing,
    fault_of_sending,
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is written on the box: its code, from where to which laboratory, who hands it over."""

    code: str
    unit: int
    lab: int
    taker: str = ""
    seal: str = ""
    temperature: Decimal | None = None


def dispatch_tubes(
    codes: Sequence[str], *, manifest: Manifest, by: Actor, at: datetime
) -> Outcome[str]:
    """Put tubes on a manifest and send it.

    Refuses what `rules.fault_of_sending` names. A tube already on this manifest stays as it is.
    Raises `Conflict` if the manifest's code is another box's. Locks the tubes in the order of their
    codes.
    """
    outcome: Outcome[str] = Outcome()
    with scope.entered(by, "sampling.dispatch", unit=manifest.unit) as units:
        box = Box(
            manifest.code,
            manifest.unit,
            manifest.lab,
            by.label or by.name,
            manifest.taker,
            manifest.seal,
            manifest.temperature,
        )
        number = box_id(box, sent_at=at)
        tubes = {
            line[1]: line
            for line in sql.rows(
                """
                SELECT id, code, manifest_id, lab_id,
                       coalesce(lost_at, expired_at) IS NOT NULL, use_by_at
                FROM sampling_tube
                WHERE code = ANY(%s) AND swabs > 0 AND (%s OR unit_id = ANY(%s))
                ORDER BY code, scheme_id FOR UPDATE
                """,
                (list(codes), units is None, sorted(units or ())),
            )
        }
        # After the locks: who has received a tube meanwhile must be seen.
        held_by = held_by_labs([line[0] for line in tubes.values()])
        found = {
            code: TubeToPack(held_by.get(tube, planned), box, closed, tube in held_by, use_by_at)
            for tube, code, box, planned, closed, use_by_at in tubes.values()
        }
        for code in once(codes):
            here = found.get(code)
            if here is not None and here.box == number:
                outcome.unchanged.append(code)
            elif fault := fault_of_sending(here, lab=manifest.lab, at=at):
                outcome.refused.append(Refused(code, fault))
            else:
                outcome.done.append(code)
        sent = [tubes[code][0] for code in outcome.done]
        put_into_box(sent, box=box, manifest=number, by=by, at=at)
        audit.record(
            by, "sampling.dispatch_tubes", at=at, things=sent, note={"manifest": manifest.code}
        )
    return outcome


@dataclass(frozen=True, slots=True)
class Loss:
    """A tube that will never be tested, why, and the second person who saw it, by user name."""

    tube: str
    reason: str


def lose_tubes(
    losses: Sequence[Loss], *, witness: Actor | None, by: Actor, at: datetime
) -> Outcome[Loss]:
    """Note tubes as lost or destroyed.

    Takes a reason and two different people, the second with a role on that day where the tube was
    taken; refuses a tube not in use here. A tube already lost stays as it is.
    Locks the tubes in the order of their codes. Whoever has no answer yet is asked for again by
    `results.work.take_up_lost`; whoever has one keeps it, when a laboratory destroys what is left.
    """
    outcome: Outcome[Loss] = Outcome()
    with scope.entered(by, "sampling.dispatch") as units:
        tubes = {
            line[1]: line
            for line in sql.rows(
                """
                SELECT id, code, lost_at IS NOT NULL, expired_at IS NOT NULL, unit_id
                FROM sampling_tube
                WHERE code = ANY(%s) AND swabs > 0 AND (%s OR unit_id = ANY(%s))
                ORDER BY code, scheme_id FOR UPDATE
                """,
                ([loss.tube for loss in losses], units is None, sorted(units or ())),
            )
        }
        second = second_person(witness, beside=by)
        lost: dict[str, Loss] = {}
        for given in losses:
            tube = tubes.get(given.tube)
            if fault := fault_of_losing(None if tube is None else tube[3]):
                outcome.refused.append(Refused(given, fault))
            elif not given.reason.strip():
                outcome.refused.append(Refused(given, DispatchRefusal.REASON_MISSING))
            elif second is NOBODY:
                outcome.refused.append(Refused(given, DispatchRefusal.WITNESS_MISSING))
            elif not second.holds(unit=tubes[given.tube][4]):
                outcome.refused.append(Refused(given, DispatchRefusal.WITNESS_STRANGE, second.name))
            elif tubes[given.tube][2] or given.tube in lost:
                outcome.unchanged.append(given)
            else:
                lost[given.tube] = given
                outcome.done.append(given)
        ids = [tubes[code][0] for code in lost]
        reasons = dict(zip(ids, (loss.reason for loss in lost.values()), strict=True))
        note_losses(reasons, witness=second.name, by=by, at=at)
        audit.record(
            by,
            "sampling.lose_tubes",
            at=at,
            things=ids,
            persons=[s.person for s in swabs_in_tubes(ids)],
            note={"witness": second.name},
        )
    return outcome


def note_losses(lost: Mapping[int, str], *, witness: str, by: Actor, at: datetime) -> None:
    """Close tubes for good, each for a reason and with a second person.

    Whoever is in one and has no answer is asked for again by `results.work.take_up_lost`.
    """
    sql.execute(
        """
        UPDATE sampling_tube t
        SET lost_at = %s, closing_reason = g.reason, closed_by = ARRAY[%s, %s]
        FROM unnest(%s::bigint[], %s::text[]) AS g (id, reason)
        WHERE t.id = g.id
        """,
        (
            at,
            by.name,
            witness,
            list(lost),
            list(lost.values()),
        ),
    )


def expire_tubes(
    tube_ids: Sequence[int], *, by: Actor, at: datetime, ask: bool = True
) -> Outcome[int]:
    """Close tubes whose use-by has passed, and ask for their people again.

    Without `ask` nobody is asked for: they have their answer or were asked for before. Refuses a
    tube whose use-by has not passed. A tube already closed stays as it is. Locks the tubes in the
    order of their codes.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "sampling.expire"):
        tubes = {
            line[0]: line
            for line in sql.rows(
                """
                SELECT id, use_by_at, coalesce(lost_at, expired_at) IS NOT NULL
                FROM sampling_tube WHERE id = ANY(%s) ORDER BY code, scheme_id FOR UPDATE
                """,
                (list(tube_ids),),
            )
        }
        for given in once(tube_ids):
            tube = tubes.get(given)
            if tube is None or tube[1] is None or tube[1] > at:
                outcome.refused.append(Refused(given, DispatchRefusal.TUBE_UNKNOWN))
            elif tube[2]:
                outcome.unchanged.append(given)
            else:
                outcome.done.append(given)
        sql.execute(
            "UPDATE sampling_tube SET expired_at = %s, closing_reason = 'use_by_passed'"
            " WHERE id = ANY(%s)",
            (at, outcome.done),
        )
        swabs = swabs_in_tubes(outcome.done)
        if ask:
            request_tests(requests_again(swabs, RequestReason.USE_BY_PASSED, at=at), by=by, at=at)
        audit.record(
            by,
            "sampling.expire_tubes",
            at=at,
            things=outcome.done,
            persons=[s.person for s in swabs],
        )
    return outcome


def requests_again(
    swabs: Sequence[SwabRow], reason: RequestReason, *, at: datetime
) -> list[RequestWanted]:
    """The wish to swab the people of these swabs again, one for each swab and reason."""
    due_at = at + recall_time(at)
    return [
        RequestWanted(f"{reason}:{s.id}", s.person, s.unit, reason, due_at, s.residence, s.id)
        for s in swabs
    ]


def recall_time(at: datetime) -> timedelta:
    """How soon a person called again is to be swabbed."""
    on = at.astimezone(LOCAL).date()
    return timedelta(hours=rulebook.rule("sampling.recall.hours", on=on).value)
