"""What forbids a swab: its slip, its tube, its person, its time. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from som.kernel import ids
from som.kernel.outcomes import Refusal, gettext_noop
from som.people.rules import (
    Declaration,
    DeclarationRefusal,
    Document,
    Holder,
    agree,
    tidied,
)
from som.sampling.rules.tubes import OWN_SCHEME, Scheme, TubeClass, scheme_of_serial

CLOCK_SKEW = timedelta(minutes=5)
"""How far a team's clock may run ahead of ours before a time is refused as not yet come."""


class SwabRefusal(Refusal):
    """Why a swab was not recorded."""

    SLIP_UNREADABLE = "slip_unreadable", gettext_noop("The slip code has a misread character.")
    SLIP_USED = "slip_used", gettext_noop("This slip was already given to somebody else.")
    TUBE_UNKNOWN = "tube_unknown", gettext_noop("The tube code fits no registered scheme.")
    TUBE_NOT_ISSUED = "tube_not_issued", gettext_noop("No roll with this tube was issued here.")
    TUBE_VOID = "tube_void", gettext_noop("This label was taken out of use.")
    TUBE_ELSEWHERE = "tube_elsewhere", gettext_noop("This tube is in use in another session.")
    TUBE_CLOSED = "tube_closed", gettext_noop("This tube was already sent off or closed.")
    TUBE_FULL = "tube_full", gettext_noop("This tube already holds as many swabs as it may.")
    TUBE_MUST_BE_SINGLE = (
        "tube_must_be_single",
        gettext_noop("Contacts, people with symptoms and people called again need a tube alone."),
    )
    PERSON_TWICE = "person_twice", gettext_noop("This person was already swabbed in this session.")
    SPECIMEN_NOT_PLANNED = (
        "specimen_not_planned",
        gettext_noop("The campaign plans no second specimen of one person."),
    )
    CARD_UNREADABLE = "card_unreadable", gettext_noop("The card's code has a misread digit.")
    CARD_NOT_ISSUED = (
        "card_not_issued",
        gettext_noop("No card with this code and slip was issued here."),
    )
    TEAM_UNKNOWN = "team_unknown", gettext_noop("The session has no team of this number.")
    NOBODY_NAMED = "nobody_named", gettext_noop("Neither a person nor a test request is given.")
    REQUEST_UNKNOWN = "request_unknown", gettext_noop("There is no such test request here.")
    REQUEST_ENDED = "request_ended", gettext_noop("This test request has already ended.")
    TAKEN_IN_FUTURE = "taken_in_future", gettext_noop("The time of sampling has not come yet.")
    TAKEN_BEFORE_SESSION = (
        "taken_before_session",
        gettext_noop("The time of sampling is before the session began."),
    )


@dataclass(frozen=True, slots=True)
class SwabTaken:
    """One person swabbed into one tube, as the team says.

    Who it was: a `said` declaration, or the `request` it answers (its person is then known). `slip`
    is the code on the slip handed to the person, printed before the swab was taken. A walk-in holds
    a `card` with its own code and slip, and need not say a name. `specimen` is 2 for a second swab
    of one person in a session; `team` the number of the session's team.
    """

    tube: str
    slip: str
    taken_at: datetime
    said: Declaration | None = None
    request: int | None = None
    tube_class: TubeClass = TubeClass.SCREENING
    card: str = ""
    specimen: int = 1
    team: int | None = None


@dataclass(slots=True)
class SwabTold:
    """A swab as it is judged: its codes read and its declaration tidied, each once.

    `slip` is None where it is unreadable, `key` then stands for it as written. `serial` is that of
    one of our own labels. `person` is who it is of, as soon as that is known.
    """

    given: SwabTaken
    slip: str | None
    serial: int | None
    scheme: Scheme | None
    said: Declaration | None
    papers: tuple[Document, ...]
    person: int | None = None
    fresh: bool = False
    """Whether the person was met with this very swab for the first time."""

    @property
    def key(self) -> str:
        """What tells this swab from the others of a batch."""
        return self.slip or self.given.slip


def told(swab: SwabTaken, schemes: Sequence[Scheme]) -> SwabTold:
    """What a team said of a swab, read."""
    serial = ids.tube_serial(swab.tube)
    said = tidied(swab.said) if swab.said is not None else None
    return SwabTold(
        swab,
        ids.slip_code(swab.slip),
        serial,
        scheme_of_serial(serial, swab.tube, schemes),
        said,
        said.papers if said is not None else (),
    )


@dataclass(slots=True)
class TubeState:
    """What is known of a tube when swabs are recorded into it."""

    id: int
    session: int
    swabs: int
    tube_class: TubeClass
    closed: bool


@dataclass(frozen=True, slots=True)
class RequestState:
    """What is known of a test request that a swab wants to answer.

    Handed to another unit or put off to another day it has not `ended`: the person was there after
    all, and the swab ends whatever request followed.
    """

    person: int
    single: bool
    ended: bool


@dataclass(frozen=True, slots=True)
class KnownSlip:
    """A slip already given out: the tube and session it went with, and who holds it.

    Without `said` it was recorded where this unit may not look.
    """

    tube: str
    session: int
    person: int
    said: Declaration | None


