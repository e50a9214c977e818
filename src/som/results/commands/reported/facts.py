"""What the judgement of a reported row depends on, asked once for all rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from som.kernel import rulebook, sql
from som.kernel.clock import LOCAL
from som.people import rules as people_rules
from som.people.queries import holders_of
from som.people.rules import Declaration, Sex
from som.places.queries import RightRow, covered_ids, rights_granted, units_by_id
from som.places.rules import Right
from som.results.rules.reported import (
    RECEIVED,
    SAMPLED,
    Answered,
    Before,
    Member,
    RowFacts,
    TubeFound,
    Unclear,
    is_molecular,
    sample_key,
    sampled_on,
    told_apart,
    who,
)
from som.results.rules.reports import ReportedState
from som.sampling.commands.elsewhere import NEVER
from som.sampling.commands.imports.people import declaration_of
from som.sampling.lists.written import ListRow, retold
from som.sampling.queries.lists import residences_meant
from som.sampling.rules import LONGEST_CODE


@dataclass(frozen=True, slots=True)
class SenderKnown:
    """Whose report it is, which unit received it on which day, and which report."""

    id: int
    unit: int
    report: int
    received_on: date


def facts_of(
    rows: Mapping[int, ListRow],
    sender: SenderKnown,
    *,
    no_code: Callable[[ListRow], str],
    on: date,
) -> dict[int, RowFacts]:
    """What each row's judgement depends on, by place. For a command in its scope.

    `no_code` makes the key of a row that has no code.
    """
    tubes = tubes_named(
        [c for r in rows.values() for c in (r.tube, r.lab_code) if 0 < len(c) <= LONGEST_CODE],
        sender,
    )
    found = {p: tubes.get(row.tube) or tubes.get(row.lab_code) for p, row in rows.items()}
    keys = {
        place: (row.tube if row.tube in tubes else row.lab_code)
        if found[place]
        else sample_key(row.lab_code or row.tube, sampled_on(row), received_on=sender.received_on)
        or no_code(row)
        for place, row in rows.items()
    }
    said = _declared(rows, sender.unit, on)
    faults = _faults(said, on)
    holders = holders_of(paper for one in said.values() for paper in one.papers)
    before = _before(keys.values(), sender)
    unclear = _unclear(
        {p: row for p, row in rows.items() if not found[p] and (row.lab_code or row.tube)},
        keys,
        sender,
    )
    use_by = timedelta(hours=float(rulebook.rule("sampling.use_by.hours", on=on).value))
    granted = rights_granted([sender.id]).get(sender.id, [])
    facts = {}
    for place, row in rows.items():
        held = [holders[paper] for paper in said[place].papers if paper in holders]
        holder = next((one.person for one in held if one.agrees(said[place])), None)
        key = keys[place]
        earlier = before.get((key, "" if found[place] else who(row)))
        facts[place] = RowFacts(
            key,
            found[place],
            said[place],
            faults.get(place),
            holder,
            bool(held) and holder is None,
            earlier,
            unclear.get(place) if earlier is None else None,
            sender.id,
            may_confirm(granted, row.method, row.tested_on or row.taken_on or on),
            on,
            use_by,
        )
    return facts


def may_confirm(granted: Iterable[RightRow], method: str, on: date) -> bool:
    """Whether a positive by this method, tested on this day, stands without another laboratory."""
    return is_molecular(method) and any(
        one.right == Right.CONFIRM
        and one.valid_from <= on
        and (one.valid_to is None or on <= one.valid_to)
        for one in granted
    )


def _declared(rows: Mapping[int, ListRow], unit: int, on: date) -> dict[int, Declaration]:
    """What each row says of its person, tidied. A place nobody knows keeps no result from anybody."""
    lives = residences_meant(
        {(row.residence, row.address) for row in rows.values()}, on=on, within=unit
    )
    return {
        place: people_rules.tidied(declaration_of(row, lives[row.residence, row.address].unit))
        for place, row in rows.items()
    }


def _faults(
    said: Mapping[int, Declaration], on: date
) -> dict[int, tuple[people_rules.DeclarationRefusal, str]]:
    units = units_by_id(
        [
            unit
            for one in said.values()
            for unit in (one.residence, *[stay.unit for stay in one.stays])
            if unit is not None
        ]
    )
    faults = {}
    for place, one in said.items():
        if fault := people_rules.fault_of(one, on=on, units=units):
            faults[place] = fault
    return faults


LOADED = """
EXISTS (SELECT 1 FROM lab_load l WHERE l.tube_id = t.id
           OR l.pool_id = (SELECT m.pool_id FROM lab_member m WHERE m.tube_id = t.id))
"""
"""Whether the tube `t` was ever loaded here, alone or in a pool."""

_AT_SENDER = """
EXISTS (SELECT 1 FROM lab_reception r WHERE r.tube_id = t.id AND r.lab_id = %s)
OR EXISTS (SELECT 1 FROM sampling_manifest f WHERE f.id = t.manifest_id AND f.lab_id = %s)
OR (t.manifest_id IS NULL AND t.lab_id = %s
    AND NOT EXISTS (SELECT 1 FROM lab_reception r WHERE r.tube_id = t.id))
