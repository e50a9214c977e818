"""Whose result a reported row is, where a named person must say it; and rows that nobody takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.people.queries import standing
from som.results.rules.reports import ReportedState, ReportRefusal
from som.sampling.lists.written import ReportedResult


@dataclass(frozen=True, slots=True)
class Match:
    """Whose result a row is: somebody known, or somebody new, and why.

    Of a row on a tube of ours nobody is chosen: it is said that it speaks of whoever is in there.
    """

    reported: int
    person: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that nobody takes, and why."""

    reported: int
    reason: str


def match_reported(matches: Sequence[Match], *, by: Actor, at: datetime) -> Outcome[Match]:
    """Say whose results rows of reports are; another person releases them then.

    Refuses a row that does not wait for that, a person whom the actor does not see, and a match
    without a reason. The same match again stays as it is. Locks the rows in the order of their ids.
    """
    outcome: Outcome[Match] = Outcome()
    with scope.entered(by, "results.receive_reports"):
        rows = _locked([m.reported for m in matches])
        stands = standing([m.person for m in matches if m.person is not None])
        chosen: dict[int, Match] = {}
        for given in matches:
            row = rows.get(given.reported)
            first = chosen.get(given.reported)
            person = stands.get(given.person) if given.person is not None else None
            if row is None or not by.may("results.receive_reports", unit=row.unit):
                outcome.refused.append(Refused(given, ReportRefusal.UNKNOWN))
            elif given.person is not None and (person is None or row.tube is not None):
                outcome.refused.append(Refused(given, ReportRefusal.PERSON_UNKNOWN))
            elif not given.reason.strip():
                outcome.refused.append(Refused(given, ReportRefusal.REASON_MISSING))
            elif first is not None or (row.state is ReportedState.WAITING and row.decided_by):
                held = row.person if first is None else stands.get(first.person or 0)
                if held == person:
                    outcome.unchanged.append(given)
                else:
                    outcome.refused.append(Refused(given, ReportRefusal.NOT_IN_REVIEW))
            elif row.state is not ReportedState.REVIEW:
                outcome.refused.append(Refused(given, ReportRefusal.NOT_IN_REVIEW))
            else:
                chosen[given.reported] = given
                outcome.done.append(given)
        _decide(
            [
                (m.reported, stands.get(m.person or 0), ReportedState.WAITING, "", m.reason)
                for m in outcome.done
            ],
            by,
            at,
        )
        audit.record(
            by,
            "results.match_reported",
            at=at,
            persons=[stands[m.person] for m in outcome.done if m.person is not None],
            things=[m.reported for m in outcome.done],
            note={"refused": len(outcome.refused)},
        )
    return outcome


def reject_reported(
    rejections: Sequence[Rejection], *, by: Actor, at: datetime
) -> Outcome[Rejection]:
    """Refuse rows of reports that were not released yet, with a reason: nobody is told of them.

    One rejected already stays as it is. Refuses a row that was released or settled otherwise, and a
    positive to whoever took it in or matched it: no one person makes it vanish. Locks the rows in
    the order of their ids.
    """
    outcome: Outcome[Rejection] = Outcome()
    with scope.entered(by, "results.receive_reports"):
        rows = _locked([r.reported for r in rejections])
        gone: set[int] = set()
        for given in rejections:
            row = rows.get(given.reported)
            if row is None or not by.may("results.receive_reports", unit=row.unit):
                outcome.refused.append(Refused(given, ReportRefusal.UNKNOWN))
            elif not given.reason.strip():
                outcome.refused.append(Refused(given, ReportRefusal.REASON_MISSING))
            elif given.reported in gone or row.reason == ReportRefusal.REJECTED:
                outcome.unchanged.append(given)
            elif row.state not in (ReportedState.REVIEW, ReportedState.WAITING):
                outcome.refused.append(Refused(given, ReportRefusal.NOT_WAITING))
            elif row.grave and by.name in (row.read_by, row.decided_by):
                outcome.refused.append(Refused(given, ReportRefusal.SECOND_PERSON))
            else:
                gone.add(given.reported)
                outcome.done.append(given)
        code = str(ReportRefusal.REJECTED)
        _decide(
            [
                (r.reported, rows[r.reported].person, ReportedState.REFUSED, code, r.reason)
                for r in outcome.done
            ],
            by,
            at,
        )
        audit.record(
            by,
            "results.reject_reported",
            at=at,
            things=[r.reported for r in outcome.done],
            note={"refused": len(outcome.refused)},
        )
    return outcome


@dataclass(frozen=True, slots=True)
class _Row:
    unit: int
    state: ReportedState
    reason: str
    tube: int | None
    person: int | None
    decided_by: str
    value: str
    read_by: str
    displaced: bool
    """Whether it took the place of a positive that was not released."""

    @property
    def grave(self) -> bool:
        """Whether it says that somebody is or may be positive."""
        return self.displaced or self.value in (ReportedResult.POSITIVE, ReportedResult.SUSPECTED)


def _locked(row_ids: Sequence[int]) -> dict[int, _Row]:
    return {
        line[0]: _Row(line[1], ReportedState(line[2]), *line[3:])
        for line in sql.rows(
            """
            SELECT d.id, r.unit_id, d.state, d.reason, d.tube_id, d.person_id, d.decided_by, d.value,
                   r.received_by,
                   EXISTS (SELECT 1 FROM results_reported b JOIN results_report o ON o.id = b.report_id
                           WHERE b.key = d.key AND d.key <> '' AND o.sender_id = r.sender_id
                             AND b.state = 'replaced' AND b.id < d.id
                             AND b.value IN ('positive', 'suspected')
                             AND (b.who = d.who OR b.tube_id = d.tube_id))
            FROM results_reported d JOIN results_report r ON r.id = d.report_id
            WHERE d.id = ANY(%s) ORDER BY d.id FOR UPDATE OF d
            """,
            (list(row_ids),),
        )
    }


def _decide(
    decisions: Sequence[tuple[int, int | None, str, str, str]], by: Actor, at: datetime
) -> None:
    """Write what was decided of these rows: person, state, code of the refusal, and why."""
    columns = list(zip(*decisions, strict=True)) or [()] * 5
    sql.execute(
        """
        UPDATE results_reported d
        SET person_id = g.person, state = g.state, reason = g.reason, decision = g.decision,
            decided_by = %s, decided_at = %s
        FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[])
             AS g (id, person, state, reason, decision)
        WHERE d.id = g.id
        """,
        (
            by.name,
            at,
            *[list(column) for column in columns[:4]],
            [decision.strip() for decision in columns[4]],
        ),
    )
