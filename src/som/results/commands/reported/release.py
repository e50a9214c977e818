"""Release of what another laboratory reported: a second receiver's word that its row stands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings

from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refusal, Refused, once
from som.lab.commands import wait_no_more
from som.places.queries import rights_granted
from som.results.commands.answers import Answer, Origin, write_each
from som.results.commands.reported.facts import LOADED, may_confirm
from som.results.commands.standing import answering, hold_swabs
from som.results.queries.barriers import REPORTED_COVERED
from som.results.rules.reported import (
    Answered,
    Reported,
    fault_of_answer,
    fault_of_reported,
    meaning,
)
from som.results.rules.reports import ReportedState, ReportRefusal
from som.sampling.commands.elsewhere import NEVER, TakenElsewhere, record_elsewhere
from som.sampling.commands.imports.people import declaration_of
from som.sampling.lists.written import retold
from som.sampling.queries import SwabRow, swabs_in_tubes
from som.sampling.rules.imports import slip_of


def release_reported(row_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Release rows of reports: answer each person, hold and ask for whom it must.

    Rows of one report about the same sample and person are one word and are released together. A
    sample that is no tube of ours is recorded now, with its person: nothing is written of anybody
    before. Refuses what `rules.ReportRefusal` names, first of all whoever took the report in, and
    what a recall or hold of the sender keeps back. A row already released stays as it is; one whose
    tube was loaded here since it was noted goes to the review. Results, requests and notices are
    written in this transaction, in the scope of the system actor `results`. Locks the rows in the
    order of their ids, the senders, the tubes in the order of their codes, then the swabs in that of
    their ids.
    """
    outcome: Outcome[int] = Outcome()
    behalf = system_actor("results")
    with scope.entered(by, "results.receive_reports", behalf=behalf):
        wanted = once(row_ids)
        units = by.units_for("results.receive_reports")
        rows = _locked(wanted)
        answering(sorted({one.lab for one in rows.values()}))
        chosen_against = _refused_elsewhere(list(rows), by.name)
        barred = dict.fromkeys(chosen_against, ReportRefusal.MATCHED_BY_SAME)
        barred |= _barred(list(rows))
        siblings: dict[tuple[int, str, str], list[Reported]] = {}
        beside: dict[tuple[int, str], list[Reported]] = {}
        for one in rows.values():
            siblings.setdefault(one.sample, []).append(one)
            beside.setdefault((one.report, one.key), []).append(one)
        taken: dict[int, Reported] = {}
        chosen: dict[tuple[int, str, str], Reported] = {}
        for row_id in wanted:
            row = rows.get(row_id)
            if row is not None and units is not None and row.unit not in units:
                row = None
            if row is not None and row.state is ReportedState.RELEASED:
                outcome.unchanged.append(row_id)
                continue
            of_sample = siblings[row.sample] if row else []
            fault = fault_of_reported(
                row,
                receiver=by.name,
                siblings=of_sample,
                beside=beside[row.report, row.key] if row else (),
            ) or next((barred[one.id] for one in of_sample if one.id in barred), None)
            if fault is not None or row is None:
                outcome.refused.append(Refused(row_id, fault or ReportRefusal.UNKNOWN))
            else:
                taken[row_id] = row
                chosen[row.sample] = min(
                    (s for s in siblings[row.sample] if s.state is ReportedState.WAITING),
                    key=lambda s: s.id,
                )
        tubes = _held_tubes(list(chosen.values()))
        seats, alone, faults = _seats(list(chosen.values()), by=behalf, at=at)
        answers, against = _answers(list(chosen.values()), seats, alone, tubes)
        faults |= against
        for row_id, row in taken.items():
            first = chosen[row.sample]
            if first.id in faults:
                outcome.refused.append(Refused(row_id, *faults[first.id]))
            else:
                outcome.done.append(row_id)
        sound = [one for one in chosen.values() if one.id not in faults]
        _to_review(
            [
                row_id
                for row_id, row in taken.items()
                if faults.get(chosen[row.sample].id, (None,))[0] is ReportRefusal.TESTED_HERE
            ]
        )
        _note_released(sound, siblings, seats, by, at)
        persons = write_each(
            [answer for answer in answers if answer.origin.reported not in faults],
            released_by=by.name,
            by=by,
            behalf=behalf,
            at=at,
        )
        wait_no_more(_answered_whole([one.tube for one in sound if one.tube is not None]))
        audit.record(
            by,
            "results.release_reported",
            at=at,
            persons=persons,
            things=outcome.done,
            note={"refused": len(outcome.refused)},
            behalf=behalf,
        )
    return outcome


