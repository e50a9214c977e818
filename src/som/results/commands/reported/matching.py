"""Whose result a reported row is, where a named person must say it; and rows that nobody takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.people.queries import standing
from som.results.commands.reported.facts import TAKEN_BACK
from som.results.rules.reports import ReportedState, ReportRefusal
from som.sampling.lists.written import ReportedResult


@dataclass(frozen=True, slots=True)
class Match:
    """Whose result a row is: somebody known, or somebody new, and why.

    Of a row on a tube of ours nobody is chosen: it is said that it speaks of whoever is in there.
    `same`: where days do not tell, that it speaks of the sample of which the sender spoke before.
    """

    reported: int
    person: int | None
    reason: str
    same: bool = False


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that nobody takes, and why."""

    reported: int
    reason: str


def match_reported(matches: Sequence[Match], *, by: Actor, at: datetime) -> Outcome[Match]:
    """Say whose results rows of reports are; another person releases them then.

    What is said to be of a sample of which the sender spoke before takes that row's place, or repeats
    it where it says the same. Refuses a row that does not wait for that, a person whom the actor does
    not see, and a match without a reason. The same match again stays as it is. Locks the rows in the
    order of their ids, with those that they may correct.
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
            elif given.person is not None and (
                person is None or row.tube is not None or given.same
            ):
                outcome.refused.append(Refused(given, ReportRefusal.PERSON_UNKNOWN))
            elif not given.reason.strip():
                outcome.refused.append(Refused(given, ReportRefusal.REASON_MISSING))
            elif first is not None or row.matched:
                held = row.person if first is None else stands.get(first.person or 0)
                same = row.same_as(rows.get(row.before or 0)) if first is None else first.same
                if given.same == same and (same or held == person):
                    outcome.unchanged.append(given)
                else:
                    outcome.refused.append(Refused(given, ReportRefusal.NOT_IN_REVIEW))
            elif row.state is not ReportedState.REVIEW:
                outcome.refused.append(Refused(given, ReportRefusal.NOT_IN_REVIEW))
            elif given.same and (fault := row.fault_as_same(rows.get(row.before or 0))):
                outcome.refused.append(Refused(given, fault))
            else:
                chosen[given.reported] = given
                outcome.done.append(given)
        _decide(
            [
                (
                    m.reported,
                    stands.get(m.person or 0),
                    rows[m.reported].state_as_same(rows) if m.same else ReportedState.WAITING,
                    "",
                    m.reason,
                )
                for m in outcome.done
            ],
            by,
            at,
        )
        _put_in_place([m.reported for m in outcome.done if m.same])
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
    key: str
    before: int | None
    taken_back: bool
    displaced: bool
    """Whether it took the place of a positive that was not released."""

    @property
    def matched(self) -> bool:
        """Whether somebody said already whose it is."""
        said = (ReportedState.WAITING, ReportedState.REPEATED)
        return bool(self.decided_by) and self.state in said

    def same_as(self, before: _Row | None) -> bool:
        """Whether it is of the very sample of which the sender spoke before."""
        return before is not None and self.key == before.key

    def fault_as_same(self, before: _Row | None) -> ReportRefusal | None:
        """What forbids to say that it is; None when nothing does."""
        if self.reason != ReportRefusal.SAMPLE_UNCLEAR or before is None:
            return ReportRefusal.NOT_IN_REVIEW
        if before.state is ReportedState.REFUSED:
            return ReportRefusal.NOT_IN_REVIEW
        return ReportRefusal.TUBE_DOUBTFUL if before.state is ReportedState.REVIEW else None

    def state_as_same(self, rows: Mapping[int, _Row]) -> ReportedState:
        """What becomes of it then: the same word is said once."""
        before = rows[self.before or 0]
        live = before.state in (ReportedState.WAITING, ReportedState.RELEASED)
        again = live and not before.taken_back and before.value == self.value
        return ReportedState.REPEATED if again else ReportedState.WAITING

    @property
    def grave(self) -> bool:
        """Whether it says that somebody is or may be positive."""
        return self.displaced or self.value in (ReportedResult.POSITIVE, ReportedResult.SUSPECTED)


def _locked(row_ids: Sequence[int]) -> dict[int, _Row]:
    """These rows, and those whose place they take or may take, locked in the order of their ids."""
    return {
        line[0]: _Row(line[1], ReportedState(line[2]), *line[3:])
        for line in sql.rows(
            f"""
            SELECT d.id, r.unit_id, d.state, d.reason, d.tube_id, d.person_id, d.decided_by, d.value,
                   r.received_by, d.key, d.before_id, {TAKEN_BACK},
                   EXISTS (SELECT 1 FROM results_reported b JOIN results_report o ON o.id = b.report_id
                           WHERE b.key = d.key AND d.key <> '' AND o.sender_id = r.sender_id
                             AND b.state = 'replaced' AND b.id < d.id
                             AND b.value IN ('positive', 'suspected')
                             AND (b.who = d.who OR b.tube_id = d.tube_id))
            FROM results_reported d JOIN results_report r ON r.id = d.report_id
            WHERE d.id = ANY(%(rows)s)
               OR d.id IN (SELECT g.before_id FROM results_reported g WHERE g.id = ANY(%(rows)s))
            ORDER BY d.id FOR UPDATE OF d
            """,
            {"rows": list(row_ids)},
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


def _put_in_place(row_ids: Sequence[int]) -> None:
    """Let these rows speak of the sample of the row before them, which gives way if it waits yet."""
    sql.execute(
        """
        UPDATE results_reported d
        SET key = b.key, tube_id = b.tube_id, swab_id = b.swab_id,
            person_id = coalesce(d.person_id, b.person_id)
        FROM results_reported b WHERE d.id = ANY(%s) AND b.id = d.before_id
        """,
        (list(row_ids),),
    )
    sql.execute(
        """
        UPDATE results_reported b SET state = 'replaced'
        FROM results_reported d
        WHERE d.id = ANY(%s) AND d.state = 'waiting' AND b.id = d.before_id
          AND b.state IN ('review', 'waiting')
        """,
        (list(row_ids),),
    )
