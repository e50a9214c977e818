"""Recalls: many answers taken back at once, by two people, and everyone told and asked for again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused, once
from som.lab.commands import settle_verdicts
from som.notices.commands import close_alarms, raise_alarms
from som.notices.rules import AlarmField, AlarmKind, AlarmWanted
from som.places.queries import OrganisationRow, organisations_by_id
from som.results import rules
from som.results.commands.answers import Answer, Origin, write_each
from som.results.commands.standing import hold_swabs, recalling
from som.results.queries.recalls import COVERED_SWABS, PERMISSION
from som.results.rules import (
    Decoded,
    RecallRefusal,
    RecallState,
    RecallWanted,
    ResultValue,
)
from som.sampling.queries import swabs_by_id
from som.sampling.rules import RequestReason


def propose_recalls(
    recalls: Sequence[RecallWanted], *, by: Actor, at: datetime
) -> Outcome[RecallWanted]:
    """Propose that answers be taken back. Until it is withdrawn nothing that it covers is released.

    Refuses what `rules.RecallRefusal` names: another's laboratory, no reason, an impossible time, a
    run that is not this laboratory's. The same proposed already changes nothing. Locks the
    laboratories in the order of their ids, and so waits for releases under way.
    """
    outcome: Outcome[RecallWanted] = Outcome()
    with scope.entered(by, PERMISSION):
        labs = _labs([r.lab for r in recalls], by)
        recalling(sorted(labs))
        runs = {
            (line[0], line[1])
            for line in sql.rows(
                "SELECT lab_id, id FROM lab_run WHERE id = ANY(%s)", ([r.run for r in recalls],)
            )
        }
        new: dict[tuple[object, ...], RecallWanted] = {}
        for given in recalls:
            fault = rules.fault_of_proposal(given, at=at, run_known=(given.lab, given.run) in runs)
            if given.lab not in labs:
                fault = RecallRefusal.NOT_HERE
            if fault is not None:
                outcome.refused.append(Refused(given, fault))
            elif given.scope in new:
                outcome.unchanged.append(given)
            else:
                new[given.scope] = given
        made = {
            tuple(line[1:]): line[0]
            for line in sql.rows(
                """
                INSERT INTO results_recall (lab_id, which, kit_lot, run_id, read_from, read_to,
                                            reason, proposed_by, proposed_at)
                SELECT r.lab, r.which, r.lot, r.run, r.read_from, r.read_to, r.reason, %s, %s
                FROM unnest(%s::int[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[],
                            %s::timestamptz[], %s::text[])
                     AS r (lab, which, lot, run, read_from, read_to, reason)
                ON CONFLICT DO NOTHING
                RETURNING id, lab_id, which, kit_lot, run_id, read_from, read_to
                """,
                (
                    by.name,
                    at,
                    [r.lab for r in new.values()],
                    [r.which for r in new.values()],
                    [r.lot for r in new.values()],
                    [r.run for r in new.values()],
                    [r.read_from for r in new.values()],
                    [r.read_to for r in new.values()],
                    [r.reason.strip() for r in new.values()],
                ),
            )
        }
        for key, given in new.items():
            (outcome.done if key in made else outcome.unchanged).append(given)
        raise_alarms(
            [
                AlarmWanted(
                    key,
                    AlarmKind.RECALL,
                    PERMISSION,
                    **where,
                    subject_id=made[r.scope],
                    body={AlarmField.LABORATORY: labs[r.lab].name},
                )
                for r in outcome.done
                for key, where in zip(
                    _alarms(made[r.scope]),
                    ({"organisation": r.lab}, {"unit": labs[r.lab].unit_id}),
                    strict=True,
                )
            ],
            by=system_actor("results"),
            at=at,
        )
        audit.record(
            by,
            "results.propose_recalls",
            at=at,
            things=list(made.values()),
            note={"labs": [r.lab for r in outcome.done], "refused": len(outcome.refused)},
        )
    return outcome


def confirm_recalls(recall_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Confirm recalls: from now on the worker takes the answers back, tells and asks again.

    Refuses a recall of another's laboratory, one withdrawn, whoever proposed it, and whoever read
    one of its runs. One confirmed already stays as it is. Answers that the same people got by
    other tests stand; that somebody was tested again elsewhere meanwhile keeps no answer of these
    runs. Locks the recalls in the order of their ids.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, PERMISSION, behalf=system_actor("results")):
        wanted = once(recall_ids)
        states = _locked(wanted, by)
        for number in wanted:
            state = states.get(number)
            if state is None:
                outcome.refused.append(Refused(number, RecallRefusal.UNKNOWN))
            elif state.confirmed:
                outcome.unchanged.append(number)
            elif (fault := rules.fault_of_recall(state, reviewer=by.name)) is not None:
                outcome.refused.append(Refused(number, fault))
            else:
                outcome.done.append(number)
        sql.execute(
            COVERED_SWABS
            + """
            UPDATE results_recall u SET confirmed_by = %(by)s, confirmed_at = %(at)s,
                   swabs = (SELECT count(*) FROM covered s WHERE s.recall = u.id AND s.told)
            WHERE u.id = ANY(%(recalls)s)
            """,
            {"recalls": outcome.done, "by": by.name, "at": at},
        )
        _close(outcome.done, at)
        audit.record(
            by,
            "results.confirm_recalls",
            at=at,
            things=outcome.done,
            note={"refused": len(outcome.refused)},
        )
    return outcome


def withdraw_recalls(recall_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Withdraw proposals that nobody has confirmed: what they kept back may be released again.

    Refuses a recall of another's laboratory and one confirmed. One withdrawn already stays so.
    Locks the recalls in the order of their ids.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, PERMISSION):
        wanted = once(recall_ids)
        states = _locked(wanted, by)
        for number in wanted:
            state = states.get(number)
            if state is None:
                outcome.refused.append(Refused(number, RecallRefusal.UNKNOWN))
            elif state.withdrawn:
                outcome.unchanged.append(number)
            elif state.confirmed:
                outcome.refused.append(Refused(number, RecallRefusal.CONFIRMED))
            else:
                outcome.done.append(number)
        sql.execute(
            "UPDATE results_recall SET withdrawn_by = %s, withdrawn_at = %s WHERE id = ANY(%s)",
            (by.name, at, outcome.done),
        )
        _close(outcome.done, at)
        audit.record(by, "results.withdraw_recalls", at=at, things=outcome.done)
    return outcome


def take_back_results(
    swab_ids: Sequence[int], *, recall: int, by: Actor, at: datetime
) -> Outcome[int]:
    """Take back what these swabs were answered, tell everyone who was told, and ask again.

    A part of a confirmed recall. Whoever only waited for a release is asked for again. Refuses a
    swab that this recall does not concern; one taken back or asked for again already stays as it
    is. Locks the swabs in the order of their ids.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, PERMISSION):
        wanted = once(swab_ids)
        hold_swabs(wanted)
        confirmed = sql.row(
            "SELECT confirmed_by, reason FROM results_recall WHERE id = %s", (recall,)
        )
        covered = {
            line[0]: line[1:]
            for line in sql.rows(
                COVERED_SWABS
                + """
                SELECT DISTINCT ON (swab_id) swab_id, verdict_id, reported_id, lab_id, read_by, told
                FROM covered WHERE swab_id = ANY(%(swabs)s) ORDER BY swab_id, verdict_id DESC
                """,
                {"recalls": [recall], "swabs": wanted},
            )
        }
        before = {
            line[0]
            for line in sql.rows(
                """
                SELECT swab_id FROM results_result WHERE recall_id = %s AND swab_id = ANY(%s)
                UNION
                SELECT from_swab_id FROM sampling_testrequest
                WHERE from_swab_id = ANY(%s) AND reason = 'recalled_result'
                """,
                (recall, wanted, wanted),
            )
        }
        if confirmed is None or confirmed[0] is None:
            refusal = RecallRefusal.UNKNOWN if confirmed is None else RecallRefusal.NOT_CONFIRMED
            outcome.refused.extend(Refused(swab, refusal) for swab in wanted)
            return outcome
        for swab in wanted:
            if swab in covered:
                outcome.done.append(swab)
            elif swab in before:
                outcome.unchanged.append(swab)
            else:
                outcome.refused.append(Refused(swab, RecallRefusal.NOT_COVERED))
        answers = []
        for row in swabs_by_id(outcome.done):
            verdict, reported, lab, read_by, told = covered[row.id]
            answers.append(
                Answer(
                    row,
                    Origin(lab, read_by, verdict=verdict, reported=reported),
                    Decoded(
                        ResultValue.WITHDRAWN if told else None,
                        again=RequestReason.RECALLED_RESULT,
                    ),
                    confirmed[1],
                    recall,
                )
            )
        sql.execute(
            "UPDATE results_recall SET taken_back = taken_back + %s, asked_again = asked_again + %s"
            " WHERE id = %s",
            (sum(covered[swab][-1] for swab in outcome.done), len(outcome.done), recall),
        )
        # What nobody had released nobody will.
        settle_verdicts([covered[s][0] for s in outcome.done if not covered[s][-1]])
        persons = write_each(answers, released_by=confirmed[0], by=by, behalf=by, at=at)
        audit.record(
            by,
            "results.take_back_results",
            at=at,
            persons=persons,
            things=[recall],
            note={"swabs": len(outcome.done)},
        )
    return outcome


