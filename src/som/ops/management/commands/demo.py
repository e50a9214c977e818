"""`./som demo`: a drawn province with everything in it, checked and then served."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Shown

from som.access.queries import system_actor
from som.kernel import clock, demo, ids
from som.kernel.commands import set_clocks_off
from som.kernel.outcomes import Outcome
from som.ops import asked_demo
from som.ops.management.commands.start import refuse_taken_port
from som.results.rules import ResultValue
from som.sampling.lists import RowRefused
from som.simulation.noise import ErrorKind
from som.simulation.play import MUST_BE_ZERO, Played, play
from som.simulation.province import give_passwords
from som.simulation.today import STANDS_AT, stand_today


class Command(BaseCommand):
    """Play a day of mass testing, check every answer, serve the pages."""

    help = "Play a drawn day of mass testing on a database of its own, check it, serve the pages."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How large, which draw, and what to do afterwards."""
        asked_demo.add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Build, play, check, show; then serve unless told not to."""
        people, port = options["people"], options["port"]
        if fault := asked_demo.fault_of(options):
            raise CommandError(fault)
        if not demo.stands_open():
            raise CommandError("start the demo as './som demo': it needs a database of its own")
        if not options["no_serve"]:
            refuse_taken_port("127.0.0.1", port)
        console = Console()
        begun = time.monotonic()
        with console.status("Making the demo's own database"):
            call_command("migrate", verbosity=0, interactive=False)
            shutil.rmtree(settings.OUTBOX_DIR, ignore_errors=True)
        with _telling(console, people) as tell:
            played = play(
                people=people,
                seed=options["seed"],
                on=clock.real_now().astimezone(clock.LOCAL).date() - timedelta(days=1),
                outbox=settings.OUTBOX_DIR,
                tell=tell,
            )
        _show(console, played, time.monotonic() - begun)
        if options["json"]:
            text = json.dumps(played.checked.as_dict(), indent=2) + "\n"
            Path(options["json"]).write_text(text, "utf-8")
        if not played.sound:
            raise CommandError("the answers are not right: see the red figures above")
        if not options["no_serve"]:
            with console.status(f"Playing today until {STANDS_AT:%H:%M}"):
                _go_on(played, options["seed"])
            _serve(console, port, played)


_STEPS = {
    "province": ("Places, rules, organisations, accounts", False),
    "households": ("Households drawn in three communes", True),
    "swabs": ("People swabbed", True),
    "answered": ("People with a result", True),
    "checked": ("Slips asked for at the public look-up", False),
}
"""Each with whether it counts people. Of slips there are more: some people were swabbed again."""


@contextmanager
def _telling(console: Console, people: int) -> Iterator[Any]:
    """Bars for the steps of the day."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=30, complete_style="cyan", finished_style="green"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        tasks = {
            step: progress.add_task(text, total=people if by_people else None, start=False)
            for step, (text, by_people) in _STEPS.items()
        }
        progress.update(tasks["province"], total=1)
        progress.start_task(tasks["province"])

        def tell(step: str, more: int) -> None:
            task = progress.tasks[tasks[step]]
            if not task.started:
                progress.start_task(task.id)
            progress.advance(task.id, more)

        yield tell
        for task in progress.tasks:
            progress.update(task.id, total=task.completed)


def _show(console: Console, played: Played, seconds: float) -> None:
    """The table, with a word beside each figure."""
    table, listed = played.table, played.day.listed
    shown = Shown(
        title=f"Drawn day {played.day.province.day:%d/%m/%Y}",
        title_style="bold",
        header_style="dim",
        show_edge=False,
        pad_edge=False,
    )
    shown.add_column("")
    shown.add_column("", justify="right", style="bold")
    shown.add_column("", style="dim")
    for key, (title, word) in _WORDS.items():
        value = getattr(table, key)
        text = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
        style = _style(key, value)
        shown.add_row(title, f"[{style}]{text}[/]" if style else text, word)
    console.print()
    console.print(shown)
    console.print()
    rostered = played.rostered
    _tell_of_list(console, "Sampling list", listed.rows, listed.first, listed.again)
    _tell_of_list(
        console, "Roster", rostered.first.rows, rostered.first.outcome, rostered.again.outcome
    )
    for person, why in rostered.look_alikes:
        console.print(f"  Kept apart: {person}, {why}.")
    if played.checked.planned:
        kinds = Counter(error.kind for error in played.checked.planned)
        said = ", ".join(f"{number} {_KINDS[kind]}" for kind, number in sorted(kinds.items()))
        console.print(f"Planned misses: {said}.")
    console.print(f"[dim]Played and checked in {seconds:.1f} s.[/]")


