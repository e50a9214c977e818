"""Form fields that several stages need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from som.web.paging import read_key

MOST_IDS = 5_000
MOST_ID = 2**63 - 1
"""What PostgreSQL's bigint holds."""
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


def code_box(
    attrs: Mapping[str, str] | None = None, *, scan: bool = False, following: str = ""
) -> forms.TextInput:
    """A box for a code: scanned or typed in capitals. `following`: where Enter goes on to."""
    more = {"data-scan": ""} if scan else {}
    if following:
        more |= {"data-next": following, "enterkeyhint": "next"}
    return forms.TextInput(
        attrs={
            "autocomplete": "off",
            "autocapitalize": "characters",
            "autocorrect": "off",
            "spellcheck": "false",
            **more,
            **(attrs or {}),
        }
    )


class KeyField(forms.CharField):
    """Where a list goes on that is sorted by time: the key of the last line of the page before."""

    def to_python(self, value: Any) -> tuple[datetime, int] | None:  # type: ignore[override]
        """The key; None, the list's beginning, for whatever is none or no row can have."""
        key = read_key(super().to_python(value) or "")
        return key if key and 0 <= key[1] <= MOST_ID else None


class PagedForm(forms.Form):
    """Where a list goes on that is sorted by time."""

    after = KeyField(required=False)


_IN_ADDRESS = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DAY = re.compile(r"(\d{1,2})\s*[/.\- ]\s*(\d{1,2})\s*[/.\- ]\s*(\d{4})|(\d{2})(\d{2})(\d{4})")


class DayField(forms.DateField):
    """A day as Vietnamese people write it: day, month, year.

    A browser's own calendar follows the language of the browser, mostly English here: month first.
    """

    default_error_messages = {
        "invalid": _("Type day, month and year, such as 05/03/1957."),
        "no_such_day": _("There is no such day."),
    }

    def __init__(self, **kwargs: Any) -> None:
        shown = {
            "inputmode": "numeric",
            "placeholder": _("dd/mm/yyyy"),
            "autocomplete": "off",
            "maxlength": "20",
        }
        widget = forms.DateInput(format="%d/%m/%Y", attrs=shown)
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """As people write it, also where it came in an address."""
        if isinstance(value, str) and _IN_ADDRESS.fullmatch(value):
            with suppress(ValueError):
                return date.fromisoformat(value)
        return value

    def to_python(self, value: Any) -> date | None:
        """The day; 5/3/1957, 05-03-1957, 05.03.1957 and 05031957 are all the fifth of March.

        Addresses of pages write 1957-03-05.
        """
        found = _DAY.fullmatch(str(value or "").strip())
        if found is None:
            return super().to_python(value)
        day, month, year = (int(part) for part in found.groups() if part is not None)
        try:
            return date(year, month, day)
        except ValueError as error:
            raise ValidationError(self.error_messages["no_such_day"], code="no_such_day") from error


def day_field(label: Any, *, required: bool = False, help_text: Any = "") -> DayField:
    """A day to be typed."""
    return DayField(label=label, required=required, help_text=help_text)


def hour_field(label: Any, *, example: str, required: bool = True) -> forms.TimeField:
    """An hour of the day to be typed: 07:30, 7h30, 7h or 0730."""
    return forms.TimeField(
        label=label,
        required=required,
        input_formats=["%H:%M", "%Hh%M", "%Hh", "%H%M"],
        widget=forms.TimeInput(
            format="%H:%M",
            attrs={"autocomplete": "off", "placeholder": example, "maxlength": "5"},
        ),
    )


COLDEST, WARMEST = Decimal(-100), Decimal(60)
"""°C. Dry ice has -78.5, a car in the sun 60: anything beyond was misread, and the database says so."""


class TemperatureField(forms.DecimalField):
    """A temperature as a thermometer shows it and people write it: 4,5 or 4.5 or 4,5 °C."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        limits = {"min_value": COLDEST, "max_value": WARMEST, "max_digits": 4, "decimal_places": 1}
        super().__init__(**{"required": False, "widget": widget, **limits, **kwargs})

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """The number, whichever signs stand before it and its decimal."""
        text = str(value or "").upper().strip().removesuffix("C").replace("°", "")
        return super().to_python(text.replace(",", ".").replace("−", "-").strip())
