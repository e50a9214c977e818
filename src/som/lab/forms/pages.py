"""What the pages of the laboratory are asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from som.kernel.clock import LOCAL
from som.lab.formats.documents import LARGEST_FILE
from som.lab.kits import Method
from som.lab.queries import WhyRetest
from som.lab.rules import HoldKind
from som.lab.verdicts import Verdict
from som.web.fields import MOST_ID, PagedForm, day_field, hour_field

_MEGABYTE = 1024 * 1024


def _unfilled() -> forms.TextInput:
    """A box that the browser does not fill in by itself."""
    return forms.TextInput(attrs={"autocomplete": "off"})


class RunsForm(PagedForm):
    """Where the list of runs goes on, and of which method they are."""

    method = forms.ChoiceField(required=False, choices=[(name, name) for name in Method])


class RetestsForm(PagedForm):
    """Why what is listed waits for a second test, and where the list goes on."""

    why = forms.ChoiceField(required=False, choices=[(name, name) for name in WhyRetest])


RUN_ENDINGS = (".txt", ".csv", ".tsv", ".xls", ".xlsx", ".eds")
"""What instruments' exports are called; what is in them, the reader finds out."""


class RunFileForm(forms.Form):
    """An instrument's file, of which plate it is, and with which lot of the kit it was run.

    `looked`: what was looked at, `LookedAt.mark`. The lot is asked for when it is read, and when the
    run ended, and how one knows, where the file says what cannot be.
    """

    lab = forms.TypedChoiceField(label=_("Laboratory"), coerce=int)
    content = forms.FileField(
        label=_("The instrument's file"),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(RUN_ENDINGS)}),
        error_messages={
            "required": _("Choose the file that the instrument's software exported."),
            "empty": _("The file is empty."),
        },
    )
    plate = forms.ChoiceField(
        label=_("Plate"),
        required=False,
        help_text=_("Leave it as it is where the file names its plate."),
    )
    kit_lot = forms.CharField(label=_("Kit lot"), max_length=60, required=False, widget=_unfilled())
    operator = forms.CharField(label=_("Run by"), max_length=80, required=False, widget=_unfilled())
    instrument = forms.CharField(
        label=_("Instrument, where its file does not name it"),
        max_length=80,
        required=False,
        widget=_unfilled(),
    )
    ended_on = day_field(label=_("The run truly ended on"))
    ended_hour = hour_field(_("Hour"), example="14:40", required=False)
    ended_why = forms.CharField(
        label=_("How you know"),
        max_length=500,
        required=False,
        widget=_unfilled(),
        help_text=_("The reviewer reads this beside what the file says."),
    )
    looked = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self, *given: Any, labs: Sequence[tuple[int, str]], plates: Sequence[str], **named: Any
    ) -> None:
        super().__init__(*given, **named)
        lab, plate = self.fields["lab"], self.fields["plate"]
        assert isinstance(lab, forms.ChoiceField)
        assert isinstance(plate, forms.ChoiceField)
        lab.choices = list(labs)
        if len(labs) == 1:
            lab.widget = forms.HiddenInput()
            lab.initial = labs[0][0]
        plate.choices = [("", _("as the file says")), *((code, code) for code in plates)]

    def clean_content(self) -> UploadedFile[Any]:
        """A file that may be read: of a kind that instruments write, and not too large."""
        file: UploadedFile[Any] = self.cleaned_data["content"]
        if PurePath(file.name or "").suffix.casefold() not in RUN_ENDINGS:
            raise ValidationError(
                _(
                    "Instruments' exports end in %(endings)s. Export the results and send that file."
                ),
                params={"endings": ", ".join(RUN_ENDINGS)},
            )
        if file.size is None or file.size > LARGEST_FILE:
            raise ValidationError(
                _("The file is larger than %(megabytes)s MB. Export the results without raw data."),
                params={"megabytes": LARGEST_FILE // _MEGABYTE},
            )
        return file

    def lacks(self, *, end: bool) -> bool:
        """Whether something is not said that reading needs; the form says what.

        `end`: whether it is to say when the run ended.
        """
        said, lacking = self.cleaned_data, {}
        if not said["kit_lot"].strip():
            lacking["kit_lot"] = _("Type the lot that stands on the kit's box.")
        if end and said["ended_on"] is None:
            lacking["ended_on"] = _("Type the day on which the run ended.")
        if end and said["ended_hour"] is None:
            lacking["ended_hour"] = _("Type the hour at which the run ended.")
        if end and not said["ended_why"].strip():
            lacking["ended_why"] = _("Say how you know when it ended.")
        for name, words in lacking.items():
            self.add_error(name, words)
        return bool(lacking)

    def ended_at(self) -> datetime:
        """When the run ended, as whoever reads it says."""
        said = self.cleaned_data
        return datetime.combine(said["ended_on"], said["ended_hour"], LOCAL)


class WellsForm(forms.Form):
    """Which wells of a run are listed, and of which one the curves stand as a table."""

    well = forms.RegexField(r"\A[A-Z]{1,2}[0-9]{1,2}\Z", required=False, max_length=4)

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
