"""One swab for whoever acts on its result: who it is, where to find them, and every answer given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from som.kernel import audit, ids, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.people.queries import selves

OTHERS_SHOWN = 20
"""Other swabs of the person on one page: more than three weeks of daily tests would give."""


@dataclass(frozen=True, slots=True)
class ResultVersion:
    """An answer given to a swab; the last one counts."""

    version: int
    value: str
    released_at: datetime
    lab: str
    reason: str
    recalled: bool


@dataclass(frozen=True, slots=True)
class OtherSwab:
    """Another swab of the same person, under whichever of their entries, with its last answer."""

    id: int
    taken_at: datetime
    value: str | None


@dataclass(frozen=True, slots=True)
class SwabShown:
    """A swab with what its person declared when it was taken, and the answers, oldest first.

    Of a walk-in the name and telephone are those that came later, and empty until then.
    """

    name: str
    sex: str | None
    birth_date: date | None
    birth_year: int | None
    phone: str
    address: str
    residence: int | None
    unit: int
    taken_at: datetime
    due_at: datetime
    tube: str
    person: int
    versions: Sequence[ResultVersion]
    others: Sequence[OtherSwab]


def swab_shown(swab_id: int, *, by: Actor, at: datetime) -> SwabShown:
    """Who was swabbed and what came of it. Raises `NotFound` outside the actor's units."""
    with scope.entered(by, "results.read"):
        found = sql.row(
            """
            SELECT coalesce(nullif(w.name, ''), p.name, ''), w.sex, w.birth_date, w.birth_year,
                   coalesce(nullif(w.phone, ''), p.phone, ''), w.address, w.residence_id,
                   w.unit_id, w.taken_at, w.due_at, t.code, w.person_id
            FROM sampling_swab w JOIN sampling_tube t ON t.id = w.tube_id
            -- OFFSET 0: asked once of the swab, not again wherever its answer is compared.
            CROSS JOIN LATERAL (SELECT people_standing(w.person_id) AS id OFFSET 0) stands
            LEFT JOIN people_person p ON p.id = stands.id
            WHERE w.id = %s
            """,
            (swab_id,),
        )
        versions = [
            ResultVersion(*line)
            for line in sql.rows(
                """
                SELECT r.version, r.value, r.released_at, o.name, r.reason, r.recall_id IS NOT NULL
                FROM results_result r JOIN places_organisation o ON o.id = r.lab_id
                WHERE r.swab_id = %s ORDER BY r.version
                """,
                (swab_id,),
            )
        ]
        entries = selves([found[11]] if found else [])
        others = [
            OtherSwab(*line)
            for line in sql.rows(
                """
                SELECT w.id, w.taken_at, r.value FROM sampling_swab w
                LEFT JOIN LATERAL (
                    SELECT r.value FROM results_result r WHERE r.swab_id = w.id
                    ORDER BY r.version DESC LIMIT 1
                ) r ON true
                WHERE w.person_id = ANY(%s) AND w.id <> %s
                ORDER BY w.taken_at DESC, w.id DESC LIMIT %s
                """,
                (list(entries), swab_id, OTHERS_SHOWN),
            )
        ]
        audit.record(
            by,
            "results.swab_shown",
            at=at,
            persons=entries,
            things=[swab_id],
            kind=audit.READ,
        )
    if found is None:
        raise NotFound(f"swab {swab_id}")
    return SwabShown(*[*found, versions, others])


def persons_meant(code: str, *, by: Actor, at: datetime) -> list[int]:
    """Whose identity number or slip this is, for whoever audits. Tells numbers of persons alone.

    Of somebody with several entries, all of them: what was seen of any was seen of the person.
    """
    typed = code.strip()
    with scope.entered(by, "audit.read"):
        found = [
            line[0]
            for line in sql.rows(
                """
                SELECT person_id FROM people_document WHERE number = %s
                UNION SELECT person_id FROM sampling_swab WHERE slip = %s
                ORDER BY 1
                """,
                (typed.replace(" ", "").upper(), ids.slip_code(typed) or ""),
            )
        ]
        found = sorted({*found, *selves(found)})
        audit.record(by, "results.persons_meant", at=at, persons=found, kind=audit.READ)
    return found
