"""Numbered paper sheets: printing them, saying which will not be entered, and reading their lines."""

from __future__ import annotations

import datetime as moments
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from som.access.second_person import SecondPersonForm
from som.kernel import ids
from som.kernel.clock import LOCAL
from som.people.rules import Birth, Declaration, Sex, birth_of, fault_of, tidied
from som.sampling.commands import SheetVoid, SheetWanted
from som.sampling.forms.codes import LabelField
from som.sampling.forms.recording import CLASSES_ASKED
from som.sampling.forms.words import CLASSES, SHEET_VOID_REASONS
from som.sampling.queries import SHEETS_PRINTED, LineToRead
from som.sampling.rules import (
    LONGEST_CODE,
    LineRead,
    PrintedLine,
    SheetVoidReason,
    SwabRefusal,
    SwabTaken,
    TubeClass,
)
from som.sampling.rules.sheets import Reading
from som.web.fields import code_box, day_field

LINES_A_SHEET = (10, 12, 15)
"""Lines of a printed sheet: each so high that a slip with a code to be scanned is torn off it."""

_NUMBER = forms.NumberInput(attrs={"inputmode": "numeric"})
_MOST_INT = 2**31 - 1


class PrintSheetsForm(forms.Form):
    """How many sheets, how many lines on each, and the labels of the tubes on them.

    The number of the first is drawn with the form: what is sent twice is printed once.
    """

    number = forms.IntegerField(
        label=_("Number of the first sheet"), min_value=1, max_value=_MOST_INT, widget=_NUMBER
    )
    how_many = forms.IntegerField(
        label=_("How many sheets"), min_value=1, max_value=SHEETS_PRINTED, widget=_NUMBER
    )
    lines = forms.TypedChoiceField(
        label=_("Lines on a sheet"),
        coerce=int,
        choices=[(str(one), str(one)) for one in LINES_A_SHEET],
    )
    tubes = forms.BooleanField(
        label=_("Print the codes of the tubes on the lines"),
        required=False,
        help_text=_("Then each line's tube carries that label. Else its code is written in."),
    )
    first = LabelField(
        label=_("From label"),
        required=False,
        help_text=_("Leave empty: the next labels handed out to this session."),
    )

    def __init__(self, *args: Any, pool_size: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pool_size = pool_size

    @property
    def tubes_needed(self) -> int:
        """How many tubes stand on these sheets: a sheet begins a new one."""
        sheets: int = self.cleaned_data["how_many"]
        lines: int = self.cleaned_data["lines"]
        return sheets * -(-lines // self.pool_size)

    def sheets(self, tubes: Sequence[str]) -> list[SheetWanted]:
        """What the command prints: each line its slip, and its tube where tubes are printed."""
        asked = self.cleaned_data
        left = iter(tubes)
        return [
            SheetWanted(asked["number"] + n, tuple(self._lines(asked["lines"], left, bool(tubes))))
            for n in range(asked["how_many"])
        ]

    def _lines(self, lines: int, tubes: Any, printed: bool) -> list[PrintedLine]:
        found, tube = [], ""
        for place in range(lines):
            if printed and place % self.pool_size == 0:
                tube = next(tubes)
            found.append(PrintedLine(tube, ids.new_slip_code()))
        return found


class SheetsRangeForm(forms.Form):
    """Which sheets are in a file."""

    first = forms.IntegerField(min_value=1, max_value=_MOST_INT)
    last = forms.IntegerField(min_value=1, max_value=_MOST_INT)


class SheetVoidForm(SecondPersonForm):
    """A numbered sheet that will not be entered, and why."""

    number = forms.IntegerField(label=_("Sheet"), min_value=1, max_value=_MOST_INT, widget=_NUMBER)
    reason = forms.ChoiceField(
        label=_("Why"), widget=forms.RadioSelect(attrs={"class": "form-check-input"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        assert isinstance(reason, forms.ChoiceField)
        reason.choices = [(str(one), gettext(words)) for one, words in SHEET_VOID_REASONS.items()]

    def needs_second(self) -> bool:
        """A lost sheet shows names to whoever finds it: two say so."""
        return SheetVoidReason(self.cleaned_data["reason"]) is SheetVoidReason.LOST

    def void(self) -> SheetVoid:
        """What the command notes."""
        asked = self.cleaned_data
        return SheetVoid(asked["number"], SheetVoidReason(asked["reason"]))


class HeadForm(forms.Form):
    """What is written once on a sheet: the day, and the team."""

    day = day_field(_("Day"), required=True)
    team = forms.TypedChoiceField(label=_("Team"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, teams: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team = self.fields["team"]
        assert isinstance(team, forms.TypedChoiceField)
        team.choices = [("", "–"), *((str(number), words) for number, words in teams)]
        if not teams:
            del self.fields["team"]


def _cell(label: Any, *, most: int = 200, **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=most,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", **attrs}),
    )


_TIMES = ("%H:%M", "%Hh%M", "%H%M", "%Hh", "%H.%M")


def typed_of(reading: Reading) -> dict[str, Any]:
    """What somebody typed to read a line so."""
    if not reading:
        return {"blank": True}
    birth = reading.get("birth_date")
    papers = reading.get("documents") or [{}]
    return {
        "tube": reading.get("tube", ""),
        "slip": reading.get("slip", ""),
        "time": f"{datetime.fromisoformat(reading['taken_at']).astimezone(LOCAL):%H:%M}",
        "name": reading.get("name", ""),
        "birth": f"{date.fromisoformat(birth):%d/%m/%Y}"
        if birth
        else reading.get("birth_year", ""),
        "sex": reading.get("sex", ""),
        "number": reading.get("number") or papers[0].get("number", ""),
        "phone": reading.get("phone", ""),
        "address": reading.get("address", ""),
        "why": reading.get("tube_class", ""),
    }


class LineForm(forms.Form):
    """A line of a sheet as somebody reads it. Nothing typed: the line is not read yet."""

    tube = forms.CharField(
        label=_("Tube"), required=False, max_length=LONGEST_CODE, widget=code_box()
    )
    slip = forms.CharField(
        label=_("Slip"), required=False, max_length=LONGEST_CODE, widget=code_box()
    )
    time = _cell(_("Time"), most=10, inputmode="numeric")
    name = _cell(_("Name"))
    birth = _cell(_("Born"), most=30, inputmode="numeric")
    sex = forms.ChoiceField(label=_("Sex"), required=False)
    number = _cell(_("Identity number"), most=30, autocapitalize="characters")
    phone = _cell(_("Telephone"), most=30, inputmode="tel")
    address = _cell(_("Address"), most=300)
    why = forms.ChoiceField(label=_("Why"), required=False)
    blank = forms.BooleanField(label=_("Blank line"), required=False)

    ASKED = ("name", "birth", "sex", "number", "phone", "address", "tube", "slip")
    """What, typed, makes a line somebody's."""

    SAID: Mapping[str, str] = {
        "name_missing": "name",
        "name_unreadable": "name",
        "birth_impossible": "birth",
        "number_unreadable": "number",
        "phone_unreadable": "phone",
    }

    def __init__(
        self, data: Any = None, *, sheet: int, printed: LineToRead, on: date, **kwargs: Any
    ) -> None:
        super().__init__(data, prefix=f"l{printed.line}", use_required_attribute=False, **kwargs)
        self.sheet, self.printed, self.on = sheet, printed, on
        self.read: LineRead | None = None
        sex, why = self.fields["sex"], self.fields["why"]
        assert isinstance(sex, forms.ChoiceField)
        assert isinstance(why, forms.ChoiceField)
        sex.choices = [("", "–"), (Sex.MALE, gettext("Male")), (Sex.FEMALE, gettext("Female"))]
        why.choices = [(str(one), gettext(CLASSES[one])) for one in CLASSES_ASKED]
        for name in ("tube", "slip"):
            if getattr(printed, name):
                del self.fields[name]
        for name, field in self.fields.items():
            # The lines stand outside the form that sends them all: each is also sent by itself.
            field.widget.attrs |= {"form": "sheet", "data-cell": name}

    @property
    def touched(self) -> bool:
        """Whether anything was typed that makes the line somebody's, or it is said to be blank."""
        sent = [str(self.data.get(self.add_prefix(name), "")).strip() for name in self.ASKED]
        return any(sent) or bool(self.data.get(self.add_prefix("blank")))

    def clean_tube(self) -> str:
        """The tube's code as it is stored: our own in capitals, others as printed."""
        typed: str = self.cleaned_data["tube"].strip()
        return typed.upper() if ids.tube_serial(typed.upper()) is not None else typed

    def clean_slip(self) -> str:
        """The slip's code as it is stored."""
        typed = self.cleaned_data["slip"]
        if typed and ids.slip_code(typed) is None:
            raise ValidationError(gettext(SwabRefusal.SLIP_UNREADABLE.sentence))
        return ids.slip_code(typed) or ""

    def clean_time(self) -> moments.time | None:
        """The time of day as it is written: 7:30, 7h30 or 0730."""
        typed = self.cleaned_data["time"].lower().replace(" ", "")
        if not typed:
            return None
        for way in _TIMES:
            try:
                return datetime.strptime(typed, way).time()  # noqa: DTZ007 -- a time of day alone
            except ValueError:
                continue
        raise ValidationError(gettext("Type the time so: 7:30, 7h30 or 0730."))

    def clean_birth(self) -> Birth | None:
        """The birth in what was typed."""
        typed = self.cleaned_data["birth"]
        if not typed:
            return None
        birth = birth_of(typed, on=self.on)
        if not isinstance(birth, Birth):
            raise ValidationError(gettext(birth.sentence))
        return birth

    def read_as(
        self, day: date, team: int | None, above: moments.time | None
    ) -> moments.time | None:
        """Read the line: `above` is the time of the line before, where this has none of its own.

        Puts what is wrong by its field; else `read` is what the command takes. Gives the time that
        holds for the line after it.
        """
        asked = self.cleaned_data
        at: moments.time | None = asked.get("time") or above
        if asked.get("blank"):
            if any(asked.get(name) for name in self.ASKED):
                self.add_error("blank", gettext("Something stands on this line."))
            else:
                self.read = self._line(None)
            return at
        if at is None and "time" not in self.errors:
            self.add_error("time", gettext("Type the time of the first line."))
        for name in ("tube", "slip"):
            if name in self.fields and name not in self.errors and not asked.get(name):
                self.add_error(name, self.fields[name].error_messages["required"])
        if self.errors or at is None:
            return at
        birth: Birth | None = asked["birth"]
        said = tidied(
            Declaration(
                asked["name"],
                Sex(asked["sex"]) if asked["sex"] else None,
                birth.date if birth else None,
                birth.year if birth else None,
                asked["phone"],
                asked["number"],
                address=asked["address"],
            )
        )
        fault = fault_of(said, on=self.on, units=())
        if fault is not None:
            self.add_error(self.SAID.get(str(fault[0])), gettext(fault[0].sentence))
            return at
        self.read = self._line(
            SwabTaken(
                self.printed.tube or asked["tube"],
                self.printed.slip or asked["slip"],
                datetime.combine(day, at, tzinfo=LOCAL),
                said,
                tube_class=TubeClass(asked["why"] or TubeClass.SCREENING),
                team=team,
            )
        )
        return at

    def _line(self, swab: SwabTaken | None) -> LineRead:
        return LineRead(self.sheet, self.printed.line, swab)
