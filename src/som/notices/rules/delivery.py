"""How messages leave the house: when a failed one is tried again, and what a receiver is sent. Pure.

A *message* is a notice or an alarm on its way out.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeVar

CLAIM_HOLDS = timedelta(minutes=2)
"""After this a claimed message that was not delivered is taken up again: its worker died."""

FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=15)
"""Pauses double from try to try up to this, so that a receiver that comes back is noticed soon."""

NOT_TRIED = "not_tried"
"""Why a message did not arrive that was not sent, because the receiver was away."""

AWAY_PAUSE = timedelta(minutes=1)
"""For so long nothing is tried once a receiver was away."""

TOGETHER = 2
"""So often a message is sent with others; then alone, in case one of them is what is refused."""


ALONE_AT_ONCE = 2
"""So many of a kind that go alone are claimed at once: each may take a receiver's whole patience."""

PASS_LASTS = timedelta(seconds=30)
"""So long one pass claims more. What was claimed last, two groups and four alone at up to 15 seconds
each, is sent before `CLAIM_HOLDS` is over, counted from the beginning: nobody else claims it."""


class MessageSource(StrEnum):
    """Of which kind a message is: the beginning of its id."""

    NOTICE = "notice"
    ALARM = "alarm"


def message_id(source: MessageSource, number: int) -> str:
    """The id by which a receiver knows a message."""
    return f"{source}-{number}"


def source_of(message: str) -> tuple[MessageSource, int] | None:
    """Which notice or alarm a message is; None for no id of a message."""
    found = re.fullmatch(r"(notice|alarm)-(\d{1,18})", message, re.ASCII)
    return (MessageSource(found[1]), int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class Failure:
    """A message that did not arrive, and why: a code, never what a receiver wrote.

    `away`: because the receiver as a whole was not there.
    """

    message: str
    why: str
    away: bool = False


def next_try(attempts: int) -> timedelta:
    """How long to wait after so many attempts that failed."""
    doubled = FIRST_PAUSE * (1 << min(max(attempts, 1) - 1, 30))
    return min(doubled, LONGEST_PAUSE)


class _Tried(Protocol):
    @property
    def attempts(self) -> int: ...


Message = TypeVar("Message", bound=_Tried)


def groups(messages: Sequence[Message], most: int) -> list[list[Message]]:
    """Messages as they are sent: those tried seldom together, the others alone and last."""
    fresh = [one for one in messages if one.attempts <= TOGETHER]
    stubborn = [one for one in messages if one.attempts > TOGETHER]
    return [fresh[n : n + most] for n in range(0, len(fresh), most)] + [[one] for one in stubborn]


def digest_of(message: Mapping[str, Any]) -> str:
    """The hash of what a message says: the same at every try, another if anything differs."""
    canonical = json.dumps(message, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 of the time in seconds, a full stop and the body, in hexadecimal."""
    return hmac.new(secret.encode(), b"%d." % timestamp + body, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver said of a group: what it has, and what not."""

    accepted: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def away(self) -> bool:
        """Whether the receiver was not there at all."""
        return any(failure.away for failure in self.failures)


def read_reply(sent: Sequence[str], status: int, body: bytes) -> Reply:
    """What a receiver's answer means for each message it was sent.

    Success without more takes all. `accepted` and `refused` in a JSON object say it one by one;
    what neither names comes again. A receiver that is overloaded, in error, or knows none of us is
    as good as away.
    """
    if not 200 <= status < 300:
        away = status >= 500 or status in (401, 403, 404, 408, 429)
        return Reply((), tuple(Failure(one, f"http_{status}", away) for one in sent))
    if not body.strip():
        return Reply(tuple(sent))
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return Reply((), tuple(Failure(one, "reply_unreadable") for one in sent))
    refused = {
        line["id"]: _code(line.get("reason"))
        for line in _lines(said.get("refused"))
        if isinstance(line, dict) and isinstance(line.get("id"), str)
    }
    named = {one for one in _lines(said.get("accepted")) if isinstance(one, str)}
    accepted = tuple(
        one for one in sent if one not in refused and (one in named or "accepted" not in said)
    )
    failures = tuple(
        Failure(one, refused.get(one, "not_named")) for one in sent if one not in accepted
    )
    return Reply(accepted, failures)


def _lines(said: object) -> list[Any]:
    return said if isinstance(said, list) else []


def _code(reason: object) -> str:
    """A receiver's reason if it is a code; a sentence might quote a person."""
    known = isinstance(reason, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,39}", reason, re.ASCII)
    return f"refused_{reason}" if known else "refused"
