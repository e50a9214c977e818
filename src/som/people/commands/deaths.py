"""Deaths: whoever died is asked for no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused
from som.people.queries import standing
from som.people.rules import ChangeRefusal


@dataclass(frozen=True, slots=True)
class Death:
    """That a person died at a time; without a time, that an earlier word of it was mistaken."""

    person: int
    died_at: datetime | None


def note_deaths(deaths: Sequence[Death], *, by: Actor, at: datetime) -> Outcome[Death]:
    """Note that persons died, or take a mistaken word of it back.

    Of joined entries it is noted with the one that stands. Refuses a person not seen here, a time
    to come or before the birth, and another time than the one noted. The same again stays as it
    is. Locks the persons in the order of their ids.
    """
    outcome: Outcome[Death] = Outcome()
    with scope.entered(by, "people.register"):
        stands = standing([d.person for d in deaths])
        known = {
            line[0]: line[1:]
            for line in sql.rows(
                "SELECT id, died_at, birth_date, birth_year FROM people_person WHERE id = ANY(%s)"
                " ORDER BY id FOR NO KEY UPDATE",
                (list(stands.values()),),
            )
        }
        noted = {person: line[0] for person, line in known.items()}
        new: dict[int, datetime | None] = {}
        for given in deaths:
            person = stands.get(given.person)
            if person is None or person not in known:
                outcome.refused.append(Refused(given, ChangeRefusal.PERSON_UNKNOWN))
                continue
            _, born_on, born_in = known[person]
            day = given.died_at and given.died_at.astimezone(LOCAL).date()
            if given.died_at == noted[person]:
                outcome.unchanged.append(given)
            elif given.died_at is not None and noted[person] is not None:
                outcome.refused.append(Refused(given, ChangeRefusal.DIED_OTHERWISE))
            elif given.died_at is not None and given.died_at > at:
                outcome.refused.append(Refused(given, ChangeRefusal.DIED_IN_FUTURE))
            elif day and ((born_on and day < born_on) or (born_in and day.year < born_in)):
                outcome.refused.append(Refused(given, ChangeRefusal.BORN_LATER))
            else:
                noted[person] = new[person] = given.died_at
                outcome.done.append(given)
        sql.execute(
            "UPDATE people_person p SET died_at = g.died_at"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) AS g (id, died_at) WHERE p.id = g.id",
            (list(new), list(new.values())),
        )
        audit.record(by, "people.note_deaths", at=at, persons=list(new))
    return outcome
