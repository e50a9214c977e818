"""Lists on their way in: what they are for, what forbids a row, and who stands in it. Pure."""

from __future__ import annotations

import hashlib
import hmac
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING

from som.kernel import ids
from som.kernel.outcomes import Refusal, gettext_noop
from som.people.rules import Declaration
from som.sampling.rules.requests import RequestReason
from som.sampling.rules.tubes import TubeClass

if TYPE_CHECKING:
    from som.sampling.lists.written import ListRow

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes; the same as `kernel.workbooks` opens. A province's list of 100,000 people has about 10 MB."""


class ListPurpose(StrEnum):
    """What a list is for. Results are taken in by a later stage."""

    ROSTER = "roster"
    SWABS = "swabs"
    RESULTS = "results"

    @property
    def permission(self) -> str:
        """What whoever sends or confirms such a list must be allowed in its unit."""
        return _PERMISSIONS[self]

    def takes(self, written: str) -> bool:
        """Whether a file that is such a list can serve this purpose.

        Whoever was swabbed, reported or arrived before can be asked for again.
        """
        return written == self or (
            self is ListPurpose.ROSTER and written in ("swabs", "cases", "arrivals")
        )


_PERMISSIONS = {
    ListPurpose.ROSTER: "sampling.request",
    ListPurpose.SWABS: "sampling.record",
    ListPurpose.RESULTS: "sampling.read",
}


class ListState(StrEnum):
    """How far a list has come."""

    WAITING = "waiting"
    READ = "read"
    PREVIEWED = "previewed"
    CONFIRMED = "confirmed"
    DONE = "done"
    STOPPED = "stopped"
    UNREADABLE = "unreadable"
    DROPPED = "dropped"

    @property
    def at_work(self) -> bool:
        """Whether the worker has something to do with it."""
        return self in (ListState.WAITING, ListState.READ, ListState.CONFIRMED)


LIST_MOVES: Mapping[str, tuple[str, ...]] = {
    ListState.WAITING: (ListState.READ, ListState.UNREADABLE, ListState.DROPPED),
    ListState.READ: (ListState.PREVIEWED, ListState.UNREADABLE, ListState.DROPPED),
    # A list of results ends when its report holds every row.
    ListState.PREVIEWED: (ListState.CONFIRMED, ListState.DONE, ListState.DROPPED),
    ListState.CONFIRMED: (ListState.DONE, ListState.STOPPED),
    ListState.STOPPED: (ListState.CONFIRMED,),
    ListState.UNREADABLE: (ListState.DROPPED,),
}


class RowVerdict(StrEnum):
    """What the preview says would happen to a row."""

    NEW = "new"
    KNOWN = "known"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class ListRefusal(Refusal):
    """Why a list was not received, confirmed or dropped, or why the work on it stopped."""

    FILE_EMPTY = "list_file_empty", gettext_noop("The file is empty.")
    FILE_TOO_LARGE = "list_file_too_large", gettext_noop("The file is larger than any list.")
    NOT_HERE = "list_not_here", gettext_noop("You do not send such lists for this unit.")
    CAMPAIGN_UNKNOWN = (
        "list_campaign_unknown",
        gettext_noop("There is no such campaign for this unit."),
    )
    SESSION_UNKNOWN = "list_session_unknown", gettext_noop("There is no such session here.")
    SESSION_CLOSED = "list_session_closed", gettext_noop("The session is closed.")
    PURPOSE_UNCLEAR = (
        "list_purpose_unclear",
        gettext_noop("A list is for a campaign, or for a session, or shows results."),
    )
    DUE_MISSING = (
        "list_due_missing",
        gettext_noop("Say by which day these people are to be swabbed."),
    )
    UNKNOWN = "list_unknown", gettext_noop("There is no such list here.")
    NOT_PREVIEWED = "list_not_previewed", gettext_noop("The preview of this list is not complete.")
    IS_RESULTS = (
        "list_is_results",
        gettext_noop("The results of this list are taken in on its page, by who receives reports."),
    )
    NOTHING_TO_DO = "list_nothing_to_do", gettext_noop("No row of this list can be taken in.")
    TAKEN_IN = "list_taken_in", gettext_noop("This list was taken in already.")
    WRONG_KIND = (
        "list_wrong_kind",
        gettext_noop("The file is another kind of list than it was sent as."),
    )
    SENDER_GONE = (
        "list_sender_gone",
        gettext_noop("Whoever sent or confirmed this list may not do so any more."),
    )
    NOT_ENDED = "list_not_ended", gettext_noop("The work on this list has not ended.")
    KEPT_YET = "list_kept_yet", gettext_noop("The file of this list is still kept.")
    UNEXPECTED = (
        "list_unexpected",
        gettext_noop("The list could not be read to its end; nothing of it was taken in."),
    )