def _tell_of_list(
    console: Console, name: str, rows: int, first: Outcome[Any], again: Outcome[Any]
) -> None:
    """What became of a list, and which of its rows were wrong."""
    if not rows:
        return
    console.print(
        f"{name} of {rows} rows: {len(first.done)} taken, {len(first.refused)} refused."
        f" Put right and sent again: {len(again.done)} taken, {len(again.unchanged)} as before,"
        f" {len(again.refused)} refused."
    )
    for refused in first.refused:
        if isinstance(row := refused.item, RowRefused):
            where = ", ".join(filter(None, (f"row {row.row}", row.column)))
            console.print(f"  {where}: {row.reason.sentence} [dim]{row.detail}[/]")


_KINDS = {
    ErrorKind.KIT_SENSITIVITY: "by the kit's sensitivity",
    ErrorKind.KIT_SPECIFICITY: "by its specificity",
    ErrorKind.DILUTION: "diluted in a pool",
    ErrorKind.LOST: "lost",
    ErrorKind.EXPIRED: "expired",
    ErrorKind.ABSENT: "infected and not at home",
}
_WORDS = {
    "people": ("People", "asked for"),
    "tubes": ("Tubes", "field pools of a household, and single tubes"),
    "wells": ("Wells", "controls included"),
    "tests_per_person": ("Tests per person", "loaded items without controls"),
    "positives_true": ("Infected people", "what the drawn world knows"),
    "positives_found": ("Found positive", "what the public look-up says"),
    "false_positive_people": ("False positives", "told positive, not infected"),
    "wrong_person_results": ("Wrong answers", "every slip asked for, and some by strangers"),
    "p50_h": ("Hours to result, half of all", "from the tube's first swab to release"),
    "p95_h": ("Hours to result, 95 of 100", ""),
    "ledger_gaps": ("Ledger gaps", "samples, requests or results unaccounted for"),
    "planned_misses": ("Planned misses", "told what is not so, or nothing yet: as it was planned"),
    "unplanned_errors": ("Unplanned errors", "the same, and nothing explains it"),
    "refused": ("Refused items", "wrong rows of lists, put right; a tube past its use-by"),
    "sessions": ("Sessions", "opened and closed"),
    "lost_tubes": ("Lost tubes", "noted by two people; everybody swabbed again"),
    "expired_tubes": ("Tubes past their use-by", "found warm, blocked; everybody swabbed again"),
    "late_list_tubes": ("Tubes before their list", "waited at the laboratory"),
    "failed_controls": ("Failed controls", "the whole plate repeated"),
    "corrections": ("Corrections", "positive, then negative: by two people"),
    "recalled_answers": ("Recalled answers", "negatives of one run, by two people"),
    "absent_people": ("Not at home", "visited again the next day; missed if they are infected"),
    "strips": ("Rapid antigen tests", "one of them invalid and repeated"),
    "suspected_people": ("Suspected by them", "swabbed again for the laboratory"),
}
_WORKER = """
from som.ops.serving import end_with_parent
end_with_parent()
from som.__main__ import main
main()
"""  # a worker that outlived a killed demo would hold on to its database


def _style(key: str, value: float) -> str:
    if key in MUST_BE_ZERO:
        return "red" if value else "green"
    return ""


def _go_on(played: Played, seed: int) -> None:
    """Let today stand in the middle of its work, and the pages' clock go on from there."""
    now = stand_today(played, seed=seed, outbox=settings.OUTBOX_DIR).agenda.now
    real = clock.real_now()
    set_clocks_off([now - real], by=system_actor("setup"), at=real)
    give_passwords(real)


def _to_try(played: Played) -> str:
    """Slips to type at the public look-up, each with what its person knows."""
    world = played.day.world
    lines = []
    for value in (ResultValue.POSITIVE, ResultValue.NEGATIVE_BY_POOL):
        swab = next((s for s in world.counted() if world.due(s) is value), None)
        if swab is not None:
            person = swab.person
            said = f"born {person.born:%d/%m/%Y}"
            if person.by_year:
                said = f"born {person.born.year}, telephone ends {person.phone[-4:]}"
            lines.append(f"  {ids.printed_slip_code(swab.slip)}   {said}   (tube {swab.tube})")
    return "\n".join(lines)


def _serve(console: Console, port: int, played: Played) -> None:
    """The pages here, the worker beside them, until interrupted."""
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_OWNER_URL"}
    worker = subprocess.Popen(  # noqa: S603  no shell, our own words
        [sys.executable, "-c", _WORKER, "work"], env=environment
    )
    console.print(
        Panel(
            f"[bold]http://127.0.0.1:{port}/demo/[/]   sign in with one click as anybody of the day\n"
            f"It is {STANDS_AT:%H:%M} of the day after, with work on every desk; the clock goes on.\n"
            f"Public look-up: http://127.0.0.1:{port}/look-up/   slips to try:\n{_to_try(played)}\n"
            "Ctrl+C stops it. The next './som demo' begins anew; your own data are elsewhere.",
            title="Sớm",
            border_style="cyan",
            expand=False,
        )
    )
    try:
        call_command("start", port=port)
    finally:
        worker.terminate()
        worker.wait(timeout=30)
