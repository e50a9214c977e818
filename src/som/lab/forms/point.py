"""What is asked at the point of care: the day's kit, a test begun, and what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from som.web.fields import code_box, day_field

LONGEST_LOT = 20
"""Longer than makers print; it travels with each test that was begun."""


class PointForm(forms.Form):
    """Which kit and lot are used today, and until when the lot may be."""

    lab = forms.TypedChoiceField(label=_("Laboratory"), coerce=int)
    kit = forms.ChoiceField(label=_("Kit"))
    kit_lot = forms.RegexField(
        r"\A[^|]+\Z",
        label=_("Kit lot"),
        max_length=LONGEST_LOT,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    expires = day_field(label=_("Expiry on the box"), required=True)
    instrument = forms.CharField(
        label=_("Analyser, for cartridges"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self,
        *given: Any,
        labs: Sequence[tuple[int, str]],
        kits: Sequence[tuple[str, str]],
        today: date,
        **named: Any,
    ) -> None:
        super().__init__(*given, **named)
        self._today = today
        lab, kit = self.fields["lab"], self.fields["kit"]
        assert isinstance(lab, forms.ChoiceField)
        assert isinstance(kit, forms.ChoiceField)
        lab.choices, kit.choices = list(labs), list(kits)
        if len(labs) == 1:
            lab.widget = forms.HiddenInput()
            lab.initial = labs[0][0]

    def clean_expires(self) -> date:
        """A lot past its day is not used."""
        expires: date = self.cleaned_data["expires"]
        if expires < self._today:
            raise ValidationError(_("This lot is past its expiry: take another one."))
        return expires


class CartridgeBegunForm(forms.Form):
    """A tube put into a cartridge: both are scanned."""

    tube = forms.CharField(
        label=_("Tube"), max_length=40, widget=code_box(scan=True, following="id_barcode")
    )
    barcode = forms.CharField(label=_("Cartridge"), max_length=32, widget=code_box(scan=True))

    def clean_tube(self) -> str:
        """The code as it is stored."""
        return str(self.cleaned_data["tube"]).upper()

    def clean_barcode(self) -> str:
        """The barcode as makers print it."""
        return str(self.cleaned_data["barcode"]).upper()


class StripForm(forms.Form):
    """Which lines a strip shows."""

    tube = forms.CharField(widget=forms.HiddenInput, max_length=80)
    lines = forms.ChoiceField(
        label=_("What the strip shows"),
        choices=[
            ("negative", _("C alone: negative")),
            ("positive", _("C and T: positive")),
            ("no_control", _("No C: invalid")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say which lines the strip shows.")},
    )


class CartridgeForm(forms.Form):
    """What an analyser says of a cartridge: a Ct for each target that it found, or its error."""

    tube = forms.CharField(widget=forms.HiddenInput, max_length=80)
    error = forms.CharField(
        label=_("Error, where it ended without a result"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    ended = forms.TimeField(
        label=_("Ended at, where not just now"),
        required=False,
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def __init__(self, *given: Any, targets: Sequence[str], **named: Any) -> None:
        super().__init__(*given, **named)
        self._targets = tuple(targets)
        for number, target in enumerate(self._targets):
            self.fields[f"ct{number}"] = forms.CharField(
                label=f"Ct {target}",
                required=False,
                max_length=8,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )
        self.order_fields([f"ct{number}" for number in range(len(self._targets))])

    def clean(self) -> dict[str, Any]:
        """Every Ct is a number of cycles, with a point or a comma; empty where nothing was found."""
        said = super().clean() or {}
        for number in range(len(self._targets)):
            text = str(said.get(f"ct{number}") or "").strip().replace(",", ".")
            try:
                ct = Decimal(text) if text else None
            except InvalidOperation:
                ct = Decimal(0)
            if ct is not None and not (ct.is_finite() and 0 < ct <= 100):
                self.add_error(f"ct{number}", _("Type the Ct, such as 24.5, or leave it empty."))
            said[f"ct{number}"] = ct
        return said

    def readings(self) -> tuple[tuple[str, Decimal | None], ...]:
        """Each target of the kit with its Ct, or none."""
        return tuple(
            (target, self.cleaned_data[f"ct{number}"])
            for number, target in enumerate(self._targets)
        )
