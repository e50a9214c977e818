"""What the pages of people send."""

from __future__ import annotations

from django import forms

JOIN, PART, UNDO, REOPEN = "join", "part", "undo", "reopen"


class ReviewForm(forms.Form):
    """What a review says of one pair."""

    one = forms.IntegerField(min_value=1)
    other = forms.IntegerField(min_value=1)
    do = forms.ChoiceField(choices=[(do, do) for do in (JOIN, PART, UNDO, REOPEN)])
