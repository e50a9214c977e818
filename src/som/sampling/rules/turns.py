"""When a campaign asks for the same people again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from som.sampling.rules.plan import PlanRefusal


@dataclass(frozen=True, slots=True)
class TurnFacts:
    """What is known of one person of a campaign when their next turn is asked for.

    `last_on`: the day on which the campaign last swabbed them, or they last refused. `asked`: it
    still asks for them. `reached`: their unit is one of the campaign's.
    """

    last_on: date
    frequency_days: int
    starts_on: date
    ends_on: date | None
    ended: bool
    asked: bool = False
    died: bool = False
    reached: bool = True


def fault_of_turn(facts: TurnFacts, *, on: date) -> PlanRefusal | None:
    """Why the person's next turn is not asked for on this day; None when nothing forbids it.

    A refusal holds for its turn alone. Nobody is asked twice for one turn: while a request is open,
    or the visit after an absence is still to come, the turn goes on.
    """
    if facts.died:
        return PlanRefusal.PERSON_DIED
    if facts.frequency_days == 0 or not facts.reached:
        return PlanRefusal.NO_NEXT_TURN
    if facts.ended or (facts.ends_on is not None and on > facts.ends_on):
        return PlanRefusal.CAMPAIGN_OVER
    due = facts.last_on + timedelta(days=facts.frequency_days)
    if facts.asked or on < due or on < facts.starts_on:
        return PlanRefusal.TURN_TO_COME
    return None
