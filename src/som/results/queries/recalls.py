"""Recalls: what they cover, how far they have come, and what is taken back next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.results.queries.barriers import COVERED, REPORTED_COVERED
from som.results.rules import RecallWanted, Which

PERMISSION = "results.recall"

_ANSWERS_OF = " ".join(
    f"WHEN '{which}' THEN ARRAY[{', '.join(repr(str(value)) for value in which.answers)}]"
    for which in Which
)
_ENDED = """
EXISTS (SELECT 1 FROM results_result n WHERE n.swab_id = r.swab_id AND n.version > r.version)
"""

COVERED_SWABS = f"""
WITH c AS MATERIALIZED (
    SELECT *, CASE which {_ANSWERS_OF} END AS answers FROM results_recall WHERE id = ANY(%(recalls)s)
), verdicts AS MATERIALIZED (
    SELECT c.id AS recall, c.which, c.answers, v.id, v.value, v.load_id, n.lab_id, n.id AS run,
           n.read_by
    FROM c JOIN lab_run n ON {COVERED} JOIN lab_verdict v ON v.run_id = n.id
), covered AS (
    -- Answers that stand and came of these runs.
    SELECT v.recall, r.swab_id, r.verdict_id, NULL::bigint AS reported_id, r.lab_id, r.read_by,
           true AS told
    FROM verdicts v JOIN results_result r ON r.verdict_id = v.id
    WHERE r.value = ANY(v.answers) AND NOT {_ENDED}
    UNION ALL
    -- Answers that stand and were reported by this laboratory, tested in these days: of these no run
    -- and no lot is known.
    SELECT c.id, r.swab_id, NULL, r.reported_id, r.lab_id, r.read_by, true
    FROM c JOIN results_result r ON r.lab_id = c.lab_id AND r.reported_id IS NOT NULL
    JOIN results_reported d ON d.id = r.reported_id AND {REPORTED_COVERED}
    WHERE r.value = ANY(c.answers) AND NOT {_ENDED}
    UNION ALL
    -- Whoever is alive and waits for the release of a verdict of these runs, which will not come.
    SELECT v.recall, w.id, v.id, NULL, v.lab_id, v.read_by, false
    FROM verdicts v JOIN lab_load l ON l.id = v.load_id
    CROSS JOIN LATERAL (
        SELECT l.tube_id AS id WHERE l.tube_id IS NOT NULL
        UNION ALL
        SELECT m.tube_id FROM lab_member m WHERE m.pool_id = l.pool_id
    ) t JOIN sampling_swab w ON w.tube_id = t.id
    WHERE (v.which = 'all' AND v.value <> 'invalid' OR v.which = v.value || 's')
      AND NOT EXISTS (SELECT 1 FROM results_release e WHERE e.verdict_id = v.id)
      AND NOT EXISTS (SELECT 1 FROM lab_load ll JOIN lab_verdict lv ON lv.load_id = ll.id
                      WHERE lv.id > v.id AND ll.tube_id = l.tube_id)
      AND NOT EXISTS (SELECT 1 FROM lab_load ll JOIN lab_verdict lv ON lv.load_id = ll.id
                      WHERE lv.id > v.id AND ll.pool_id = l.pool_id)
      AND NOT EXISTS (SELECT 1 FROM results_result r WHERE r.swab_id = w.id)
      AND NOT EXISTS (SELECT 1 FROM sampling_testrequest q WHERE q.from_swab_id = w.id)
      AND NOT EXISTS (SELECT 1 FROM people_person p
                      WHERE p.id = w.person_id AND p.died_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM people_person p
                      WHERE p.id = people_standing(w.person_id) AND p.died_at IS NOT NULL)
)
"""
"""Whom recalls concern now. What they have done already they do not find again."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a recall would do: numbers alone, and of how many persons, in how many communes."""

    told: int
    waiting: int
    persons: int
    localities: int
    runs: int


def preview(recall_id: int, *, by: Actor) -> Preview:
    """What is still to be taken back. Raises `NotFound` outside the actor's laboratories."""
    found = recall(recall_id, by=by)
    with scope.entered(by, PERMISSION, behalf=system_actor("results")):
        counted = sql.row(
            COVERED_SWABS
            + """
            SELECT count(DISTINCT s.swab_id) FILTER (WHERE s.told),
                   count(DISTINCT s.swab_id) FILTER (WHERE NOT s.told),
                   count(DISTINCT w.person_id),
                   count(DISTINCT coalesce(w.residence_id, w.unit_id)),
                   (SELECT count(DISTINCT run) FROM verdicts)
            FROM covered s JOIN sampling_swab w ON w.id = s.swab_id
            """,
            {"recalls": [found.id]},
        )
    assert counted is not None
    return Preview(*counted)


