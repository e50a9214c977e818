"""The signed way to another system: one POST a group of messages, told apart by id and hash.

Nothing of a message or an answer is logged. A redirect is not followed: people's data go to the
address that was named and no other.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from som.notices.commands import Claimed
from som.notices.rules import Failure, Reply, read_reply, signature
from som.notices.work import Send, message

PATIENCE = 10.0
"""Seconds for one group, from connecting to the last byte of the answer; half of it a step."""

MOST_OF_ANSWER = 256 * 1024
"""Bytes of an answer that are read: enough to name every message of a group with a reason."""


def to_webhook(url: str, secret: str) -> Send:
    """Messages go to this address, signed with this secret."""
    where = urlsplit(url)
    path = (where.path or "/") + (f"?{where.query}" if where.query else "")

    def send(claimed: Sequence[Claimed], _at: datetime) -> Reply:
        body = json.dumps({"messages": [message(one) for one in claimed]}, ensure_ascii=False)
        sent = [one.id for one in claimed]
        try:
            return read_reply(sent, *_posted(where.scheme, where.netloc, path, body, secret))
        except TimeoutError:
            why = "timeout"
        except ssl.SSLError:
            why = "tls"
        except (OSError, http.client.HTTPException):
            why = "unreachable"
        return Reply((), tuple(Failure(one, why, away=True) for one in sent))

    return send


def _posted(scheme: str, netloc: str, path: str, text: str, secret: str) -> tuple[int, bytes]:
    """Send it; answer with the status and the body. Raises `OSError` where that cannot be had."""
    body = text.encode()
    # Real time, not a drill's: a receiver refuses what was signed long ago.
    now, until = int(time.time()), time.monotonic() + PATIENCE
    if scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            netloc, timeout=PATIENCE / 2, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(netloc, timeout=PATIENCE / 2)
    try:
        connection.request(
            "POST",
            path,
            body,
            {
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "som",
                "X-Som-Timestamp": str(now),
                "X-Som-Signature": f"sha256={signature(secret, now, body)}",
            },
        )
        answer = connection.getresponse()
        read = b""
        # A receiver that sends a byte every few seconds must not hold the worker for ever.
        while chunk := answer.read1(65_536):
            read += chunk
            if time.monotonic() > until:
                raise TimeoutError
            if len(read) > MOST_OF_ANSWER:
                raise http.client.HTTPException("answer too long")
        return answer.status, read
    finally:
        connection.close()
