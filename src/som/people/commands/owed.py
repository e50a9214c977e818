"""What is owed to a person of whom more came to be known: taken up once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, once


def note_owed(persons: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Note that these persons were answered, where more is known of them than their swab says.

    Joined entries and named walk-ins are looked through again; everybody else stays as they are.
    Locks the persons that stand in the order of their ids.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "people.settle"):
        noted = {
            line[0]: line[1]
            for line in sql.rows(
                """
                SELECT p.id, CASE WHEN p.merged_into_id IS NULL THEN p.id
                                  ELSE people_standing(p.id) END
                FROM people_person p
                WHERE p.id = ANY(%s)
                  AND (p.merged_into_id IS NOT NULL OR p.named_at IS NOT NULL OR EXISTS (
                      SELECT 1 FROM people_person c WHERE c.merged_into_id = p.id))
                """,
                (list(persons),),
            )
        }
        # Nearly always nobody's: then there is nothing to write, nor to note.
        if not noted:
            outcome.unchanged.extend(once(persons))
            return outcome
        sql.execute(
            """
            WITH locked AS MATERIALIZED (
                SELECT id FROM people_person WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
            )
            UPDATE people_person p SET owed_since = coalesce(p.owed_since, %s)
            FROM locked WHERE p.id = locked.id
            """,
            (list(noted.values()), at),
        )
        for person in once(persons):
            (outcome.done if person in noted else outcome.unchanged).append(person)
        audit.record(by, "people.note_owed", at=at, persons=outcome.done)
    return outcome


def settle_owed(persons: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Note that the results of these persons are looked through, in the transaction that does it.

    Somebody to whom nothing is owed stays as they are. Locks the persons in the order of their ids.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "people.settle"):
        sql.execute(
            "SELECT 1 FROM people_person WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            (list(persons),),
        )
        settled = {
            line[0]
            for line in sql.rows(
                "UPDATE people_person SET owed_since = NULL"
                " WHERE id = ANY(%s) AND owed_since IS NOT NULL RETURNING id",
                (list(persons),),
            )
        }
        for person in once(persons):
            (outcome.done if person in settled else outcome.unchanged).append(person)
        audit.record(by, "people.settle_owed", at=at, persons=outcome.done)
    return outcome
