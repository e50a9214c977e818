"""The one table of state colours: which tone a state has, and what it is called."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from som.kernel.outcomes import gettext_noop as _


@dataclass(frozen=True, slots=True)
class Tone:
    """What a colour means. The icon says the same to those who do not see colours."""

    name: str
    icon: str


WAITING = Tone("waiting", "hourglass")
WORKING = Tone("working", "player-play")
WARNING = Tone("warning", "alert-triangle")
LATE = Tone("late", "clock-exclamation")
POSITIVE = Tone("positive", "alert-circle")
DONE = Tone("done", "check")
VOID = Tone("void", "ban")

TONES = {t.name: t for t in (WAITING, WORKING, WARNING, LATE, POSITIVE, DONE, VOID)}

STATES: dict[str, tuple[Tone, str]] = {
    # a campaign, a session
    "planned": (WAITING, _("Planned")),
    "open": (WORKING, _("Open")),
    "closed": (DONE, _("Closed")),
    "cancelled": (VOID, _("Cancelled")),
    # a test request
    "requested": (WAITING, _("Requested")),
    "due": (WARNING, _("Due")),
    "late": (LATE, _("Late")),
    "done": (DONE, _("Done")),
    "refused": (WARNING, _("Refused")),
    "absent": (WARNING, _("Absent")),
    "transferred": (VOID, _("Transferred")),
    "died": (VOID, _("Died")),
    "swabbed": (DONE, _("Swabbed")),
    "unable": (WARNING, _("Could not be swabbed")),
    "campaign_ended": (VOID, _("Campaign ended")),
    # a tube
    "printed": (WAITING, _("Printed")),
    "unused": (WAITING, _("Unused")),
    "filling": (WORKING, _("Being filled")),
    "used": (WORKING, _("Used")),
    "taken": (WORKING, _("Taken")),
    "sent": (WORKING, _("Sent")),
    "received": (WORKING, _("Received")),
    "pooled": (WORKING, _("In a pool")),
    "loaded": (WORKING, _("On a plate")),
    "read": (WORKING, _("Read")),
    "past_use": (LATE, _("Past use")),
    "lost": (LATE, _("Lost")),
    "destroyed": (VOID, _("Destroyed")),
    "void": (VOID, _("Void")),
    # a numbered paper sheet, beside printed, done and void
    "entered": (WORKING, _("Being entered")),
    "differing": (WARNING, _("Read differently")),
    # a line of such a sheet, as its next reader sees it
    "line_unread": (WAITING, _("Not read")),
    "line_read": (WORKING, _("Read once, by you")),
    "line_second": (WAITING, _("To be read a second time")),
    "line_recorded": (DONE, _("Recorded")),
    "line_blank": (VOID, _("Blank line")),
    # a verdict or a result
    "positive": (POSITIVE, _("Positive")),
    "suspected": (POSITIVE, _("Suspected positive")),
    "negative": (DONE, _("Negative")),
    "negative_by_pool": (DONE, _("Negative, by pooled test")),
    "withdrawn": (VOID, _("Withdrawn")),
    "inconclusive": (WARNING, _("Inconclusive")),
    "invalid": (WARNING, _("Invalid")),
    "held": (WARNING, _("Held")),
    "discordant": (WARNING, _("Discordant pool")),
    "waiting": (WAITING, _("Waiting")),
    "reviewed": (WORKING, _("Reviewed")),
    "released": (DONE, _("Released")),
    "corrected": (WARNING, _("Corrected")),
    "recalled": (VOID, _("Recalled")),
    # a recall
    "recall_proposed": (WARNING, _("Waits for a second person")),
    "recall_confirmed": (WORKING, _("Being carried out")),
    "recall_done": (DONE, _("Carried out")),
    "recall_withdrawn": (VOID, _("Proposal given up")),
    # a run
    "laid_out": (WAITING, _("Laid out")),
    "running": (WORKING, _("Running")),
    "fault": (LATE, _("Fault")),
    # a box of tubes on its way
    "box_under_way": (WAITING, _("On its way")),
    "box_unpacking": (WORKING, _("Being unpacked")),
    "box_arrived": (DONE, _("All received")),
    "box_incomplete": (LATE, _("Tubes missing")),
    # a list that was sent in
    "list_waiting": (WORKING, _("Being read")),
    "list_read": (WORKING, _("Being looked through")),
    "list_previewed": (WARNING, _("Waits for confirmation")),
    "list_confirmed": (WORKING, _("Being taken in")),
    "list_done": (DONE, _("Taken in")),
    "list_stopped": (LATE, _("Stopped")),
    "list_unreadable": (LATE, _("Not readable")),
    # a row that another laboratory reported, and what it says beside what a verdict may
    "reported_review": (WARNING, _("Who is it?")),
    "reported_waiting": (WAITING, _("Waits for release")),
    "reported_released": (DONE, _("Released")),
    "reported_repeated": (WAITING, _("Said before")),
    "reported_refused": (LATE, _("Refused")),
    "reported_replaced": (VOID, _("Replaced by a later report")),
    "resample": (WARNING, _("To be swabbed again")),
    "unfit": (WARNING, _("Specimen unfit")),
    "not_tested": (WAITING, _("Not tested")),
    "pending": (WAITING, _("Not known yet")),
    # an account
    "account_opened": (WAITING, _("No code yet")),
    "code_issued": (WORKING, _("Code issued")),
    "in_use": (DONE, _("In use")),
    "account_closed": (VOID, _("Closed")),
    # a notice
    "queued": (WAITING, _("Waiting to be sent")),
    "delivered": (WORKING, _("Delivered")),
    "acknowledged": (DONE, _("Acknowledged")),
    "failed": (LATE, _("Failed")),
}


def shown(state: str) -> tuple[Tone, str]:
    """The tone and the words of a state; an unknown one is shown as it is written, waiting."""
    tone, words = STATES.get(str(state), (WAITING, ""))
    return tone, gettext(words) if words else str(state)
