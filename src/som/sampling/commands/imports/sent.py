"""Lists received, confirmed and dropped, each as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import psycopg
from django.db import connection

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.outcomes import Outcome, Refused, once
from som.sampling.commands.imports.locked import locked_lists
from som.sampling.rules.imports import LARGEST_FILE, ListPurpose, ListRefusal, ListState
from som.sampling.rules.requests import RequestReason


@dataclass(frozen=True, slots=True)
class ListSent:
    """A file that was sent in: its name and bytes, and what it is for.

    A roster is for a campaign, with a reason and a day by which its people are to be swabbed; a
    list of swabs for a session; results are only shown. `list_id` is the answer.
    """

    name: str
    content: bytes
    purpose: ListPurpose
    campaign: str | None = None
    session: str | None = None
    reason: RequestReason = RequestReason.ROSTER
    due_on: date | None = None
    list_id: int | None = None

    @property
    def digest(self) -> bytes:
        """What tells this file from every other."""
        return hashlib.sha256(self.content).digest()


def receive_lists(
    files: Sequence[ListSent], *, unit: int, by: Actor, at: datetime
) -> Outcome[ListSent]:
    """Take in files as they are, to be read by the worker; nothing else is done yet.

    The same file for the same thing, while it is under way, is the same list: a double click sends
    once. Refuses an empty or too large file, and what it is for where this actor or unit has no
    part in it. A list that ended may come again, and changes nothing the second time.
    """
    outcome: Outcome[ListSent] = Outcome()
    with scope.entered(by, "people.register", unit=unit):
        on = at.astimezone(LOCAL).date()
        campaigns = {
            line[0]: line[1:]
            for line in sql.rows(
                """
                SELECT c.code, c.id, c.ends_on FROM sampling_campaign c
                JOIN places_coverage v ON v.unit_id = c.unit_id AND v.covered_id = %s
                WHERE c.code = ANY(%s) AND c.ended_at IS NULL
                """,
                (unit, [f.campaign for f in files if f.campaign]),
            )
        }
        sessions = {
            line[0]: line[1:]
            for line in sql.rows(
                "SELECT code, id, closed_at FROM sampling_session"
                " WHERE unit_id = %s AND code = ANY(%s)",
                (unit, [f.session for f in files if f.session]),
            )
        }
        new: dict[tuple[object, ...], ListSent] = {}
        keys: list[tuple[ListSent, tuple[object, ...]]] = []
        for given in files:
            campaign = campaigns.get(given.campaign or "")
            session = sessions.get(given.session or "")
            if fault := _fault_of(given, campaign, session, unit=unit, by=by, on=on):
                outcome.refused.append(Refused(given, fault))
                continue
            roster = given.purpose is ListPurpose.ROSTER
            key: tuple[object, ...] = (
                str(given.purpose),
                campaign[0] if campaign else None,
                session[0] if session else None,
                str(given.reason) if roster else "",
                given.due_on if roster else None,
                given.digest,
            )
            new.setdefault(key, given)
            keys.append((given, key))
        columns = list(zip(*new, strict=True)) or [()] * 6
        made = {
            (*line[:5], bytes(line[5])): line[6]
            for line in sql.rows(
                """
                INSERT INTO sampling_list
                    (unit_ids, unit_id, purpose, campaign_id, session_id, reason, due_on, digest,
                     name, content, sent_at, sent_by, sent_by_account, kind, sheet, columns, state,
                     fault, fault_detail, noted, judged, done, unchanged, refused, refused_in_file,
                     confirmed_by)
                SELECT ARRAY[%(unit)s], %(unit)s, f.purpose, f.campaign, f.session, f.reason, f.due_on,
                       f.digest, f.name, '', %(at)s, %(by)s, %(account)s,
                       '', '', '{}', 'waiting', '', '', 0, 0, 0, 0, 0, 0, ''
                FROM unnest(%(purposes)s::text[], %(campaigns)s::int[], %(sessions)s::int[],
                            %(reasons)s::text[], %(due)s::date[], %(digests)s::bytea[],
                            %(names)s::text[])
                     AS f (purpose, campaign, session, reason, due_on, digest, name)
                ON CONFLICT DO NOTHING
                RETURNING purpose, campaign_id, session_id, reason, due_on, digest, id
                """,
                {
                    "unit": unit,
                    "at": at,
                    "by": by.label or by.name,
                    "account": by.account_id,
                    "purposes": list(columns[0]),
                    "campaigns": list(columns[1]),
                    "sessions": list(columns[2]),
                    "reasons": list(columns[3]),
                    "due": list(columns[4]),
                    "digests": list(columns[5]),
                    "names": [given.name for given in new.values()],
                },
            )
        }
        _keep({made[key]: given.content for key, given in new.items() if key in made})
        held = {
            (*line[:5], bytes(line[5])): line[6]
            for line in sql.rows(
                """
                SELECT purpose, campaign_id, session_id, reason, due_on, digest, id
                FROM sampling_list WHERE unit_id = %s AND digest = ANY(%s::bytea[])
                  AND state IN ('waiting', 'read', 'previewed', 'confirmed', 'stopped')
                """,
                (unit, list(columns[5])),
            )
        }
        said: set[tuple[object, ...]] = set()
        for given, key in keys:
            answer = replace(given, list_id=held[key])
            if key in made and key not in said:
                said.add(key)
                outcome.done.append(answer)
            else:
                outcome.unchanged.append(answer)
        audit.record(by, "sampling.receive_lists", at=at, things=made.values(), note={"unit": unit})
    return outcome


def _keep(contents: Mapping[int, bytes]) -> None:
    """Keep the bytes of these files. They go as they are: as text they take twice the memory."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(
            "UPDATE sampling_list l SET content = g.content"
            " FROM unnest(%b::bigint[], %b::bytea[]) AS g (id, content) WHERE l.id = g.id",
            (list(contents), list(contents.values())),
        )


