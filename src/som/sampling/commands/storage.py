"""How tubes are kept: the use-by follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from som.kernel import audit, rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, once
from som.sampling import rules
from som.sampling.commands.custody import held_by_labs
from som.sampling.rules import Keeping, KeepingRule, StorageKind, TubeKept


def store_tubes(
    codes: Sequence[str],
    *,
    kind: StorageKind,
    lab: int | None,
    by: Actor,
    at: datetime,
    temperature: Decimal | None = None,
) -> Outcome[str]:
    """Note that tubes are kept so from now on; their use-by moves by the rule.

    At this laboratory, or without one at the station that took them and has not sent them yet.
    Refuses a tube that is not there, closed or past its use-by, a temperature at which nothing is kept
    so, a time before what was noted last, and thawing what was not frozen: nobody makes a tube last
    longer afterwards. What is noted for this very time stays as it is. Locks the tubes in the order
    of their codes.
    """
    outcome: Outcome[str] = Outcome()
    permission = "sampling.dispatch" if lab is None else "lab.receive"
    with scope.entered(by, permission, organisation=lab) as units:
        tubes = _tubes(codes, lab=lab, units=units if lab is None else None)
        rule = keeping_rule(at)
        stored: dict[int, datetime] = {}
        for code in once(codes):
            number, tube = tubes.get(code, (0, None))
            if tube is not None and Keeping(kind, at) in tube.events:
                outcome.unchanged.append(code)
            elif fault := rules.fault_of_storage(kind, temperature, tube, lab=lab, at=at):
                outcome.refused.append(Refused(code, fault))
            elif tube is not None:
                events = (*tube.events, Keeping(kind, at))
                stored[number] = rules.use_by(tube.first_swab_at, events, rule)
                outcome.done.append(code)
        sql.execute(
            """
            INSERT INTO sampling_storage (tube_id, kind, stored_at, temperature, lab_id, noted_by)
            SELECT g.tube, %s, %s, %s, %s, %s FROM unnest(%s::bigint[]) AS g (tube)
            """,
            (kind, at, temperature, lab, by.name, list(stored)),
        )
        sql.execute(
            "UPDATE sampling_tube t SET use_by_at = g.use_by"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) AS g (id, use_by) WHERE t.id = g.id",
            (list(stored), list(stored.values())),
        )
        audit.record(
            by,
            "sampling.store_tubes",
            at=at,
            things=stored,
            note={"lab": lab, "kind": kind, "refused": len(outcome.refused)},
        )
    return outcome


def _tubes(
    codes: Sequence[str], *, lab: int | None, units: frozenset[int] | None
) -> dict[str, tuple[int, TubeKept]]:
    """Tubes of these codes, locked; where several issuers use one code, the one this lab has.

    `units`: those where they were taken, None for any.
    """
    rows = sql.rows(
        """
        SELECT id, code, first_swab_at, use_by_at, coalesce(lost_at, expired_at) IS NOT NULL,
               manifest_id IS NOT NULL
        FROM sampling_tube
        WHERE code = ANY(%s) AND swabs > 0 AND (%s OR unit_id = ANY(%s))
        ORDER BY code, scheme_id FOR NO KEY UPDATE
        """,
        (list(codes), units is None, sorted(units or ())),
    )
    ids = [line[0] for line in rows]
    # After the locks: whoever received, sent or stored one meanwhile must be seen.
    held_by = held_by_labs(ids)
    events: dict[int, list[Keeping]] = {}
    for tube, kind, since in sql.rows(
        "SELECT tube_id, kind, stored_at FROM sampling_storage WHERE tube_id = ANY(%s)"
        " ORDER BY tube_id, stored_at",
        (ids,),
    ):
        events.setdefault(tube, []).append(Keeping(StorageKind(kind), since))
    found: dict[str, tuple[int, TubeKept]] = {}
    for number, code, first_swab_at, use_by_at, closed, sent in rows:
        holder = held_by.get(number)
        if code not in found or holder == lab:
            kept = tuple(events.get(number, ()))
            found[code] = (number, TubeKept(first_swab_at, use_by_at, closed, holder, kept, sent))
    return found


def keeping_rule(at: datetime) -> KeepingRule:
    """For how long tubes may be tested, as the rules say on this day."""
    on = at.astimezone(LOCAL).date()
    return KeepingRule(
        fridge=timedelta(hours=rulebook.rule("sampling.use_by.hours", on=on).value),
        room=timedelta(hours=rulebook.rule("sampling.room.hours", on=on).value),
        frozen=timedelta(days=rulebook.rule("sampling.frozen.days", on=on).value),
        thawed=timedelta(hours=rulebook.rule("sampling.thawed.hours", on=on).value),
    )
