"""`./som setup`: what a new installation needs before anybody can sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser

from som.access.commands import give_assignments, issue_first_codes, open_accounts
from som.access.queries import system_actor
from som.access.rules import NewAccount, NewAssignment
from som.kernel import clock
from som.ops.management.commands.start import bring_up_to_date
from som.ops.packaged import load_packaged_rules
from som.places import commands as places_commands
from som.places import queries as places


class Command(BaseCommand):
    """Load units and rules, and open the first administrator's account."""

    help = (
        "Load units and dated rules; with --province and --administrator, open the first account."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Which province this is, and who administers it first."""
        parser.add_argument("--province", help="code of the province, such as 19 for Thái Nguyên")
        parser.add_argument("--administrator", help="user name of the first administrator")
        parser.add_argument("--name", default="", help="the administrator's full name")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Everything here may be repeated: what is there already stays as it is."""
        if bool(options["province"]) != bool(options["administrator"]):
            raise CommandError("--province and --administrator go together")
        bring_up_to_date()
        by, at = system_actor("setup"), clock.real_now()
        units = places_commands.load_units(places.packaged_units(), by=by, at=at)
        places_commands.load_populations(places.packaged_populations(), by=by, at=at)
        places_commands.load_pending_changes(places.packaged_pending_changes(), by=by, at=at)
        rules = load_packaged_rules(self.stdout.write)
        self.stdout.write(
            f"{len(units.held):,} units and {len(rules.held)} dated rules are loaded."
        )
        if options["administrator"]:
            self._open_administrator(options)

    def _open_administrator(self, options: dict[str, Any]) -> None:
        by, at = system_actor("setup"), clock.real_now()
        today = at.astimezone(clock.LOCAL).date()
        province = places.unit_ids([options["province"]], today).get(options["province"])
        if province is None:
            raise CommandError(f"no unit has the code {options['province']} today")
        username = options["administrator"]
        account = NewAccount(username, options["name"] or username, province)
        for outcome in (
            open_accounts([account], by=by, at=at),
            give_assignments(
                [NewAssignment(username, "province_administrator", province, None, today, None)],
                by=by,
                at=at,
            ),
            issued := issue_first_codes([username], by=by, at=at),
        ):
            for refused in outcome.refused:
                raise CommandError(f"{username}: {refused.reason.sentence} {refused.detail}")
        code = issued.done[0]
        address = next(iter(settings.CSRF_TRUSTED_ORIGINS), "").rstrip("/") + "/first-sign-in/"
        self.stdout.write(
            f"First code of {username}: {code.code}\n"
            f"It works once, at {address}, until {code.expires_at:%d/%m/%Y}.\n"
            "Now run ./som start and, beside it, ./som work."
        )
