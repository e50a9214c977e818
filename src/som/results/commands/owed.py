"""What becomes owed after a release: an entry turned out to be somebody, a walk-in got a name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome
from som.notices.commands import write_notices
from som.notices.queries import told_of
from som.notices.rules import NoticeWanted
from som.people.commands import settle_owed
from som.people.queries import reach_of, selves
from som.results.commands.standing import hold_swabs
from som.results.commands.telling import (
    hold_notices,
    positive_notices,
    result_notice,
    whom_to_tell,
)
from som.results.rules import ResultValue
from som.sampling.commands import RequestWanted, request_tests
from som.sampling.commands.tubes import recall_time
from som.sampling.queries import requests_answered_by_others, swabs_held, swabs_of_persons
from som.sampling.rules import RequestReason


def tell_newly_owed(persons: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Tell what of the results of these persons is owed to somebody who was not told.

    Looks through every swab of all their entries. The person hears by a telephone that was not
    known when the swab was taken, of the swab's own entry or the one that stands; the units where
    any of the entries lives, lodges, works or learns hear of a positive and of a hold. Whoever was
    told is not told again. Where a join was taken back, whoever was asked for and not swabbed
    themselves is asked for again. Somebody to whom nothing is owed stays as they are. Locks the
    swabs, then the persons, each in the order of their ids.
    """
    with scope.entered(by, "people.settle"):
        # A release that is still under way and saw no join holds its swabs: wait for its answers.
        hold_swabs([swab.id for swab in swabs_of_persons(list(selves(persons)))])
        outcome = settle_owed(persons, by=by, at=at)
        entries = selves(outcome.done)
        reach = reach_of(entries)
        swabs = swabs_of_persons(list(entries))
        ids = [swab.id for swab in swabs]
        latest = {
            line[0]: (line[1], ResultValue(line[2]))
            for line in sql.rows(
                "SELECT DISTINCT ON (swab_id) swab_id, version, value FROM results_result"
                " WHERE swab_id = ANY(%s) ORDER BY swab_id, version DESC",
                (ids,),
            )
        }
        held = swabs_held(ids)
        widely = whom_to_tell(
            [
                swab
                for swab in swabs
                if swab.id in held or (swab.id in latest and latest[swab.id][1].told_to_localities)
            ],
            at=at,
        )
        told: dict[int, set[int | str]] = {}
        for one in told_of(ids):
            told.setdefault(one.subject, set()).add(one.to_unit or one.to_phone)
        notices: list[NoticeWanted] = []
        for swab in swabs:
            person = entries[swab.person]
            before = told.get(swab.id, set())
            concerned = widely.get(swab.id, swab)
            units = [unit for unit in concerned.told if unit not in before]
            named = concerned if swab.name else concerned._replace(name=reach[swab.person].name)
            if swab.id in latest:
                version, value = latest[swab.id]
                # Never that of another entry: whoever had it joined would hear of this one's past.
                phone = reach[swab.person].phone or reach[person].phone
                if phone and not swab.phone and not any(isinstance(x, str) for x in before):
                    notices.append(result_notice(named, phone))
                if value.told_to_localities:
                    notices += positive_notices(named, version, value, units)
            if swab.id in held:
                notices += hold_notices(named, "known", units)
        if notices:
            write_notices(notices, by=by, at=at)
        again = requests_answered_by_others(list(entries))
        if again:
            due_at = at + recall_time(at)
            request_tests(
                [
                    RequestWanted(
                        f"parted:{one.id}",
                        one.person,
                        one.unit,
                        RequestReason(one.reason),
                        due_at,
                        from_swab=one.from_swab,
                    )
                    for one in again
                ],
                by=by,
                at=at,
            )
        audit.record(
            by,
            "results.tell_newly_owed",
            at=at,
            persons=outcome.done,
            note={"notices": len(notices), "asked": len(again)},
        )
    return outcome
