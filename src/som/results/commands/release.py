"""Release: the second person's word, and the decoding of pools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, once
from som.lab import queries as lab_queries
from som.lab.commands import settle_verdicts
from som.lab.rules import LoadKind, VerdictRow
from som.lab.verdicts import Verdict
from som.places.queries import laboratory_rights
from som.places.rules import Right
from som.results import rules
from som.results.commands.answers import Meaning, write_answers
from som.results.commands.standing import answering, hold_tubes, last_answers
from som.results.queries.barriers import barriers_of
from som.results.queries.pools import pools_standing
from som.results.rules import LastAnswer, ReleaseRefusal


def release_verdicts(
    verdict_ids: Sequence[int], *, lab: int, by: Actor, at: datetime
) -> Outcome[int]:
    """Release verdicts of this laboratory: answer each person, hold and ask for whom it must.

    Refuses what `rules.ReleaseRefusal` names, first of all whoever read the run. A verdict already
    released stays as it is. A second laboratory's verdict on what was suspected confirms or refutes
    it: the next version of the answer; so is one that says otherwise than what another laboratory
    reported. Whoever of a pool has a clear answer keeps it. Results, requests and notices are
    written in this transaction, in the scope of the system actor `results`; nothing about a person
    comes back to the reviewer. Locks the laboratory, then the swabs in the order of their ids.
    """
    outcome: Outcome[int] = Outcome()
    behalf = system_actor("results")
    with scope.entered(by, "results.review", organisation=lab, behalf=behalf):
        wanted = once(verdict_ids)
        answering([lab])
        verdicts = lab_queries.verdicts_by_id(wanted, lab=lab)
        seats = hold_tubes([t for v in verdicts.values() for t in v.tubes])
        answered = last_answers(seats)
        pools = pools_standing([v.member_of for v in verdicts.values() if v.member_of is not None])
        rights = laboratory_rights([lab], at.astimezone(LOCAL).date())[lab]
        may_confirm = Right.CONFIRM in rights
        barriers = barriers_of(wanted)
        sound: list[VerdictRow] = []
        for verdict_id in wanted:
            verdict = verdicts.get(verdict_id)
            if verdict_id in barriers.released:
                outcome.unchanged.append(verdict_id)
                continue
            before = answers_before(verdict, answered)
            fault = rules.fault_of_release(
                verdict,
                reviewer=by.name,
                may_test=bool(rights),
                may_confirm=may_confirm,
                pools=pools,
                barriers=barriers,
                answered=before,
            )
            if fault is not None or verdict is None:
                outcome.refused.append(Refused(verdict_id, fault or ReleaseRefusal.UNKNOWN))
            else:
                sound.append(verdict)
        made = insert_releases(sound, by=by, at=at)
        persons = write_answers(
            [
                meant
                for v in sound
                if v.id in made
                for meant in _meanings(v, answers_before(v, answered), may_confirm)
            ],
            by=by,
            behalf=behalf,
            at=at,
            seats=seats,
            answered=answered,
        )
        for verdict in sound:
            (outcome.done if verdict.id in made else outcome.unchanged).append(verdict.id)
        audit.record(
            by,
            "results.release_verdicts",
            at=at,
            persons=persons,
            things=outcome.done,
            note={"lab": lab, "refused": len(outcome.refused)},
            behalf=behalf,
        )
    return outcome


def answers_before(
    verdict: VerdictRow | None, answered: Mapping[int, Sequence[LastAnswer]]
) -> list[LastAnswer]:
    """What the people in the tubes of this verdict were answered before."""
    if not answered:
        return []
    return [one for tube in (verdict.tubes if verdict else ()) for one in answered.get(tube, ())]


def _meanings(
    verdict: VerdictRow, before: Sequence[LastAnswer], may_confirm: bool
) -> list[Meaning]:
    """What a verdict says to whom of those in its tubes."""
    if not before:
        return [Meaning(verdict, meaning_of(verdict, may_confirm))]
    faults = rules.faults_of_answers(verdict, before, may_confirm=may_confirm)
    free = [one for one in before if one.swab not in faults]
    # What was reported of a field pool and is not so is taken back: nobody in it has a result.
    other = frozenset(one.swab for one in free if rules.contradicts(verdict, one))
    found = [
        Meaning(
            verdict,
            meaning_of(verdict, may_confirm),
            rules.why_again([one for one in free if one.swab not in other]),
            but=other | frozenset(faults),
        )
    ]
    if other:
        found.append(
            Meaning(
                verdict,
                rules.corrected(
                    LoadKind(verdict.kind),
                    Verdict(verdict.value),
                    swabs=verdict.swabs,
                    may_confirm=may_confirm,
                    confirms=verdict.confirms,
                ),
                rules.WhyAgain.TESTED_AGAIN,
                only=other,
            )
        )
    return found


def meaning_of(verdict: VerdictRow, may_confirm: bool) -> rules.Decoded:
    """What a verdict means for the people in its tubes."""
    return rules.decoded(
        LoadKind(verdict.kind),
        Verdict(verdict.value),
        swabs=verdict.swabs,
        may_confirm=may_confirm,
        confirms=verdict.confirms,
    )


def insert_releases(verdicts: Sequence[VerdictRow], *, by: Actor, at: datetime) -> set[int]:
    """Note who released these; answer with those that nobody had released before."""
    settle_verdicts([v.id for v in verdicts])
    return {
        line[0]
        for line in sql.rows(
            """
            INSERT INTO results_release (verdict_id, lab_id, read_by, released_by, released_at)
            SELECT v.id, v.lab, v.read_by, %s, %s
            FROM unnest(%s::bigint[], %s::int[], %s::text[]) AS v (id, lab, read_by) ORDER BY v.id
            ON CONFLICT (verdict_id) DO NOTHING RETURNING verdict_id
            """,
            (
                by.name,
                at,
                [v.id for v in verdicts],
                [v.lab for v in verdicts],
                [v.read_by for v in verdicts],
            ),
        )
    }