Faults = dict[int, tuple[Refusal, str]]
Seats = dict[int, list[SwabRow]]


def _locked(row_ids: Sequence[int]) -> dict[int, Reported]:
    """These rows and the others of their reports about the same samples, locked by id."""
    return {
        line[0]: Reported(
            *[
                *line[:10],
                retold(json.loads(line[10])),
                *line[11:16],
                ReportedState(line[16]),
                *line[17:],
            ]
        )
        for line in sql.rows(
            """
            SELECT d.id, d.report_id, r.name, r.unit_id, r.sender_id, r.received_by,
                   r.noted >= r.rows, d.row, d.key, d.who, d.said::text, d.value, d.method,
                   d.taken_at, d.tested_on, d.residence_id, d.state, d.tube_id, d.swab_id,
                   d.person_id, d.decided_by,
                   (SELECT count(DISTINCT n.who) FROM results_reported n
                    WHERE n.key = d.key AND n.report_id = d.report_id),
                   coalesce(c.pattern <> %s, false)
            FROM results_reported d JOIN results_report r ON r.id = d.report_id
            LEFT JOIN sampling_tube t ON t.id = d.tube_id
            LEFT JOIN sampling_scheme c ON c.id = t.scheme_id
            WHERE d.said <> '{}'::jsonb AND (d.report_id, d.key) IN (
                SELECT g.report_id, g.key FROM results_reported g WHERE g.id = ANY(%s))
            ORDER BY d.id FOR UPDATE OF d
            """,
            (NEVER, list(row_ids)),
        )
    }


def _refused_elsewhere(row_ids: Sequence[int], receiver: str) -> list[int]:
    """Rows of whose sample this receiver refused what another report of the sender says.

    Nobody chooses alone between two words of one laboratory.
    """
    return [
        line[0]
        for line in sql.rows(
            """
            SELECT d.id FROM results_reported d JOIN results_report r ON r.id = d.report_id
            WHERE d.id = ANY(%s) AND d.key <> '' AND EXISTS (
                SELECT 1 FROM results_reported b JOIN results_report o ON o.id = b.report_id
                WHERE b.key = d.key AND o.sender_id = r.sender_id AND b.report_id <> d.report_id
                  AND b.state = 'refused' AND b.decided_by = %s
                  AND (b.who = d.who OR b.tube_id = d.tube_id))
            """,
            (list(row_ids), receiver),
        )
    ]


def _barred(row_ids: Sequence[int]) -> dict[int, ReportRefusal]:
    """Which rows a recall or hold of their sender keeps back, by id.

    Of a reported row no run and no lot is known: recalls of the whole laboratory concern it.
    """
    return {
        row_id: ReportRefusal.RECALLED if recalled else ReportRefusal.HELD
        for row_id, recalled, held in sql.rows(
            f"""
            SELECT d.id,
                   EXISTS (SELECT 1 FROM results_recall c WHERE c.withdrawn_at IS NULL
                             AND c.lab_id = r.sender_id AND {REPORTED_COVERED}
                             AND (c.which = 'all' OR c.which = CASE d.value
                                  WHEN 'suspected' THEN 'positive' ELSE d.value END || 's')),
                   EXISTS (SELECT 1 FROM lab_hold h WHERE h.kind = 'lab'
                             AND h.lab_id = r.sender_id AND h.lifted_at IS NULL)
            FROM results_reported d JOIN results_report r ON r.id = d.report_id
            WHERE d.id = ANY(%s)
            """,
            (list(row_ids),),
        )
        if recalled or held
    }