def close_recalls(recall_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Note that these recalls are carried out.

    Refuses one not confirmed, and one by which an answer is still to be taken back. One done
    already stays so. Locks the recalls in the order of their ids.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, PERMISSION):
        wanted = once(recall_ids)
        states = {
            line[0]: line[1:]
            for line in sql.rows(
                """
                SELECT id, confirmed_at IS NOT NULL, done_at IS NOT NULL FROM results_recall
                WHERE id = ANY(%s) ORDER BY id FOR UPDATE
                """,
                (wanted,),
            )
        }
        standing = {
            line[0]
            for line in sql.rows(
                COVERED_SWABS + " SELECT DISTINCT recall FROM covered WHERE told",
                {"recalls": wanted},
            )
        }
        for number in wanted:
            confirmed, done = states.get(number, (None, None))
            if confirmed is None:
                outcome.refused.append(Refused(number, RecallRefusal.UNKNOWN))
            elif done:
                outcome.unchanged.append(number)
            elif not confirmed:
                outcome.refused.append(Refused(number, RecallRefusal.NOT_CONFIRMED))
            elif number in standing:
                outcome.refused.append(Refused(number, RecallRefusal.NOT_DONE))
            else:
                outcome.done.append(number)
        sql.execute("UPDATE results_recall SET done_at = %s WHERE id = ANY(%s)", (at, outcome.done))
        audit.record(by, "results.close_recalls", at=at, things=outcome.done)
    return outcome