def _fault_of(
    given: ListSent,
    campaign: Sequence[object] | None,
    session: Sequence[object] | None,
    *,
    unit: int,
    by: Actor,
    on: date,
) -> ListRefusal | None:
    """Why this file is not received; None when nothing forbids it."""
    roster, swabs = given.purpose is ListPurpose.ROSTER, given.purpose is ListPurpose.SWABS
    if not given.content:
        return ListRefusal.FILE_EMPTY
    if len(given.content) > LARGEST_FILE:
        return ListRefusal.FILE_TOO_LARGE
    if not by.may(given.purpose.permission, unit=unit):
        return ListRefusal.NOT_HERE
    if bool(given.campaign) != roster or bool(given.session) != swabs:
        return ListRefusal.PURPOSE_UNCLEAR
    if roster and (campaign is None or (campaign[1] is not None and campaign[1] < on)):  # type: ignore[operator]
        return ListRefusal.CAMPAIGN_UNKNOWN
    if roster and given.due_on is None:
        return ListRefusal.DUE_MISSING
    if swabs and session is None:
        return ListRefusal.SESSION_UNKNOWN
    if swabs and session is not None and session[1] is not None:
        return ListRefusal.SESSION_CLOSED
    return None


def confirm_lists(list_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Let lists be taken in as their previews say. The worker does it, in this actor's name.

    Refuses a list whose preview is not complete, one with no row to take in, one of results, and
    one this actor may not take in. One confirmed already stays as it is. Locks the lists in the
    order of their ids.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "people.register"):
        held = locked_lists(list_ids)
        for given in once(list_ids):
            here = held.get(given)
            if here is None:
                outcome.refused.append(Refused(given, ListRefusal.UNKNOWN, str(given)))
            elif here.purpose is ListPurpose.RESULTS:
                outcome.refused.append(Refused(given, ListRefusal.IS_RESULTS))
            elif not by.may(here.purpose.permission, unit=here.unit):
                outcome.refused.append(Refused(given, ListRefusal.NOT_HERE))
            elif here.state in (ListState.CONFIRMED, ListState.DONE):
                outcome.unchanged.append(given)
            elif here.state not in (ListState.PREVIEWED, ListState.STOPPED):
                outcome.refused.append(Refused(given, ListRefusal.NOT_PREVIEWED))
            elif not here.rows or here.accounted >= here.rows:
                outcome.refused.append(Refused(given, ListRefusal.NOTHING_TO_DO))
            else:
                outcome.done.append(given)
        sql.execute(
            "UPDATE sampling_list SET state = 'confirmed', fault = '', fault_detail = '',"
            " confirmed_at = %s, confirmed_by = %s, confirmed_by_account = %s WHERE id = ANY(%s)",
            (at, by.label or by.name, by.account_id, outcome.done),
        )
        audit.record(by, "sampling.confirm_lists", at=at, things=outcome.done)
    return outcome


def drop_lists(list_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Forget lists that were not taken in: the file and its rows go, the note of it stays.

    Refuses a list that is being or was taken in. Locks the lists in the order of their ids.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "people.register"):
        held = locked_lists(list_ids)
        for given in once(list_ids):
            here = held.get(given)
            if here is None:
                outcome.refused.append(Refused(given, ListRefusal.UNKNOWN, str(given)))
            elif not by.may(here.purpose.permission, unit=here.unit):
                outcome.refused.append(Refused(given, ListRefusal.NOT_HERE))
            elif here.state is ListState.DROPPED:
                outcome.unchanged.append(given)
            elif here.state in (ListState.CONFIRMED, ListState.DONE, ListState.STOPPED):
                outcome.refused.append(Refused(given, ListRefusal.TAKEN_IN))
            else:
                outcome.done.append(given)
        sql.execute("DELETE FROM sampling_listrow WHERE list_id = ANY(%s)", (outcome.done,))
        sql.execute(
            "UPDATE sampling_list SET state = 'dropped', content = '', refused_file = NULL,"
            " columns = '{}', ended_at = %s WHERE id = ANY(%s)",
            (at, outcome.done),
        )
        audit.record(by, "sampling.drop_lists", at=at, things=outcome.done)
    return outcome
