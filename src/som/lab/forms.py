"""What the pages of the laboratory are asked."""

from __future__ import annotations

from django import forms

from som.lab.verdicts import Verdict
from som.web.paging import read_key


class RunsForm(forms.Form):
    """Where the list of runs goes on."""

    after = forms.CharField(required=False, max_length=60)

    def clean_after(self) -> object:
        """The key of the last line of the page before."""
        return read_key(self.cleaned_data["after"])


class WellsForm(forms.Form):
    """Which wells of a run are listed."""

    only = forms.ChoiceField(
        required=False, choices=[(name, name) for name in (*Verdict, "fault", "control")]
    )
