"""Lists of swabs taken, and of results, which are only shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.people.rules import Declaration
from som.sampling.commands.imports.locked import LockedList
from som.sampling.commands.imports.people import (
    Ending,
    Row,
    cautions_of,
    declared_in,
    fault_of_home,
    lives_of,
    met_in,
)
from som.sampling.commands.swabs import record_swabs
from som.sampling.lists.written import ReportedResult
from som.sampling.queries.repeats import repeats_of
from som.sampling.rules.imports import (
    ImportRefusal,
    Judgement,
    RowCaution,
    RowVerdict,
    fault_of_result,
    slip_of,
    taken_at,
)
from som.sampling.rules.swabs import SwabTaken


def recorded(
    rows: Sequence[Row],
    here: LockedList,
    declared: Mapping[int, Declaration],
    *,
    by: Actor,
    at: datetime,
) -> dict[int, Ending]:
    """Record the swabs of these rows; what became of each row, by place."""
    session = sql.row("SELECT code, starts_at FROM sampling_session WHERE id = %s", (here.session,))
    assert session is not None
    secret = settings.SECRET_KEY.encode()
    found: dict[int, Ending] = {}
    swabs: dict[SwabTaken, Row] = {}
    for row in rows:
        if not row.said.tube:
            found[row.place] = Ending("refused", ImportRefusal.TUBE_MISSING)
            continue
        swab = SwabTaken(
            row.said.tube,
            slip_of(row.key, secret),
            taken_at(row.said, day=here.day, session_starts_at=session[1], zone=LOCAL),
            declared[row.place],
            tube_class=row.said.tube_class,
        )
        swabs[swab] = row
    recorded = record_swabs(list(swabs), session=session[0], by=by, at=at)
    people = dict(
        sql.rows(
            "SELECT slip, person_id FROM sampling_swab WHERE slip = ANY(%s)",
            ([swab.slip for swab in recorded.held],),
        )
    )
    for name, held in (("done", recorded.done), ("unchanged", recorded.unchanged)):
        for swab in held:
            found[swabs[swab].place] = Ending(name, person=people.get(swab.slip))
    for refused in recorded.refused:
        found[swabs[refused.item].place] = Ending("refused", refused.reason, detail=refused.detail)
    return found


_VERDICTS = {
    "done": RowVerdict.NEW,
    "unchanged": RowVerdict.UNCHANGED,
    "refused": RowVerdict.REFUSED,
}


def judged_swabs(
    rows: Sequence[Row], here: LockedList, *, by: Actor, at: datetime
) -> tuple[dict[int, Judgement], list[int]]:
    """What would happen to these rows: they are recorded, and everything is taken back."""
    on = at.astimezone(LOCAL).date()
    lives = lives_of(rows, here, on)
    declared = declared_in(rows, lives)
    met = met_in(rows, declared, by=by)
    recent = repeats_of(met.known.values(), on)
    possible = [row for row in rows if lives[row.place].fault is None]
    with transaction.atomic():
        endings = recorded(possible, here, declared, by=by, at=at)
        transaction.set_rollback(True)
    found = {}
    for row in rows:
        said, at_home = declared[row.place], lives[row.place]
        if fault := fault_of_home(row, at_home):
            found[row.place] = Judgement(RowVerdict.REFUSED, str(fault[0]), fault[1])
            continue
        ending, person = endings[row.place], met.known.get(row.place)
        verdict = _VERDICTS[ending.outcome]
        if verdict is RowVerdict.NEW and person is not None:
            verdict = RowVerdict.KNOWN
        cautions = cautions_of(row, said, at_home, met)
        found[row.place] = Judgement(
            verdict,
            str(ending.reason or ""),
            ending.detail,
            cautions if verdict is not RowVerdict.REFUSED else (),
            said.residence,
            recent.get(person) if person is not None else None,
        )
    return found, met.persons


_UNKNOWN_YET = (None, ReportedResult.NOT_TESTED, ReportedResult.PENDING)


def judged_results(rows: Sequence[Row], *, by: Actor, on: date) -> dict[int, Judgement]:
    """Whether these rows say a result of somebody, and whether their tubes are tubes of ours."""
    units = by.units_for("sampling.read")
    codes = {code for row in rows for code in (row.said.tube, row.said.lab_code) if code}
    ours = {
        line[0]
        for line in sql.rows(
            "SELECT code FROM sampling_tube"
            " WHERE code = ANY(%s) AND swabs > 0 AND (%s OR unit_id = ANY(%s))",
            (sorted(codes), units is None, sorted(units or ())),
        )
    }
    found = {}
    for row in rows:
        cautions = [str(code) for code in row.said.warnings]
        here = bool({row.said.tube, row.said.lab_code} & ours)
        if row.said.result in _UNKNOWN_YET:
            verdict = RowVerdict.UNCHANGED
        elif fault := fault_of_result(row.said, ours=here, on=on):
            found[row.place] = Judgement(RowVerdict.REFUSED, str(fault))
            continue
        elif here:
            verdict = RowVerdict.KNOWN
        else:
            verdict = RowVerdict.NEW
            if not row.said.number or not row.said.name:
                cautions.append(str(RowCaution.ASKED_WHO))
        found[row.place] = Judgement(verdict, cautions=tuple(cautions))
    return found
