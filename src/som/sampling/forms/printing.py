"""Which labels and cards are printed, on which paper, and why again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from som.sampling.commands import CardPrint, LabelPrint
from som.sampling.forms.codes import CardField, LabelField
from som.sampling.forms.labels import how_many_field
from som.sampling.forms.words import PRINTED_AGAIN, STICKER_WORDS
from som.sampling.queries.cards import AT_ONCE
from som.sampling.rules import LabelRange, PrintAgain
from som.sampling.rules.cards import CARDS_AGAIN
from som.sampling.rules.stickers import MOST_PRINTED, STICKERS


class PrintedForm(forms.Form):
    """The code of labels or cards that were printed."""

    code = forms.CharField(max_length=40, widget=forms.HiddenInput)


class _PrintForm(PrintedForm):
    """Which are printed: those on paper already only for a reason."""

    REASONS: Sequence[PrintAgain] = tuple(PrintAgain)
    NEW: Any = _("No: these are new labels")

    again = forms.ChoiceField(label=_("Printed before? Why again"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        again = self.fields["again"]
        assert isinstance(again, forms.ChoiceField)
        words = ((str(one), gettext(PRINTED_AGAIN[one])) for one in self.REASONS)
        again.choices = [("", self.NEW), *words]

    def why_again(self) -> PrintAgain | None:
        """Why they are printed again, where they are."""
        why = self.cleaned_data["again"]
        return PrintAgain(why) if why else None


class PrintCardsForm(_PrintForm):
    """From which walk-in card on, and how many."""

    REASONS = CARDS_AGAIN
    NEW = _("No: these are new cards")

    first = CardField(label=_("From card"))
    how_many = how_many_field(AT_ONCE, help_text=_("Those in somebody's hand are left out."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["again"].help_text = _(
            "Tear up the spoiled cards first: a second one opens the result of whoever holds the first."
        )

    @property
    def last(self) -> int:
        """The number of the last card."""
        return int(self.cleaned_data["first"] + self.cleaned_data["how_many"] - 1)

    def wanted(self, cards: tuple[LabelRange, ...]) -> CardPrint:
        """What the command notes."""
        return CardPrint(self.cleaned_data["code"], cards, self.why_again())


class PrintLabelsForm(_PrintForm):
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        paper = self.fields["paper"]
        assert isinstance(paper, forms.ChoiceField)
        paper.choices = [(code, gettext(STICKER_WORDS[code])) for code in STICKERS]
        self.fields["again"].help_text = _(
            "Tear up the spoiled labels first: no code may be there twice."
        )

    def wanted(self, labels: tuple[LabelRange, ...]) -> LabelPrint:
        """What the command notes."""
        given = self.cleaned_data
        return LabelPrint(
            given["code"],
            labels,
            self.why_again(),
            STICKERS[given["paper"]],
            given["used"] or 0,
        )