class ImportRefusal(Refusal):
    """Why a row of a list is not taken in, beside what its person, swab or request forbids."""

    ROW_UNKNOWN = "row_unknown", gettext_noop("There is no such row in this list.")
    TUBE_MISSING = "row_tube_missing", gettext_noop("The row says no tube.")
    PERSON_DIED = "row_person_died", gettext_noop("This person has died.")


class ResultRefusal(Refusal):
    """Why a row with a result is nobody's: the preview says it, and so does taking it in."""

    CODE_MISSING = (
        "reported_code_missing",
        gettext_noop(
            "The row has no code of a sample or test, and no number with a day beside it."
        ),
    )
    NOBODY_NAMED = (
        "reported_nobody_named",
        gettext_noop("This is no tube of ours, and the row names nobody."),
    )
    SEVERAL_PEOPLE = (
        "reported_several_people",
        gettext_noop("A pool of several people in one row: each needs a row with their number."),
    )
    TAKEN_IN_FUTURE = (
        "reported_in_future",
        gettext_noop("The time of sampling or testing has not come yet."),
    )


_GRAVE = ("positive", "suspected")


def fault_of_result(row: ListRow, *, ours: bool, on: date) -> ResultRefusal | None:
    """Why a row with a result can be nobody's; `ours`: it has the code of a tube of ours.

    A positive that names nobody is not lost for that: somebody is asked whose it is.
    """
    times = (row.taken_on, row.taken_at and row.taken_at.date(), row.tested_on)
    if any(day is not None and day > on for day in times):
        return ResultRefusal.TAKEN_IN_FUTURE
    if ours:
        return None
    dated = row.number and (row.taken_at or row.taken_on or row.tested_on)
    if not (row.lab_code or row.tube or dated):
        return ResultRefusal.CODE_MISSING
    if len(row.names) > 1:
        return ResultRefusal.SEVERAL_PEOPLE
    if not row.name and row.result not in _GRAVE:
        return ResultRefusal.NOBODY_NAMED
    return None


class RowCaution(Refusal):
    """What is to be looked at in a row that is taken in all the same."""

    NUMBER_OF_ANOTHER = (
        "number_of_another",
        gettext_noop(
            "The number belongs to somebody of another name, sex or birth: this becomes a person"
            " of its own without it."
        ),
    )
    PHONE_CHANGED = (
        "phone_changed",
        gettext_noop(
            "This person is known with another telephone number, which stays: ask which is right."
        ),
    )
    ALONE = "alone", gettext_noop("Symptoms or a contact: alone in a tube.")
    ASKED_WHO = (
        "asked_who",
        gettext_noop("Neither a tube of yours nor an identity number: you are asked who this is."),
    )


def fold_row(row: ListRow) -> str:
    """Who stands in a row, in words: what does not change when the row is sent again.

    The number alone where there is one; else everything said of the person. The row's place is no
    part of it: lists are sorted and mended.
    """
    number = re.sub(r"\W+", "", row.number).upper()
    who = (
        ids.fold(row.name),
        row.birth_date.isoformat() if row.birth_date else str(row.birth_year or ""),
        row.sex or "",
    )
    if number:
        return "\n".join((number, *who))
    return "\n".join(("", *who, row.phone, *map(ids.fold, row.residence), ids.fold(row.address)))


