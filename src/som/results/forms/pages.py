"""What the pages of review, watch, reports, the area and the look-up are asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from som.kernel import ids
from som.places.fields import UnitField, UnitForm
from som.results.rules import (
    ANSWERED,
    NOT_ANSWERED,
    STEPS,
    PoolDecision,
    ReportedState,
    ResultValue,
)
from som.web.fields import MOST_ID, IdsField, KeyField, PagedForm, code_box, day_field

OLDEST_BIRTH = 1900

WATCHED_STEPS = ("swabbed", "received", "read")
"""How far a tube on watch may have come."""

_YEAR = re.compile(r"\s*(\d{4})\s*")


class WhereForm(forms.Form):
    """The code of anything that has one, or the words that a person is known by."""

    code = forms.CharField(
        label=_("What are you looking for?"),
        max_length=200,
        required=False,
        widget=code_box(
            {"type": "search", "enterkeyhint": "search", "class": "form-control code"}, scan=True
        ),
    )


class ReleaseForm(forms.Form):
    """Verdicts of one laboratory that a reviewer lets go."""

    lab = forms.IntegerField(widget=forms.HiddenInput)
    verdicts = IdsField()


class _ReasonForm(forms.Form):
    """What a reviewer decides at a laboratory, and why."""

    lab = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        error_messages={"required": _("Say why: a decision needs a reason.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class DecisionForm(_ReasonForm):
    """What a named person decides of a discordant pool: which button was pressed, and why."""

    pool = forms.CharField(widget=forms.HiddenInput, max_length=80)
    decide = forms.ChoiceField(choices=[(one.value, one.value) for one in PoolDecision])


class ClosingForm(_ReasonForm):
    """A verdict that can never be released, which a reviewer notes and closes, and why."""

    close = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=MOST_ID)


class WatchForm(PagedForm):
    """Which part of the watch: a laboratory's, past a step of its time, one's own, those that have
    come so far and no farther; and the place."""

    lab = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    past = forms.TypedChoiceField(
        required=False, coerce=int, choices=[(step, step) for step in STEPS]
    )
    mine = forms.BooleanField(required=False)
    step = forms.ChoiceField(required=False, choices=[("", ""), *((s, s) for s in WATCHED_STEPS)])


class TakeOverForm(forms.Form):
    """A tube that somebody takes over, as its line's button sends it."""

    tubes = IdsField()
    code = forms.CharField(max_length=80)