def _to_review(row_ids: Sequence[int]) -> None:
    """Let a named person say whether these rows speak of tubes that are tested here too."""
    sql.execute(
        "UPDATE results_reported SET state = 'review', reason = %s"
        " WHERE id = ANY(%s) AND state = 'waiting'",
        (str(ReportRefusal.TESTED_HERE), list(row_ids)),
    )


def _answered_whole(tubes: Sequence[int]) -> list[int]:
    """Those of these tubes in which everybody is answered, and nobody is only suspected."""
    return [
        line[0]
        for line in sql.rows(
            """
            SELECT g.tube FROM unnest(%s::bigint[]) AS g (tube)
            WHERE NOT EXISTS (
                SELECT 1 FROM lab_member m WHERE m.tube_id = g.tube
                  AND NOT EXISTS (SELECT 1 FROM results_pooldecision d WHERE d.pool_id = m.pool_id)
                  AND 'positive' = (SELECT v.value FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
                                    WHERE l.pool_id = m.pool_id ORDER BY v.id DESC LIMIT 1))
              AND 'suspected' <> ALL (
                SELECT coalesce((SELECT r.value FROM results_result r WHERE r.swab_id = s.id
                                 ORDER BY r.version DESC LIMIT 1), 'suspected')
                FROM sampling_swab s WHERE s.tube_id = g.tube)
            """,
            (list(tubes),),
        )
    ]


def _seats(rows: Sequence[Reported], *, by: Actor, at: datetime) -> tuple[Seats, set[int], Faults]:
    """Whose swabs each row answers, and which rows speak of somebody alone in a sample.

    Samples of others are recorded with their people first.
    """
    slips = {
        one.id: slip_of(f"reported:{one.lab}:{one.key}:{one.who}", settings.SECRET_KEY.encode())
        for one in rows
        if one.tube is None
    }
    recorded = record_elsewhere(
        [
            TakenElsewhere(
                one.lab,
                one.unit,
                one.key,
                slips[one.id],
                one.taken_at,
                declaration_of(one.said, one.residence),
                one.person,
            )
            for one in rows
            if one.tube is None
        ],
        by=by,
        at=at,
    )
    of_slip = {slip: row_id for row_id, slip in slips.items()}
    faults: Faults = {
        of_slip[refused.item.slip]: (refused.reason, refused.detail) for refused in recorded.refused
    }
    made = {of_slip[one.slip]: (one.tube, one.swab) for one in recorded.held}
    tube_of = {one.id: one.tube or made.get(one.id, (None, None))[0] for one in rows}
    only = {one.id: one.swab or made.get(one.id, (None, None))[1] for one in rows}
    in_tube: dict[int, list[SwabRow]] = {}
    for swab in swabs_in_tubes([tube for tube in tube_of.values() if tube is not None]):
        in_tube.setdefault(swab.tube, []).append(swab)
    members = {one.id: in_tube.get(tube_of[one.id] or 0, []) for one in rows}
    seats = {
        row_id: [swab for swab in found if only[row_id] in (None, swab.id)]
        for row_id, found in members.items()
    }
    alone = {one.id for one in rows if len(members[one.id]) == 1 and not one.pooled}
    return seats, alone, faults


def _held_tubes(rows: Sequence[Reported]) -> dict[int, bool]:
    """Our tubes of which these rows speak, and whether each is closed; locked in the order of codes.

    Before it is read who is in them: what another laboratory has was perhaps never received here, and
    somebody is recorded into it at this moment.
    """
    return dict(
        sql.rows(
            "SELECT id, coalesce(lost_at, expired_at) IS NOT NULL FROM sampling_tube"
            " WHERE id = ANY(%s) ORDER BY code, scheme_id FOR UPDATE",
            ([one.tube for one in rows if one.tube is not None],),
        )
    )