def key_of(row: ListRow, *, where: str, in_tubes: bool, secret: bytes) -> str:
    """The row's key: who stands in it, for this unit and purpose (`where`).

    The same words a second time are a namesake's, for the reader has refused rows equal in all. A
    list of swabs says so of each tube: a swab counted twice is the lesser evil there.
    Nobody without the secret can tell from it who it is.
    """
    namesake = (str(row.nth),) if row.nth else ()
    seat = (row.tube, str(row.nth)) if in_tubes else namesake
    text = "\n".join((where, *seat, fold_row(row)))
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:40]


def reference_of(key: str) -> str:
    """The natural key of a person without papers whom a roster names."""
    return f"list:{key}"


def slip_of(key: str, secret: bytes) -> str:
    """The slip of a swab that a list tells of; nobody without the secret can guess it."""
    drawn = hmac.new(secret, f"slip:{key}".encode(), hashlib.sha256).digest()
    return ids.new_slip_code(random.Random(drawn))  # noqa: S311 (seeded with 256 secret bits)


def request_key(campaign: int, turn: int, person: int) -> str:
    """The natural key of a roster's wish: a person is asked for once a turn of a campaign."""
    return f"roster:{campaign}:{turn}:{person}"


def turn_of(due_on: date, starts_on: date, every_days: int) -> int:
    """Which turn of a campaign that comes again every so many days; 0 for one that does not."""
    return max(0, (due_on - starts_on).days // every_days) if every_days > 0 else 0


def reason_of(row: ListRow, asked: RequestReason) -> RequestReason:
    """Why the person in this row is asked for: what the row says, else what the list is for."""
    if asked is RequestReason.ROSTER:
        if row.tube_class is TubeClass.SYMPTOM:
            return RequestReason.SYMPTOM
        if row.tube_class is TubeClass.CONTACT:
            return RequestReason.CONTACT
    return asked


def taken_at(
    row: ListRow, *, day: date | None, session_starts_at: datetime, zone: tzinfo
) -> datetime:
    """When a swab was taken: as the row says, else when the session began, on the list's day."""
    if row.taken_at is not None:
        return row.taken_at.replace(tzinfo=zone)
    began, on = session_starts_at.astimezone(zone), row.taken_on or day
    return began if on is None else datetime.combine(on, began.timetz())


def veiled(detail: str) -> str:
    """A detail as it stands on a page: of a long number the last three digits."""
    left = sum(sign.isdigit() for sign in detail)
    if left <= 6:
        return detail
    shown = []
    for sign in detail:
        shown.append("•" if sign.isdigit() and left > 3 else sign)
        left -= sign.isdigit()
    return "".join(shown)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What would happen to one row."""

    verdict: RowVerdict
    reason: str = ""
    detail: str = ""
    cautions: tuple[str, ...] = ()
    residence: int | None = None
    swabbed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What the judgement of a row depends on, beside the row itself."""

    said: Declaration
    fault: tuple[Refusal, str] | None = None
    cautions: tuple[str, ...] = ()
    first: int | None = None
    """The row of the sheet in which the same person stood first."""
    known: bool = False
    held: bool = False
    """Whether the product already has what the row asks for."""
    died: bool = False
    swabbed_at: datetime | None = None


def judged(facts: RowFacts) -> Judgement:
    """What would happen to a row: refused, nothing, or taken in for somebody new or known."""
    residence = facts.said.residence
    if facts.fault is not None:
        reason, detail = facts.fault
        return Judgement(RowVerdict.REFUSED, str(reason), detail=detail, residence=residence)
    if facts.first is not None:
        return Judgement(RowVerdict.UNCHANGED, detail=str(facts.first), residence=residence)
    if facts.held:
        verdict = RowVerdict.UNCHANGED
    elif facts.died:
        return Judgement(RowVerdict.REFUSED, str(ImportRefusal.PERSON_DIED), residence=residence)
    else:
        verdict = RowVerdict.KNOWN if facts.known else RowVerdict.NEW
    return Judgement(
        verdict, cautions=facts.cautions, residence=residence, swabbed_at=facts.swabbed_at
    )
