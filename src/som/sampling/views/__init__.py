"""The pages of sampling, one module a desk."""

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
from som.sampling.views.persons import person_slot
from som.sampling.views.plan import campaign, campaigns, end_campaign, plan_campaign, slot
from som.sampling.views.recording import record, record_walk_ins
from som.sampling.views.requests import end, requests, transfers
from som.sampling.views.sessions import close_session, open_session, session, sessions
from som.sampling.views.walk_ins import walk_in, walk_ins

__all__ = [
    "campaign",
    "campaigns",
    "close_session",
    "confirm_list",
    "drop_list",
    "end",
    "end_campaign",
    "list_progress",
    "list_template",
    "lists",
    "open_session",
    "person_slot",
    "plan_campaign",
    "record",
    "record_walk_ins",
    "refused_rows",
    "requests",
    "send_list",
    "sent_list",
    "session",
    "sessions",
    "slot",
    "transfers",
    "walk_in",
    "walk_ins",
]
