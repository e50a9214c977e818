"""What is asked where tubes come in, are kept, sent on or thrown away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from som.access.second_person import SecondPersonForm
from som.kernel.ids import drawn_code
from som.lab.rules import Condition, ReferralReason
from som.sampling.rules import StorageKind
from som.web.fields import PagedForm, TemperatureField


def _text(label: Any, *, most: int = 100, help_text: Any = "", required: bool = False) -> Any:
    return forms.CharField(
        label=label,
        max_length=most,
        required=required,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class _BesideScan(forms.Form):
    """Fields that go with every scan: they belong to the scan box's form wherever they stand."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        for field in self.fields.values():
            field.widget.attrs["form"] = "scan"


class ArrivalForm(_BesideScan):
    """Who brought tubes, sealed how, how cold; and how the next one scanned looks."""

    condition = forms.ChoiceField(
        required=False, choices=[(str(one), str(one)) for one in Condition]
    )
    giver = _text(_("Brought by"))
    seal = _text(_("Seal"), most=60)
    temperature = TemperatureField(label=_("Temperature on arrival, °C"), required=False)


class StoreForm(_BesideScan):
    """How the tubes scanned next are kept from now on."""

    kind = forms.ChoiceField(
        choices=[(str(one), str(one)) for one in StorageKind], initial=StorageKind.FRIDGE
    )
    temperature = TemperatureField(label=_("Temperature, °C"), required=False)


class FridgeForm(PagedForm):
    """Which part of the fridge is listed, and where the list goes on."""

    part = forms.ChoiceField(
        required=False, choices=[(one, one) for one in ("past", "near", "sound")]
    )


class DisposalForm(SecondPersonForm):
    """Why the tubes of one part of the tray are thrown away, and who watches."""

    reason = forms.ChoiceField(label=_("Reason"))
    note = _text(_("What exactly"), most=300, help_text=_("Needed for another reason."))

    def __init__(self, *given: Any, reasons: Mapping[Any, str], **named: Any) -> None:
        super().__init__(*given, **named)
        choice = self.fields["reason"]
        choice.choices = [("", "–"), *((str(one), gettext(w)) for one, w in reasons.items())]  # type: ignore[attr-defined]


class ReferralForm(forms.Form):
    """A box that goes on to another laboratory: where to, why, through whose hands, how packed."""

    code = _text(
        _("Code of the box"),
        most=40,
        required=True,
        help_text=_("Drawn for you, or as it is printed on the box."),
    )
    to = forms.TypedChoiceField(label=_("To"), coerce=int)
    reason = forms.ChoiceField(label=_("Why it goes on"))
    taker = _text(_("Taken along by"))
    seal = _text(_("Seal"), most=60)
    temperature = TemperatureField(label=_("Temperature, °C"), required=False)

    def __init__(
        self,
        *given: Any,
        labs: Sequence[tuple[int, str]],
        reasons: Mapping[ReferralReason, str],
        **named: Any,
    ) -> None:
        super().__init__(*given, **named)
        self.fields["to"].choices = [("", "–"), *labs]  # type: ignore[attr-defined]
        words = [(str(one), gettext(text)) for one, text in reasons.items()]
        self.fields["reason"].choices = [("", "–"), *words]  # type: ignore[attr-defined]


def drawn_box_code(on: date) -> str:
    """A code for a box packed today: made with the form, so that sending twice is once."""
    return f"R{drawn_code(on)}"
