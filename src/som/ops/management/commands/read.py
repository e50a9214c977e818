"""`./som read`: what the readers make of a file, for support staff. Needs no database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from som.kernel import clock
from som.people.rules.cards import read_card

MOST_BESIDE = 20
LARGEST_BESIDE = 8 * 1024 * 1024
"""A folder of a day's lists: a province's largest, with its 63,000 stray numbers, has 1 MB."""


def payloads_in(data: bytes) -> Iterator[str]:
    """The payloads of a file, one a line.

    Lines end with a line feed alone: mangled letters hold other signs that look like line ends. A
    payload that ends in CR LF itself, in a file of plain line feeds, leaves an empty line behind it
    that is none.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", "replace").encode()
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    after_return = False
    for line in lines:
        if line or not after_return:
            yield line.decode("utf-8", "replace")
        after_return = line.endswith(b"\r")


def lists_beside(name: str, options: dict[str, Any]) -> Iterator[bytes]:
    """The files named beside a list, else the first few workbooks of its folder; read when asked for.

    Raises `CommandError` where one that was named cannot be read.
    """
    if options["beside"] is not None:
        for one in map(Path, options["beside"]):
            try:
                yield one.read_bytes()
            except OSError as error:
                raise CommandError(
                    f"cannot read {one}: {error.strerror or error}", returncode=2
                ) from error
    elif name != "-":
        path = Path(name)
        others = sorted(one for one in path.parent.glob("*.xlsx") if one.name != path.name)
        for one in others[:MOST_BESIDE]:
            if one.stat().st_size <= LARGEST_BESIDE:
                yield one.read_bytes()


class Command(BaseCommand):
    """Read identity codes, a list or an instrument's run, and print what was understood as JSON."""

    help = "Print as JSON what the readers make of identity codes, of a list or of a run."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what the file is, and the file."""
        parser.add_argument(
            "what",
            choices=["identity", "list", "run"],
            help="identity: scanned codes, one a line; list: a workbook, CSV or Word file; "
            "run: an instrument's export",
        )
        parser.add_argument("file", metavar="FILE", help="the file, or - for the standard input")
        parser.add_argument(
            "--beside",
            metavar="FILE",
            nargs="*",
            help="sampling lists that say how many people each sample of a results list is of; "
            "else the workbooks in the same folder are asked",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Print one object a line for identity codes, one object for a list or a run.

        A run that is refused ends with 1, its reason printed as an object as well.
        """
        name: str = options["file"]
        try:
            data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            raise CommandError(
                f"cannot read {name}: {error.strerror or error}", returncode=2
            ) from error
        filename = "" if name == "-" else Path(name).name
        if options["what"] == "list":
            self._list(data, lists_beside(name, options))
        elif options["what"] == "run":
            self._run(data, filename)
        else:
            self._identity(data)

    def _identity(self, data: bytes) -> None:
        today = clock.local_day(clock.real_now())
        for payload in payloads_in(data):
            said = read_card(payload, on=today).as_said()
            self.stdout.write(json.dumps(said, ensure_ascii=False))

    def _list(self, data: bytes, beside: Iterator[bytes]) -> None:
        from som.sampling.lists.inspect import inspected

        found = inspected(data, beside=beside, on=clock.local_day(clock.real_now()))
        self.stdout.write(json.dumps(found, ensure_ascii=False, default=str))

    def _run(self, data: bytes, filename: str) -> None:
        from som.lab.formats.inspect import inspected

        found = inspected(data, filename)
        self.stdout.write(json.dumps(found, ensure_ascii=False))
        refused = found.get("refused")
        if refused:
            raise CommandError(f"{filename or 'the file'} is refused", returncode=1)
