"""What waits for a reviewer: verdicts to be released, pools to be decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.lab.queries import members_of_pools, verdicts_by_id
from som.lab.queries import run as run_of_lab
from som.places.queries import rights_granted
from som.places.rules import Right
from som.results import rules
from som.results.queries.barriers import VOID, barriers_of
from som.results.queries.pools import pools_standing, readers_of_pools, reported_of
from som.results.rules import LastAnswer, ReleaseRefusal, ResultValue, Standing


@dataclass(frozen=True, slots=True)
class Waiting:
    """A verdict nobody released yet; `held` and `kept`: why it cannot be released now, if so."""

    verdict: int
    run: int
    kind: str
    sample: str
    value: str
    read_by: str
    read_at: datetime
    pool: str | None
    held: Standing | None
    kept: ReleaseRefusal | None
    against: ReleaseRefusal | None
    """Why its people's answers keep it from ever being released, where it may be closed for that."""


WAITING = f"""
FROM lab_verdict v
JOIN lab_run r ON r.id = v.run_id
JOIN lab_load l ON l.id = v.load_id
LEFT JOIN lab_member m ON m.tube_id = l.tube_id
-- Of a tube that was referred the pool is another laboratory's: its answer does not wait for it.
LEFT JOIN lab_pool p ON p.id = m.pool_id AND p.lab_id = r.lab_id
WHERE v.open AND r.lab_id = ANY(%(labs)s) AND v.value <> 'invalid'
  AND NOT EXISTS (SELECT 1 FROM results_release e WHERE e.verdict_id = v.id)
  AND (v.value = 'positive'
       OR NOT EXISTS (SELECT 1 FROM results_pooldecision d WHERE d.pool_id = p.id))
  AND NOT EXISTS (SELECT 1 FROM lab_load ll JOIN lab_verdict lv ON lv.load_id = ll.id
                  WHERE lv.id > v.id AND (ll.tube_id = l.tube_id OR ll.pool_id = l.pool_id))
  AND NOT {VOID}
"""


def waiting_by_value(*, by: Actor) -> dict[str, int]:
    """How many verdicts of each value wait for a second person at the actor's laboratories."""
    by.must("results.review")
    labs = sorted(by.organisations_for("results.review") or ())
    return dict(sql.rows(f"SELECT v.value, count(*) {WAITING} GROUP BY v.value", {"labs": labs}))


def waiting_for_release(
    lab: int, *, by: Actor, run: int | None = None, limit: int = 5_000
) -> list[Waiting]:
    """Verdicts of this laboratory that wait for their second person, oldest first.

    Invalid ones are repeated, not released, and do not stand here; nor do members of a pool that
    was decided, what a recall takes back, and what was tested past its use-by.
    """
    with scope.entered(by, "results.review", organisation=lab, behalf=system_actor("results")):
        return _waiting(lab, run, limit)


def _waiting(lab: int, run: int | None, limit: int) -> list[Waiting]:
    lines = sql.rows(
        f"""
        SELECT v.id, v.run_id, l.kind, l.sample, v.value, r.read_by, r.read_at, p.id, p.code
        {WAITING}
          AND (%(run)s::bigint IS NULL OR r.id = %(run)s)
        ORDER BY v.id LIMIT %(limit)s
        """,
        {"labs": [lab], "run": run, "limit": limit},
    )
    pools = pools_standing([line[7] for line in lines if line[7]])
    barriers = barriers_of([line[0] for line in lines])
    against = _against([line[0] for line in lines], lab)
    found = []
    for line in lines:
        where = pools.get(line[7], Standing.NOT_POSITIVE)
        blocked = where in (Standing.WAITING, Standing.DISCORDANT) and line[4] != "positive"
        found.append(
            Waiting(
                *[
                    *line[:7],
                    line[8],
                    where if blocked else None,
                    barriers.fault_of(line[0]),
                    against.get(line[0]),
                ]
            )
        )
    return found