"""


def tubes_named(codes: Iterable[str], sender: SenderKnown) -> dict[str, TubeFound]:
    """Tubes of any scheme in use with these codes, who is in them, and whether the sender had them.

    `here`: the receiving unit covers where they were filled, or where somebody in them lives. The
    numbers of other laboratories are no tubes of ours.
    """
    lines = sql.rows(
        f"""
        SELECT t.code, t.id, coalesce(t.lost_at, t.expired_at) IS NOT NULL, t.use_by_at, t.unit_id,
               count(*) OVER (PARTITION BY t.code) = 1, {_AT_SENDER}, {LOADED}
        FROM sampling_tube t JOIN sampling_scheme c ON c.id = t.scheme_id
        WHERE t.code = ANY(%s) AND t.swabs > 0 AND c.pattern <> %s
        ORDER BY t.code, t.scheme_id DESC
        """,
        (sender.id, sender.id, sender.id, sorted(set(codes)), NEVER),
    )
    inside = covered_ids([sender.unit])
    members: dict[int, list[Member]] = {}
    lived: dict[int, set[int]] = {}
    for line in sql.rows(
        """
        SELECT w.tube_id, w.id, CASE WHEN p.merged_into_id IS NULL THEN w.person_id
                                     ELSE people_standing(w.person_id) END,
               w.unit_ids, r.value, o.sender_id,
               coalesce(nullif(w.name, ''), p.name, ''), w.sex, w.birth_date, w.birth_year
        FROM sampling_swab w
        LEFT JOIN people_person p ON p.id = w.person_id
        LEFT JOIN LATERAL (
            SELECT r.value, r.reported_id FROM results_result r
            WHERE r.swab_id = w.id ORDER BY r.version DESC LIMIT 1
        ) r ON true
        LEFT JOIN results_reported d ON d.id = r.reported_id
        LEFT JOIN results_report o ON o.id = d.report_id
        WHERE w.tube_id = ANY(%s) ORDER BY w.id
        """,
        ([line[1] for line in lines],),
    ):
        answered = Answered(line[4], line[5]) if line[4] is not None else None
        said = Declaration(line[6], Sex(line[7]) if line[7] else None, line[8], line[9])
        members.setdefault(line[0], []).append(Member(line[1], line[2], said, answered))
        lived.setdefault(line[0], set()).update(line[3])
    return {
        code: TubeFound(
            tube,
            tuple(members.get(tube, ())),
            here=filled_in in inside or bool(lived.get(tube, set()) & inside),
            clear=clear,
            closed=closed,
            use_by_on=use_by.astimezone(LOCAL).date() if use_by else None,
            at_sender=at_sender,
            loaded=loaded,
        )
        for code, tube, closed, use_by, filled_in, clear, at_sender, loaded in lines
    }


TAKEN_BACK = """
d.state = 'released' AND coalesce(
    (SELECT a.value FROM results_result a JOIN sampling_swab w ON w.id = a.swab_id
     WHERE w.tube_id = d.tube_id AND (d.swab_id IS NULL OR w.id = d.swab_id)
     ORDER BY a.released_at DESC, a.id DESC LIMIT 1), '') = 'withdrawn'
OR d.state <> 'released' AND r.fault <> '' AND r.noted < r.rows
"""
"""Whether what the row `d` of the report `r` says was withdrawn since, or its report never whole."""


def _before(keys: Iterable[str], sender: SenderKnown) -> dict[tuple[str, str], Before]:
    """What the sender said last, in other reports, of these samples: by key and who, and by key."""
    found: dict[tuple[str, str], Before] = {}
    for line in sql.rows(
        f"""
        SELECT d.key, d.who, d.id, d.state, d.value, d.tube_id, d.swab_id, d.person_id, {TAKEN_BACK}
        FROM results_reported d JOIN results_report r ON r.id = d.report_id
        WHERE d.key = ANY(%s) AND d.key <> '' AND r.sender_id = %s AND r.id <> %s
          AND d.state IN ('review', 'waiting', 'released')
        ORDER BY d.id
        """,
        (sorted(set(keys)), sender.id, sender.report),
    ):
        said = Before(line[2], ReportedState(line[3]), *line[4:])
        found[line[0], line[1]] = found[line[0], ""] = said
    return found


def _unclear(
    rows: Mapping[int, ListRow], keys: Mapping[int, str], sender: SenderKnown
) -> dict[int, Unclear]:
    """By place, what the sender said last of the same number and person where no days tell apart.

    In other reports, of samples of another key. What was only repeated says when it was said last.
    """
    found: dict[int, Before] = {}
    said_on: dict[int, date] = {}
    for place, key, row_id, state, value, tube, swab, person, taken_back, said, on in sql.rows(
        f"""
        SELECT g.place, d.key, d.id, d.state, d.value, d.tube_id, d.swab_id, d.person_id,
               {TAKEN_BACK}, d.said::text, (r.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
        FROM unnest(%s::int[], %s::text[], %s::text[]) AS g (place, code, who)
        JOIN results_reported d ON d.who = g.who
          AND (d.key = g.code
               OR d.key > g.code || '{SAMPLED}' AND d.key < g.code || chr(ascii('{SAMPLED}') + 1)
               OR d.key > g.code || '{RECEIVED}' AND d.key < g.code || chr(ascii('{RECEIVED}') + 1))
        JOIN results_report r ON r.id = d.report_id
        WHERE r.sender_id = %s AND r.id <> %s
          AND d.state IN ('review', 'waiting', 'released', 'repeated')
        ORDER BY d.id
        """,
        (
            list(rows),
            [row.lab_code or row.tube for row in rows.values()],
            [who(row) for row in rows.values()],
            sender.id,
            sender.report,
        ),
    ):
        if key == keys[place] or told_apart(retold(json.loads(said)), rows[place]):
            continue
        said_on[place] = on
        if state != ReportedState.REPEATED:
            before = Before(row_id, ReportedState(state), value, tube, swab, person, taken_back)
            found[place] = before
    return {place: Unclear(before, said_on[place]) for place, before in found.items()}
