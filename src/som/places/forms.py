"""What the pages of places are asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from som.kernel.outcomes import Refused, gettext_noop
from som.places import rules
from som.places.fields import UnitField, UnitForm
from som.places.queries import OrganisationRow
from som.web.fields import day_field


class SearchForm(forms.Form):
    """A name, part of a path or a code, and the day it is asked for."""

    q = forms.CharField(
        label=_("Name or code"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "enterkeyhint": "search"}
        ),
    )
    on = day_field(_("On the day"))


class OrganisationsForm(forms.Form):
    """Which organisations the list is asked for, and where it goes on."""

    q = forms.CharField(required=False, max_length=200)
    after = forms.CharField(required=False, max_length=60)


class OrganisationForm(UnitForm):
    """An organisation to take into the register."""

    name = forms.CharField(
        label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    kind = forms.ChoiceField(label=_("Kind"))
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("Never changes and never comes to mean another organisation."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    unit = UnitField(label=_("Unit"), help_text=_("Name or code of the commune or province."))

    FIELDS = {
        rules.OrganisationRefusal.DIFFERS: "code",
        rules.OrganisationRefusal.INCOMPLETE: "code",
        rules.OrganisationRefusal.UNKNOWN_KIND: "kind",
        rules.OrganisationRefusal.UNKNOWN_UNIT: "unit",
        rules.OrganisationRefusal.ELSEWHERE: "unit",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [
            (str(one), gettext(words)) for one, words in rules.ORGANISATION_LABELS.items()
        ]

    def organisation(self) -> rules.Organisation:
        """What the command registers."""
        asked = self.cleaned_data
        name = " ".join(asked["name"].split())
        return rules.Organisation(asked["code"], asked["kind"], name, asked["unit"].id)

    def say(self, refused: Iterable[Refused[Any]]) -> None:
        """Put each refusal by the field it is about."""
        _say(self, refused, self.FIELDS)


RIGHT_LABELS = {
    rules.Right.CONFIRM: gettext_noop("Confirm: its positive is a positive"),
    rules.Right.SCREEN: gettext_noop("Screen: its positive is a suspicion"),
}


RIGHT_WORDS = {
    rules.Right.CONFIRM: gettext_noop("Confirmation"),
    rules.Right.SCREEN: gettext_noop("Screening"),
}


class LaboratoryRightForm(forms.Form):
    """What a laboratory may report, from one day to another."""

    laboratory = forms.ChoiceField(label=_("Testing laboratory"))
    right = forms.ChoiceField(label=_("Right"))
    first_day = day_field(_("First day"), required=True)
    last_day = day_field(_("Last day"), help_text=_("Leave empty: until further notice."))

    FIELDS = {
        rules.RightRefusal.UNKNOWN_ORGANISATION: "laboratory",
        rules.RightRefusal.ELSEWHERE: "laboratory",
        rules.RightRefusal.NOT_A_LABORATORY: "laboratory",
        rules.RightRefusal.UNKNOWN_RIGHT: "right",
        rules.RightRefusal.DAYS: "last_day",
        rules.RightRefusal.OVERLAPS: "first_day",
    }

    def __init__(self, *args: Any, laboratories: Sequence[OrganisationRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        laboratory, right = self.fields["laboratory"], self.fields["right"]
        assert isinstance(laboratory, forms.ChoiceField)
        assert isinstance(right, forms.ChoiceField)
        laboratory.choices = [(one.code, one.name) for one in laboratories]
        right.choices = [(str(one), gettext(words)) for one, words in RIGHT_LABELS.items()]

    def granted(self) -> rules.LaboratoryRight:
        """What the command grants."""
        asked = self.cleaned_data
        return rules.LaboratoryRight(
            asked["laboratory"], asked["right"], asked["first_day"], asked["last_day"]
        )

    def say(self, refused: Iterable[Refused[Any]]) -> None:
        """Put each refusal by the field it is about."""
        _say(self, refused, self.FIELDS)


def _say(form: forms.Form, refused: Iterable[Refused[Any]], fields: Mapping[Any, str]) -> None:
    for one in refused:
        form.add_error(fields.get(one.reason), gettext(one.reason.sentence))
