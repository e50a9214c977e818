"""Codes of labels as they are scanned or typed: one, a run of them, many runs."""

from __future__ import annotations

import re
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from som.kernel.ids import card_serial, tube_serial
from som.sampling.rules import LONGEST_CODE, LabelRange
from som.web.fields import code_box

_DASH = re.compile(r"\s*[-–—]\s*")
_BETWEEN = re.compile(r"[\s,;]+")
_MOST_DIGITS = 9
"""Digits of a label's number: with its letter and check digit it is a code."""


def runs_of(text: str) -> tuple[LabelRange, ...]:
    """Runs of labels by the codes printed on them: single ones, and from one to another."""
    ranges = []
    for run in _BETWEEN.split(_DASH.sub("-", text.strip().upper())):
        if not run:
            continue
        serials = [tube_serial(code) for code in run.split("-")]
        if not 1 <= len(serials) <= 2 or None in serials:
            raise ValidationError(
                _("These are not codes printed on our labels: %(run)s"), params={"run": run}
            )
        first, last = cast("int", serials[0]), cast("int", serials[-1])
        ranges.append((min(first, last), max(first, last)))
    return tuple(ranges)


class LabelField(forms.CharField):
    """One label, by the code printed on it or by its number: its serial number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_CODE, **{"widget": code_box(), **kwargs})

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        """The serial number; whether the code can be one is seen from its check digit alone."""
        text = str(super().to_python(value) or "").replace(" ", "").upper()
        if not text:
            return None
        if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
            return int(text)
        serial = tube_serial(text)
        if serial is None:
            raise ValidationError(
                _("This is no code of our labels: a digit is missing or misread.")
            )
        return serial

    def run_validators(self, value: Any) -> None:
        """A serial number has no length; what was typed was read already."""


class CardField(LabelField):
    """One walk-in card, by the code printed on it or by its number."""

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        """The serial number of the card."""
        text = str(value or "").strip()[: LONGEST_CODE + 1]
        if not text:
            return None
        if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
            return int(text)
        serial = card_serial(text)
        if serial is None:
            raise ValidationError(
                _("A digit of this number is missing or misread. Compare it with the card.")
            )
        return serial


class RunsField(forms.CharField):
    """Labels, as many runs as one likes: scanned one by one, or from the first to the last."""

    default_error_messages = {"required": _("Scan or type at least one label.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20_000, **kwargs)

    def to_python(self, value: Any) -> tuple[LabelRange, ...]:  # type: ignore[override]
        """The runs in the order given, each once."""
        return tuple(dict.fromkeys(runs_of(str(super().to_python(value) or ""))))

    def run_validators(self, value: Any) -> None:
        """Runs have no length of text; what was typed was read already."""
