"""The pages of sampling, one module a desk."""

from som.sampling.views.boxes import box, manifest_paper, manifests, waiting_tubes
from som.sampling.views.cards import cards, print_cards
from som.sampling.views.changes import change_session
from som.sampling.views.labels import labels, session_labels, void_labels
from som.sampling.views.lists import (
    confirm_list,
    drop_list,
    list_progress,
    list_template,
    lists,
    refused_rows,
    send_list,
    sent_list,
)
from som.sampling.views.losses import lose_tubes, lost_tube, lost_tubes
from som.sampling.views.packing import hand_over, keep_tubes, pack_box
from som.sampling.views.persons import ask, person_slot
from som.sampling.views.plan import (
    campaign,
    campaign_people,
    campaigns,
    end_campaign,
    plan_campaign,
    slot,
)
from som.sampling.views.reading import sheet
from som.sampling.views.recording import record, record_walk_ins
from som.sampling.views.requests import end, requests, transfers
from som.sampling.views.rolls import print_labels, roll
from som.sampling.views.sessions import (
    close_session,
    laboratories_room,
    open_session,
    session,
    sessions,
)
from som.sampling.views.sheets import print_sheets, session_sheets, sheets, void_sheet
from som.sampling.views.slots import (
    cut_slots,
    give_times,
    move_time,
    print_slots,
    slot_people,
    slots,
)
from som.sampling.views.walk_ins import walk_in, walk_ins

__all__ = [
    "ask",
    "box",
    "campaign",
    "campaign_people",
    "campaigns",
    "cards",
    "change_session",
    "close_session",
    "confirm_list",
    "cut_slots",
    "drop_list",
    "end",
    "end_campaign",
    "give_times",
    "hand_over",
    "keep_tubes",
    "labels",
    "laboratories_room",
    "list_progress",
    "list_template",
    "lists",
    "lose_tubes",
    "lost_tube",
    "lost_tubes",
    "manifest_paper",
    "manifests",
    "move_time",
    "open_session",
    "pack_box",
    "person_slot",
    "plan_campaign",
    "print_cards",
    "print_labels",
    "print_sheets",
    "print_slots",
    "record",
    "record_walk_ins",
    "refused_rows",
    "requests",
    "roll",
    "send_list",
    "sent_list",
    "session",
    "session_labels",
    "session_sheets",
    "sessions",
    "sheet",
    "sheets",
    "slot",
    "slot_people",
    "slots",
    "transfers",
    "void_labels",
    "void_sheet",
    "waiting_tubes",
    "walk_in",
    "walk_ins",
]
