"""Referral: tubes that go on to another laboratory, and those that must."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.errors import NotFound
from som.kernel.outcomes import Outcome, Refused, once
from som.lab import rules
from som.lab.commands.held import tubes_at_lab
from som.lab.rules import Referral
from som.places.queries import laboratory_rights, organisations_by_id
from som.sampling.commands import Box, box_id, put_into_box


def await_referral(tubes: Sequence[int], *, lab: int) -> None:
    """Let tubes that this laboratory found positive wait for one with the right to confirm.

    Within the transaction of their release. A tube that went to another laboratory meanwhile waits
    there; one still on its way is to be tested where it comes. Locks receptions in the order of
    their tubes.
    """
    sql.execute(
        """
        WITH last AS MATERIALIZED (
            SELECT id FROM lab_reception
            WHERE tube_id = ANY(%s) AND (left_at IS NULL OR lab_id = %s)
            ORDER BY tube_id, id FOR UPDATE
        )
        UPDATE lab_reception r
        SET waits_for = CASE WHEN r.left_at IS NULL THEN 'referral' END,
            left_for = CASE WHEN r.left_at IS NOT NULL THEN 'retest' END
        FROM last WHERE r.id = last.id
        """,
        (list(tubes), lab),
    )


def settle_verdicts(verdict_ids: Sequence[int]) -> None:
    """Note that nobody is to release these any more, within the transaction that says why."""
    sql.execute("UPDATE lab_verdict SET open = false WHERE id = ANY(%s)", (list(verdict_ids),))


def wait_no_more(tubes: Sequence[int]) -> None:
    """Take tubes off the worklists because their people were answered by others.

    Within the transaction that answers them. Locks receptions in the order of their tubes.
    """
    sql.execute(
        """
        WITH waiting AS MATERIALIZED (
            SELECT id FROM lab_reception WHERE tube_id = ANY(%s) AND waits_for IS NOT NULL
            ORDER BY tube_id, id FOR UPDATE
        )
        UPDATE lab_reception r SET waits_for = NULL FROM waiting WHERE r.id = waiting.id
        """,
        (list(tubes),),
    )


def refer_tubes(
    codes: Sequence[str], *, referral: Referral, by: Actor, at: datetime
) -> Outcome[str]:
    """Send tubes of this laboratory on to another with a manifest; they wait here no more.

    Refuses a tube that is not here, closed, past its use-by or in test, and one that the other
    laboratory may not test, or not confirm where it waits for that. What is in this box already
    stays there. Raises `NotFound` for a laboratory that is none or this one, and `Conflict` if the
    manifest's code is another box's. Locks the manifest, then tubes in the order of their codes,
    then receptions.
    """
    outcome: Outcome[str] = Outcome()
    with scope.entered(by, "lab.refer", organisation=referral.from_lab):
        labs = organisations_by_id([referral.from_lab, referral.lab])
        if len(labs) < 2:
            raise NotFound("tubes go on from one laboratory to another")
        rights = laboratory_rights([referral.lab], at.astimezone(LOCAL).date())[referral.lab]
        box = Box(
            referral.code,
            labs[referral.from_lab].unit_id,
            referral.lab,
            referral.giver or by.label or by.name,
            referral.taker,
            referral.seal,
            referral.temperature,
            referral.from_lab,
            referral.reason,
        )
        manifest = box_id(box, sent_at=at)
        here = tubes_at_lab(codes, lab=referral.from_lab)
        sent: list[int] = []
        for code in once(codes):
            tube = here.get(code)
            if tube is not None and tube.manifest == manifest and not tube.here:
                outcome.unchanged.append(code)
            elif fault := rules.fault_of_referral(tube, rights, at=at):
                outcome.refused.append(Refused(code, fault))
            elif tube is not None:
                sent.append(tube.tube)
                outcome.done.append(code)
        put_into_box(sent, box=box, manifest=manifest, by=by, at=at)
        sql.execute(
            """
            UPDATE lab_reception
            SET left_at = %s, waits_for = NULL,
                left_for = CASE waits_for WHEN 'referral' THEN 'retest' ELSE waits_for END
            WHERE lab_id = %s AND tube_id = ANY(%s)
            """,
            (at, referral.from_lab, sent),
        )
        audit.record(
            by,
            "lab.refer_tubes",
            at=at,
            things=sent,
            note={
                "manifest": referral.code,
                "from": referral.from_lab,
                "to": referral.lab,
                "reason": referral.reason,
                "refused": len(outcome.refused),
            },
        )
    return outcome
