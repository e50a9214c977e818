"""What the page of slips and lists, and the check of a printed slip, are asked."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from som.places.fields import UnitField, UnitForm
from som.results.rules import Paper, unsealed
from som.web.fields import code_box, day_field


class SlipsForm(UnitForm):
    """Whose papers: a unit's day, a session of it, a hamlet, and which paper."""

    unit = UnitField(label=_("Commune or province"), required=False)
    on = day_field(_("Day of the swabs"))
    session = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    commune = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    hamlet = forms.CharField(required=False, max_length=200)
    paper = forms.ChoiceField(required=False, choices=[(one.value, one.value) for one in Paper])

    def chosen_hamlet(self) -> tuple[int, str] | None:
        """The hamlet by its commune and key; None for all."""
        commune: int | None = self.cleaned_data["commune"]
        return None if commune is None else (commune, self.cleaned_data["hamlet"])


class CheckSlipForm(forms.Form):
    """The code below the QR code of a printed slip."""

    paper = forms.CharField(
        label=_("Code below the square on the slip"),
        max_length=300,
        help_text=_("Letters and digits with two dots. Spaces do not matter."),
        error_messages={"required": _("Type the code printed below the square.")},
        widget=code_box(),
    )

    def clean_paper(self) -> tuple[str, int]:
        """The slip and the version printed; what was not sealed here is not asked for."""
        found = slip_on_paper(self.cleaned_data["paper"])
        if found is None:
            raise ValidationError(_("This code was not printed here, or a character is misread."))
        return found


def slip_on_paper(typed: str) -> tuple[str, int] | None:
    """The slip and version of a paper that was sealed here, under this secret or one of before."""
    return unsealed(typed, (settings.SECRET_KEY, *settings.SLIP_KEYS_BEFORE))
