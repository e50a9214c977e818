"""Writing what verdicts mean for people: results, requests for another swab, and all the telling.

Shared by release, decision, correction and recall; each of them calls it inside its own transaction,
so a positive and the notices of it are one fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from som.kernel import sql
from som.kernel.actors import Actor
from som.lab.commands import await_referral
from som.lab.rules import VerdictRow
from som.notices.commands import write_notices
from som.notices.queries import told_of
from som.notices.rules import NoticeWanted
from som.people.commands import note_owed
from som.results.commands.telling import (
    correction_notices,
    hold_notices,
    positive_notices,
    result_notice,
    whom_to_tell,
)
from som.results.rules import Decoded, ResultValue
from som.sampling.commands import RequestWanted, request_tests
from som.sampling.commands.tubes import recall_time
from som.sampling.queries import SwabRow, swabs_in_tubes


@dataclass(frozen=True, slots=True)
class Origin:
    """What an answer stands on: the laboratory that tested, who read it, and what was read.

    That is a `verdict` made here, or a row that another laboratory `reported`.
    """

    lab: int
    read_by: str
    verdict: int | None = None
    reported: int | None = None

    @property
    def key(self) -> str:
        """What tells this origin from every other."""
        return f"reported{self.reported}" if self.verdict is None else str(self.verdict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one swab's person is answered, and why it is said again if it is.

    `recall`: the recall that takes the answer before back.
    """

    swab: SwabRow
    origin: Origin
    decoded: Decoded
    reason: str = ""
    recall: int | None = None


@dataclass(frozen=True, slots=True)
class Meaning:
    """A verdict, what it means for the people in it, and why it is said again if it is.

    `only`: the swabs to which it is said; None: all in its tubes, save those of `but`.
    """

    verdict: VerdictRow
    decoded: Decoded
    reason: str = ""
    only: frozenset[int] | None = None
    but: frozenset[int] = frozenset()


def write_answers(
    meanings: Sequence[Meaning], *, by: Actor, behalf: Actor, at: datetime
) -> list[int]:
    """Write what verdicts mean for the people in their tubes; answer with the persons concerned.

    What a laboratory may not confirm waits there to be referred.
    """
    # A pool and a tube that was in it may be released together: each says its own.
    swabs: dict[int, list[SwabRow]] = {}
    for swab in swabs_in_tubes([tube for m in meanings for tube in m.verdict.tubes]):
        swabs.setdefault(swab.tube, []).append(swab)
    for lab in sorted({m.verdict.lab for m in meanings}):
        await_referral(
            [
                tube
                for m in meanings
                if m.decoded.refer and m.verdict.lab == lab
                for tube in m.verdict.tubes
            ],
            lab=lab,
        )
    return write_each(
        [
            Answer(
                swab,
                Origin(m.verdict.lab, m.verdict.read_by, verdict=m.verdict.id),
                m.decoded,
                m.reason,
            )
            for m in meanings
            for tube in m.verdict.tubes
            for swab in swabs.get(tube, ())
            if (m.only is None or swab.id in m.only) and swab.id not in m.but
        ],
        released_by=by.name,
        by=by,
        behalf=behalf,
        at=at,
    )


def write_each(
    answers: Sequence[Answer], *, released_by: str, by: Actor, behalf: Actor, at: datetime
) -> list[int]:
    """Write results, requests and notices; answer with the persons concerned.

    `released_by`: whose word it is; `by` may be the worker that carries it out.
    """
    concerned = whom_to_tell(
        list(
            {
                a.swab.id: a.swab
                for a in answers
                if a.decoded.held or (a.decoded.value and a.decoded.value.told_to_localities)
            }.values()
        ),
        at=at,
    )
    answers = [replace(a, swab=concerned.get(a.swab.id, a.swab)) for a in answers]
    versions = _insert_results([a for a in answers if a.decoded.value], released_by, at)
    before = told_of([s for s, v in versions.items() if v > 1])
    heard: dict[int, list[int]] = {}
    for told in before:
        if told.to_unit is not None:
            heard.setdefault(told.subject, []).append(told.to_unit)
    values = {a.swab.id: a.decoded.value for a in answers if a.decoded.value}
    notices: list[NoticeWanted] = []
    requests: list[RequestWanted] = []
    due_at = at + recall_time(at)
    for answer in answers:
        swab, decoded = answer.swab, answer.decoded
        version = versions.get(swab.id)
        if version is not None and decoded.value is not None:
            notices += _notices_of_result(swab, version, decoded.value, heard.get(swab.id, ()))
        if decoded.held:
            notices += hold_notices(swab, answer.origin.key, swab.told)
        if decoded.again is not None:
            requests.append(
                RequestWanted(
                    f"{decoded.again}:{swab.id}:{version or 0}",
                    swab.person,
                    swab.unit,
                    decoded.again,
                    due_at,
                    swab.residence,
                    swab.id,
                )
            )
    notices += correction_notices(before, versions, values)
    if requests:
        request_tests(requests, by=by, at=at, behalf=behalf)
    if notices:
        write_notices(notices, by=behalf, at=at)
    persons = [a.swab.person for a in answers]
    note_owed(persons, by=behalf, at=at)
    return persons


def _insert_results(answers: Sequence[Answer], released_by: str, at: datetime) -> dict[int, int]:
    """Insert each swab's next version; answer with the versions."""
    if not answers:
        return {}
    return dict(
        sql.rows(
            """
            INSERT INTO results_result (unit_ids, swab_id, version, value, verdict_id, reported_id,
                                        lab_id, read_by, released_by, released_at, reason,
                                        recall_id)
            SELECT a.units::int[], a.swab,
                   1 + coalesce((SELECT max(r.version) FROM results_result r
                                 WHERE r.swab_id = a.swab), 0),
                   a.value, a.verdict, a.reported, a.lab, a.read_by, %s, %s, a.reason, a.recall
            FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[],
                        %s::int[], %s::text[], %s::text[], %s::bigint[])
                 AS a (units, swab, value, verdict, reported, lab, read_by, reason, recall)
            RETURNING swab_id, version
            """,
            (
                released_by,
                at,
                ["{" + ",".join(map(str, a.swab.answerable)) + "}" for a in answers],
                [a.swab.id for a in answers],
                [a.decoded.value for a in answers],
                [a.origin.verdict for a in answers],
                [a.origin.reported for a in answers],
                [a.origin.lab for a in answers],
                [a.origin.read_by for a in answers],
                [a.reason for a in answers],
                [a.recall for a in answers],
            ),
        )
    )


def _notices_of_result(
    swab: SwabRow, version: int, value: ResultValue, before: Iterable[int]
) -> list[NoticeWanted]:
    """To the person that there is a result, never which; to the localities every positive.

    `before`: units that were told of the version before.
    """
    found = []
    if swab.phone and version == 1:
        found.append(result_notice(swab, swab.phone))
    if value.told_to_localities:
        found += positive_notices(swab, version, value, dict.fromkeys((*swab.told, *before)))
    return found
