"""Sending a list in, and which of its rows are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import PurePath
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from som.kernel.outcomes import Refused
from som.places.queries import UnitRow
from som.sampling.commands.imports import ListSent
from som.sampling.forms.words import REASONS
from som.sampling.queries.imports import ONLY, ListTargets
from som.sampling.rules import RequestReason
from som.sampling.rules.imports import LARGEST_FILE, ListPurpose, ListRefusal
from som.web.fields import day_field

ENDINGS = (".xlsx", ".xls", ".ods", ".csv", ".tsv", ".txt", ".docx")
"""What files of lists are called; what is in them, the reader finds out."""

ASKED = (
    RequestReason.ROSTER,
    RequestReason.CONTACT,
    RequestReason.SYMPTOM,
    RequestReason.DAY,
)
"""Why a list may ask for its people."""

_MEGABYTE = 1024 * 1024


class RowsForm(forms.Form):
    """Which rows of a list, and where they go on."""

    only = forms.ChoiceField(required=False, choices=[(name, name) for name in ONLY])
    after = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)


class SendForm(forms.Form):
    """A file, and what it is for."""

    target = forms.ChoiceField(label=_("What is the list for?"))
    content = forms.FileField(
        label=_("File"),
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ",".join(ENDINGS)}),
        help_text=_("Excel, CSV or Word, at most 64 MB, in your own layout or in one of ours."),
    )
    unit = forms.TypedChoiceField(label=_("Your unit"), coerce=int)
    due_on = day_field(
        _("To be swabbed by"), help_text=_("For people who are asked for, until this day.")
    )
    reason = forms.ChoiceField(
        label=_("Why they are asked for"),
        required=False,
        help_text=_("Symptoms or a contact written in a row count before this."),
    )

    def __init__(
        self, *args: Any, targets: ListTargets, units: Sequence[UnitRow], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        target, unit, reason = (self.fields[name] for name in ("target", "unit", "reason"))
        assert isinstance(target, forms.ChoiceField)
        assert isinstance(unit, forms.ChoiceField)
        assert isinstance(reason, forms.ChoiceField)
        target.choices = [
            ("", "–"),
            (
                gettext("People to be swabbed, for the campaign"),
                [(f"{ListPurpose.ROSTER}:{code}", name) for code, name in targets.campaigns],
            ),
            (
                gettext("Swabs taken, in the session"),
                [(f"{ListPurpose.SWABS}:{code}", name) for code, name in targets.sessions],
            ),
            (
                gettext("Results of a laboratory"),
                [
                    (
                        f"{ListPurpose.RESULTS}:",
                        gettext("Results, taken in after a look at each row"),
                    )
                ],
            ),
        ]
        unit.choices = [(one.id, one.path) for one in units]
        if len(units) == 1:
            unit.widget = forms.HiddenInput()
            unit.initial = units[0].id
        reason.choices = [(str(one), gettext(REASONS[one])) for one in ASKED]

    def clean_content(self) -> UploadedFile[Any]:
        """A file that may be a list, by its name and size."""
        file: UploadedFile[Any] = self.cleaned_data["content"]
        if PurePath(file.name or "").suffix.lower() not in ENDINGS:
            raise forms.ValidationError(
                gettext("Lists are files that end in %(endings)s.")
                % {"endings": ", ".join(ENDINGS)}
            )
        if file.size is None or file.size > LARGEST_FILE:
            raise forms.ValidationError(
                gettext("The file has %(megabytes)d MB; at most 64 are taken.")
                % {"megabytes": (file.size or 0) // _MEGABYTE}
            )
        return file

    def clean(self) -> dict[str, Any]:
        """People who are asked for are asked for until a day."""
        asked = self.cleaned_data
        roster = asked.get("target", "").startswith(f"{ListPurpose.ROSTER}:")
        if roster and "due_on" not in self.errors and asked.get("due_on") is None:
            self.add_error("due_on", gettext(ListRefusal.DUE_MISSING.sentence))
        return asked

    def sent(self) -> ListSent:
        """What the command receives."""
        asked = self.cleaned_data
        purpose, _colon, code = asked["target"].partition(":")
        roster = purpose == ListPurpose.ROSTER
        due_on: date | None = asked["due_on"] if roster else None
        return ListSent(
            PurePath(asked["content"].name).name,
            asked["content"].read(),
            ListPurpose(purpose),
            campaign=code if roster else None,
            session=code if purpose == ListPurpose.SWABS else None,
            reason=RequestReason(asked["reason"] or RequestReason.ROSTER),
            due_on=due_on,
        )

    def say(self, refused: Sequence[Refused[Any]]) -> None:
        """Put each refusal by the field it is about."""
        for one in refused:
            self.add_error(_FIELDS.get(str(one.reason)), gettext(one.reason.sentence))


_FIELDS = {
    str(ListRefusal.FILE_EMPTY): "content",
    str(ListRefusal.FILE_TOO_LARGE): "content",
    str(ListRefusal.DUE_MISSING): "due_on",
    str(ListRefusal.CAMPAIGN_UNKNOWN): "target",
    str(ListRefusal.SESSION_UNKNOWN): "target",
    str(ListRefusal.SESSION_CLOSED): "target",
    str(ListRefusal.NOT_HERE): "target",
}
