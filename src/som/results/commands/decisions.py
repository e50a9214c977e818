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
from som.results.queries.pools import readers_of_pools, reported_of
from som.results.rules import Decoded, LastAnswer, PoolDecision, ReleaseRefusal, Standing
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
    once, also those whom another laboratory answered. Refuses a pool that is not discordant, a
    decision without a reason, and whoever read any run of the pool or of a member; and to release
    what is on hold, recalled or was tested past its use-by, and anything of a pool of which a member
    was answered positive or suspected. The same decision again changes nothing. Locks the pools in
    the order of their ids, then the swabs.
    """
    outcome: Outcome[Decision] = Outcome()
    behalf = system_actor("results")
    with scope.entered(by, "results.decide", organisation=lab, behalf=behalf):
        answering([lab])
        pools = lab_queries.pool_ids([d.pool for d in decisions], lab=lab)
        members = lab_queries.members_of_pools(list(pools.values()))
        answered = answers_standing([member.tube for member in members])
        where = rules.standings(members, reported_of(members))
        own = _verdicts_of_pools(list(pools.values()), lab)
        verdicts = lab_queries.verdicts_by_id(
            # An invalid last test stands only where the tube is lost or past its use-by: its person
            # was asked for again then.
            [m.verdict for m in members if m.verdict is not None and m.value != Verdict.INVALID]
            + list(own.values()),
            lab=lab,
        )
        barriers = barriers_of(list(verdicts))
        # Whoever has a clear answer from a test made here or elsewhere keeps it.
        of_pool: dict[int, list[VerdictRow]] = {}
        for verdict in verdicts.values():
            if verdict.member_of is not None and not rules.faults_of_answers(
                verdict, answers_before(verdict, answered), may_confirm=False
            ):
                of_pool.setdefault(verdict.member_of, []).append(verdict)
        standing: dict[int, list[LastAnswer]] = {}
        for member in members:
            standing.setdefault(member.pool, []).extend(answered.get(member.tube, ()))
        readers = readers_of_pools(list(pools.values()))
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
            elif given.decision is PoolDecision.NEGATIVE and any(
                one.value.told_to_localities for one in standing.get(pool, ())
            ):
                outcome.refused.append(Refused(given, ReleaseRefusal.MEMBER_POSITIVE))
            elif given.decision is PoolDecision.NEGATIVE and (
                kept := barriers.fault_of_any(v.id for v in of_pool.get(pool, ()))
            ):
                outcome.refused.append(Refused(given, kept))
            else:
                decided[pool] = given.decision
                outcome.done.append(given)
                mine = of_pool.get(pool, ())
                if given.decision is PoolDecision.NEGATIVE:
                    released += mine
                    meanings += [
                        Meaning(
                            verdict,
                            meaning_of(verdict, False),
                            rules.why_again(answers_before(verdict, answered)),
                        )
                        for verdict in mine
                    ]
                else:
                    meanings += [Meaning(verdict, _AGAIN) for verdict in mine]
                    asked = {tube for verdict in mine for tube in verdict.tubes}
                    # Whom another laboratory answered keeps that answer and is asked too: what made
                    # the pool positive may be theirs.
                    told = frozenset(
                        one.swab
                        for one in standing.get(pool, ())
                        if one.verdict is None and one.clear and one.tube not in asked
                    )
                    if told:
                        meanings.append(Meaning(verdicts[own[pool]], _AGAIN, only=told))
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
        settled = {pools[d.pool] for d in outcome.done}
        settle_verdicts([v.id for v in verdicts.values() if v.member_of in settled])
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


_AGAIN = Decoded(None, held=True, again=RequestReason.DISCORDANT)


def _verdicts_of_pools(pools: Sequence[int], lab: int) -> dict[int, int]:
    """By pool, the last verdict on the pool itself."""
    return dict(
        sql.rows(
            """
            SELECT l.pool_id, max(v.id) FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
            WHERE l.pool_id = ANY(%s) AND l.lab_id = %s GROUP BY l.pool_id
            """,
            (list(pools), lab),
        )
    )