def _against(verdict_ids: Sequence[int], lab: int) -> dict[int, ReleaseRefusal]:
    """By verdict, which answer its people have that it can never follow: it may be closed."""
    answered: dict[int, list[LastAnswer]] = {}
    for verdict_id, swab, tube, value, by_verdict in sql.rows(
        """
        SELECT v.id, w.id, w.tube_id, r.value, r.verdict_id
        FROM lab_verdict v JOIN lab_load l ON l.id = v.load_id
        CROSS JOIN LATERAL (
            SELECT l.tube_id AS tube WHERE l.tube_id IS NOT NULL
            UNION ALL SELECT m.tube_id FROM lab_member m WHERE m.pool_id = l.pool_id
        ) t
        JOIN sampling_swab w ON w.tube_id = t.tube
        JOIN LATERAL (SELECT a.value, a.verdict_id FROM results_result a
                      WHERE a.swab_id = w.id ORDER BY a.version DESC LIMIT 1) r ON true
        WHERE v.id = ANY(%s)
        """,
        (list(verdict_ids),),
    ):
        one = LastAnswer(swab, tube, ResultValue(value), by_verdict)
        answered.setdefault(verdict_id, []).append(one)
    rights = rights_granted([lab]).get(lab, [])
    found = {}
    for verdict in verdicts_by_id(list(answered), lab=lab).values():
        before, on = answered[verdict.id], verdict.read_at.astimezone(LOCAL).date()
        may_confirm = any(
            one.right == Right.CONFIRM
            and one.valid_from <= on
            and (one.valid_to is None or on <= one.valid_to)
            for one in rights
        )
        fault = rules.fault_of_closing(
            verdict, reviewer="", may_confirm=may_confirm, answered=before
        )
        if fault is None:
            faults = rules.faults_of_answers(verdict, before, may_confirm=may_confirm)
            found[verdict.id] = next(iter(faults.values()))
    return found


@dataclass(frozen=True, slots=True)
class DiscordantPool:
    """A positive pool none of whose members is: each member's tube with what it said at last, and
    what another laboratory reported of it.

    `own`: whether the reviewer who asks read one of its runs and so may not decide.
    """

    code: str
    members: tuple[tuple[str, str, str], ...]
    own: bool


def discordant_pools(lab: int, *, by: Actor) -> list[DiscordantPool]:
    """The laboratory's pools that wait for a named person's decision, by code. No names.

    Those with a member that waits for its release: of the others everybody was asked for again.
    """
    with scope.entered(by, "results.decide", organisation=lab, behalf=system_actor("results")):
        return _discordant(lab, by)


def _discordant(lab: int, by: Actor) -> list[DiscordantPool]:
    pools = [
        line[0]
        for line in sql.rows(
            f"SELECT DISTINCT p.id {WAITING} AND p.id IS NOT NULL", {"labs": [lab]}
        )
    ]
    members = members_of_pools(pools)
    reported = reported_of(members)
    where = rules.standings(members, reported)
    wanted = [pool for pool in pools if where[pool] is Standing.DISCORDANT]
    readers = readers_of_pools(wanted)
    codes: dict[int, str] = dict(
        sql.rows(
            "SELECT id, code FROM sampling_tube WHERE id = ANY(%s)",
            ([member.tube for member in members if member.pool in set(wanted)],),
        )
    )
    return [
        DiscordantPool(
            code,
            tuple(
                (codes[m.tube], m.value or "", str(reported.get(m.tube, "")))
                for m in members
                if m.pool == pool
            ),
            by.name in readers.get(pool, ()),
        )
        for pool, code in sql.rows(
            "SELECT id, code FROM lab_pool WHERE id = ANY(%s) ORDER BY code", (wanted,)
        )
    ]


@dataclass(frozen=True, slots=True)
class Released:
    """How many verdicts of a run one person released, and when the last."""

    released_by: str
    verdicts: int
    last_at: datetime


def releases_of_run(run_id: int, *, by: Actor) -> list[Released]:
    """Who released what of this run. Raises `NotFound` outside the actor's laboratories."""
    run_of_lab(run_id, by=by)
    return [
        Released(*line)
        for line in sql.rows(
            """
            SELECT e.released_by, count(*), max(e.released_at)
            FROM results_release e JOIN lab_verdict v ON v.id = e.verdict_id
            WHERE v.run_id = %s GROUP BY 1 ORDER BY 3
            """,
            (run_id,),
        )
    ]


def released_on(code: str, *, lab: int, by: Actor) -> int | None:
    """The last verdict released at this laboratory on the tube or pool of this code, if any."""
    by.must("results.review", organisation=lab)
    found = sql.row(
        """
        SELECT v.id FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
        JOIN results_release e ON e.verdict_id = v.id
        WHERE l.sample = %s AND e.lab_id = %s ORDER BY v.id DESC LIMIT 1
        """,
        (code, lab),
    )
    return found[0] if found else None
