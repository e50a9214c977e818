"""What was done or seen, in words: each action noted about persons, as the audit's page shows it."""

from __future__ import annotations

from django.utils.translation import gettext

from som.kernel.outcomes import gettext_noop as _

ACTIONS = {
    "audit.entries_about": _("Asked who saw or changed this person"),
    "people.register_people": _("Registered the person"),
    "people.people_named": _("Searched for people by name"),
    "people.people_with_number": _("Searched by identity number"),
    "sampling.request_tests": _("Asked for a test"),
    "sampling.end_requests": _("Ended a request for a test"),
    "sampling.open_requests": _("Opened the list of people asked for"),
    "sampling.record_swabs": _("Recorded a swab"),
    "sampling.lose_tubes": _("Reported the tube lost"),
    "sampling.expire_tubes": _("Closed the tube: its use-by had passed"),
    "results.release_verdicts": _("Released a result"),
    "results.confirm_corrections": _("Confirmed a correction of a result"),
    "results.decide_discordant_pools": _("Decided about a discordant pool"),
    "results.look_up": _("Looked the result up by slip"),
    "results.where_is": _("Asked where the sample is"),
    "results.swab_shown": _("Opened name, telephone, address and results"),
    "results.persons_meant": _("Searched by identity number or slip for an audit"),
    "notices.unacknowledged_notices": _("Opened the notices"),
    "notices.acknowledge_notices": _("Acknowledged a notice"),
}


def words_of(action: str) -> str:
    """The action in words; one that the table does not know stands as it is written."""
    return gettext(ACTIONS[action]) if action in ACTIONS else action
