"""Asking for one person to be swabbed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from som.kernel.clock import LOCAL
from som.kernel.outcomes import Refused
from som.places.queries import UnitRow
from som.sampling.commands import RequestWanted
from som.sampling.forms.words import REASONS
from som.sampling.rules import PlanRefusal, RequestReason
from som.sampling.rules.requests import REVISIT_WITHIN
from som.web.fields import day_field, hour_field

ASKED_BECAUSE = (RequestReason.SYMPTOM, RequestReason.CONTACT, RequestReason.DAY)
"""Why an officer asks for somebody. The other reasons come of results, losses and lists."""


class AskForm(forms.Form):
    """Why, by when and by which unit a person is to be swabbed."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[(str(one), REASONS[one]) for one in ASKED_BECAUSE],
        widget=forms.RadioSelect,
    )
    day_number = forms.IntegerField(
        label=_("Which day of the schedule"), min_value=0, max_value=99, required=False
    )
    due_on = day_field(_("To be swabbed by"), required=True)
    due_at = hour_field(_("Hour"), example="17:00")
    unit = forms.ChoiceField(label=_("By which unit"))

    def __init__(self, *args: Any, units: Sequence[UnitRow], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit, reason = self.fields["unit"], self.fields["reason"]
        assert isinstance(unit, forms.ChoiceField)
        assert isinstance(reason, forms.ChoiceField)
        unit.choices = [(str(one.id), one.path) for one in units]
        reason.choices = [(str(one), gettext(REASONS[one])) for one in ASKED_BECAUSE]
        self.now = now
        if len(units) == 1:
            unit.initial, unit.widget = units[0].id, forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        """Nobody is asked for by a time that is past, nor a season ahead."""
        asked: dict[str, Any] = super().clean() or {}
        if asked.get("due_on") and asked.get("due_at"):
            due = datetime.combine(asked["due_on"], asked["due_at"], tzinfo=LOCAL)
            if not self.now < due <= self.now + REVISIT_WITHIN:
                self.add_error("due_on", gettext("This is past or too far away."))
        if asked.get("reason") == RequestReason.DAY and asked.get("day_number") is None:
            self.add_error("day_number", gettext("Say which day of the schedule it is."))
        return asked

    def wanted(self, person: int, residence: int | None) -> RequestWanted:
        """What the command asks: for one reason a person is asked for once a day in a unit."""
        asked = self.cleaned_data
        reason, unit = RequestReason(asked["reason"]), int(asked["unit"])
        day: time = asked["due_at"]
        return RequestWanted(
            f"ask:{person}:{unit}:{reason}:{self.now.astimezone(LOCAL):%Y%m%d}",
            person,
            unit,
            reason,
            datetime.combine(asked["due_on"], day, tzinfo=LOCAL),
            residence,
            day_number=asked["day_number"] if reason is RequestReason.DAY else None,
        )

    FIELDS = {PlanRefusal.NOT_HERE: "unit", PlanRefusal.DAY_IMPOSSIBLE: "day_number"}

    def say(self, refused: Iterable[Refused[RequestWanted]]) -> None:
        """Put each refusal by the field it is about."""
        for one in refused:
            assert isinstance(one.reason, PlanRefusal)
            self.add_error(self.FIELDS.get(one.reason), gettext(one.reason.sentence))