def _answers(
    rows: Sequence[Reported], seats: Seats, single: set[int], tubes: Mapping[int, bool]
) -> tuple[list[Answer], Faults]:
    """What each swab's person is answered, and which rows another answer forbids.

    `tubes`: those of ours, locked, and whether each is closed.
    """
    swabs = [swab.id for one in rows for swab in seats[one.id]]
    hold_swabs(swabs)
    closed = {tube for tube, gone in tubes.items() if gone}
    # After the locks: what others release of the same tubes, or load, meanwhile must be seen.
    loaded = {
        line[0]
        for line in sql.rows(
            f"SELECT t.id FROM sampling_tube t WHERE t.id = ANY(%s) AND {LOADED}", (list(tubes),)
        )
    }
    answered = {
        line[0]: Answered(line[1], line[2])
        for line in sql.rows(
            """
            SELECT DISTINCT ON (r.swab_id) r.swab_id, r.value, o.sender_id FROM results_result r
            LEFT JOIN results_reported d ON d.id = r.reported_id
            LEFT JOIN results_report o ON o.id = d.report_id
            WHERE r.swab_id = ANY(%s) ORDER BY r.swab_id, r.version DESC
            """,
            (swabs,),
        )
    }
    granted = rights_granted([one.lab for one in rows])
    answers: list[Answer] = []
    faults: Faults = {}
    for one in rows:
        mine = seats[one.id]
        alone = one.id in single
        confirm = may_confirm(granted.get(one.lab, ()), one.method, one.tested_on)
        told = [answered[swab.id] for swab in mine if swab.id in answered]
        if any(
            fault_of_answer(last, one.result, alone=alone, sender=one.lab, may_confirm=confirm)
            for last in told
        ):
            faults[one.id] = ReportRefusal.ANSWERED, one.key
        elif one.tube in closed and not told:
            faults[one.id] = ReportRefusal.TUBE_CLOSED, one.key
        elif (
            one.tube in loaded
            and not one.decided_by
            and all(last.value == "withdrawn" for last in told)
        ):
            faults[one.id] = ReportRefusal.TESTED_HERE, one.key
        else:
            meant = meaning(one.result, alone=alone, may_confirm=confirm)
            corrected = meaning(one.result, alone=alone, may_confirm=confirm, again=True)
            origin = Origin(one.lab, one.read_by, reported=one.id)
            answers += [
                Answer(swab, origin, corrected, one.reason)
                if swab.id in answered
                else Answer(swab, origin, meant)
                for swab in mine
            ]
    return answers, faults


def _note_released(
    rows: Sequence[Reported],
    siblings: Mapping[tuple[int, str, str], Sequence[Reported]],
    seats: Mapping[int, Sequence[SwabRow]],
    by: Actor,
    at: datetime,
) -> None:
    """Note these rows, and those that say the same, as released, with the tube they answer."""
    released = [
        (one.id, seats[first.id][0])
        for first in rows
        for one in siblings[first.sample]
        if one.state is ReportedState.WAITING
    ]
    alone = {first.sample for first in rows if len(seats[first.id]) == 1}
    single = {one.id for sample in alone for one in siblings[sample]}
    sql.execute(
        """
        UPDATE results_reported d
        SET state = 'released', released_by = %s, released_at = %s, tube_id = g.tube,
            swab_id = g.swab, person_id = coalesce(d.person_id, g.person)
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
             AS g (id, tube, swab, person)
        WHERE d.id = g.id
        """,
        (
            by.name,
            at,
            [row_id for row_id, _ in released],
            [swab.tube for _, swab in released],
            [swab.id if row_id in single else None for row_id, swab in released],
            [swab.person if row_id in single else None for row_id, swab in released],
        ),
    )
