"""Where lists go on and which part of them is asked for; what became of people not swabbed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from som.kernel.clock import LOCAL
from som.places.fields import UnitField
from som.sampling.commands import Ending, Handover
from som.sampling.forms.codes import runs_of
from som.sampling.forms.words import ENDINGS, UNABLE_REASONS
from som.sampling.rules import LabelsLeft, PlanRefusal, RequestEnd, UnableReason, fault_of_ending
from som.web.fields import MOST_ID, IdsField, PagedForm, day_field

_MOST_INT = 2**31 - 1
"""What PostgreSQL's integer holds."""


class SessionsForm(PagedForm):
    """Where the list of sessions goes on, and of which campaign they are."""

    campaign = forms.IntegerField(required=False, min_value=1, max_value=_MOST_INT)


class CampaignsForm(forms.Form):
    """Where the list of campaigns goes on."""

    after = forms.IntegerField(required=False, min_value=1, max_value=_MOST_INT)


class CampaignPeopleForm(forms.Form):
    """Which turn of a campaign, which part of its people, and where their list goes on."""

    turn = forms.IntegerField(required=False, min_value=1, max_value=_MOST_INT)
    part = forms.ChoiceField(
        required=False, choices=[(name, name) for name in ("swabbed", "waiting", "others")]
    )
    after = forms.IntegerField(required=False, min_value=1, max_value=MOST_ID)


class TubesForm(forms.Form):
    """Which of a session's tubes, and where their list goes on."""

    only = forms.ChoiceField(
        required=False, choices=[(name, name) for name in ("pools", "sent", "closed")]
    )
    after = forms.CharField(required=False, max_length=60)


class RequestsForm(PagedForm):
    """Which of the people asked for, and where their list goes on."""

    PARTS = ("late", "single", "offered")

    only = forms.ChoiceField(required=False, choices=[(name, name) for name in PARTS])
    campaign = forms.IntegerField(required=False, min_value=1, max_value=_MOST_INT)


_MOST_LABELS = 9
"""Digits of a number of labels: more are a label's own code."""


class ClosingForm(forms.Form):
    """What a team has left of its labels when its session closes."""

    left = forms.CharField(
        label=_("Labels left over"),
        required=False,
        max_length=2_000,
        help_text=_("How many, or which ones: S0000001203–S0000001500, S0000001609"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_left(self) -> LabelsLeft:
        """The number of labels, or their runs by the codes printed on them."""
        text = self.cleaned_data["left"].strip().upper()
        if text.isascii() and text.isdigit() and len(text) <= _MOST_LABELS:
            return LabelsLeft(count=int(text))
        return LabelsLeft(runs_of(text))


class AnswersForm(forms.Form):
    """Which requests of other units are taken over, and which are not."""

    accept = IdsField(required=False)
    decline = IdsField(required=False)

    def clean(self) -> dict[str, Any]:
        """Ids no row can have are none."""
        return {
            name: [one for one in self.cleaned_data.get(name) or () if one <= MOST_ID]
            for name in ("accept", "decline")
        }


class EndingForm(forms.Form):
    """Why somebody was not swabbed, and what follows from it."""

    ended_as = forms.ChoiceField(
        label=_("What happened"),
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    because = forms.ChoiceField(label=_("Why not"), required=False)
    revisit_on = day_field(_("We come again on"))
    unit = UnitField(
        label=_("Unit that takes over"),
        required=False,
        help_text=_("Name or code of the commune where the person is now."),
    )
    died_on = day_field(_("Died on"))

    def __init__(self, *args: Any, on: date, notes_deaths: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        ended_as, because, unit = (self.fields[n] for n in ("ended_as", "because", "unit"))
        assert isinstance(ended_as, forms.ChoiceField)
        assert isinstance(because, forms.ChoiceField)
        assert isinstance(unit, UnitField)
        ended_as.choices = [
            (str(one), gettext(words))
            for one, words in ENDINGS.items()
            if notes_deaths or one is not RequestEnd.DIED
        ]
        because.choices = [
            ("", "–"),
            *((str(one), gettext(words)) for one, words in UNABLE_REASONS.items()),
        ]
        unit.keep_within(None, on, ())

    def clean(self) -> dict[str, Any]:
        """What each ending needs besides."""
        asked = self.cleaned_data
        if not (chosen := asked.get("ended_as")):
            return asked
        ended_as = RequestEnd(chosen)
        if ended_as.revisited and "revisit_on" not in self.errors:
            because = asked.get("because")
            fault = fault_of_ending(
                ended_as,
                asked["revisit_on"],
                UnableReason(because) if because else None,
                on=self.on,
            )
            if fault is not None:
                why = fault is PlanRefusal.WHY_UNABLE_MISSING
                self.add_error("because" if why else "revisit_on", gettext(fault.sentence))
        for needs, name in ((RequestEnd.TRANSFERRED, "unit"), (RequestEnd.DIED, "died_on")):
            if ended_as is needs and name not in self.errors and asked.get(name) is None:
                self.add_error(name, self.fields[name].error_messages["required"])
        return asked

    def endings(self, requests: Sequence[int]) -> list[Ending]:
        """What the command ends."""
        asked = self.cleaned_data
        ended_as = RequestEnd(asked["ended_as"])
        because = UnableReason(asked["because"]) if asked["because"] else None
        return [
            Ending(
                request,
                ended_as,
                asked["revisit_on"] if ended_as.revisited else None,
                because if ended_as is RequestEnd.UNABLE else None,
            )
            for request in requests
        ]

    def handovers(self, requests: Sequence[int]) -> list[Handover]:
        """What the command offers to the other unit."""
        return [Handover(request, self.cleaned_data["unit"].id) for request in requests]

    def died_at(self) -> datetime:
        """The day of the death: its hour is not asked at the door."""
        return datetime.combine(self.cleaned_data["died_on"], time.min, tzinfo=LOCAL)
