"""The pages of notices and alarms."""

from som.notices.views.alarms import alarms, alarms_slot
from som.notices.views.inbox import inbox, slot

__all__ = ["alarms", "alarms_slot", "inbox", "slot"]
