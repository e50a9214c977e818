"""What the pages of the benches are asked: pools, batches, plates and layouts of controls."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from som.lab.rules import CODE, LayoutMode, LoadKind
from som.web.fields import MOST_ID, code_box


def _unfilled() -> forms.TextInput:
    """A box that the browser does not fill in by itself."""
    return forms.TextInput(attrs={"autocomplete": "off"})


class AfterForm(forms.Form):
    """Where a list goes on that is sorted by the ids of its lines."""

    after = forms.IntegerField(required=False, min_value=1, max_value=MOST_ID)


_NO_CODE = _("Capitals, digits, dots and hyphens only, two to thirty-two of them.")
_WHOLE_CODE = rf"\A{CODE.pattern}\Z"

ONTO_PLATE = "scan"
"""The id of the form with which one scans onto a plate; all its buttons belong to it."""


class LabAskedForm(forms.Form):
    """Which of one's laboratories a page is about, where its address says so."""

    lab = forms.IntegerField(required=False, min_value=1, max_value=MOST_ID)


class OntoPlateForm(forms.Form):
    """What is sent with a scan onto a plate: the well chosen, the batch, a button pressed."""

    well = forms.RegexField(r"\A[A-P][1-9][0-9]?\Z", required=False)
    batch = forms.RegexField(_WHOLE_CODE, required=False)
    act = forms.RegexField(
        r"\A(empty|lay|take-over|free(:[A-P][1-9][0-9]?)?|control:(no_template|negative|positive)"
        r"|fill:[A-Za-z0-9.\-]{1,32}(:[0-9]{1,4})?)\Z",
        required=False,
    )


class PlateBegunForm(forms.Form):
    """A plate that is begun: its code, its kit and how many wells it has."""

    plate = forms.RegexField(
        _WHOLE_CODE,
        label=_("Plate"),
        error_messages={"invalid": _NO_CODE},
        widget=code_box(scan=True),
        help_text=_("Scan its label, or type what is written on it."),
    )
    kit = forms.ChoiceField(label=_("Kit"))
    size = forms.TypedChoiceField(
        label=_("Wells"), coerce=int, choices=[(96, "96"), (384, "384")], initial=96
    )

    def __init__(self, *given: Any, kits: Sequence[tuple[str, str]], **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["kit"].choices = kits  # type: ignore[attr-defined]


class BatchForm(forms.Form):
    """An extraction batch that is noted: its code, and the kit and lot it is extracted with."""

    batch = forms.RegexField(
        _WHOLE_CODE,
        label=_("Extraction batch"),
        error_messages={"invalid": _NO_CODE},
        widget=code_box(scan=True),
        help_text=_("Scan its label, or type what is written on it."),
    )
    kit = forms.CharField(label=_("Extraction kit"), max_length=60, widget=_unfilled())
    kit_lot = forms.CharField(label=_("Kit lot"), max_length=60, widget=_unfilled())


class WorklistForm(forms.Form):
    """What a robot is to be told, and for Tecan's how much of each sample it moves."""

    format = forms.ChoiceField(choices=[("csv", "CSV"), ("gwl", "Tecan")])
    volume = forms.DecimalField(
        label=_("Microlitres of each sample"),
        required=False,
        min_value=Decimal("0.1"),
        max_value=1000,
        max_digits=5,
        decimal_places=1,
    )
    liquid = forms.RegexField(
        r"\A[^;\r\n]{0,32}\Z", label=_("Liquid class"), required=False, widget=_unfilled()
    )

    def clean(self) -> dict[str, Any] | None:
        """Tecan's file needs the volume."""
        said = super().clean()
        if said and said.get("format") == "gwl" and not said.get("volume"):
            self.add_error("volume", _("Say how many microlitres of each sample are moved."))
        return said


class LayoutForm(forms.Form):
    """Where the controls of a kit's plates are: their wells by kind, and what a click gives."""

    mode = forms.ChoiceField(
        label=_("On each plate"),
        choices=[
            (LayoutMode.FIXED, _("in the same wells")),
            (LayoutMode.MOVING, _("one well further on, so that swapped plates are noticed")),
        ],
        widget=forms.RadioSelect,
        initial=LayoutMode.FIXED,
    )
    no_template = forms.CharField(
        label=_("No-template control"), required=False, max_length=400, widget=_unfilled()
    )
    negative = forms.CharField(
        label=_("Negative control"), required=False, max_length=400, widget=_unfilled()
    )
    positive = forms.CharField(
        label=_("Positive control"), required=False, max_length=400, widget=_unfilled()
    )
    kind = forms.ChoiceField(
        label=_("A click on a well makes it a"),
        choices=[
            (LoadKind.NO_TEMPLATE, _("No-template control")),
            (LoadKind.NEGATIVE, _("Negative control")),
            (LoadKind.POSITIVE, _("Positive control")),
        ],
        widget=forms.RadioSelect,
        initial=LoadKind.NO_TEMPLATE,
    )
    well = forms.RegexField(r"\A[A-P][1-9][0-9]?\Z", required=False)
