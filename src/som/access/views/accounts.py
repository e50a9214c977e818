"""Accounts of a territory: open them, give and end their roles, print their codes, close them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from som.access import commands, queries, rules
from som.access.forms import (
    AccountsForm,
    EndRoleForm,
    GiveRoleForm,
    NewAccountForm,
    Territory,
)
from som.access.queries import AccountLine, HeldRole
from som.access.roles import ROLES, roles_given_by
from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Refused
from som.places import queries as places
from som.places.fields import offered_units
from som.web.guard import may
from som.web.paging import written_key

SHOWN = 50


@dataclass(frozen=True, slots=True)
class RoleShown:
    """A role with its words; `may_end`: this administrator may end it; `error`: why it was not."""

    held: HeldRole
    label: str
    place: str
    past: bool
    future: bool
    may_end: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class AccountShown:
    """An account with the names of its places."""

    line: AccountLine
    unit: str
    organisation: str
    roles: Sequence[RoleShown]


def _today(at: datetime) -> date:
    return at.astimezone(clock.LOCAL).date()


def _shown(lines: Sequence[AccountLine], by: Actor, on: date) -> list[AccountShown]:
    """The lines with names of units and organisations, asked for all at once."""
    held = [role for line in lines for role in line.roles]
    units = places.units_by_id(
        [line.unit_id for line in lines] + [r.unit_id for r in held if r.unit_id is not None], on
    )
    named = [line.organisation_id for line in lines] + [role.organisation_id for role in held]
    organisations = places.organisations_by_id(one for one in named if one is not None)
    seats: dict[int, int | None] = {one.id: one.unit_id for one in organisations.values()}

    def role_shown(role: HeldRole) -> RoleShown:
        line = ROLES.get(role.role)
        place = ""
        if role.unit_id is not None:
            place = units[role.unit_id].name
        elif role.organisation_id is not None:
            place = organisations[role.organisation_id].name
        past = role.valid_to is not None and role.valid_to < on
        return RoleShown(
            role,
            gettext(line.label) if line else role.role,
            place or gettext("Everywhere"),
            past,
            role.valid_from > on,
            not past
            and rules.administers(
                by, role.role, rules.seat_of(role.unit_id, role.organisation_id, seats)
            ),
        )

    return [
        AccountShown(
            line,
            units[line.unit_id].path,
            organisations[line.organisation_id].name if line.organisation_id is not None else "",
            [role_shown(role) for role in line.roles],
        )
        for line in lines
    ]


@may("access.manage")
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """Who may act in one's territory, newest account first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at = clock.now()
    form = AccountsForm(request.GET)
    asked: dict[str, Any] = form.cleaned_data if form.is_valid() else {"q": "", "after": None}
    found = queries.account_lines(
        by=actor,
        at=at,
        real=clock.real_now(),
        text=asked["q"],
        before=asked["after"],
        limit=SHOWN + 1,
    )
    lines = found[:SHOWN]
    return render(
        request,
        "access/accounts.html",
        {
            "q": asked["q"],
            "lines": _shown(lines, actor, _today(at)),
            "after": written_key(lines[-1].opened_at, lines[-1].id) if lines != found else "",
        },
    )


def _territory(actor: Actor, on: date) -> Territory:
    units = actor.units_for("access.manage")
    organisations = [
        one for one in places.organisations_of(units) if units is None or one.unit_id in units
    ]
    return Territory(units, on, offered_units(units, on), organisations, roles_given_by(actor))


