"""Writes, claims, delivers and acknowledges notices and alarms."""

from som.notices.commands.alarms import acknowledge_alarms, close_alarms, raise_alarms
from som.notices.commands.delivery import (
    Claimed,
    claim_messages,
    note_deliveries,
    note_failures,
)
from som.notices.commands.notices import acknowledge_notices, write_notices

__all__ = [
    "Claimed",
    "acknowledge_alarms",
    "acknowledge_notices",
    "claim_messages",
    "close_alarms",
    "note_deliveries",
    "note_failures",
    "raise_alarms",
    "write_notices",
]
