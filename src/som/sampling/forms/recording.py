"""What is tapped and scanned to record somebody who came with a walk-in card."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from som.kernel import ids
from som.kernel.outcomes import Refusal
from som.people.rules import Declaration, DeclarationRefusal, Sex
from som.sampling.forms.words import CLASSES
from som.sampling.rules import LONGEST_CODE, SwabRefusal, SwabTaken, TubeClass
from som.web.fields import code_box

CLASSES_ASKED = (TubeClass.SCREENING, TubeClass.SYMPTOM, TubeClass.CONTACT)
"""Whoever comes again has a request, and so a name: no walk-in."""

OLDEST = 110
"""Years: nobody older comes to a sampling table unnamed."""


def _scanned(label: Any, help_text: Any, **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=LONGEST_CODE,
        widget=code_box(attrs),
    )


def _taps(label: Any, initial: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        required=False,
        initial=initial,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )


def stored_code(tube: str) -> str:
    """A tube's code as it is stored: our own in capitals, others as printed."""
    typed = tube.strip()
    return typed.upper() if ids.tube_serial(typed.upper()) is not None else typed


_TWO_SCANS = re.compile(r"(W[0-9]{10})\s*(S[0-9]{10})", re.IGNORECASE)
"""A card and a tube scanned into one box, one behind the other."""


def in_their_boxes(sent: Mapping[str, str]) -> dict[str, str]:
    """What was scanned, each in the box it is meant for: a scanner types where the cursor stands."""
    card, tube = sent.get("card", "").strip(), sent.get("tube", "").strip()
    if two := _TWO_SCANS.fullmatch(card):
        card, tube = two.groups()
    elif card and (card == tube or ids.tube_serial(card.upper()) is not None):
        card, tube = (tube if ids.card_serial(tube) is not None else ""), card
    return {**sent, "card": card, "tube": tube}


class WalkInSwabForm(forms.Form):
    """A card and a tube; besides, by tapping: sex, the decade of birth and its year."""

    sex = _taps(_("Sex"))
    decade = _taps(_("Born in the decade"))
    year = _taps(_("Last digit of the year"))
    tube_class = _taps(_("Why"), TubeClass.SCREENING)
    team = forms.TypedChoiceField(label=_("Team"), required=False, coerce=int, empty_value=None)
    card = _scanned(
        _("Walk-in card"),
        _("Scan the card, or type W and ten digits."),
        enterkeyhint="next",
        **{"data-scan": "", "data-next": "id_tube"},
    )
    tube = _scanned(_("Tube"), _("Scan the label of the tube."), enterkeyhint="send")
    card_before = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    tube_before = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    FIELDS: Mapping[Refusal, str] = {
        SwabRefusal.CARD_UNREADABLE: "card",
        SwabRefusal.CARD_NOT_ISSUED: "card",
        SwabRefusal.SLIP_USED: "card",
        SwabRefusal.PERSON_TWICE: "card",
        SwabRefusal.TUBE_UNKNOWN: "tube",
        SwabRefusal.TUBE_NOT_ISSUED: "tube",
        SwabRefusal.TUBE_VOID: "tube",
        SwabRefusal.TUBE_ELSEWHERE: "tube",
        SwabRefusal.TUBE_CLOSED: "tube",
        SwabRefusal.TUBE_FULL: "tube",
        SwabRefusal.TUBE_MUST_BE_SINGLE: "tube",
        SwabRefusal.TEAM_UNKNOWN: "team",
        DeclarationRefusal.BIRTH_IMPOSSIBLE: "year",
    }

    def __init__(
        self, *args: Any, on: date, teams: Sequence[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        sex, decade, year, why, team = (
            self.fields[name] for name in ("sex", "decade", "year", "tube_class", "team")
        )
        for field in (sex, decade, year, why, team):
            assert isinstance(field, forms.ChoiceField)
        sex.choices = [(Sex.FEMALE, gettext("Female")), (Sex.MALE, gettext("Male"))]  # type: ignore[attr-defined]
        decades = range(on.year // 10 * 10, (on.year - OLDEST) // 10 * 10 - 1, -10)
        decade.choices = [(str(one), str(one)) for one in decades]  # type: ignore[attr-defined]
        year.choices = [(str(one), str(one)) for one in range(10)]  # type: ignore[attr-defined]
        why.choices = [(str(one), gettext(CLASSES[one])) for one in CLASSES_ASKED]  # type: ignore[attr-defined]
        team.choices = [("", "–"), *((str(number), words) for number, words in teams)]  # type: ignore[attr-defined]
        if len(teams) < 2:
            del self.fields["team"]

    def clean_card(self) -> int:
        """The card's serial number; whether it can be one is seen from the code alone."""
        code = self.cleaned_data["card"]
        serial = ids.card_serial(code)
        if serial is None and code.upper().startswith("W"):
            raise ValidationError(gettext(SwabRefusal.CARD_UNREADABLE.sentence))
        if serial is None:
            raise ValidationError(
                _(
                    "This is no card: a card's code begins with W. If it is the tube's, scan the tube"
                    " again into the box for the tube."
                )
            )
        return serial

    def clean_tube(self) -> str:
        """The tube's code as it is stored."""
        return stored_code(self.cleaned_data["tube"])

    def clean(self) -> dict[str, Any]:
        """A year of birth needs both taps."""
        asked = self.cleaned_data
        if bool(asked.get("decade")) != bool(asked.get("year")):
            self.add_error(
                "year", gettext("Tap the decade and the last digit, or neither of them.")
            )
        elif asked.get("decade") and int(asked["decade"]) + int(asked["year"]) > self.on.year:
            self.add_error("year", gettext("This year has not come yet."))
        return asked

    @property
    def alone(self) -> bool:
        """Whether this person's swab stands alone in its tube."""
        return TubeClass(self.cleaned_data["tube_class"] or TubeClass.SCREENING).single

    def swab(self, slip: str, at: datetime) -> SwabTaken:
        """What the command records; `slip` is the card's."""
        asked = self.cleaned_data
        born = int(asked["decade"]) + int(asked["year"]) if asked["decade"] else None
        return SwabTaken(
            asked["tube"],
            slip,
            at,
            said=Declaration("", Sex(asked["sex"]) if asked["sex"] else None, birth_year=born),
            tube_class=TubeClass(asked["tube_class"] or TubeClass.SCREENING),
            card=ids.card_code(asked["card"]),
            team=asked.get("team"),
        )

    def note(self, reason: Refusal, detail: str = "") -> None:
        """Put what the command refused beside the field it is about."""
        words = gettext(reason.sentence)
        self.add_error(self.FIELDS.get(reason), f"{words} {detail}".strip() if detail else words)
