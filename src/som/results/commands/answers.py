"""Writing what verdicts mean for people: results, requests for another swab, and all the telling.

Shared by release, decision and correction; each of them calls it inside its own transaction, so a
positive and the notices of it are one fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import sql
from som.kernel.actors import Actor
from som.kernel.ids import printed_slip_code
from som.lab.rules import VerdictRow
from som.notices.commands import write_notices
from som.notices.queries import told_of
from som.notices.rules import NoticeKind, NoticeWanted
from som.people.commands import note_owed
from som.people.rules import masked
from som.results.rules import Decoded, ResultValue
from som.sampling.commands import RequestWanted, request_tests
from som.sampling.commands.tubes import recall_time
from som.sampling.queries import SwabRow, swabs_in_tubes


@dataclass(frozen=True, slots=True)
class Meaning:
    """A verdict, what it means for the people in it, and why it is said again if it is."""

    verdict: VerdictRow
    decoded: Decoded
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Answer:
    """One swab's share of a meaning."""

    swab: SwabRow
    meaning: Meaning


def write_answers(
    meanings: Sequence[Meaning], *, by: Actor, behalf: Actor, at: datetime
) -> list[int]:
    """Write results, requests and notices; answer with the persons concerned."""
    # A pool and a tube that was in it may be released together: each says its own.
    swabs: dict[int, list[SwabRow]] = {}
    for swab in swabs_in_tubes([tube for m in meanings for tube in m.verdict.tubes]):
        swabs.setdefault(swab.tube, []).append(swab)
    answers = [
        _Answer(swab, m)
        for m in meanings
        for tube in m.verdict.tubes
        for swab in swabs.get(tube, ())
    ]
    versions = _insert_results([a for a in answers if a.meaning.decoded.value], by, at)
    before = told_of([s for s, v in versions.items() if v > 1])
    values = {a.swab.id: a.meaning.decoded.value for a in answers if a.meaning.decoded.value}
    notices: list[NoticeWanted] = []
    requests: list[RequestWanted] = []
    due_at = at + recall_time(at)
    for answer in answers:
        swab, decoded = answer.swab, answer.meaning.decoded
        version = versions.get(swab.id)
        if version is not None and decoded.value is not None:
            notices += _notices_of_result(swab, version, decoded.value)
        if decoded.held:
            notices += hold_notices(swab, str(answer.meaning.verdict.id), swab.told)
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
    notices += [
        NoticeWanted(
            f"corrected:{t.subject}:{versions[t.subject]}:{t.to_unit or t.to_phone}",
            NoticeKind.CORRECTED,
            t.person,
            t.units,
            t.subject,
            t.to_unit,
            t.to_phone,
            # What a locality was told before is what is corrected: it hears what is right now.
            t.body | ({"value": values[t.subject].value} if t.to_unit else {}),
        )
        for t in before
    ]
    if requests:
        request_tests(requests, by=by, at=at, behalf=behalf)
    if notices:
        write_notices(notices, by=behalf, at=at)
    persons = [a.swab.person for a in answers]
    note_owed(persons, by=behalf, at=at)
    return persons


def _insert_results(answers: Sequence[_Answer], by: Actor, at: datetime) -> dict[int, int]:
    """Insert each swab's next version; answer with the versions."""
    if not answers:
        return {}
    return dict(
        sql.rows(
            """
            INSERT INTO results_result (unit_ids, swab_id, version, value, verdict_id, read_by,
                                        released_by, released_at, reason)
            SELECT a.units::int[], a.swab,
                   1 + coalesce((SELECT max(r.version) FROM results_result r
                                 WHERE r.swab_id = a.swab), 0),
                   a.value, a.verdict, a.read_by, %s, %s, a.reason
            FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::text[])
                 AS a (units, swab, value, verdict, read_by, reason)
            RETURNING swab_id, version
            """,
            (
                by.name,
                at,
                ["{" + ",".join(map(str, a.swab.answerable)) + "}" for a in answers],
                [a.swab.id for a in answers],
                [a.meaning.decoded.value for a in answers],
                [a.meaning.verdict.id for a in answers],
                [a.meaning.verdict.read_by for a in answers],
                [a.meaning.reason for a in answers],
            ),
        )
    )


def _notices_of_result(swab: SwabRow, version: int, value: ResultValue) -> list[NoticeWanted]:
    """To the person that there is a result, never which; to the localities every positive."""
    found = []
    if swab.phone and version == 1:
        found.append(result_notice(swab, swab.phone))
    if value.told_to_localities:
        found += positive_notices(swab, version, value, swab.told)
    return found


def result_notice(swab: SwabRow, phone: str) -> NoticeWanted:
    """To the person: that there is a result, never which."""
    return NoticeWanted(
        f"result:{swab.id}:1:{phone}",
        NoticeKind.RESULT_READY,
        swab.person,
        swab.answerable,
        swab.id,
        to_phone=phone,
        # Which slip is meant, for who has it in hand; whoever else reads the telephone must not
        # learn the code.
        body={
            "name": masked(swab.name),
            "code": "…" + printed_slip_code(swab.slip)[-6:],
            "link": "/look-up/",
        },
    )


def positive_notices(
    swab: SwabRow, version: int, value: ResultValue, units: Iterable[int]
) -> list[NoticeWanted]:
    """To localities: that somebody of theirs is positive."""
    return [
        NoticeWanted(
            f"positive:{swab.id}:{version}:{unit}",
            NoticeKind.POSITIVE,
            swab.person,
            tuple(dict.fromkeys((*swab.told, unit))),
            swab.id,
            to_unit=unit,
            body={"name": masked(swab.name), "value": value.value},
        )
        for unit in units
    ]


def hold_notices(swab: SwabRow, why: str, units: Iterable[int]) -> list[NoticeWanted]:
    """To localities: that this person waits for another test because of a pool."""
    return [
        NoticeWanted(
            f"held:{swab.id}:{why}:{unit}",
            NoticeKind.POOL_HELD,
            swab.person,
            tuple(dict.fromkeys((*swab.told, unit))),
            swab.id,
            to_unit=unit,
            body={"name": masked(swab.name)},
        )
        for unit in units
    ]
