"""The dated rules that ship with the program, in the database of whoever updates it."""

from __future__ import annotations

from collections.abc import Callable

from som.access.queries import system_actor
from som.kernel import clock, rulebook
from som.kernel.commands import load_rules
from som.kernel.outcomes import Outcome


def load_packaged_rules(tell: Callable[[str], object]) -> Outcome[str]:
    """Load what ships and is not there yet, and tell of each rule that was refused.

    A version that asks for a rule the database lacks would stop at its first use. May be repeated.
    """
    outcome = load_rules(rulebook.packaged_rules(), by=system_actor("setup"), at=clock.real_now())
    for refused in outcome.refused:
        tell(f"  rule {refused.item}: {refused.reason.sentence} {refused.detail}")
    return outcome
