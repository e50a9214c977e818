"""On which paper labels are printed, which ones, and why again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from som.sampling.commands import LabelPrint
from som.sampling.forms.codes import LabelField
from som.sampling.forms.labels import how_many_field
from som.sampling.forms.words import PRINTED_AGAIN, STICKER_WORDS
from som.sampling.rules import LabelRange, PrintAgain
from som.sampling.rules.stickers import MOST_PRINTED, STICKERS, Stickers


class PaperForm(forms.Form):
    """The file of labels that were printed: under which code, and how they sit on their paper."""

    code = forms.CharField(max_length=40, widget=forms.HiddenInput)
    paper = forms.ChoiceField(label=_("Label paper"))
    used = forms.IntegerField(
        label=_("Labels gone from the first sheet"),
        required=False,
        min_value=0,
        max_value=200,
        help_text=_("Of a sheet begun before: printing goes on behind them."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        paper = self.fields["paper"]
        assert isinstance(paper, forms.ChoiceField)
        paper.choices = [(code, gettext(STICKER_WORDS[code])) for code in STICKERS]

    @property
    def stickers(self) -> Stickers:
        """The paper chosen."""
        return STICKERS[self.cleaned_data["paper"]]


class PrintLabelsForm(PaperForm):
    """From which label on, and how many; labels that are on paper already only for a reason."""

    first = LabelField(label=_("From label"))
    how_many = how_many_field(
        MOST_PRINTED,
        help_text=_("Those in use and void ones are left out, not counted."),
        error_messages={
            "max_value": _("At most %(limit_value)s at once: print the rest after them.")
        },
    )
    again = forms.ChoiceField(
        label=_("Printed before? Why again"),
        required=False,
        help_text=_("Destroy the spoiled labels first: no code may be there twice."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        again = self.fields["again"]
        assert isinstance(again, forms.ChoiceField)
        words = ((str(one), gettext(why)) for one, why in PRINTED_AGAIN.items())
        again.choices = [("", gettext("No: these are new labels")), *words]

    def wanted(self, labels: tuple[LabelRange, ...]) -> LabelPrint:
        """What the command notes."""
        again = self.cleaned_data["again"]
        return LabelPrint(self.cleaned_data["code"], labels, PrintAgain(again) if again else None)
