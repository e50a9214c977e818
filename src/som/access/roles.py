"""The one table of roles: who may do what. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from som.kernel.actors import Actor
from som.kernel.outcomes import gettext_noop


class Bound(StrEnum):
    """What an assignment of the role must name."""

    UNIT = "unit"
    ORGANISATION = "organisation"
    EVERYWHERE = "everywhere"


PERMISSIONS: dict[str, str] = {
    "rules.manage": gettext_noop("Load and end dated rules."),
    "clock.set": gettext_noop("Set the clock of a demo or drill off."),
    "places.manage": gettext_noop("Load units, organisations and sites."),
    "places.grant_rights": gettext_noop("Grant laboratories the right to confirm or to screen."),
    "access.manage": gettext_noop("Open and close accounts, give and end roles."),
    "access.manage_laboratories": gettext_noop(
        "Give and end roles in laboratories and that of a province's administrator."
    ),
    "access.set_first_password": gettext_noop("Exchange a printed code for a password."),
    "audit.read": gettext_noop("See who saw or changed a person."),
    "people.register": gettext_noop("Register people and their households."),
    "people.match": gettext_noop("Judge whether two entries are one person."),
    "people.settle": gettext_noop("Tell what became owed when more of a person was known."),
    "people.read": gettext_noop("See people of the territory."),
    "sampling.plan": gettext_noop("Plan campaigns, sessions and rolls, and print tube labels."),
    "sampling.request": gettext_noop("Request tests for people."),
    "sampling.record": gettext_noop("Record swabs taken."),
    "sampling.read": gettext_noop("See sessions, tubes and swabs of the territory."),
    "sampling.dispatch": gettext_noop("Hand tubes over to a laboratory."),
    "sampling.keep_trays": gettext_noop("Keep what one scanned at a desk until one acts on it."),
    "sampling.forget": gettext_noop(
        "Delete files of lists, and what lies in trays, when their time is over."
    ),
    "sampling.expire": gettext_noop("Close tubes past their use-by and ask for their people."),
    "lab.receive": gettext_noop("Receive tubes at the laboratory."),
    "lab.refer": gettext_noop("Send tubes on to another laboratory."),
    "lab.discard": gettext_noop("Reject and destroy tubes, with a second person."),
    "lab.pool": gettext_noop("Make pools of received tubes."),
    "lab.plate": gettext_noop("Lay out plates for a run."),
    "lab.read_run": gettext_noop("Read the file of a run and have its verdicts made."),
    "lab.see": gettext_noop("See the laboratory's worklists, without names."),
    "lab.set_layout": gettext_noop("Set where the controls of a laboratory's plates must be."),
    "lab.hold": gettext_noop("Hold plates, runs, lots of kits or laboratories."),
    "lab.lift_hold": gettext_noop("Lift a hold that somebody else placed."),
    "lab.set_capacity": gettext_noop("Set how much a laboratory may test in a day."),
    "results.review": gettext_noop("Review and release the results of a run read by another."),
    "results.decide": gettext_noop("Decide what a discordant pool means."),
    "results.forget": gettext_noop("Delete the files of reports whose time is over."),
    "results.receive_reports": gettext_noop(
        "Take in, match and release what other laboratories report."
    ),
    "results.recall": gettext_noop("Propose and confirm the recall of a laboratory's answers."),
    "results.read": gettext_noop("See results of people of the territory."),
    "results.gaps": gettext_noop("See which tubes and swabs are missing or late."),
    "results.watch": gettext_noop("Run the clocks of tubes under way and weigh what runs found."),
    "results.look_up": gettext_noop("Answer a look-up by slip code."),
    "notices.read": gettext_noop("See notices to the territory."),
    "notices.acknowledge": gettext_noop("Acknowledge notices to the territory."),
    "notices.write": gettext_noop("Write notices together with what they tell of."),
    "notices.deliver": gettext_noop("Send waiting notices and alarms."),
    "notices.raise": gettext_noop("Raise and close alarms together with what they tell of."),
    "notices.alarms": gettext_noop("See alarms that call one's desk, and take them on."),
}
"""Every permission, with one sentence that says what it allows."""


@dataclass(frozen=True, slots=True)
class Role:
    """A line of the table: what it is called, what it is bound to, what it permits.

    `given_with` is the permission that whoever gives or ends it needs there, and whoever lets in an
    account that holds it. `of_provinces`: held at no unit below a province.
    """

    label: str
    bound: Bound
    permissions: frozenset[str]
    purpose: str = ""
    given_with: str = "access.manage"
    of_provinces: bool = False


_SAMPLER = frozenset({
    "people.register", "people.read", "sampling.record", "sampling.read", "sampling.dispatch",
    "sampling.keep_trays", "notices.alarms",
})  # fmt: skip
_LABORATORY = frozenset({
    "lab.receive", "lab.pool", "lab.plate", "lab.read_run", "lab.see", "notices.alarms", "lab.hold",
    "lab.refer", "lab.discard", "sampling.keep_trays",
})  # fmt: skip
_HOLDER = frozenset({"lab.hold", "lab.lift_hold"})
_COMMUNE = frozenset({
    "people.register", "people.read", "people.match", "sampling.request", "sampling.read",
    "results.read", "notices.read", "notices.acknowledge", "notices.alarms",
})  # fmt: skip
_PLANNER = frozenset({
    "people.register", "people.read", "sampling.plan", "sampling.request", "sampling.read",
    "sampling.dispatch", "sampling.keep_trays", "notices.alarms",
})  # fmt: skip
_ADMINISTRATOR = frozenset({"access.manage", "places.manage"})

ROLES: dict[str, Role] = {
    "sampler": Role(
        gettext_noop("Sampler"),
        Bound.UNIT,
        _SAMPLER,
        gettext_noop("Takes swabs with a team and hands the tubes over."),
    ),
    "commune_officer": Role(
        gettext_noop("Commune health officer"),
        Bound.UNIT,
        _COMMUNE,
        gettext_noop("Reads results and notices of the commune and acts on them."),
    ),
    "campaign_planner": Role(
        gettext_noop("Campaign planner"),
        Bound.UNIT,
        _PLANNER,
        gettext_noop("Plans campaigns and sampling sessions, prints labels."),
    ),
    "cdc_officer": Role(
        gettext_noop("CDC officer"),
        Bound.UNIT,
        _COMMUNE
        | _PLANNER
        | _HOLDER
        | {"results.gaps", "results.recall", "results.receive_reports", "lab.set_capacity"},
        gettext_noop("Follows the whole province: requests, laboratories' load, late swabs."),
    ),
    "lab_technician": Role(
        gettext_noop("Laboratory technician"),
        Bound.ORGANISATION,
        _LABORATORY,
        gettext_noop("Receives tubes, pools, plates and reads runs, without names."),
        "access.manage_laboratories",
    ),
    "lab_reviewer": Role(
        gettext_noop("Result reviewer"),
        Bound.ORGANISATION,
        _HOLDER
        | {
            "lab.see",
            "lab.set_layout",
            "results.review",
            "results.decide",
            "results.recall",
            "notices.alarms",
        },
        gettext_noop("Reviews runs read by another and releases their results."),
        "access.manage_laboratories",
    ),
    "auditor": Role(
        gettext_noop("Auditor"),
        Bound.EVERYWHERE,
        frozenset({"audit.read"}),
        gettext_noop("Sees who read or changed what."),
    ),
    "administrator": Role(
        gettext_noop("Administrator"),
        Bound.UNIT,
        _ADMINISTRATOR,
        gettext_noop("Opens accounts and gives roles within the territory."),
    ),
    "province_administrator": Role(
        gettext_noop("Province administrator"),
        Bound.UNIT,
        _ADMINISTRATOR | {"places.grant_rights", "access.manage_laboratories"},
        gettext_noop("An administrator who also grants laboratories their rights and roles."),
        "access.manage_laboratories",
        of_provinces=True,
    ),
}

SYSTEM: dict[str, Role] = {
    "public": Role(
        gettext_noop("The public pages"),
        Bound.EVERYWHERE,
        frozenset({"results.look_up", "access.set_first_password"}),
    ),
    "results": Role(
        gettext_noop("Writes releases to persons"),
        Bound.EVERYWHERE,
        _LABORATORY
        | {
            "people.read",
            "people.register",
            "people.settle",
            "sampling.request",
            "sampling.read",
            "sampling.expire",
            "notices.write",
            "notices.raise",
            "results.review",
            "results.decide",
            "results.recall",
            "results.read",
            "results.gaps",
            "results.watch",
            "results.receive_reports",
            "results.forget",
        },
    ),
    "matching": Role(
        gettext_noop("Looks for people who came twice"),
        Bound.EVERYWHERE,
        frozenset({"people.match", "people.read"}),
    ),
    "sampling": Role(
        gettext_noop("Takes up what waits for sampling"),
        Bound.EVERYWHERE,
        frozenset(
            {
                "people.read",
                "sampling.request",
                "sampling.record",
                "sampling.read",
                "sampling.forget",
                "notices.raise",
            }
        ),
    ),
    "lab": Role(
        gettext_noop("Receives tubes whose list came after them"),
        Bound.EVERYWHERE,
        frozenset({"lab.receive", "lab.see", "sampling.read", "notices.raise"}),
    ),
    "delivery": Role(
        gettext_noop("Sends notices, and calls where nobody took notice"),
        Bound.EVERYWHERE,
        frozenset({"notices.read", "notices.deliver", "notices.raise"}),
    ),
    "setup": Role(
        gettext_noop("Sets the installation up"),
        Bound.EVERYWHERE,
        _ADMINISTRATOR
        | {
            "rules.manage",
            "clock.set",
            "places.grant_rights",
            "access.manage_laboratories",
        },
    ),
}
"""Work that no person does with their own hands runs as one of these; the human cause stays in the
audit. Nobody can sign in as one."""


def given_with(role: str) -> str:
    """The permission with which this role is given and ended; also of one no longer in the table."""
    line = ROLES.get(role)
    return line.given_with if line else "access.manage"


def roles_given_by(actor: Actor) -> frozenset[str]:
    """The roles this actor may give somewhere; the command asks where exactly."""
    return frozenset(name for name, role in ROLES.items() if actor.may(role.given_with))


def roles_bound_to(bound: Bound) -> list[str]:
    """The roles whose assignment must name this, in the table's order."""
    return [name for name, role in ROLES.items() if role.bound is bound]


@dataclass(frozen=True, slots=True)
class Held:
    """A role as held today: with the units it reaches, or the organisation it is bound to."""

    role: str
    units: frozenset[int] = frozenset()
    organisation: int | None = None


def actor_with(name: str, held: Iterable[Held], *, account_id: int, label: str) -> Actor:
    """The actor who holds these roles. A role no longer in the table permits nothing."""
    units: dict[str, frozenset[int]] = {}
    organisations: dict[str, frozenset[int]] = {}
    everywhere: set[str] = set()
    for one in held:
        role = ROLES.get(one.role)
        if role is None:
            continue
        if role.bound is Bound.EVERYWHERE:
            everywhere |= role.permissions
        elif role.bound is Bound.UNIT:
            for permission in role.permissions:
                units[permission] = units.get(permission, frozenset()) | one.units
        elif one.organisation is not None:
            for permission in role.permissions:
                organisations[permission] = organisations.get(permission, frozenset()) | {
                    one.organisation
                }
    return Actor(name, account_id, label, units, organisations, frozenset(everywhere))
