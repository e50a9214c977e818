"""What the pages of people send."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from som.kernel.clock import LOCAL
from som.web.fields import MOST_ID, day_field

JOIN, PART, UNDO, REOPEN = "join", "part", "undo", "reopen"


class ReviewForm(forms.Form):
    """What a review says of one pair."""

    one = forms.IntegerField(min_value=1, max_value=MOST_ID)
    other = forms.IntegerField(min_value=1, max_value=MOST_ID)
    do = forms.ChoiceField(choices=[(do, do) for do in (JOIN, PART, UNDO, REOPEN)])


class SearchForm(forms.Form):
    """What is known of a person, in one box."""

    words = forms.CharField(
        label=_("Name, year of birth, telephone or number"),
        max_length=200,
        help_text=_("Such as: nong van an 1957. Tone marks may be left out."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "enterkeyhint": "search",
                "autofocus": True,
            }
        ),
    )


class DeathForm(forms.Form):
    """The day on which somebody died, or that they live after all."""

    alive = forms.BooleanField(required=False)
    died_on = day_field(_("Died on"))

    def clean(self) -> dict[str, Any]:
        """A death has a day."""
        asked = self.cleaned_data
        if not asked.get("alive") and not asked.get("died_on") and "died_on" not in self.errors:
            self.add_error("died_on", self.fields["died_on"].error_messages["required"])
        return asked

    def died_at(self) -> datetime | None:
        """The day of the death, whose hour is not asked; None where the word is taken back."""
        if self.cleaned_data["alive"]:
            return None
        return datetime.combine(self.cleaned_data["died_on"], time.min, tzinfo=LOCAL)
