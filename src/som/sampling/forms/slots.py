"""How a session is cut into slots, whom it calls, and which part of its list is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from som.kernel.clock import LOCAL
from som.kernel.outcomes import Refused
from som.sampling.commands import SlotsWanted, SlotWanted
from som.sampling.queries import HamletWaiting, SessionRow, SlotRow
from som.sampling.rules import LONGEST_SESSION, SlotRefusal, Times
from som.sampling.rules.slots import Cut, cut_of
from som.web.fields import MOST_ID, PagedForm, hour_field

MINUTES, PLACES = 15, 15
"""What the form begins with where no slots are set: a team writes down and swabs a person in about a
minute."""

DAY = timedelta(days=1)


class SlotsForm(forms.Form):
    """From when until when people come, how long a slot is and how many come in it."""

    begins = hour_field(_("From"), example="07:30")
    ends = hour_field(_("Until"), example="11:30")
    minutes = forms.IntegerField(
        label=_("Minutes of a slot"), min_value=1, max_value=240, initial=MINUTES
    )
    places = forms.IntegerField(
        label=_("People in a slot"), min_value=1, max_value=999, initial=PLACES
    )
    pause_from = hour_field(_("Pause from"), example="11:30", required=False)
    pause_until = hour_field(_("Pause until"), example="13:30", required=False)
    anew = forms.BooleanField(
        label=_("Everybody who is waited for gets a new time"), required=False
    )

    FIELDS = {
        SlotRefusal.TIMES_IMPOSSIBLE: "minutes",
        SlotRefusal.TOO_MANY_SLOTS: "minutes",
        SlotRefusal.OUTSIDE_SESSION: "begins",
        SlotRefusal.NO_PLACES: "places",
        SlotRefusal.TOO_CROWDED: "places",
        SlotRefusal.TIMES_GIVEN: "anew",
    }

    def __init__(self, *args: Any, row: SessionRow, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row

    @classmethod
    def of(cls, row: SessionRow, slots: Sequence[SlotRow]) -> SlotsForm:
        """The form as it begins: as the session is cut, or with its own hours where it is not yet."""
        cut = (
            cut_of(
                {Times(one.starts_at, one.ends_at): one.places for one in slots},
                {Times(one.starts_at, one.ends_at): one.came for one in slots if one.came},
            )
            if slots
            else Cut(Times(row.starts_at, row.ends_at or row.starts_at), MINUTES, PLACES)
        )

        def hour(at: datetime) -> time:
            return at.astimezone(LOCAL).time()

        return cls(
            row=row,
            initial={
                "begins": hour(cut.hours.starts_at),
                "ends": hour(cut.hours.ends_at) if slots or row.ends_at else None,
                "minutes": cut.minutes,
                "places": cut.places,
                "pause_from": cut.pause and hour(cut.pause.starts_at),
                "pause_until": cut.pause and hour(cut.pause.ends_at),
            },
        )

    def _times(self, begins: time, ends: time) -> Times:
        """From this hour of the session's day until that one: where the session goes on until then,
        what ends before it begins ends on the next day, and early hours are the next day's."""
        opens = self.row.starts_at.astimezone(LOCAL)
        last = self.row.ends_at or opens + LONGEST_SESSION
        at, until = (datetime.combine(opens.date(), one, tzinfo=LOCAL) for one in (begins, ends))
        if until <= at and until + DAY <= last:
            until += DAY
        if at < opens and until + DAY <= last:
            at, until = at + DAY, until + DAY
        return Times(at, until)

    def clean(self) -> dict[str, Any]:
        """A pause has a beginning and an end."""
        asked: dict[str, Any] = super().clean() or {}
        begins, ends = asked.get("pause_from"), asked.get("pause_until")
        pause = self._times(begins, ends) if begins is not None and ends is not None else None
        if (begins is None) != (ends is None) or (pause and pause.ends_at <= pause.starts_at):
            self.add_error("pause_until", gettext("A pause ends after it begins."))
        return asked

    def wanted(self) -> SlotsWanted:
        """What the command sets for the session."""
        asked = self.cleaned_data
        begins, ends = asked["pause_from"], asked["pause_until"]
        return SlotsWanted(
            self.row.code,
            *self._times(asked["begins"], asked["ends"]),
            asked["minutes"],
            asked["places"],
            self._times(begins, ends) if begins is not None else None,
            asked["anew"],
        )

    def say(self, refused: Iterable[Refused[SlotsWanted]]) -> None:
        """Put each refusal by the field it is about."""
        for one in refused:
            assert isinstance(one.reason, SlotRefusal)
            words = f"{gettext(one.reason.sentence)} {one.detail}".strip()
            self.add_error(self.FIELDS.get(one.reason), words)


class GivingForm(forms.Form):
    """The hamlets whose people are called to a session."""

    hamlets = forms.MultipleChoiceField(
        label=_("Whom to call"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose the hamlets whose people are called.")},
    )

    def __init__(
        self, *args: Any, waiting: Sequence[HamletWaiting], names: Mapping[int, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["hamlets"]
        assert isinstance(field, forms.MultipleChoiceField)
        several = len({one.unit for one in waiting}) > 1
        field.choices = [
            (f"{one.unit}:{one.hamlet}", _called(one, names[one.unit] if several else ""))
            for one in waiting
        ]
        field.initial = [value for value, _words in field.choices]

    def chosen(self) -> list[tuple[int, str]]:
        """The hamlets by their communes, as their people's addresses write them."""
        parts = (one.partition(":") for one in self.cleaned_data["hamlets"])
        return [(int(unit), hamlet) for unit, _colon, hamlet in parts]


def _called(one: HamletWaiting, commune: str) -> str:
    people = ngettext("%(people)d person", "%(people)d people", one.people) % {"people": one.people}
    hamlet = one.hamlet or gettext("No hamlet known")
    return f"{hamlet}, {commune} · {people}" if commune else f"{hamlet} · {people}"


class MoveForm(forms.Form):
    """Somebody's time in a session, as its list's own buttons send it."""

    request = forms.IntegerField(min_value=1, max_value=MOST_ID)
    starts_at = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S%z"])

    def wanted(self, code: str) -> SlotWanted:
        """The place in the slot that begins then."""
        asked = self.cleaned_data
        return SlotWanted(code, asked["request"], asked["starts_at"])


class SlotPeopleForm(PagedForm):
    """Which part of the people with a time, or those without one; and where the list goes on."""

    part = forms.ChoiceField(
        required=False,
        choices=[(name, name) for name in ("given", "came", "awaited", "changed", "without")],
    )
    slot = forms.IntegerField(required=False, min_value=1, max_value=MOST_ID)


class SlotPrintForm(forms.Form):
    """How the list is printed: a sheet for each hamlet, or slot after slot for the desk."""

    by = forms.ChoiceField(required=False, choices=[(name, name) for name in ("hamlet", "slot")])