@dataclass(frozen=True, slots=True)
class RecallRow:
    """A recall as it stands. `swabs`: how many answers it takes back; `taken_back`: so far."""

    id: int
    lab: int
    lab_name: str
    which: str
    kit_lot: str
    run: int | None
    read_from: datetime
    read_to: datetime
    reason: str
    proposed_by: str
    proposed_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    confirmed_by: str | None
    confirmed_at: datetime | None
    swabs: int | None
    taken_back: int
    asked_again: int
    done_at: datetime | None
    plate: str
    run_read_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether it waits for a second person."""
        return self.confirmed_at is None and self.withdrawn_at is None

    @property
    def percent(self) -> int:
        """How much of it is carried out."""
        return 100 * self.taken_back // self.swabs if self.swabs else 0

    @property
    def state(self) -> str:
        """Its state, in the words of `web.states`."""
        if self.withdrawn_at is not None:
            return "recall_withdrawn"
        if self.done_at is not None:
            return "recall_done"
        return "recall_proposed" if self.confirmed_at is None else "recall_confirmed"


_RECALLS = """
SELECT c.id, c.lab_id, o.name, c.which, c.kit_lot, c.run_id, c.read_from, c.read_to, c.reason,
       c.proposed_by, c.proposed_at, c.withdrawn_by, c.withdrawn_at, c.confirmed_by, c.confirmed_at,
       c.swabs, c.taken_back, c.asked_again, c.done_at,
       coalesce(p.code, nullif(z.barcode, ''), z.kit, ''), z.read_at
FROM results_recall c JOIN places_organisation o ON o.id = c.lab_id
LEFT JOIN lab_run z ON z.id = c.run_id LEFT JOIN lab_plate p ON p.id = z.plate_id
WHERE (%(everywhere)s OR c.lab_id = ANY(%(labs)s) OR o.unit_id = ANY(%(units)s))
"""


def recalls(
    *, by: Actor, before: tuple[datetime, int] | None = None, limit: int = 50
) -> list[RecallRow]:
    """Recalls of the actor's laboratories, newest first; `before` is the last page's last key."""
    proposed, last = before or (None, None)
    return [
        RecallRow(*line)
        for line in sql.rows(
            _RECALLS
            + """
              AND (%(proposed)s::timestamptz IS NULL
                   OR (c.proposed_at, c.id) < (%(proposed)s, %(last)s))
            ORDER BY c.proposed_at DESC, c.id DESC LIMIT %(limit)s
            """,
            _where(by) | {"proposed": proposed, "last": last, "limit": limit},
        )
    ]


def recall(recall_id: int, *, by: Actor) -> RecallRow:
    """One recall. Raises `NotFound` outside the actor's laboratories."""
    found = sql.row(_RECALLS + " AND c.id = %(id)s", _where(by) | {"id": recall_id})
    if found is None:
        raise NotFound(f"recall {recall_id}")
    return RecallRow(*found)


@dataclass(frozen=True, slots=True)
class RunRecall:
    """A recall that takes answers of a run back, or is proposed to: what a run's pages say of it."""

    id: int
    run: int
    which: str
    reason: str
    proposed_at: datetime
    confirmed_at: datetime | None
    done_at: datetime | None

    @property
    def state(self) -> str:
        """Its state, in the words of `web.states`."""
        if self.done_at is not None:
            return "recall_done"
        return "recall_proposed" if self.confirmed_at is None else "recall_confirmed"


def recalls_of_runs(run_ids: Sequence[int]) -> dict[int, list[RunRecall]]:
    """By run, the recalls about it that were not given up, oldest first.

    For a query that has found these runs among its actor's.
    """
    found: dict[int, list[RunRecall]] = {}
    for line in sql.rows(
        f"""
        SELECT c.id, n.id, c.which, c.reason, c.proposed_at, c.confirmed_at, c.done_at
        FROM lab_run n JOIN results_recall c ON c.withdrawn_at IS NULL AND {COVERED}
        WHERE n.id = ANY(%s) ORDER BY c.id
        """,
        (list(run_ids),),
    ):
        one = RunRecall(*line)
        found.setdefault(one.run, []).append(one)
    return found


