"""Writing what verdicts mean for people: results, requests for another swab, and all the telling.

Shared by release, decision, correction and recall; each of them calls it inside its own transaction,
so a positive and the notices of it are one fact. Permission, scope and audit are the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.arrays import literal
from som.lab.commands import await_referral
from som.lab.rules import VerdictRow
from som.notices.commands import write_notices
from som.notices.queries import Told, told_of
from som.notices.rules import NoticeWanted
from som.people.commands import note_owed
from som.results.commands.standing import Seats, hold_tubes
from som.results.commands.telling import (
    correction_notices,
    hold_notices,
    positive_notices,
    result_notice,
    whom_to_tell,
)
from som.results.rules import Decoded, LastAnswer
from som.sampling.commands import RequestWanted, request_tests
from som.sampling.commands.tubes import recall_time
from som.sampling.queries import SwabRow


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


class Answer(NamedTuple):
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
    meanings: Sequence[Meaning],
    *,
    by: Actor,
    behalf: Actor,
    at: datetime,
    seats: Seats | None = None,
    answered: Mapping[int, Sequence[LastAnswer]] | None = None,
) -> list[int]:
    """Write what verdicts mean for the people in their tubes; answer with the persons concerned.

    What a laboratory may not confirm waits there to be referred. `seats` and `answered`: whose swabs
    are in each tube and what they were answered last, where the command holds and knows them.
    """
    if seats is None:
        seats = hold_tubes([tube for m in meanings for tube in m.verdict.tubes])
    last = None
    if answered is not None:
        last = {one.swab: one.version for told in answered.values() for one in told}
    to_refer: dict[int, list[int]] = {}
    for m in meanings:
        if m.decoded.refer:
            to_refer.setdefault(m.verdict.lab, []).extend(m.verdict.tubes)
    for lab, tubes in sorted(to_refer.items()):
        await_referral(tubes, lab=lab)
    answers: list[Answer] = []
    for m in meanings:
        origin = Origin(m.verdict.lab, m.verdict.read_by, verdict=m.verdict.id)
        swabs = [swab for tube in m.verdict.tubes for swab in seats.get(tube, ())]
        if m.only is not None or m.but:
            swabs = [s for s in swabs if (m.only is None or s.id in m.only) and s.id not in m.but]
        answers += [Answer(swab, origin, m.decoded, m.reason) for swab in swabs]
    return write_each(answers, released_by=by.name, by=by, behalf=behalf, at=at, last=last)


def write_each(
    answers: Sequence[Answer],
    *,
    released_by: str,
    by: Actor,
    behalf: Actor,
    at: datetime,
    last: Mapping[int, int] | None = None,
) -> list[int]:
    """Write results, requests and notices; answer with the persons concerned.

    `released_by`: whose word it is; `by` may be the worker that carries it out. `last`: by swab the
    version it was answered last, of swabs held; None: not known yet.
    """
    widely = {a.swab.id: a.swab for a in answers if a.decoded.told_widely}
    if widely:
        concerned = whom_to_tell(list(widely.values()), at=at)
        answers = [a._replace(swab=concerned.get(a.swab.id, a.swab)) for a in answers]
    valued = [a for a in answers if a.decoded.value is not None]
    if last is None:
        last = _last_versions([a.swab.id for a in valued])
    versions = {a.swab.id: last.get(a.swab.id, 0) + 1 for a in valued}
    _insert_results(valued, versions, released_by, at)
    again = [swab for swab, version in versions.items() if version > 1]
    before = told_of(again) if again else []
    notices = _notices(answers, versions, before)
    if before:
        values = {a.swab.id: a.decoded.value for a in answers if a.decoded.value}
        notices += correction_notices(before, versions, values)
    if requests := _requests(answers, versions, at):
        request_tests(requests, by=by, at=at, behalf=behalf)
    if notices:
        write_notices(notices, by=behalf, at=at)
    persons = [a.swab.person for a in answers]
    note_owed(persons, by=behalf, at=at)
    return persons


def _last_versions(swabs: Sequence[int]) -> dict[int, int]:
    """By swab, the version it was answered last."""
    if not swabs:
        return {}
    return dict(
        sql.rows(
            "SELECT swab_id, max(version) FROM results_result WHERE swab_id = ANY(%s::bigint[])"
            " GROUP BY swab_id",
            (list(swabs),),
        )
    )


def _insert_results(
    answers: Sequence[Answer], versions: Mapping[int, int], released_by: str, at: datetime
) -> None:
    """Insert each swab's next version. That it is the next, the key of results keeps."""
    if not answers:
        return
    sql.execute(
        """
        INSERT INTO results_result (unit_ids, swab_id, version, value, verdict_id, reported_id,
                                    lab_id, read_by, released_by, released_at, reason, recall_id)
        SELECT a.units::int[], a.swab, a.version, a.value, a.verdict, a.reported, a.lab, a.read_by,
               %s::text, %s::timestamptz, a.reason, a.recall
        FROM unnest(%s::text[], %s::bigint[], %s::smallint[], %s::text[], %s::bigint[],
                    %s::bigint[], %s::int[], %s::text[], %s::text[], %s::bigint[])
             AS a (units, swab, version, value, verdict, reported, lab, read_by, reason, recall)
        """,
        (
            released_by,
            at,
            [literal(a.swab.answerable) for a in answers],
            [a.swab.id for a in answers],
            [versions[a.swab.id] for a in answers],
            [a.decoded.value for a in answers],
            [a.origin.verdict for a in answers],
            [a.origin.reported for a in answers],
            [a.origin.lab for a in answers],
            [a.origin.read_by for a in answers],
            [a.reason for a in answers],
            [a.recall for a in answers],
        ),
    )


def _notices(
    answers: Sequence[Answer], versions: Mapping[int, int], before: Sequence[Told]
) -> list[NoticeWanted]:
    """To each person that there is a result, never which; to the localities positives and holds.

    `before`: who was told of the version before; such a unit hears of what is positive again.
    """
    heard: dict[int, list[int]] = {}
    for told in before:
        if told.to_unit is not None:
            heard.setdefault(told.subject, []).append(told.to_unit)
    found: list[NoticeWanted] = []
    for swab, origin, decoded, _, _ in answers:
        if decoded.value is not None:
            version = versions[swab.id]
            if version == 1 and swab.phone:
                found.append(result_notice(swab, swab.phone))
            if decoded.value.told_to_localities:
                units = dict.fromkeys((*swab.told, *heard.get(swab.id, ())))
                found += positive_notices(swab, version, decoded.value, units)
        if decoded.held:
            found += hold_notices(swab, origin.key, swab.told)
    return found


def _requests(
    answers: Sequence[Answer], versions: Mapping[int, int], at: datetime
) -> list[RequestWanted]:
    """Whom the answers ask for again, at once."""
    if not any(a.decoded.again for a in answers):
        return []
    due_at = at + recall_time(at)
    return [
        RequestWanted(
            f"{a.decoded.again}:{a.swab.id}:{versions.get(a.swab.id, 0)}",
            a.swab.person,
            a.swab.unit,
            a.decoded.again,
            due_at,
            a.swab.residence,
            a.swab.id,
        )
        for a in answers
        if a.decoded.again is not None
    ]
