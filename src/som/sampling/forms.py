"""What the pages of sampling are asked."""

from __future__ import annotations

from django import forms

from som.web.paging import read_key


class SessionsForm(forms.Form):
    """Where the list of sessions goes on."""

    after = forms.CharField(required=False, max_length=60)

    def clean_after(self) -> object:
        """The key of the last line of the page before."""
        return read_key(self.cleaned_data["after"])


class TubesForm(forms.Form):
    """Which of a session's tubes, and where their list goes on."""

    only = forms.ChoiceField(
        required=False, choices=[(name, name) for name in ("pools", "sent", "closed")]
    )
    after = forms.CharField(required=False, max_length=60)
