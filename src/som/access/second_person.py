"""The second person of what nobody says alone: beside the first, and known by their own password."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from som.access import queries
from som.access.rules import USERNAME
from som.kernel import audit, clock
from som.kernel.actors import NOBODY, Actor


class SecondPersonForm(forms.Form):
    """What a form asks beside its own fields: who else says so, and their password.

    `second` is whoever it turned out to be, an actor as the command takes one; None where nobody was
    named. The password leaves the form once it was looked at. `fault`: what speaks against the form
    whoever says so too.
    """

    witness = forms.CharField(
        label=_("Their user name"),
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    # Marked as a new one, so that no browser fills in what it keeps for whoever is signed in.
    witness_password = forms.CharField(
        label=_("Their password"),
        required=False,
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, fault: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.fault = fault
        self.second: Actor | None = None

    def clean_witness(self) -> str:
        """User names are lower case; a phone's keyboard likes capitals."""
        return str(self.cleaned_data["witness"]).strip().lower()

    def needs_second(self) -> bool:
        """Whether what was typed is said by two; asked once all of it is understood."""
        return True

    def clean(self) -> dict[str, Any]:
        """Look at the password last: a form that comes back anyway costs no try."""
        cleaned = super().clean() or self.cleaned_data
        username, password = cleaned.get("witness", ""), cleaned.pop("witness_password", "")
        if self.fault:
            self.add_error(None, self.fault)
        if self.errors or not (username or password or self.needs_second()):
            return cleaned
        for name, typed in (("witness", username), ("witness_password", password)):
            if not typed:
                self.add_error(name, self.fields[name].error_messages["required"])
        if username and password:
            try:
                self.second = _confirmed(self.request, username, password)
            except ValidationError as fault:
                self.add_error("witness_password", fault)
        return cleaned


@sensitive_variables("password")
def _confirmed(request: HttpRequest, username: str, password: str) -> Actor:
    """Whoever this user name and password are of; `ValidationError` says why not.

    Both are audited: a right password leaves its trace where the command then refuses, too. Tries are
    counted with the sign-ins of that account, so this door is no wider than that one. Nobody is signed
    in: the browser's session stays as it is.
    """
    by: Actor = request.actor  # type: ignore[attr-defined]
    if username == by.name:
        raise ValidationError(gettext("The second person must be somebody else than you."))
    second, why = NOBODY, "wrong"
    try:
        # What is no user name of ours is counted under no other spelling of one.
        if USERNAME.fullmatch(username):
            account = get_adapter(request).authenticate(
                request, username=username, password=password
            )
            if account is not None:
                today = clock.now().astimezone(clock.LOCAL).date()
                second = queries.actor_of(account.pk, on=today)
    except ValidationError:
        why = "too_many"
    # A closed account is nobody here, and the sentence is that of a wrong password.
    known = second is not NOBODY
    audit.record(
        by,
        "access.second_person" if known else "access.second_person_refused",
        at=clock.now(),
        things=queries.account_ids([username]).values(),
        note={} if known else {"why": why},
    )
    if known:
        return second
    if why == "too_many":
        raise ValidationError(gettext("Too many wrong tries. Wait five minutes, then try again."))
    raise ValidationError(gettext("The user name or the password is wrong."))
