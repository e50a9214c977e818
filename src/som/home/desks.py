"""What each permission can start from the work plan, and which stage fills which slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from som.kernel.actors import Actor
from som.kernel.outcomes import gettext_noop as _


@dataclass(frozen=True, slots=True)
class Desk:
    """A card of the work plan: shown to whoever holds the permission, if its page exists."""

    permission: str
    url_name: str
    title: str
    text: str
    icon: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A card or slot as it stands on the page."""

    url: str
    title: str
    text: str = ""
    icon: str = ""


DESKS = (
    Desk(
        "sampling.read",
        "sampling:sessions",
        _("Sampling sessions"),
        _("Your sessions with their tubes: how many people, and how far each tube has come."),
        "test-pipe",
    ),
    Desk(
        "sampling.plan",
        "sampling:campaigns",
        _("Plan sampling"),
        _("Campaigns, sessions, lists of people and tube labels."),
        "calendar-event",
    ),
    Desk(
        "sampling.dispatch",
        "sampling:manifests",
        _("Hand over to the laboratory"),
        _("Close a box of tubes and send its list with it."),
        "truck-delivery",
    ),
    Desk(
        "lab.receive",
        "lab:reception",
        _("Receive tubes"),
        _("Scan tubes in; each that is refused says at once why."),
        "package-import",
    ),
    Desk(
        "lab.receive",
        "lab:fridge",
        _("Fridge"),
        _("What is kept here and until when it may be tested; near use-bys first."),
        "snowflake",
    ),
    Desk(
        "lab.pool",
        "lab:pools",
        _("Pooling bench"),
        _("Scan the tubes that go together, then the label of their pool."),
        "flask-2",
    ),
    Desk(
        "lab.plate",
        "lab:plates",
        _("Plates"),
        _("What waits for a plate, and the plate one scans it onto."),
        "grid-dots",
    ),
    Desk(
        "lab.read_run",
        "lab:run_new",
        _("Read a run"),
        _("Send in what the instrument wrote; its verdicts are made at once."),
        "upload",
    ),
    Desk(
        "lab.plate",
        "lab:runs",
        _("Runs"),
        _("What each run said, well by well, its controls and its faults."),
        "microscope",
    ),
    Desk(
        "lab.read_run",
        "lab:point",
        _("Point of care"),
        _("Begin a strip or a cartridge with a scan, and note it in its minutes."),
        "clock",
    ),
    Desk(
        "results.review",
        "results:review",
        _("Review and release"),
        _("Runs read by a colleague that wait for a second pair of eyes."),
        "clipboard-check",
    ),
    Desk(
        "results.review",
        "results:corrections",
        _("Corrections"),
        _("What should have been said otherwise: proposed by one, confirmed by another."),
        "pencil",
    ),
    Desk(
        "results.recall",
        "results:recalls",
        _("Recalls"),
        _("Take back what a lot, a run or a laboratory got wrong, and ask everyone again."),
        "arrow-back-up",
    ),
    Desk(
        "results.read",
        "results:results",
        _("Results of your area"),
        _("The swabs of one day, oldest first, with the answer each has by now."),
        "report-medical",
    ),
    Desk(
        "notices.acknowledge",
        "notices:inbox",
        _("Notices to acknowledge"),
        _("Positives and held pools that your area was told of, and whom to go to."),
        "bell",
    ),
    Desk(
        "notices.alarms",
        "notices:alarms",
        _("Alarms"),
        _("What calls you or a colleague at the same desk, and who has taken it on."),
        "urgent",
    ),
    Desk(
        "people.read",
        "people:search",
        _("Find a person"),
        _("By name as heard, year of birth, telephone or number: what is asked of them and taken."),
        "user-search",
    ),
    Desk(
        "people.match",
        "people:same",
        _("The same person twice?"),
        _("Pairs of entries that may be one person: join them, or say that they are two."),
        "users-group",
    ),
    Desk(
        "results.receive_reports",
        "results:reports",
        _("Results of other laboratories"),
        _("What others tested and report to you: whose result it is, and its release."),
        "inbox",
    ),
    Desk(
        "results.gaps",
        "results:watch",
        _("Late and unusual"),
        _("Answers that grow late and who has them, near use-bys, and rates unlike the usual."),
        "clock-exclamation",
    ),
    Desk(
        "audit.read",
        "access:audit",
        _("Who saw whom"),
        _("Every reading and change of a person's data."),
        "shield-lock",
    ),
    Desk(
        "access.manage",
        "access:new_account",
        _("Open an account"),
        _("For a colleague: roles, places, and a one-time code to print."),
        "user-plus",
    ),
    Desk(
        "access.manage",
        "access:accounts",
        _("Accounts and roles"),
        _("Who may do what where; give and end roles, print new codes."),
        "users",
    ),
    Desk(
        "places.manage",
        "places:organisations",
        _("Organisations and laboratories"),
        _("Register health stations and laboratories, and what these may report."),
        "building-hospital",
    ),
    Desk(
        "places.manage",
        "places:search",
        _("Units"),
        _("Communes and provinces with their history."),
        "map-pin",
    ),
)
"""In the order in which a swab travels."""

CALLS = (
    ("notices.alarms", "notices:alarms_slot", _("Alarms")),
    ("notices.read", "notices:slot", _("Notices not acknowledged")),
)
"""What calls this person: it stands above the day. Each as in `SLOTS`."""

SLOTS = (
    ("results.review", "results:review_slot", _("Waiting for release")),
    ("results.receive_reports", "results:reports_slot", _("Results of other laboratories")),
    ("lab.see", "lab:slot", _("What waits to be tested")),
    ("sampling.read", "sampling:slot", _("Sampling")),
    ("people.match", "people:slot", _("The same person twice?")),
)
"""Permission, the address of the stage's part, and what the part is called until it has come."""


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def desks_of(actor: Actor) -> list[Shown]:
    """What this actor can start from here."""
    return [
        Shown(url, gettext(desk.title), gettext(desk.text), desk.icon)
        for desk in DESKS
        if actor.may(desk.permission) and (url := _url(desk.url_name))
    ]


def slots_of(actor: Actor, slots: Sequence[tuple[str, str, str]] = SLOTS) -> list[Shown]:
    """Those of these parts that other stages fill for this actor."""
    return list(
        dict.fromkeys(  # a part that two permissions open stands there once
            Shown(url, gettext(title))
            for permission, name, title in slots
            if actor.may(permission) and (url := _url(name))
        )
    )
