"""What is written on a box, at each pair of hands it goes through, and of tubes lost or kept."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from som.access.second_person import SecondPersonForm
from som.kernel.ids import drawn_code
from som.sampling.commands import Loss, Manifest
from som.sampling.forms.words import LOSS_REASONS
from som.sampling.rules import LONGEST_CODE, BoxPassed, StorageKind
from som.web.fields import PagedForm, TemperatureField, code_box


def _name(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=200,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _seal() -> forms.CharField:
    return forms.CharField(
        label=_("Seal"),
        required=False,
        max_length=LONGEST_CODE,
        help_text=_("The number on the seal: scan or type it."),
        widget=code_box({"data-scan": "fill"}),
    )


class BoxesPagedForm(PagedForm):
    """Where a list of boxes, tubes or losses goes on, and of which session it is."""

    session = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class SendBoxForm(forms.Form):
    """What is written on a box when it is closed and sent."""

    taker = _name(_("Who takes it"), _("The driver or whoever carries it, by name."))
    seal = _seal()
    temperature = TemperatureField(label=_("Temperature (°C)"))
    code = forms.RegexField(
        r"\A[A-Za-z0-9][A-Za-z0-9._\-]*\Z",
        label=_("Code of the box"),
        max_length=LONGEST_CODE,
        help_text=_("Drawn for you; or scan the label that is on the box."),
        error_messages={"invalid": _("Letters, digits, points and lines alone.")},
        widget=code_box({"data-scan": "fill"}),
    )

    @classmethod
    def empty(cls, on: date) -> SendBoxForm:
        """A form with a code drawn for a box of this day: sent twice it is one box."""
        return cls(initial={"code": f"B{drawn_code(on)}"})

    def manifest(self, unit: int, lab: int) -> Manifest:
        """The box as the command sends it."""
        given = self.cleaned_data
        return Manifest(
            given["code"], unit, lab, given["taker"], given["seal"], given["temperature"]
        )


class HandOverForm(forms.Form):
    """From whose hands into whose a box goes on its way."""

    giver = _name(_("Who gives it"))
    taker = _name(_("Who takes it"))
    seal = _seal()
    temperature = TemperatureField(label=_("Temperature (°C)"))

    def passed(self, box: str, at: datetime, *, holder: str) -> BoxPassed:
        """The hand-over of this box as the command notes it: by its `holder` where no giver is named."""
        given = self.cleaned_data
        giver = given["giver"] or holder
        return BoxPassed(box, at, giver, given["taker"], given["seal"], given["temperature"])


class HandSeveralOverForm(HandOverForm):
    """The same of several boxes, each given by whoever has it now unless somebody else is named."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["giver"].required = False
        self.fields["giver"].help_text = _("Left empty: whoever has each box now.")


class LossForm(SecondPersonForm):
    """Why tubes will never be tested, and who else says so."""

    reason = forms.ChoiceField(
        label=_("What happened"), widget=forms.RadioSelect(attrs={"class": "form-check-input"})
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=200,
        help_text=_("Where and how. No names of people swabbed."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        assert isinstance(reason, forms.ChoiceField)
        reason.choices = [(key, gettext(words)) for key, words in LOSS_REASONS.items()]

    def losses(self, codes: list[str]) -> list[Loss]:
        """What the command notes of each tube: the reason in words, as it stands on its page."""
        given = self.cleaned_data
        said = [gettext(LOSS_REASONS[given["reason"]]), given["note"].strip()]
        reason = ": ".join(part for part in said if part)
        return [Loss(code, reason) for code in codes]


class KeptForm(forms.Form):
    """How tubes are kept at the station until a box takes them."""

    KINDS = (
        (StorageKind.FRIDGE, _("Fridge, 2 to 8 °C")),
        (StorageKind.ROOM, _("Warmer than that")),
    )

    kind = forms.ChoiceField(label=_("Kept"), choices=KINDS, initial=StorageKind.FRIDGE)
    temperature = TemperatureField(label=_("Temperature (°C)"))
