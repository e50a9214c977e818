"""Brings the Vietnamese catalogue up to date: `./som messages`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from som.web import catalogue


class Command(BaseCommand):
    """Collects marked sentences, keeps their translations, compiles; says what is missing."""

    help = "Bring the Vietnamese catalogue up to date and compile it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Other catalogues may be taken in; a check writes nothing."""
        parser.add_argument("--check", action="store_true", help="write nothing, only say")
        parser.add_argument("--take-in", nargs="*", default=[], help="catalogues to take in")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write, then fail while anything is untranslated."""
        if not options["check"]:
            extra: dict[catalogue.Key, catalogue.Entry] = {}
            for name in options["take_in"]:
                extra |= catalogue.read_po(Path(name).read_text("utf-8"))
            entries = catalogue.merged(extra)
            catalogue.PO.parent.mkdir(parents=True, exist_ok=True)
            catalogue.PO.write_text(catalogue.write_po(entries), "utf-8")
            catalogue.MO.write_bytes(catalogue.compiled(entries))
            self.stdout.write(f"{len(entries)} sentences")
        if faults := catalogue.faults():
            raise CommandError("\n".join(faults))
