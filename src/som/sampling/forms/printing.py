"""Which labels are printed, on which paper, and why again."""

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
from som.sampling.rules.stickers import MOST_PRINTED, STICKERS


class PrintedForm(forms.Form):
    """The code of labels that were printed."""

    code = forms.CharField(max_length=40, widget=forms.HiddenInput)


class PrintLabelsForm(PrintedForm):
    """On which paper, from which label on, and how many; those on paper already only for a reason."""

    paper = forms.ChoiceField(label=_("Label paper"))
    used = forms.IntegerField(
        label=_("Labels gone from the first sheet"),
        required=False,
        min_value=0,
        max_value=200,
        help_text=_("Of a sheet begun before: printing goes on behind them."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
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
        help_text=_("Tear up the spoiled labels first: no code may be there twice."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        paper, again = self.fields["paper"], self.fields["again"]
        assert isinstance(paper, forms.ChoiceField)
        assert isinstance(again, forms.ChoiceField)
        paper.choices = [(code, gettext(STICKER_WORDS[code])) for code in STICKERS]
        words = ((str(one), gettext(why)) for one, why in PRINTED_AGAIN.items())
        again.choices = [("", gettext("No: these are new labels")), *words]

    def wanted(self, labels: tuple[LabelRange, ...]) -> LabelPrint:
        """What the command notes."""
        given = self.cleaned_data
        return LabelPrint(
            given["code"],
            labels,
            PrintAgain(given["again"]) if given["again"] else None,
            STICKERS[given["paper"]],
            given["used"] or 0,
        )