class LookUpForm(forms.Form):
    """A slip code, and what only its person knows."""

    slip = forms.CharField(
        label=_("Look-up code"),
        max_length=60,
        help_text=_("13 letters and digits printed on your slip. Hyphens do not matter."),
        error_messages={"required": _("Type the code printed on your slip.")},
        widget=code_box(),
    )
    birth_date = day_field(_("Date of birth"), help_text=_("Day/month/year, such as 05/03/1957."))
    birth_year = forms.IntegerField(
        label=_("Year of birth"),
        required=False,
        min_value=OLDEST_BIRTH,
        max_value=2100,
        error_messages={
            "invalid": _("Type the year in four digits, such as 1957."),
            "min_value": _("Type the year in four digits, such as 1957."),
            "max_value": _("Type the year in four digits, such as 1957."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    phone_end = forms.RegexField(
        r"^[0-9]{4}$",
        label=_("Last four digits of the telephone number"),
        required=False,
        help_text=_("Of the number you gave when the swab was taken."),
        error_messages={"invalid": _("Type four digits.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "inputmode": "numeric", "maxlength": "4"}
        ),
    )

    card = forms.CharField(
        label=_("Card number"),
        max_length=20,
        required=False,
        help_text=_("W and ten digits, printed on your card."),
        widget=code_box(),
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        """A year alone, typed where the date belongs, is taken for the year of birth."""
        typed = _YEAR.fullmatch((data or {}).get("birth_date", ""))
        self.year_alone = typed is not None and not data.get("birth_year")
        if typed and self.year_alone:
            data = data.copy()
            data["birth_date"], data["birth_year"] = "", typed[1]
        super().__init__(data, **kwargs)

    def clean_slip(self) -> str:
        """The code as stored. Whether it can be one is seen from the code alone."""
        code = ids.slip_code(self.cleaned_data["slip"])
        if code is None:
            raise ValidationError(
                _("A character of this code is missing or misread. Compare it with your slip.")
            )
        return code

    def clean_card(self) -> int | None:
        """The serial number on the card. Whether it can be one is seen from the code alone."""
        code = self.cleaned_data["card"]
        serial = ids.card_serial(code) if code else None
        if code and serial is None:
            raise ValidationError(
                _("A digit of this number is missing or misread. Compare it with your card.")
            )
        return serial

    def clean(self) -> dict[str, Any]:
        """One of the three ways must be filled whole."""
        typed = super().clean() or {}
        if self.errors.keys() & {"birth_date", "birth_year", "phone_end", "card"}:
            return typed
        if typed.get("card") is not None:
            return typed
        if not typed.get("birth_date") and not self.by_phone:
            if typed.get("birth_year"):
                self.add_error(
                    "phone_end",
                    _("With the year alone, the last four digits of the telephone are needed too.")
                    if self.year_alone
                    else _("Type four digits."),
                )
            elif typed.get("phone_end"):
                self.add_error("birth_year", _("Type the year of birth."))
            else:
                self.add_error("birth_date", _("Type the date of birth, or use the other way."))
        return typed

    @property
    def by_phone(self) -> bool:
        """Whether year and telephone are both given."""
        typed = self.cleaned_data
        return bool(typed.get("birth_year") and typed.get("phone_end"))

    @property
    def other_way(self) -> bool:
        """Whether the part with year and telephone stands open."""
        return any(self[name].value() for name in ("birth_year", "phone_end"))

    @property
    def with_card(self) -> bool:
        """Whether the part with the walk-in card stands open."""
        return bool(self["card"].value())


class TakeInForm(forms.Form):
    """Which laboratory sent a list of results."""

    sender = forms.TypedChoiceField(
        label=_("Laboratory that sent it"),
        coerce=int,
        help_text=_("Not among them? An administrator registers laboratories."),
    )

    def __init__(self, *args: Any, senders: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sender = self.fields["sender"]
        assert isinstance(sender, forms.ChoiceField)
        sender.choices = [("", "–"), *senders]


class ReportRowsForm(forms.Form):
    """Which rows of a report, and where they go on."""

    only = forms.ChoiceField(required=False, choices=[(state, state) for state in ReportedState])
    after = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)


class ReportedForm(forms.Form):
    """Rows of a report that a receiver lets go."""

    rows = IdsField()


NOBODY_CHOSEN, SOMEBODY_NEW = "", "new"


class MatchForm(forms.Form):
    """Whose result a row is, or that nobody takes it, and why."""

    person = forms.CharField(required=False, max_length=20)
    reason = forms.CharField(
        label=_("Why"),
        max_length=500,
        help_text=_("What makes you sure: a call, a paper, the sender's word."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    do = forms.ChoiceField(choices=[(one, one) for one in ("match", "same", "reject")])

    def clean_person(self) -> int | None:
        """The person chosen; None for somebody new, and for whoever is in our tube."""
        chosen: str = self.cleaned_data["person"]
        if chosen in (NOBODY_CHOSEN, SOMEBODY_NEW):
            return None
        if not chosen.isdecimal() or len(chosen) > len(str(MOST_ID)) or int(chosen) > MOST_ID:
            raise ValidationError(_("Choose one of these people."))
        return int(chosen)

    def clean(self) -> dict[str, Any]:
        """A match says of whom."""
        asked = self.cleaned_data
        if asked.get("do") == "match" and self.data.get("person") is None:
            self.add_error("person", _("Choose one of these people."))
        return asked


class AreaForm(UnitForm):
    """Which unit and day, and of which answer alone."""

    unit = UnitField(label=_("Commune or province"), required=False)
    on = day_field(_("Day of the swabs"))
    value = forms.ChoiceField(
        choices=[
            ("", ""),
            *((part, part) for part in (ANSWERED, NOT_ANSWERED)),
            *((value.value, value.value) for value in ResultValue),
        ],
        required=False,
    )
    after = KeyField(required=False)
