"""What is told, what calls for somebody, and how it leaves the house. Pure."""

from som.notices.rules.alarms import AlarmField, AlarmKind, AlarmRefusal, AlarmWanted, body_of
from som.notices.rules.delivery import (
    ALONE_AT_ONCE,
    AWAY_PAUSE,
    CLAIM_HOLDS,
    NOT_TRIED,
    PASS_LASTS,
    TOGETHER,
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
    "ALONE_AT_ONCE",
    "AWAY_PAUSE",
    "CLAIM_HOLDS",
    "NOT_TRIED",
    "PASS_LASTS",
    "TOGETHER",
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
    "body_of",
    "digest_of",
    "groups",
    "message_id",
    "next_try",
    "read_reply",
    "signature",
    "source_of",
]
