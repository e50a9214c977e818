"""What is told, what calls for somebody, and how it leaves the house. Pure."""

from som.notices.rules.alarms import AlarmField, AlarmKind, AlarmRefusal, AlarmWanted
from som.notices.rules.delivery import (
    AWAY_PAUSE,
    CLAIM_HOLDS,
    NOT_TRIED,
    Failure,
    MessageSource,
    Reply,
    digest_of,
    groups,
    message_id,
    next_try,
    read_reply,
    signature,
    source_of,
)
from som.notices.rules.notices import NoticeKind, NoticeRefusal, NoticeWanted

__all__ = [
    "AWAY_PAUSE",
    "CLAIM_HOLDS",
    "NOT_TRIED",
    "AlarmField",
    "AlarmKind",
    "AlarmRefusal",
    "AlarmWanted",
    "Failure",
    "MessageSource",
    "NoticeKind",
    "NoticeRefusal",
    "NoticeWanted",
    "Reply",
    "digest_of",
    "groups",
    "message_id",
    "next_try",
    "read_reply",
    "signature",
    "source_of",
]
