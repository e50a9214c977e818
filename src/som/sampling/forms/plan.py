"""What it takes to plan a campaign and to open a session of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from som.kernel.clock import LOCAL
from som.kernel.ids import fold
from som.kernel.outcomes import Refused
from som.places.fields import UnitField, UnitForm
from som.places.queries import OrganisationRow, SiteRow, sites_of
from som.sampling.commands import Campaign, Session, SessionChange
from som.sampling.forms.words import CAMPAIGN_REASONS
from som.sampling.queries import CampaignChoice, LaboratoryDay
from som.sampling.rules import MOST_EXPECTED, CampaignReason, PlanRefusal, tubes_expected
from som.web.fields import day_field, hour_field
from som.web.templatetags.som import number


def _code() -> forms.CharField:
    return forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("Drawn for you. It never comes to mean anything else."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


def _text(label: Any, *, help_text: Any = "", required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=200,
        required=required,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class SayingForm(forms.Form):
    """A form that says of each refusal which field it is about."""

    FIELDS: Mapping[PlanRefusal, str] = {}

    def say(self, refused: Iterable[Refused[Any]]) -> None:
        """Put each refusal by the field it is about."""
        for one in refused:
            assert isinstance(one.reason, PlanRefusal)
            self.add_error(self.FIELDS.get(one.reason), gettext(one.reason.sentence))


class PlanForm(SayingForm, UnitForm):
    """A form about something planned in a unit of the planner's territory."""


