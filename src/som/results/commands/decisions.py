"""Discordant pools: positive, while no member is. A named person decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.lab import queries as lab_queries
from som.lab.commands import settle_verdicts
from som.lab.rules import VerdictRow
from som.lab.verdicts import Verdict
from som.results import rules
from som.results.commands.answers import Meaning, write_answers
from som.results.commands.release import answers_before, insert_releases, meaning_of
from som.results.commands.standing import answering, answers_standing
from som.results.queries.barriers import barriers_of
from som.results.rules import Decoded, PoolDecision, ReleaseRefusal, Standing
from som.sampling.rules import RequestReason


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided of a discordant pool, and why."""

    pool: str
    decision: PoolDecision
    reason: str


def decide_discordant_pools(
    decisions: Sequence[Decision], *, lab: int, by: Actor, at: datetime
) -> Outcome[Decision]:
    """Decide pools that were positive while no member is.

    *Negative* releases what the members' own tubes said; *again* asks for every member singly, at
    once. Refuses a pool that is not discordant, a decision without a reason, and whoever read any
    run of the pool or of a member, and to release what is on hold, recalled or was tested past its
    use-by. The same decision again changes nothing. Locks the pools in the order of their ids, then
    the swabs.
    """
    outcome: Outcome[Decision] = Outcome()
    behalf = system_actor("results")
    with scope.entered(by, "results.decide", organisation=lab, behalf=behalf):
        answering([lab])
        pools = lab_queries.pool_ids([d.pool for d in decisions], lab=lab)
        members = lab_queries.members_of_pools(list(pools.values()))
        where = rules.standings(members)
        verdicts = lab_queries.verdicts_by_id(
            # An invalid last test stands only where the tube is lost or past its use-by: its person
            # was asked for again then.
            [m.verdict for m in members if m.verdict is not None and m.value != Verdict.INVALID],
            lab=lab,
        )
        answered = answers_standing([tube for v in verdicts.values() for tube in v.tubes])
        barriers = barriers_of(list(verdicts))
        of_pool: dict[int, list[VerdictRow]] = {}
        for verdict in verdicts.values():
            # Who was answered since, by another laboratory, is not answered by the pool; unless that
            # was but reported and their own test says otherwise.
            if verdict.member_of is not None and all(
                rules.contradicts(verdict, before) for before in answers_before(verdict, answered)
            ):
                of_pool.setdefault(verdict.member_of, []).append(verdict)
        readers = _readers(list(pools.values()))
        decided: dict[int, str] = dict(
            sql.rows(
                "SELECT pool_id, decision FROM results_pooldecision WHERE pool_id = ANY(%s)",
                (list(pools.values()),),
            )
        )
        meanings: list[Meaning] = []
        released: list[VerdictRow] = []
        for given in decisions:
            pool = pools.get(given.pool)
            if pool is None:
                outcome.refused.append(Refused(given, ReleaseRefusal.POOL_UNKNOWN, given.pool))
            elif pool in decided:
                if decided[pool] == given.decision:
                    outcome.unchanged.append(given)
                else:
                    outcome.refused.append(Refused(given, ReleaseRefusal.DECIDED_OTHERWISE))
            elif not given.reason.strip():
                outcome.refused.append(Refused(given, ReleaseRefusal.REASON_MISSING))
            elif where[pool] is not Standing.DISCORDANT:
                outcome.refused.append(Refused(given, ReleaseRefusal.NOT_DISCORDANT))
            elif by.name in readers.get(pool, ()):
                outcome.refused.append(Refused(given, ReleaseRefusal.READ_BY_SAME))
            elif given.decision is PoolDecision.NEGATIVE and (
                kept := barriers.fault_of_any(v.id for v in of_pool.get(pool, ()))
            ):
                outcome.refused.append(Refused(given, kept))
            else:
                decided[pool] = given.decision
                outcome.done.append(given)
                for verdict in of_pool.get(pool, ()):
                    if given.decision is PoolDecision.NEGATIVE:
                        released.append(verdict)
                        again = rules.why_again(answers_before(verdict, answered))
                        meanings.append(Meaning(verdict, meaning_of(verdict, False), again))
                    else:
                        meanings.append(
                            Meaning(
                                verdict, Decoded(None, held=True, again=RequestReason.DISCORDANT)
                            )
                        )
        sql.execute(
            """
            INSERT INTO results_pooldecision (pool_id, decision, reason, decided_by, decided_at)
            SELECT d.pool, d.decision, d.reason, %s, %s
            FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS d (pool, decision, reason)
            """,
            (
                by.name,
                at,
                [pools[d.pool] for d in outcome.done],
                [d.decision for d in outcome.done],
                [d.reason for d in outcome.done],
            ),
        )
        insert_releases(released, by=by, at=at)
        # Of a decided pool nothing waits any more: who is not answered is asked for again.
        settle_verdicts([v.id for d in outcome.done for v in of_pool.get(pools[d.pool], ())])
        persons = write_answers(meanings, by=by, behalf=behalf, at=at)
        audit.record(
            by,
            "results.decide_discordant_pools",
            at=at,
            persons=persons,
            things=[pools[d.pool] for d in outcome.done],
            note={"lab": lab, "refused": len(outcome.refused)},
            behalf=behalf,
        )
    return outcome


def _readers(pools: Sequence[int]) -> dict[int, list[str]]:
    """By pool, who read a run with the pool or one of its members in it, whatever came of it."""
    return dict(
        sql.rows(
            """
            SELECT l.pool, array_agg(DISTINCT n.read_by)
            FROM (
                SELECT pool_id AS pool, run_id FROM lab_load WHERE pool_id = ANY(%(pools)s)
                UNION
                SELECT m.pool_id, l.run_id FROM lab_member m
                JOIN lab_load l ON l.tube_id = m.tube_id WHERE m.pool_id = ANY(%(pools)s)
            ) l JOIN lab_run n ON n.id = l.run_id
            GROUP BY l.pool
            """,
            {"pools": list(pools)},
        )
    )
