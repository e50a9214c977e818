"""What is asked at the desk of labels: rolls, teams, hand-outs, labels gone bad; cards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from som.access.second_person import SecondPersonForm
from som.kernel.batches import CHUNK
from som.kernel.ids import TUBE_SERIALS
from som.places.fields import UnitField, UnitForm
from som.sampling.commands import CardRoll, Handout, Roll, Team, Voiding
from som.sampling.forms.codes import CardField, LabelField, RunsField
from som.sampling.forms.words import VOID_REASONS
from som.sampling.queries import TeamRow
from som.sampling.rules import VoidReason
from som.web.fields import code_box

MOST_ISSUED = 1_000_000
"""Labels of a roll: a commune's for a year of testing everybody every week."""


class OlderForm(forms.Form):
    """Where a list goes on that is sorted by its numbers alone."""

    after = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)


def how_many_field(most: int, **more: Any) -> forms.IntegerField:
    """How many of something, at most so many."""
    return forms.IntegerField(
        label=_("How many"),
        min_value=1,
        max_value=most,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        **more,
    )


class _IssueForm(UnitForm):
    """To which unit a run of numbers is issued, from which on, and how many.

    The first number is drawn with the form: what is sent twice is issued once.
    """

    unit = UnitField(label=_("Unit"), help_text=_("Name or code of the commune or province."))


class IssueRollForm(_IssueForm):
    """A roll of tube labels."""

    how_many = how_many_field(MOST_ISSUED, initial=1_000)
    first = LabelField(
        label=_("First label"),
        help_text=_("The next free number. Change it only for a roll printed elsewhere."),
    )
    printed = forms.BooleanField(
        label=_("These labels came printed already"),
        required=False,
        help_text=_("From a printing house, say: here they are not printed again."),
    )

    def roll(self) -> Roll:
        """What the command issues."""
        asked = self.cleaned_data
        first: int = asked["first"]
        return Roll(first, first + asked["how_many"] - 1, asked["unit"].id, asked["printed"])


class IssueCardsForm(_IssueForm):
    """Walk-in cards to be printed."""

    how_many = how_many_field(CHUNK, initial=100)
    first = CardField(label=_("First card"), help_text=_("The next free number."))

    def roll(self) -> CardRoll:
        """What the command issues."""
        asked = self.cleaned_data
        first: int = asked["first"]
        return CardRoll(first, first + asked["how_many"] - 1, asked["unit"].id)


class CardsForm(forms.Form):
    """The first and the last card of a roll."""

    first = forms.IntegerField(min_value=0, max_value=TUBE_SERIALS - 1)
    last = forms.IntegerField(min_value=0, max_value=TUBE_SERIALS - 1)


class VoidLabelsForm(SecondPersonForm):
    """Labels that are no longer good, and why."""

    labels = RunsField(
        label=_("Labels"),
        help_text=_("Scan them one by one, or type the first and the last: S…–S…"),
        widget=forms.Textarea(
            attrs={"rows": "3", "autocomplete": "off", "spellcheck": "false", "data-scan": ""}
        ),
    )
    reason = forms.ChoiceField(
        label=_("Why"), widget=forms.RadioSelect(attrs={"class": "form-check-input"})
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=200,
        help_text=_("What happened. No names of people swabbed."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        assert isinstance(reason, forms.ChoiceField)
        reason.choices = [(str(one), gettext(words)) for one, words in VOID_REASONS.items()]

    def needs_second(self) -> bool:
        """Whoever finds lost labels could use them: two say that they are gone."""
        return VoidReason(self.cleaned_data["reason"]) is VoidReason.LOST

    def voidings(self) -> list[Voiding]:
        """What the command notes, run by run."""
        asked = self.cleaned_data
        reason = VoidReason(asked["reason"])
        return [Voiding(first, last, reason, asked["note"]) for first, last in asked["labels"]]


class TeamForm(forms.Form):
    """Two people of a session: who swabs and who writes."""

    number = forms.IntegerField(
        label=_("Team number"),
        min_value=1,
        max_value=999,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    swabber = forms.CharField(
        label=_("Who swabs"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scribe = forms.CharField(
        label=_("Who writes"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def team(self, session: str) -> Team:
        """What the command forms."""
        asked = self.cleaned_data
        return Team(session, asked["number"], asked["swabber"], asked["scribe"])


class HandoutForm(forms.Form):
    """Labels put into a team's hands: scan the first and the last of them."""

    team = forms.TypedChoiceField(label=_("Team"), required=False, coerce=int, empty_value=None)
    first = LabelField(
        label=_("First label"),
        help_text=_("Scan the first label of the strip."),
        widget=code_box(scan=True, following="id_last"),
    )
    last = LabelField(
        label=_("Last label"),
        help_text=_("Scan the last one. Of a single label: the same again."),
        widget=code_box({"enterkeyhint": "send"}),
    )

    def __init__(self, *args: Any, teams: Sequence[TeamRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team = self.fields["team"]
        assert isinstance(team, forms.TypedChoiceField)
        team.choices = [
            *((str(one.number), f"{one.number}: {one.swabber}, {one.scribe}") for one in teams),
            ("", gettext("The session, no team yet")),
        ]

    def handout(self, session: str) -> Handout:
        """What the command hands out, whichever end was scanned first."""
        asked = self.cleaned_data
        first, last = sorted((asked["first"], asked["last"]))
        return Handout(session, first, last, asked["team"])
