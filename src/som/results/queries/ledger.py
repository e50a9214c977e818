"""The ledger law: a query that must return nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from som.kernel import scope, sql
from som.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Gap:
    """A place where the ledger does not close: which law, and the id of what breaks it."""

    law: str
    subject: int


def ledger_gaps(*, by: Actor, at: datetime, limit: int = 1_000) -> list[Gap]:
    """Where the ledger does not close. Empty, or somebody's sample is unaccounted for.

    Looks at the whole installation, whatever the actor's territory: a check that sees only part
    passes by blindness. Ids only, nobody's name.
    """
    with scope.entered(by, "results.gaps"):
        return [
            Gap(*line)
            for line in sql.rows(
                "SELECT law, subject FROM results_ledger_gaps(%s) ORDER BY law, subject LIMIT %s",
                (at, limit),
            )
        ]
