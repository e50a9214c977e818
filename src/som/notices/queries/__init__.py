"""What was told to whom, and what calls whom: what other files may read."""

from som.notices.queries.alarms import (
    AlarmRow,
    alarm_keys,
    alarms_counted,
    alarms_open,
)
from som.notices.queries.delivery import receiver_due
from som.notices.queries.notices import (
    NoticeRow,
    Overdue,
    Told,
    positives_overdue,
    told_of,
    unacknowledged_by_kind,
    unacknowledged_notices,
)

__all__ = [
    "AlarmRow",
    "NoticeRow",
    "Overdue",
    "Told",
    "alarm_keys",
    "alarms_counted",
    "alarms_open",
    "positives_overdue",
    "receiver_due",
    "told_of",
    "unacknowledged_by_kind",
    "unacknowledged_notices",
]
