"""The product as it is set up before a day: territory, rules, laboratories, accounts, a campaign.

Built once for a server by the product's own migrations and commands, kept as a template under a name
that changes with what it is made from, and copied for every measurement.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.heart.drawn import NOON, ROLL, first_label
from bench.heart.server import PROJECT, HeartServer
from som.ops.doors import APPLICATION, OWNER

CLIENTS = 2
CAMPAIGN = "HEART"
KIT = "n1_n2_rp_multiplex"
MORNING = NOON - timedelta(hours=6)
FIRST_ROLL_OF_CLIENT = 100_000
"""The rolls of today's clients; those before are history's."""
ROLLS_OF_CLIENT = 2_000


def set_up_django(server: HeartServer, database: str) -> None:
    """Let Django in this process lead to a database as an installation's processes do."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "som.settings"
    os.environ["SOM_DATA"] = str(server.server.folder)
    os.environ["DATABASE_URL"] = server.url(APPLICATION, database)
    os.environ["DATABASE_OWNER_URL"] = server.url(OWNER, database)
    import django

    django.setup()


def in_a_process(work: Callable[..., Any], *said: Any) -> Any:
    """Work that points Django somewhere, in a process of its own: it points only once."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *said).result()


def template_in(folder: Path) -> str:
    """The template of the server in this folder."""
    with closing(HeartServer(folder)) as server:
        return template(server)


def template(server: HeartServer) -> str:
    """The name of the template, made now if it is not there. Runs in a process of its own."""
    name = f"heart_template_{_key()}"
    if name not in server.databases():
        for old in server.databases():
            if old.startswith("heart_template_"):
                server.drop(old)
        begun = "heart_template_building"
        server.create(begun)
        set_up_django(server, begun)
        _build()
        server.rename(begun, name)
    return name


def _key() -> str:
    """A name for what the template is made from; other changes to the code leave it as it is."""
    return key_of(
        "src/som/*/migrations/*.py",
        "src/som/*/definers.py",
        "src/som/kernel/policies.py",
        "src/som/kernel/references.py",
        "src/som/*/dated/*",
        "src/som/places/data/*",
        "bench/heart/installation.py",
    )


def key_of(*kinds: str) -> str:
    """A name for what these files of the project say."""
    found = hashlib.sha256()
    for path in sorted({path for kind in kinds for path in PROJECT.glob(kind) if path.is_file()}):
        found.update(str(path.relative_to(PROJECT)).encode() + path.read_bytes())
    return found.hexdigest()[:12]


def _build() -> None:
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", database="owner", verbosity=0, interactive=False)
    _by_commands()
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    connections.close_all()


def _by_commands() -> None:
    from som.access import commands as access
    from som.access.queries import system_actor
    from som.access.rules import NewAccount, NewAssignment
    from som.kernel import rulebook
    from som.kernel.commands import load_rules
    from som.places import commands as places_commands
    from som.places import queries as places
    from som.places.rules import LaboratoryRight, Organisation, OrganisationKind, Right
    from som.sampling.commands import Campaign, Roll, issue_rolls, plan_campaigns

    setup, before, day = system_actor("setup"), NOON - timedelta(days=60), NOON.date()
    places_commands.load_units(places.packaged_units(), by=setup, at=before)
    places_commands.load_populations(places.packaged_populations(), by=setup, at=before)
    places_commands.load_pending_changes(places.packaged_pending_changes(), by=setup, at=before)
    load_rules(rulebook.packaged_rules(), by=setup, at=before)
    province = places.unit_ids(["19"], day)["19"]
    communes = [unit.id for unit in places.communes_of(province, day)]
    labs = [f"LAB-{client}" for client in range(CLIENTS)]
    wanted = [Organisation("CDC", OrganisationKind.CDC, "CDC Thái Nguyên", province)]
    wanted += [
        Organisation(lab, OrganisationKind.LABORATORY, f"Phòng xét nghiệm {lab}", communes[0])
        for lab in labs
    ]
    _done(places_commands.register_organisations(wanted, by=setup, at=before))
    rights = [
        LaboratoryRight(lab, right, date(2020, 3, 1))
        for lab in labs
        for right in (Right.CONFIRM, Right.SCREEN)
    ]
    _done(places_commands.grant_laboratory_rights(rights, by=setup, at=before))
    ids = places.organisation_ids([*labs, "CDC"])

    accounts = [NewAccount("cdc", "Phạm Thu Trang", province, ids["CDC"])]
    roles = [NewAssignment("cdc", "cdc_officer", province, None, before.date())]
    for client, lab in enumerate(labs):
        home = communes[client]
        for name, role, unit, organisation in (
            ("sampler", "sampler", home, None),
            ("officer", "commune_officer", home, None),
            ("technician", "lab_technician", None, ids[lab]),
            ("reviewer", "lab_reviewer", None, ids[lab]),
        ):
            accounts.append(NewAccount(f"{name}{client}", f"{name} {client}", home, organisation))
            roles.append(NewAssignment(f"{name}{client}", role, unit, organisation, before.date()))
    _done(access.open_accounts(accounts, by=setup, at=before))
    _done(access.give_assignments(roles, by=setup, at=before))

    cdc = people(["cdc"])["cdc"]
    campaign = Campaign(CAMPAIGN, "Xét nghiệm diện rộng", province, "screening", before.date(), 1)
    _done(plan_campaigns([campaign], by=cdc, at=before))
    rolls = [
        Roll(first_label(roll), first_label(roll) + ROLL - 1, communes[client])
        for client in range(CLIENTS)
        for roll in rolls_of(client)
    ]
    _done(issue_rolls(rolls, by=cdc, at=before))


def rolls_of(client: int) -> range:
    """The numbers of the rolls issued to a client's commune."""
    first = FIRST_ROLL_OF_CLIENT + client * ROLLS_OF_CLIENT
    return range(first, first + ROLLS_OF_CLIENT)


def people(names: list[str]) -> dict[str, Any]:
    """Who acts, with the roles and the territory that their accounts hold on the day."""
    from som.access.queries import account_ids, actor_of

    held = account_ids(names)
    return {name: actor_of(held[name], on=NOON.date()) for name in names}


def _done(outcome: Any) -> None:
    if outcome.refused:
        raise RuntimeError(f"the plan was refused: {outcome.refused[0]}")


@dataclass(frozen=True, slots=True)
class Places:
    """Where a client works."""

    commune: int
    lab: int
    province: int


def places_of(client: int) -> Places:
    """The commune and laboratory of a client."""
    from som.places import queries as places

    province = places.unit_ids(["19"], NOON.date())["19"]
    commune = places.communes_of(province, NOON.date())[client].id
    return Places(commune, places.organisation_ids([f"LAB-{client}"])[f"LAB-{client}"], province)
