"""Form fields that several stages need."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MOST_IDS = 5_000
_IDS = re.compile(r"[0-9]{1,18}(,[0-9]{1,18})*")


class IdsField(forms.CharField):
    """Ids as a page's own buttons send them: 3,5,8."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> list[int]:  # type: ignore[override]
        """The ids in their order, each once."""
        text = super().to_python(value)
        if not text:
            return []
        if not _IDS.fullmatch(text):
            raise ValidationError(_("These are not the ids this page sends."))
        ids = list(dict.fromkeys(int(part) for part in text.split(",")))
        if len(ids) > MOST_IDS:
            raise ValidationError(_("Too many at once."))
        return ids


def day_field(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateField:
    """A day: the browser's own calendar, and dd/mm/yyyy where it has none."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
    )
