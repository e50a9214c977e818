"""Rows of lists on their way in: looked through for the preview, then taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, once
from som.sampling.commands.imports.locked import LockedList, locked_list
from som.sampling.commands.imports.people import Ending, Row, declaration_of, rows_of
from som.sampling.commands.imports.rosters import judged_roster, rostered
from som.sampling.commands.imports.swabs import judged_results, judged_swabs, recorded
from som.sampling.rules.imports import (
    ImportRefusal,
    Judgement,
    ListPurpose,
    ListState,
    RowVerdict,
)


def judge_rows(places: Sequence[int], *, list_id: int, by: Actor, at: datetime) -> Outcome[int]:
    """Say what would happen to these rows of a list; nothing is done to anybody yet.

    Who is known is asked across territories, by the number in hand, and only that is said. A row
    looked through before stays as it is; with the last row the preview is complete. Refuses a row
    the list has not. Locks the list.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "people.register"):
        here = locked_list(list_id)
        rows = rows_of(list_id, places)
        waiting: list[Row] = []
        for place in once(places):
            row = rows.get(place)
            if row is None:
                outcome.refused.append(Refused(place, ImportRefusal.ROW_UNKNOWN, str(place)))
            elif here.state is not ListState.READ or row.verdict:
                outcome.unchanged.append(place)
            else:
                waiting.append(row)
                outcome.done.append(place)
        waiting.sort(key=lambda row: row.place)
        found: Mapping[int, Judgement] = {}
        seen: list[int] = []
        if waiting and here.purpose is ListPurpose.ROSTER:
            found, seen = judged_roster(waiting, here, by=by, at=at)
        elif waiting and here.purpose is ListPurpose.SWABS:
            found, seen = judged_swabs(waiting, here, by=by, at=at)
        elif waiting:
            found = judged_results(waiting, by=by, on=at.astimezone(LOCAL).date())
        sql.execute(
            """
            UPDATE sampling_listrow r
            SET verdict = g.verdict, reason = g.reason, field = g.field, detail = g.detail,
                outcome = CASE g.verdict WHEN 'refused' THEN 'refused' ELSE '' END,
                cautions = string_to_array(g.cautions, ','), residence_id = g.residence,
                swabbed_at = g.swabbed_at
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                        %s::int[], %s::timestamptz[])
                 AS g (id, verdict, reason, field, detail, cautions, residence, swabbed_at)
            WHERE r.id = g.id
            """,
            (
                [rows[place].id for place in found],
                [j.verdict for j in found.values()],
                [j.reason for j in found.values()],
                [_heading(here, j.reason) for j in found.values()],
                [j.detail for j in found.values()],
                [",".join(j.cautions) for j in found.values()],
                [j.residence for j in found.values()],
                [j.swabbed_at for j in found.values()],
            ),
        )
        refused = sum(j.verdict is RowVerdict.REFUSED for j in found.values())
        sql.execute(
            """
            UPDATE sampling_list
            SET judged = judged + %s, refused = refused + %s,
                state = CASE WHEN state = 'read' AND judged + %s >= rows THEN 'previewed'
                             ELSE state END
            WHERE id = %s
            """,
            (len(found), refused, len(found), list_id),
        )
        audit.record(
            by,
            "sampling.judge_rows",
            at=at,
            persons=seen,
            things=[list_id],
            note={"rows": len(found), "refused": refused},
            kind=audit.READ,
        )
    return outcome


def take_in_rows(places: Sequence[int], *, list_id: int, by: Actor, at: datetime) -> Outcome[int]:
    """Do what the preview said of these rows: people are registered and asked for, or swabs recorded.

    What is so already stays as it is, so that a list sent again changes nothing. With the last row
    the list is done: rows in = done + unchanged + refused. Refuses, row by row, what registering,
    asking or recording refuses, and a row the list has not. Raises `Conflict` where the session was
    closed. Locks the list.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "people.register"):
        here = locked_list(list_id)
        by.must(here.purpose.permission, unit=here.unit)
        rows = rows_of(list_id, places)
        waiting: list[Row] = []
        for place in once(places):
            row = rows.get(place)
            if row is None:
                outcome.refused.append(Refused(place, ImportRefusal.ROW_UNKNOWN, str(place)))
            elif here.state is not ListState.CONFIRMED or row.outcome:
                outcome.unchanged.append(place)
            else:
                waiting.append(row)
        waiting.sort(key=lambda row: row.place)
        found: Mapping[int, Ending] = {}
        if waiting and here.purpose is ListPurpose.ROSTER:
            found = rostered(waiting, here, by=by, at=at)
        elif waiting and here.purpose is ListPurpose.SWABS:
            declared = {row.place: declaration_of(row.said, row.residence) for row in waiting}
            found = recorded(waiting, here, declared, by=by, at=at)
        sql.execute(
            """
            UPDATE sampling_listrow r
            SET outcome = g.outcome, reason = g.reason, field = g.field, detail = g.detail,
                person_id = g.person
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])
                 AS g (id, outcome, reason, field, detail, person)
            WHERE r.id = g.id
            """,
            (
                [rows[place].id for place in found],
                [e.outcome for e in found.values()],
                [str(e.reason or "") for e in found.values()],
                [_heading(here, str(e.reason or "")) for e in found.values()],
                [e.detail for e in found.values()],
                [e.person for e in found.values()],
            ),
        )
        counts = dict.fromkeys(("done", "unchanged", "refused"), 0)
        for place, ending in found.items():
            counts[ending.outcome] += 1
            if ending.reason is not None:
                outcome.refused.append(Refused(place, ending.reason, ending.detail))
            else:
                (outcome.done if ending.outcome == "done" else outcome.unchanged).append(place)
        sql.execute(
            """
            UPDATE sampling_list
            SET done = done + %(done)s, unchanged = unchanged + %(unchanged)s,
                refused = refused + %(refused)s,
                state = CASE WHEN done + unchanged + refused + %(all)s >= rows AND %(all)s > 0
                             THEN 'done' ELSE state END,
                ended_at = CASE WHEN done + unchanged + refused + %(all)s >= rows AND %(all)s > 0
                                THEN %(at)s ELSE ended_at END
            WHERE id = %(list)s
            """,
            {**counts, "all": len(found), "at": at, "list": list_id},
        )
        audit.record(
            by,
            "sampling.take_in_rows",
            at=at,
            persons=[e.person for e in found.values() if e.person is not None],
            things=[list_id],
            note=counts,
        )
    return outcome


_FIELDS = {
    "name_missing": "name",
    "name_unreadable": "name",
    "birth_impossible": "birth_year",
    "number_unreadable": "number",
    "phone_unreadable": "phone",
    "address_unknown": "commune",
    "address_ambiguous": "commune",
    "address_contradictory": "commune",
    "address_ended": "commune",
    "tube_unknown": "tube",
    "tube_not_issued": "tube",
    "tube_elsewhere": "tube",
    "tube_closed": "tube",
    "tube_full": "tube",
    "tube_must_be_single": "tube",
    "row_tube_missing": "tube",
    "taken_in_future": "taken_at",
    "taken_before_session": "taken_at",
}
"""In which column to look for what refused a row."""


def _heading(here: LockedList, reason: str) -> str:
    """The heading of the column in which to look for what refused a row, as the list writes it."""
    return here.columns.get(_FIELDS.get(reason, ""), "")
