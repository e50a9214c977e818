"""What the pages of recalls and corrections are asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from som.kernel.clock import LOCAL
from som.lab.verdicts import Verdict
from som.results.rules import RecallWanted, Which
from som.web.fields import MOST_ID, code_box, day_field

WHICH = {
    Which.NEGATIVES: _("Only the negatives"),
    Which.POSITIVES: _("Only the positives"),
    Which.ALL: _("All"),
}

VALUES = {
    Verdict.NEGATIVE: _("Negative"),
    Verdict.POSITIVE: _("Positive"),
    Verdict.INCONCLUSIVE: _("Inconclusive"),
}


def _reason(help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class RecallForm(forms.Form):
    """Which answers are to be taken back. A day is whole, in Vietnam; today until this minute ends."""

    lab = forms.TypedChoiceField(label=pgettext_lazy("organisation", "Laboratory"), coerce=int)
    which = forms.ChoiceField(
        label=_("Which results"), choices=[(str(one), words) for one, words in WHICH.items()]
    )
    read_from = day_field(_("Runs read from"), required=True, help_text=_("This day included."))
    read_to = day_field(_("Runs read until"), required=True, help_text=_("This day included."))
    kit_lot = forms.CharField(
        label=_("Only this lot of the kit"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "form-control code"}),
    )
    reason = _reason(_("Whoever confirms reads it, and so does whoever opens a result taken back."))

    def __init__(
        self, data: Any = None, *, labs: Sequence[tuple[int, str]], now: datetime, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.now = now
        choices: Any = self.fields["lab"]
        choices.choices = labs

    def clean(self) -> dict[str, Any]:
        """A day to come and a time that ends before it begins are seen here already."""
        typed = super().clean() or {}
        begins, ends = typed.get("read_from"), typed.get("read_to")
        if begins and ends and begins > ends:
            self.add_error("read_to", ValidationError(_("The time ends before it begins.")))
        if begins and begins > self.now.astimezone(LOCAL).date():
            self.add_error("read_from", ValidationError(_("This day is still to come.")))
        return typed

    def wanted(self) -> RecallWanted:
        """The recall as the form says it."""
        said = self.cleaned_data
        ends = datetime.combine(said["read_to"] + timedelta(days=1), time(), LOCAL)
        return RecallWanted(
            said["lab"],
            datetime.combine(said["read_from"], time(), LOCAL),
            min(ends, self.now.replace(second=0, microsecond=0) + timedelta(minutes=1)),
            said["reason"],
            Which(said["which"]),
            said["kit_lot"],
        )


class RunRecallForm(forms.Form):
    """The answers of one run are to be taken back."""

    which = forms.ChoiceField(
        label=_("Which results"), choices=[(str(one), words) for one, words in WHICH.items()]
    )
    reason = _reason(_("Whoever confirms reads it, and so does whoever opens a result taken back."))


class NumberedForm(forms.Form):
    """Where a list goes on that is sorted by number: people of a recall, corrections."""

    after = forms.IntegerField(required=False, min_value=0, max_value=MOST_ID)


class CorrectionForm(forms.Form):
    """What a released result should have said."""

    lab = forms.TypedChoiceField(label=pgettext_lazy("organisation", "Laboratory"), coerce=int)
    code = forms.CharField(
        label=_("Code of the tube or pool"),
        max_length=40,
        widget=code_box({"data-scan": "fill", "class": "form-control code"}),
    )
    value = forms.ChoiceField(
        label=_("What it should say"), choices=[(str(v), words) for v, words in VALUES.items()]
    )
    reason = _reason(_("A second person confirms it before anybody is told."))

    def __init__(self, data: Any = None, *, labs: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        choices: Any = self.fields["lab"]
        choices.choices = labs


class CorrectionAnswerForm(forms.Form):
    """A correction that a second person confirms, or that is withdrawn."""

    lab = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    correction = forms.IntegerField(min_value=1, max_value=MOST_ID)
    do = forms.ChoiceField(choices=[("confirm", ""), ("withdraw", "")])