def _labs(labs: Sequence[int], by: Actor) -> dict[int, OrganisationRow]:
    """Those of these laboratories whose answers this actor may recall."""
    return {
        one.id: one
        for one in organisations_by_id(labs).values()
        if by.may(PERMISSION, organisation=one.id) or by.may(PERMISSION, unit=one.unit_id)
    }


def _locked(recall_ids: Sequence[int], by: Actor) -> Mapping[int, RecallState]:
    """These recalls of the actor's laboratories as they stand, locked in the order of their ids."""
    found = sql.rows(
        """
        SELECT id, lab_id, proposed_by, withdrawn_at IS NOT NULL, confirmed_at IS NOT NULL
        FROM results_recall WHERE id = ANY(%s) ORDER BY id FOR UPDATE
        """,
        (list(recall_ids),),
    )
    labs = _labs([line[1] for line in found], by)
    readers = dict(
        sql.rows(
            COVERED_SWABS
            + """
            SELECT recall, array_agg(DISTINCT read_by) FROM (
                SELECT recall, read_by FROM verdicts UNION SELECT recall, read_by FROM covered
            ) AS either GROUP BY recall
            """,
            {"recalls": list(recall_ids)},
        )
    )
    return {
        line[0]: RecallState(*[*line, frozenset(readers.get(line[0], ()))])
        for line in found
        if line[1] in labs
    }


def _alarms(recall: int) -> tuple[str, str]:
    """The keys of the alarms about a recall: to its laboratory, and to who looks after its place."""
    return f"recall:{recall}:laboratory", f"recall:{recall}:unit"


def _close(recall_ids: Sequence[int], at: datetime) -> None:
    """Whoever was called to a recall needs not come any more."""
    keys = [key for number in recall_ids for key in _alarms(number)]
    close_alarms(keys, by=system_actor("results"), at=at)
