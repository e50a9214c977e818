"""What people type to sign in."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.utils.translation import gettext_lazy as _

from som.access.rules import FirstPassword


def _username() -> forms.CharField:
    return forms.CharField(
        label=_("User name"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username",
                "autocapitalize": "none",
                "autocorrect": "off",
                "spellcheck": "false",
            }
        ),
    )


class SignInForm(LoginForm):  # type: ignore[misc]
    """User name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = _username()
        self.fields["login"].widget.attrs["autofocus"] = True
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs.pop("placeholder", None)


class ChangePasswordForm(AllauthChangePasswordForm):  # type: ignore[misc]
    """The password now, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (
            ("oldpassword", _("Password now")),
            ("password1", _("New password")),
            ("password2", _("New password again")),
        ):
            self.fields[name].label = label
            self.fields[name].widget.attrs.pop("placeholder", None)
        self.fields["oldpassword"].help_text = ""
        self.fields["password1"].help_text = password_validators_help_text_html()


class FirstSignInForm(forms.Form):
    """The user name and printed code of the letter, and the password wanted, twice."""

    username = _username()
    code = forms.CharField(
        label=_("One-time code"),
        max_length=40,
        help_text=_("As printed on your letter; capitals and hyphens do not matter."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "class": "code",
            }
        ),
    )
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=password_validators_help_text_html,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_username(self) -> str:
        """User names are lower case; a phone's keyboard likes capitals."""
        return str(self.cleaned_data["username"]).strip().lower()

    def clean_password(self) -> str:
        """Refuse what is easy to guess, saying why."""
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password

    def clean(self) -> dict[str, Any]:
        """Both passwords must agree."""
        cleaned = super().clean() or {}
        if "password" in cleaned and cleaned.get("again") != cleaned["password"]:
            self.add_error("again", _("The two passwords differ."))
        return cleaned

    def given(self) -> FirstPassword:
        """What the command takes."""
        typed = self.cleaned_data
        return FirstPassword(typed["username"], typed["code"], typed["password"])


class PersonForm(forms.Form):
    """Which person the auditor asks about."""

    person = forms.IntegerField(
        label=_("Person number"),
        min_value=1,
        help_text=_("The number at the foot of the person's page."),
    )
