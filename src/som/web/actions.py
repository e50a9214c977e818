"""What was done or seen, in words: each action noted about persons, as the audit's page shows it."""

from __future__ import annotations

from django.utils.translation import gettext

from som.kernel.outcomes import gettext_noop as _

ACTIONS = {
    "audit.entries_about": _("Asked who saw or changed this person"),
    "people.people_sought": _("Searched for a person"),
    "people.person_shown": _("Opened the person's page"),
    "people.register_people": _("Registered the person"),
    "people.name_walk_ins": _("Gave a walk-in their name"),
    "people.note_deaths": _("Noted a death, or took it back"),
    "people.note_owed": _("Noted that more is known of the person than of the swab"),
    "people.settle_owed": _("Looked the person's results through again"),
    "people.people_named": _("Searched for people by name"),
    "people.people_with_number": _("Searched by identity number"),
    "people.people_like": _("Searched for people like somebody described"),
    "people.compare_people": _("Looked for others like this person"),
    "people.open_candidates": _("Opened the list of people known twice"),
    "people.decided_candidates": _("Opened the list of entries joined or kept apart"),
    "people.candidate_shown": _("Opened two entries with their numbers"),
    "people.join_persons": _("Joined two entries as one person"),
    "people.part_persons": _("Said that two entries are two people"),
    "people.reopen_candidates": _("Put two entries up for review again"),
    "sampling.request_tests": _("Asked for a test"),
    "sampling.end_requests": _("Ended a request for a test"),
    "sampling.ask_turns": _("Asked for the next turn of a campaign"),
    "sampling.history_of": _("Opened what was asked of the person and taken"),
    "sampling.people_of_lost_tube": _("Opened the people of a lost tube"),
    "sampling.transfer_requests": _("Offered a request for a test to another unit"),
    "sampling.accept_transfers": _("Took over a request for a test"),
    "sampling.decline_transfers": _("Did not take over a request for a test"),
    "sampling.transfers_waiting": _("Opened the list of people handed over"),
    "sampling.open_requests": _("Opened the list of people asked for"),
    "sampling.people_of_campaign": _("Opened the list of people a campaign asked for"),
    "sampling.give_slots": _("Gave the person a time at a session"),
    "sampling.set_slots": _("Changed the slots in which the person had a time"),
    "sampling.change_sessions": _("Changed the session at which the person has a time"),
    "sampling.people_with_times": _("Opened the list of who comes to a session when"),
    "sampling.people_without_times": _("Opened the list of who has no time at a session yet"),
    "sampling.walk_ins": _("Opened the list of walk-ins without a name"),
    "sampling.walk_in": _("Opened a walk-in without a name"),
    "sampling.judge_rows": _("Looked the person up for the preview of a list"),
    "sampling.take_in_rows": _("Took the person in from a list"),
    "sampling.list_rows": _("Opened the rows of a list"),
    "sampling.record_swabs": _("Recorded a swab"),
    "sampling.lose_tubes": _("Reported the tube lost"),
    "sampling.expire_tubes": _("Closed the tube: its use-by had passed"),
    "results.release_verdicts": _("Released a result"),
    "results.note_reports": _("Noted what another laboratory reported"),
    "results.match_reported": _("Said whose result a reported row is"),
    "results.release_reported": _("Released what another laboratory reported"),
    "results.reported_rows": _("Opened rows that another laboratory reported"),
    "results.people_in_tube": _("Looked who is in the tube of a reported row"),
    "results.confirm_corrections": _("Confirmed a correction of a result"),
    "results.take_back_results": _("Took a result back by a recall"),
    "results.decide_discordant_pools": _("Decided about a discordant pool"),
    "results.tell_newly_owed": _("Told what came to be owed"),
    "results.look_up": _("Looked the result up by slip"),
    "results.checked_slip": _("Checked a printed slip"),
    "results.printed_slip": _("Printed one slip"),
    "results.printed_papers": _("Printed slips or a list"),
    "results.where_is": _("Asked where the sample is"),
    "results.answers_of_area": _("Opened the results of an area"),
    "results.people_of_recall": _("Opened whom a recall concerns"),
    "results.swab_shown": _("Opened name, telephone, address and results"),
    "results.persons_meant": _("Searched by identity number or slip for an audit"),
    "notices.unacknowledged_notices": _("Opened the notices"),
    "notices.acknowledge_notices": _("Acknowledged a notice"),
}


def words_of(action: str) -> str:
    """The action in words; one that the table does not know stands as it is written."""
    return gettext(ACTIONS[action]) if action in ACTIONS else action
