"""What the pages of the laboratory are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from som.lab.kits import Method
from som.lab.rules import HoldKind
from som.lab.verdicts import Verdict
from som.web.fields import MOST_ID, day_field
from som.web.paging import read_key


class RunsForm(forms.Form):
    """Where the list of runs goes on, and of which method they are."""

    method = forms.ChoiceField(required=False, choices=[(name, name) for name in Method])
    after = forms.CharField(required=False, max_length=60)

    def clean_after(self) -> object:
        """The key of the last line of the page before."""
        return read_key(self.cleaned_data["after"])


class BoxesForm(forms.Form):
    """Where the list of boxes goes on."""

    after = forms.CharField(required=False, max_length=60)

    def clean_after(self) -> object:
        """The key of the last line of the page before."""
        return read_key(self.cleaned_data["after"])


class WellsForm(forms.Form):
    """Which wells of a run are listed."""

    only = forms.ChoiceField(
        required=False, choices=[(name, name) for name in (*Verdict, "fault", "control")]
    )


class RunHoldForm(forms.Form):
    """What of a run is to be held, and why."""

    what = forms.ChoiceField(
        label=_("What is held"),
        choices=[
            (HoldKind.RUN, _("This run alone")),
            (HoldKind.KIT_LOT, _("This lot of the kit in the laboratory")),
            (HoldKind.LAB, _("The whole laboratory")),
        ],
        widget=forms.RadioSelect,
        initial=HoldKind.RUN,
    )
    reason = forms.CharField(label=_("Why"), max_length=500)


class LiftForm(forms.Form):
    """A hold to be lifted, and why."""

    hold = forms.IntegerField(min_value=1, max_value=MOST_ID, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why it may go on"), max_length=500)


class LotHoldForm(forms.Form):
    """A lot of a kit to be held in every laboratory of a territory."""

    unit = forms.TypedChoiceField(label=_("Applies in"), coerce=int)
    kit = forms.ChoiceField(label=_("Kit"))
    kit_lot = forms.CharField(label=_("Kit lot"), max_length=60)
    reason = forms.CharField(label=_("Why"), max_length=500)

    def __init__(
        self, *given: Any, kits: Sequence[tuple[str, str]], units: Sequence[tuple[int, str]]
    ) -> None:
        super().__init__(*given)
        self.fields["kit"].choices = kits  # type: ignore[attr-defined]
        self.fields["unit"].choices = units  # type: ignore[attr-defined]


class CapacityForm(forms.Form):
    """How many tests a laboratory may load a day, from a day on."""

    lab = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    tests_a_day = forms.IntegerField(label=_("Tests a day"), min_value=0, max_value=1_000_000)
    valid_from = day_field(label=_("From"), required=True)