@dataclass(slots=True)
class SwabFacts:
    """Everything the judgement of a set of swabs depends on."""

    session: int
    session_starts_at: datetime
    cap: int
    at: datetime
    slips: Mapping[str, KnownSlip] = field(default_factory=dict)
    requests: Mapping[int, RequestState] = field(default_factory=dict)
    holders: Mapping[Document, Holder] = field(default_factory=dict)
    """Paper → who stands for it and what is known of them, as far as this unit may see."""
    people_swabbed: frozenset[tuple[int, int]] = frozenset()
    """Of all these people those already swabbed in this session, with the number of the specimen."""
    second_specimens: bool = False
    """Whether the campaign plans a second specimen of one person."""
    cards: frozenset[tuple[int, str]] = frozenset()
    """Serial number and slip of those of the cards that were issued here."""
    teams: Mapping[int, int] = field(default_factory=dict)
    """The session's teams: number → row."""
    void: frozenset[str] = frozenset()
    """Those of our own tube codes whose labels were taken out of use."""
    issued: frozenset[str] = frozenset()
    """Those of our own tube codes that are on a roll issued here."""
    earliest: datetime = field(init=False)
    latest: datetime = field(init=False)
    """Between these a swab of this session may have been taken."""

    def __post_init__(self) -> None:
        self.earliest = self.session_starts_at - CLOCK_SKEW
        self.latest = self.at + CLOCK_SKEW


Fault = tuple[SwabRefusal | DeclarationRefusal, str]


def fault_before_tubes(swab: SwabTold, facts: SwabFacts) -> Fault | None:
    """What is wrong with a swab whatever the state of its tube; None when nothing is.

    Notes who it is of, where that is known before anybody is taken in.
    """
    given = swab.given
    if swab.slip is None:
        return SwabRefusal.SLIP_UNREADABLE, given.slip
    if swab.scheme is None:
        return SwabRefusal.TUBE_UNKNOWN, given.tube
    if swab.scheme.id == OWN_SCHEME and given.tube not in facts.issued:
        return SwabRefusal.TUBE_NOT_ISSUED, given.tube
    if given.tube in facts.void:
        return SwabRefusal.TUBE_VOID, given.tube
    if given.card:
        serial = ids.card_serial(given.card)
        if serial is None:
            return SwabRefusal.CARD_UNREADABLE, given.card
        if (serial, swab.slip) not in facts.cards:
            return SwabRefusal.CARD_NOT_ISSUED, given.card
    if given.team is not None and given.team not in facts.teams:
        return SwabRefusal.TEAM_UNKNOWN, str(given.team)
    if given.specimen != 1 and not (given.specimen == 2 and facts.second_specimens):
        return SwabRefusal.SPECIMEN_NOT_PLANNED, str(given.specimen)
    if given.taken_at > facts.latest:
        return SwabRefusal.TAKEN_IN_FUTURE, given.taken_at.isoformat()
    if given.taken_at < facts.earliest:
        return SwabRefusal.TAKEN_BEFORE_SESSION, given.taken_at.isoformat()
    if given.request is not None:
        asked = facts.requests.get(given.request)
        if asked is None:
            return SwabRefusal.REQUEST_UNKNOWN, str(given.request)
        if asked.ended:
            return SwabRefusal.REQUEST_ENDED, str(given.request)
    elif given.said is None:
        return SwabRefusal.NOBODY_NAMED, ""
    swab.person = person_of(swab, facts)
    if swab.person is not None and (swab.person, given.specimen) in facts.people_swabbed:
        return SwabRefusal.PERSON_TWICE, ""
    return None


def person_of(swab: SwabTold, facts: SwabFacts) -> int | None:
    """Who was swabbed, if that is known before anybody is taken in.

    A number names its holder only if nothing contradicts: a parent's number on a child does not.
    """
    if swab.given.request is not None:
        return facts.requests[swab.given.request].person
    if swab.said is None or not facts.holders:
        return None
    for paper in swab.papers:
        holder = facts.holders.get(paper)
        if holder is not None and holder.agrees(swab.said):
            return holder.person
    return None


def is_the_same(swab: SwabTold, known: KnownSlip, facts: SwabFacts) -> bool:
    """Whether a slip already given out was given to this very person, tube and session.

    Two people sharing a tube may be handed one slip by mistake: the second must hear of it.
    """
    given = swab.given
    if (given.tube, facts.session) != (known.tube, known.session) or known.said is None:
        return False
    if given.request is not None:
        asked = facts.requests.get(given.request)
        return asked is not None and asked.person == known.person
    return swab.said is not None and agree(known.said, swab.said)


def stands_alone(swab: SwabTaken, facts: SwabFacts) -> bool:
    """Whether this swab must be alone in its tube."""
    if swab.tube_class.single:
        return True
    asked = facts.requests.get(swab.request) if swab.request is not None else None
    return asked is not None and asked.single


def fault_of_tube(swab: SwabTaken, tube: TubeState, facts: SwabFacts) -> Fault | None:
    """What forbids this swab in this tube as it now stands; None when nothing does."""
    if tube.session != facts.session:
        return SwabRefusal.TUBE_ELSEWHERE, swab.tube
    if tube.closed:
        return SwabRefusal.TUBE_CLOSED, swab.tube
    if tube.swabs and (stands_alone(swab, facts) or tube.tube_class.single):
        return SwabRefusal.TUBE_MUST_BE_SINGLE, swab.tube
    if tube.swabs >= facts.cap:
        return SwabRefusal.TUBE_FULL, swab.tube
    return None