@may("access.manage")
@never_cache
@require_http_methods(["GET", "POST"])
def new_account(request: HttpRequest) -> HttpResponse:
    """Open an account with its roles and print its first code."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at = clock.now()
    territory = _territory(actor, _today(at))
    form = NewAccountForm(request.POST if request.method == "POST" else None, territory=territory)
    if request.method == "POST" and form.is_valid() and form.cleaned_data["username"]:
        account = form.account()
        with transaction.atomic():
            opened = commands.open_accounts([account], by=actor, at=at)
            given = commands.give_assignments(
                form.assignments() if not opened.refused else [], by=actor, at=at
            )
            refused: list[Refused[Any]] = [*opened.refused, *given.refused]
            if refused:
                transaction.set_rollback(True)
        form.say(refused)
        if not refused:
            return _first_code(request, account.username, actor, at, fresh=bool(opened.done))
    elif request.method == "POST":
        form = _with_proposal(request, form, territory)
    return render(request, "access/account_new.html", {"form": form})


def _with_proposal(
    request: HttpRequest, form: NewAccountForm, territory: Territory
) -> NewAccountForm:
    """The form again with a user name made from the name, to be kept or changed."""
    name = form.cleaned_data.get("full_name")
    if not name or form.cleaned_data.get("username") != "":
        return form
    wanted = rules.proposed_usernames(name)
    taken = queries.account_ids(wanted)
    proposed = next((username for username in wanted if username not in taken), "")
    data = request.POST.copy()
    data["username"] = proposed
    again = NewAccountForm(data, territory=territory)
    if proposed:
        again.fields["username"].help_text = gettext(
            "Proposed from the name. Keep it or change it, then send again."
        )
    else:
        again.add_error("username", gettext("Type a user name: none can be made from this name."))
    return again


def _first_code(
    request: HttpRequest, username: str, actor: Actor, at: datetime, *, fresh: bool
) -> HttpResponse:
    """Issue a code and show it, this once. An account in use already keeps what it has.

    The roles are given before: giving voids a code.
    """
    line = queries.account_line(username, by=actor, at=at, real=clock.real_now())
    if not fresh and line.state is rules.AccountState.IN_USE:
        messages.info(request, gettext("This account was open already; nothing was changed."))
        return redirect("access:account", username=username)
    return _issued(request, line, actor, at) or redirect("access:account", username=username)


def _issued(
    request: HttpRequest, line: AccountLine, actor: Actor, at: datetime
) -> HttpResponse | None:
    outcome = commands.issue_first_codes([line.username], by=actor, at=clock.real_now())
    for refused in outcome.refused:
        messages.error(request, gettext(refused.reason.sentence))
    if not outcome.done:
        return None
    return render(
        request,
        "access/first_code.html",
        {
            "shown": _shown([line], actor, _today(at))[0],
            "code": outcome.done[0],
            "address": request.build_absolute_uri(reverse("access:first_sign_in")),
        },
    )


@may("access.manage")
@never_cache
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest, username: str) -> HttpResponse:
    """One account: its roles with their days, and what its administrator may do with it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at = clock.now()
    line = queries.account_line(username, by=actor, at=at, real=clock.real_now())
    territory = _territory(actor, _today(at))
    do = request.POST.get("do", "") if request.method == "POST" else ""
    give = GiveRoleForm(
        request.POST if do == "give" else None,
        territory=territory,
        initial={"first_day": territory.on},
    )
    not_ended: tuple[EndRoleForm, str] | None = None
    answer: HttpResponse | None = None
    if do == "give":
        answer = _given(request, give, line, actor, at)
    elif do == "end":
        end = EndRoleForm(request.POST)
        if error := _ended(request, end, line, actor, at):
            not_ended = (end, error)
        else:
            answer = redirect("access:account", username=username)
    elif do == "code":
        answer = _issued(request, line, actor, at) or redirect("access:account", username=username)
    elif do == "close":
        answer = _closed(request, line, actor, at)
    if answer is not None:
        return answer
    row = queries.accounts_named([username], on=territory.on)[username]
    shown = _shown([line], actor, territory.on)[0]
    may_take_over = rules.may_take_over(row, actor)
    return render(
        request,
        "access/account.html",
        {
            "shown": shown,
            "roles": [_with_error(role, not_ended) for role in shown.roles],
            "give": give,
            "own": line.id == actor.account_id,
            "may_issue": may_take_over,
            "may_close": may_take_over,
            "today": territory.on,
        },
    )


def _given(
    request: HttpRequest, form: GiveRoleForm, line: AccountLine, actor: Actor, at: datetime
) -> HttpResponse | None:
    if not form.is_valid():
        return None
    outcome = commands.give_assignments([form.assignment(line.username)], by=actor, at=at)
    form.say(outcome.refused)
    if outcome.refused:
        return None
    messages.success(
        request,
        gettext("The role is given.") if outcome.done else gettext("The role was given already."),
    )
    if outcome.done and line.state is rules.AccountState.CODE_ISSUED:
        messages.warning(
            request, gettext("The one-time code printed before no longer works: print a new one.")
        )
    return redirect("access:account", username=line.username)


def _ended(
    request: HttpRequest, form: EndRoleForm, line: AccountLine, actor: Actor, at: datetime
) -> str:
    """Why the role was not ended, in words; nothing when it was."""
    if not form.is_valid():
        return gettext("Say which day is the last.")
    outcome = commands.end_assignments([form.ending(line.username)], by=actor, at=at)
    for refused in outcome.refused:
        return gettext(refused.reason.sentence)
    messages.success(request, gettext("The role's last day is noted."))
    return ""


def _with_error(role: RoleShown, not_ended: tuple[EndRoleForm, str] | None) -> RoleShown:
    if not_ended is None:
        return role
    form, error = not_ended
    asked = form.cleaned_data
    meant = (role.held.role, role.held.unit_id, role.held.organisation_id)
    if not role.may_end or meant != (
        asked.get("role"),
        asked.get("unit_id"),
        asked.get("organisation_id"),
    ):
        return role
    return replace(role, error=error)


def _closed(request: HttpRequest, line: AccountLine, actor: Actor, at: datetime) -> HttpResponse:
    if line.id == actor.account_id:
        messages.error(request, gettext("Another administrator closes your own account."))
    else:
        outcome = commands.close_accounts([line.username], by=actor, at=at)
        for refused in outcome.refused:
            messages.error(request, gettext(refused.reason.sentence))
        if outcome.held:
            messages.success(request, gettext("The account is closed."))
    return redirect("access:account", username=line.username)
