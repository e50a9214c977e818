"""`./som evaluate`: how well matching does on records whose persons are known."""

from __future__ import annotations

import csv
import json
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from som.access.queries import system_actor
from som.kernel import clock, sql
from som.kernel.actors import Actor
from som.kernel.batches import chunks
from som.people.commands import Registration, register_people
from som.people.matching.evaluation import Quality, quality
from som.people.queries import pairs_proposed
from som.people.rules import (
    Birth,
    Declaration,
    Document,
    Sex,
    birth_of,
    document_of,
    is_name,
    phone_of,
    tidy_name,
)
from som.people.work import take_up_uncompared
from som.places import commands as places_commands
from som.places import queries as places

SEXES = {"nam": Sex.MALE, "m": Sex.MALE, "male": Sex.MALE, "1": Sex.MALE}
SEXES |= {
    "nữ": Sex.FEMALE,
    "nu": Sex.FEMALE,
    "f": Sex.FEMALE,
    "female": Sex.FEMALE,
    "0": Sex.FEMALE,
}

FIELDS = ("record_id", "name", "birth", "sex", "phone", "id_number", "address")


class Command(BaseCommand):
    """Register the records, compare the persons, and print what was found as JSON."""

    help = "Print as JSON how well matching does on records whose persons are known."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what is evaluated, and the folder."""
        parser.add_argument("what", choices=["matching"])
        parser.add_argument(
            "folder", metavar="DIR", help="holds one *_records.csv and one *_truth.csv"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Read first, so that a wrong folder is told before a database is made."""
        folder = Path(options["folder"])
        _records(folder)
        call_command("migrate", verbosity=0, interactive=False)
        at = clock.real_now()
        places_commands.load_units(places.packaged_units(), by=system_actor("setup"), at=at)
        began = time.monotonic()
        joined, proposed = evaluated(folder, at)
        report = {
            "joined": joined.as_dict(),
            "proposed": proposed.as_dict(),
            "pairs_compared": _pairs_compared(),
            "seconds": round(time.monotonic() - began, 1),
        }
        self.stdout.write(json.dumps(report, indent=2))


def evaluated(folder: Path, at: datetime) -> tuple[Quality, Quality]:
    """How well the records of this folder are joined at once, and with the proposals."""
    records, truth = _records(folder)
    person_of = registered(records, at)
    take_up_uncompared(at=at)
    proposals = pairs_proposed(by=system_actor("matching"))
    return quality(truth, person_of), quality(truth, person_of, proposals)


def _records(folder: Path) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The records, and who each is of."""
    records = _rows(folder, "records", FIELDS)
    truth = _rows(folder, "truth", ("record_id", "person_id"))
    return records, {row["record_id"]: row["person_id"] for row in truth}


def _pairs_compared() -> int:
    """As the comparisons noted it."""
    found = sql.row(
        "SELECT coalesce(sum((note->>'pairs')::int), 0) FROM kernel_auditentry"
        " WHERE action = 'people.compare_people'"
    )
    return int(found[0]) if found else 0


def _rows(folder: Path, what: str, fields: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of the one file that ends so."""
    found = sorted(folder.glob(f"*_{what}.csv"))
    if len(found) != 1:
        raise CommandError(f"{folder} holds {len(found)} files *_{what}.csv, not one", returncode=2)
    try:
        with found[0].open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in fields if name not in (reader.fieldnames or ())]
            if missing:
                raise CommandError(f"{found[0]} lacks {', '.join(missing)}", returncode=2)
            return [{name: row[name] or "" for name in fields} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"cannot read {found[0]}: {error}", returncode=2) from error


def registered(records: list[dict[str, str]], at: datetime) -> dict[str, int]:
    """Who each record was taken in as, in the order of the file, by one unit."""
    today = at.astimezone(clock.LOCAL).date()
    unit = places.provinces(today)[0].id
    clerk = Actor("evaluation", everywhere=frozenset({"people.register"}))
    units = _residences({row["address"] for row in records if row["address"]}, today)
    person_of: dict[str, int] = {}
    for chunk in chunks(records):
        declared = [_declared(row, units, today) for row in chunk]
        registrations = [
            Registration(row["record_id"], said, walk_in=not said.name)
            for row, said in zip(chunk, declared, strict=True)
        ]
        outcome = register_people(registrations, unit=unit, by=clerk, at=at)
        person_of |= {one.reference: one.person_id or 0 for one in outcome.held}
    return person_of


def _residences(addresses: set[str], on: date) -> dict[str, int]:
    """The unit each address certainly means, whenever it was in force."""
    found = places.resolve_addresses(addresses, on=on)
    return {
        text: unit
        for text, one in found.items()
        if isinstance(text, str) and (unit := one.unit_id or one.known_id) is not None
    }


def _declared(row: dict[str, str], units: dict[str, int], on: date) -> Declaration:
    """What a record says; what cannot be read of it is left out, or it would be lost."""
    born = birth_of(row["birth"], on=on) if row["birth"].strip() else None
    birth = born if isinstance(born, Birth) else None
    sex = SEXES.get(row["sex"].strip().lower())
    name = tidy_name(row["name"])
    if not is_name(name):  # then only their reference tells who it is
        return Declaration("", sex, birth.date if birth else None, birth.year if birth else None)
    paper = document_of(row["id_number"], sex=sex, birth_year=birth.year if birth else None)
    return Declaration(
        name,
        sex,
        birth.date if birth else None,
        birth.year if birth else None,
        phone=phone_of(row["phone"]) or "",
        residence=units.get(row["address"]),
        address=row["address"],
        documents=(paper,) if isinstance(paper, Document) else (),
    )
