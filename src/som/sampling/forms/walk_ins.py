"""What is asked to give a walk-in their name."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from som.kernel import ids
from som.kernel.outcomes import Refused
from som.people import rules
from som.people.rules import (
    Birth,
    ChangeRefusal,
    Declaration,
    DeclarationRefusal,
    Sex,
)
from som.people.rules.cards import CardRead, declaration_of, read_card
from som.places.fields import UnitField
from som.web.fields import PagedForm, code_box

LONGEST_CARD = 2_000
"""Signs of a scanned identity card: the longest seen, of health insurance, has about 400."""


class WalkInsForm(PagedForm):
    """Where the list of walk-ins goes on, or the card in somebody's hand."""

    card = forms.CharField(
        required=False,
        max_length=40,
        label=_("Card number"),
        help_text=_("Scan the card, or type W and ten digits."),
        widget=code_box({"enterkeyhint": "search"}, scan=True),
    )

    def clean_card(self) -> int | None:
        """The serial number; whether it can be one is seen from the code alone."""
        code = self.cleaned_data["card"]
        serial = ids.card_serial(code) if code else None
        if code and serial is None:
            raise ValidationError(
                _("A digit of this number is missing or misread. Compare it with the card.")
            )
        return serial


def _text(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=more.pop("max_length", 200),
        widget=forms.TextInput(attrs={"autocomplete": "off", **more.pop("attrs", {})}),
        **more,
    )


class NamingForm(forms.Form):
    """Who a walk-in says they are: an identity card scanned, or typed."""

    scan = _text(
        _("Identity or insurance card"),
        max_length=LONGEST_CARD,
        help_text=_("Scan the square code on the card: it fills what stands on it."),
        attrs={"autofocus": True, "spellcheck": "false"},
    )
    name = _text(_("Name"))
    birth = _text(
        _("Date or year of birth"), max_length=30, help_text=_("Such as 05/03/1957, or 1957.")
    )
    sex = forms.ChoiceField(
        label=_("Sex"),
        required=False,
        choices=[("", _("Not said")), (Sex.MALE, _("Male")), (Sex.FEMALE, _("Female"))],
    )
    number = _text(_("Identity number"), max_length=30)
    phone = _text(
        _("Telephone"), max_length=30, help_text=_("The word that the result is there goes here.")
    )
    residence = UnitField(label=_("Commune"), required=False, help_text=_("Where they live."))
    address = _text(_("House, street, hamlet"), max_length=300)
    guardian = _text(_("Guardian, for a child"))

    read: CardRead | None = None

    FIELDS = {
        DeclarationRefusal.NAME_MISSING: "name",
        DeclarationRefusal.NAME_UNREADABLE: "name",
        DeclarationRefusal.BIRTH_IMPOSSIBLE: "birth",
        DeclarationRefusal.NUMBER_UNREADABLE: "number",
        DeclarationRefusal.PHONE_UNREADABLE: "phone",
        DeclarationRefusal.RESIDENCE_UNKNOWN: "residence",
        ChangeRefusal.NAMED_ALREADY: "name",
    }

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        residence = self.fields["residence"]
        assert isinstance(residence, UnitField)
        residence.keep_within(None, on, ())

    def clean_birth(self) -> Birth | None:
        """The birth in what was typed."""
        written = self.cleaned_data["birth"]
        if not written:
            return None
        birth = rules.birth_of(written, on=self.on)
        if not isinstance(birth, Birth):
            raise ValidationError(gettext(birth.sentence))
        return birth

    def clean_scan(self) -> str:
        """The card as read; junk is refused with what is wrong with it."""
        payload: str = self.cleaned_data["scan"]
        if payload:
            self.read = read_card(payload)
            if not self.read.number and not self.read.name:
                raise ValidationError(gettext(self.read.reason.sentence))
        return payload

    def clean(self) -> dict[str, Any]:
        """A name is needed, typed or scanned."""
        typed = super().clean() or {}
        if not typed.get("name") and not (self.read and self.read.name) and not self.errors:
            self.add_error("name", gettext(DeclarationRefusal.NAME_MISSING.sentence))
        return typed

    def declaration(self) -> Declaration:
        """What the walk-in says: what is typed goes before what the card says."""
        asked = self.cleaned_data
        card = declaration_of(self.read) if self.read else Declaration("")
        birth: Birth | None = asked["birth"]
        return Declaration(
            asked["name"] or card.name,
            Sex(asked["sex"]) if asked["sex"] else card.sex,
            birth.date if birth else card.birth_date,
            birth.year if birth else card.birth_year,
            asked["phone"],
            asked["number"] or card.number,
            asked["residence"].id if asked["residence"] else None,
            asked["address"] or card.address,
            card.documents,
            asked["guardian"] or card.guardian,
        )

    def note(self, refused: Refused[Any]) -> None:
        """Put what the command refused beside the field it is about."""
        field = self.FIELDS.get(refused.reason)
        self.add_error(field, gettext(refused.reason.sentence))