class CampaignForm(PlanForm):
    """Whom to test, why, on what basis, how often and how."""

    name = _text(_("Name"))
    target_group = _text(
        _("Whom to test"), help_text=_("Such as: stallholders of Bắc market, all households.")
    )
    unit = UnitField(label=_("Unit"), help_text=_("Name or code of the commune or province."))
    reason = forms.ChoiceField(label=_("Reason"))
    legal_basis = _text(
        _("Legal basis"), help_text=_("Number and date of the decision or dispatch.")
    )
    starts_on = day_field(_("First day"), required=True)
    ends_on = day_field(_("Last day"), help_text=_("Leave empty: until further notice."))
    frequency_days = forms.IntegerField(
        label=_("Again every so many days"),
        min_value=0,
        max_value=366,
        help_text=_("0: everybody once."),
    )
    pool_size = forms.IntegerField(
        label=_("Swabs in a tube"),
        min_value=1,
        max_value=20,
        help_text=_("1: each person a tube of their own. More: field pools of so many."),
    )
    promise_hours = forms.IntegerField(
        label=_("Answer within so many hours"),
        min_value=1,
        max_value=240,
        required=False,
        help_text=_("From the swab. Leave empty: as the rule says. It can only be sooner."),
    )
    second_specimens = forms.BooleanField(
        label=_("Two specimens of each person in one session"), required=False
    )
    labs = forms.MultipleChoiceField(
        label=_("Laboratories"),
        required=False,
        help_text=_("Sessions can send to these alone. None chosen: to any."),
        widget=forms.CheckboxSelectMultiple,
    )
    code = _code()

    FIELDS = {
        PlanRefusal.CODE_TAKEN: "code",
        PlanRefusal.NOT_HERE: "unit",
        PlanRefusal.REASON_UNKNOWN: "reason",
        PlanRefusal.POOL_TOO_LARGE: "pool_size",
        PlanRefusal.PROMISE_IMPOSSIBLE: "promise_hours",
        PlanRefusal.FREQUENCY_IMPOSSIBLE: "frequency_days",
        PlanRefusal.DAYS_IMPOSSIBLE: "ends_on",
        PlanRefusal.END_UNLIKELY: "ends_on",
        PlanRefusal.YEAR_UNLIKELY: "starts_on",
        PlanRefusal.LAB_UNKNOWN: "labs",
    }

    def __init__(self, *args: Any, laboratories: Sequence[OrganisationRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason, labs = self.fields["reason"], self.fields["labs"]
        assert isinstance(reason, forms.ChoiceField)
        assert isinstance(labs, forms.MultipleChoiceField)
        reason.choices = [(str(one), gettext(words)) for one, words in CAMPAIGN_REASONS.items()]
        labs.choices = [(str(one.id), one.name) for one in laboratories]

    def campaign(self) -> Campaign:
        """What the command plans."""
        asked = self.cleaned_data
        return Campaign(
            asked["code"].strip(),
            " ".join(asked["name"].split()),
            asked["unit"].id,
            CampaignReason(asked["reason"]),
            asked["starts_on"],
            asked["pool_size"],
            asked["promise_hours"],
            " ".join(asked["legal_basis"].split()),
            " ".join(asked["target_group"].split()),
            asked["frequency_days"],
            tuple(int(lab) for lab in asked["labs"]),
            asked["second_specimens"],
            asked["ends_on"],
        )


class DayAskedForm(forms.Form):
    """For which day the room of laboratories is shown."""

    day = day_field(_("Day"))


class SittingForm(SayingForm):
    """Where, by whom, when and for how many people a session is held."""

    place = forms.CharField(
        label=_("Place"),
        max_length=200,
        help_text=_(
            "Where people come or which houses are visited. Registered places of the unit are offered."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "id_place_offered"}),
    )
    team = _text(
        _("Group in charge"),
        required=False,
        help_text=_("As everybody calls it. Its teams of two are formed on the session's page."),
    )
    day = day_field(_("Day"), required=True)
    time = hour_field(_("Begins at"), example="07:30")
    ends = hour_field(_("Ends at"), example="11:30", required=False)
    expected = forms.IntegerField(
        label=_("People expected"),
        min_value=1,
        max_value=MOST_EXPECTED,
        required=False,
        help_text=_("What the laboratory must have room for. Leave empty if nobody can tell."),
    )

    anyway = forms.BooleanField(
        label=_("Open it although the laboratory has no room for all its tubes that day"),
        required=False,
    )

    site: SiteRow | None = None

    over: tuple[int, int] | None = None
    """Tubes expected, and how many of them the laboratory has room for."""

    FIELDS = {
        PlanRefusal.OUTSIDE_CAMPAIGN: "day",
        PlanRefusal.YEAR_UNLIKELY: "day",
        PlanRefusal.SESSION_BEGUN: "day",
        PlanRefusal.SITE_UNKNOWN: "place",
        PlanRefusal.ENDS_IMPOSSIBLE: "ends",
        PlanRefusal.EXPECTED_IMPOSSIBLE: "expected",
    }

    def keep_site(self, unit_id: int, place: str) -> None:
        """A place called as a registered one of the unit is that one."""
        here = [one for one in sites_of([unit_id]) if one.unit_id == unit_id]
        self.site = next((one for one in here if fold(one.name) == fold(place)), None)

    def text(self, field: str) -> str:
        """What was typed, without doubled spaces."""
        return " ".join(self.cleaned_data[field].split())

    def has_room(self, tubes: int | None, day: LaboratoryDay) -> bool:
        """Whether the laboratory has room for these tubes, or it is said that this is known."""
        if tubes is None or day.room is None or tubes <= day.room or self.cleaned_data["anyway"]:
            return True
        self.over = tubes, day.room
        return False

    def hours(self) -> tuple[datetime, datetime | None]:
        """From when until when. What ends before it begins ends on the next day."""
        asked = self.cleaned_data
        begins = datetime.combine(asked["day"], asked["time"], tzinfo=LOCAL)
        ends = asked["ends"] and datetime.combine(asked["day"], asked["ends"], tzinfo=LOCAL)
        return begins, ends + timedelta(days=1) if ends and ends < begins else ends


class ChangeSessionForm(SittingForm):
    """A session that is open; once somebody was swabbed there, its beginning stays."""

    anew = forms.BooleanField(
        label=_("Whoever has a time after the end loses it and gets another where there is room"),
        required=False,
    )

    FIELDS = {**SittingForm.FIELDS, PlanRefusal.TIMES_AFTER_END: "anew"}

    def __init__(self, *args: Any, unit: int, begun: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = unit
        self.fields["anyway"].label = _(
            "Change it although the laboratory has no room for all its tubes that day"
        )
        for name in ("day", "time", "expected"):
            self.fields[name].disabled = begun

    def clean(self) -> dict[str, Any]:
        """Find the registered place."""
        asked: dict[str, Any] = super().clean() or {}
        self.keep_site(self.unit, asked.get("place") or "")
        return asked

    def change(self, session: str) -> SessionChange:
        """What the command changes."""
        begins, ends = self.hours()
        return SessionChange(
            session,
            self.text("place"),
            begins,
            self.text("team"),
            self.site.id if self.site else None,
            ends,
            self.cleaned_data["expected"],
            self.cleaned_data["anew"],
        )


class LabForm(forms.Form):
    """To which laboratory a session sends, each with its room on the day that is planned."""

    lab = forms.ChoiceField(label=pgettext_lazy("organisation", "Laboratory"))

    def __init__(
        self,
        *args: Any,
        laboratories: Sequence[tuple[OrganisationRow, LaboratoryDay]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        lab = self.fields["lab"]
        assert isinstance(lab, forms.ChoiceField)
        lab.choices = [(str(one.id), _with_room(one, day)) for one, day in laboratories]


class OpenSessionForm(PlanForm, SittingForm, LabForm):
    """A place and team of a campaign, where it sends and when it begins."""

    campaign = forms.ChoiceField(label=_("Campaign"))
    unit = UnitField(label=_("Unit"), help_text=_("Name or code of the commune."))
    code = _code()

    FIELDS = {
        **SittingForm.FIELDS,
        PlanRefusal.CODE_TAKEN: "code",
        PlanRefusal.NOT_HERE: "unit",
        PlanRefusal.CAMPAIGN_UNKNOWN: "unit",
        PlanRefusal.LAB_UNKNOWN: "lab",
        PlanRefusal.LAB_NOT_PLANNED: "lab",
    }

    def __init__(self, *args: Any, campaigns: Sequence[CampaignChoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        campaign = self.fields["campaign"]
        assert isinstance(campaign, forms.ChoiceField)
        campaign.choices = [(one.code, one.name) for one in campaigns]
        self.campaigns = {one.code: one for one in campaigns}

    def clean(self) -> dict[str, Any]:
        """Find the registered place of the unit."""
        asked: dict[str, Any] = super().clean() or {}
        if asked.get("unit") is not None:
            self.keep_site(asked["unit"].id, asked.get("place") or "")
        return asked

    def tubes(self) -> int | None:
        """How many tubes the people expected will fill; None where nobody can tell."""
        people, campaign = self.cleaned_data["expected"], self.cleaned_data["campaign"]
        if people is None:
            return None
        planned = self.campaigns[campaign]
        return tubes_expected(
            people, pool_size=planned.pool_size, second_specimens=planned.second_specimens
        )

    def session(self) -> Session:
        """What the command opens."""
        asked = self.cleaned_data
        begins, ends = self.hours()
        return Session(
            asked["code"].strip(),
            asked["campaign"],
            asked["unit"].id,
            int(asked["lab"]),
            self.text("place"),
            begins,
            self.text("team"),
            self.site.id if self.site else None,
            ends,
            asked["expected"],
        )


def _with_room(lab: OrganisationRow, day: LaboratoryDay) -> str:
    """A laboratory behind the room it has on the day that is planned: names are long."""
    if day.room is None:
        return lab.name
    words = gettext("%(room)s free") if day.room else gettext("full")
    return f"{words % {'room': number(day.room)}} · {lab.name}"