def recall_open(wanted: RecallWanted, *, by: Actor) -> int | None:
    """The recall of just this that waits for a second person, if one does."""
    found = sql.row(
        """
        SELECT id FROM results_recall
        WHERE lab_id = %s AND which = %s AND kit_lot = %s AND run_id IS NOT DISTINCT FROM %s
          AND read_from = %s AND read_to = %s AND confirmed_at IS NULL AND withdrawn_at IS NULL
        """,
        wanted.scope,
    )
    return recall(found[0], by=by).id if found else None


@dataclass(frozen=True, slots=True)
class RunToRecall:
    """A run whose answers may be recalled."""

    id: int
    lab: int
    lab_name: str
    name: str
    kit_lot: str
    read_at: datetime
    read_by: str


def run_to_recall(run_id: int, *, by: Actor) -> RunToRecall:
    """A run at one of the actor's laboratories. Raises `NotFound` elsewhere."""
    found = sql.row(
        """
        SELECT n.id, o.id, o.name, coalesce(p.code, n.id::text), n.kit_lot, n.read_at, n.read_by
        FROM lab_run n JOIN places_organisation o ON o.id = n.lab_id
        LEFT JOIN lab_plate p ON p.id = n.plate_id
        WHERE n.id = %(id)s
          AND (%(everywhere)s OR o.id = ANY(%(labs)s) OR o.unit_id = ANY(%(units)s))
        """,
        _where(by) | {"id": run_id},
    )
    if found is None:
        raise NotFound(f"run {run_id}")
    return RunToRecall(*found)


def _where(by: Actor) -> dict[str, object]:
    by.must(PERMISSION)
    units, labs = by.units_for(PERMISSION), by.organisations_for(PERMISSION)
    return {
        "everywhere": units is None,
        "units": sorted(units or ()),
        "labs": sorted(labs or ()),
    }


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a recall has reached: numbers alone."""

    told: int
    swabbed_again: int


def reach(recall_id: int, *, by: Actor) -> Reach:
    """How far a recall has come with people. Raises `NotFound` outside the actor's laboratories."""
    found = recall(recall_id, by=by)
    with scope.entered(by, PERMISSION, behalf=system_actor("results")):
        counted = sql.row(
            # OFFSET 0: swab by swab through the indexes, also right after thousands were written,
            # when the planner does not know yet how many there are.
            """
            SELECT (SELECT count(*) FROM results_result r CROSS JOIN LATERAL (
                        SELECT 1 FROM notices_notice n
                        WHERE n.subject_id = r.swab_id AND n.kind = 'corrected'
                          AND n.written_at >= r.released_at LIMIT 1) t
                    WHERE r.recall_id = %(recall)s),
                   (SELECT count(*) FROM results_result r CROSS JOIN LATERAL (
                        SELECT 1 FROM sampling_testrequest q
                        WHERE q.key = 'recalled_result:' || r.swab_id || ':' || r.version
                          AND q.ended_as = 'swabbed' OFFSET 0) t
                    WHERE r.recall_id = %(recall)s)
            """,
            {"recall": found.id},
        )
    assert counted is not None
    return Reach(*counted)


@dataclass(frozen=True, slots=True)
class RecallLab:
    """A laboratory whose answers the actor may recall."""

    id: int
    name: str


def recall_labs(*, by: Actor) -> list[RecallLab]:
    """The laboratories whose answers this actor may recall, by name."""
    return [
        RecallLab(*line)
        for line in sql.rows(
            """
            SELECT o.id, o.name FROM places_organisation o
            WHERE EXISTS (SELECT 1 FROM places_laboratoryright g WHERE g.organisation_id = o.id)
              AND (%(everywhere)s OR o.id = ANY(%(labs)s) OR o.unit_id = ANY(%(units)s))
            ORDER BY o.name, o.id
            """,
            _where(by),
        )
    ]


def recalls_to_carry_out(*, by: Actor) -> list[int]:
    """Ids of the actor's recalls confirmed and not done, the longest waiting first."""
    return [
        line[0]
        for line in sql.rows(
            _RECALLS
            + " AND c.confirmed_at IS NOT NULL AND c.done_at IS NULL ORDER BY c.confirmed_at, c.id",
            _where(by),
        )
    ]


def swabs_to_take_back(recall_id: int, *, by: Actor, after: int, limit: int) -> Sequence[int]:
    """The next swabs whose answer this recall takes back, by id; `after` is the last one had."""
    with scope.entered(by, PERMISSION):
        return [
            line[0]
            for line in sql.rows(
                COVERED_SWABS + " SELECT DISTINCT swab_id FROM covered WHERE swab_id > %(after)s"
                " ORDER BY swab_id LIMIT %(limit)s",
                {"recalls": [recall_id], "after": after, "limit": limit},
            )
        ]
