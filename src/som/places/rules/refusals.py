"""Why a unit, organisation, right or site was refused. Pure."""

from __future__ import annotations

from som.kernel.outcomes import Refusal, gettext_noop


class UnitRefusal(Refusal):
    """Why a unit was refused."""

    INCOMPLETE = "unit_incomplete", gettext_noop("The unit lacks a code, a name or a known kind.")
    DAYS = "unit_ends_before_it_begins", gettext_noop("The unit's last day is before its first.")
    OVERLAPS = (
        "unit_overlaps",
        gettext_noop("The code already means another unit on some of these days."),
    )


class PopulationRefusal(Refusal):
    """Why a population count was refused."""

    UNKNOWN_UNIT = (
        "population_of_unknown_unit",
        gettext_noop("No unit has this code on the day of the count."),
    )
    DIFFERS = (
        "population_differs",
        gettext_noop("Another count of this unit is already held for this day."),
    )


class PendingRefusal(Refusal):
    """Why an announced change was refused."""

    UNKNOWN_UNIT = (
        "pending_change_of_unknown_unit",
        gettext_noop("No unit in force has this code."),
    )


class OrganisationRefusal(Refusal):
    """Why an organisation was refused."""

    INCOMPLETE = "organisation_incomplete", gettext_noop("The organisation lacks a code or a name.")
    UNKNOWN_KIND = (
        "organisation_kind_unknown",
        gettext_noop("This kind of organisation is unknown."),
    )
    UNKNOWN_UNIT = "organisation_unit_unknown", gettext_noop("The administrative unit is unknown.")
    ELSEWHERE = (
        "organisation_elsewhere",
        gettext_noop("The administrative unit belongs to another territory than yours."),
    )
    DIFFERS = (
        "organisation_differs",
        gettext_noop("The code already belongs to an organisation of another name, kind or place."),
    )


class RightRefusal(Refusal):
    """Why a laboratory right was refused."""

    UNKNOWN_ORGANISATION = (
        "right_organisation_unknown",
        gettext_noop("No organisation has this code."),
    )
    ELSEWHERE = (
        "right_elsewhere",
        gettext_noop("The laboratory belongs to another territory than yours."),
    )
    NOT_A_LABORATORY = (
        "right_not_a_laboratory",
        gettext_noop("Only laboratories, hospitals and centres for disease control test."),
    )
    UNKNOWN_RIGHT = "right_unknown", gettext_noop("A laboratory may confirm or screen.")
    DAYS = "right_ends_before_it_begins", gettext_noop("The right's last day is before its first.")
    OVERLAPS = (
        "right_overlaps",
        gettext_noop("The laboratory already has this right on some of these days."),
    )


class SiteRefusal(Refusal):
    """Why a site was refused."""

    INCOMPLETE = "site_incomplete", gettext_noop("The site lacks a name.")
    UNKNOWN_KIND = "site_kind_unknown", gettext_noop("This kind of site is unknown.")
    UNKNOWN_UNIT = "site_unit_unknown", gettext_noop("The administrative unit is unknown.")
    UNKNOWN_ORGANISATION = (
        "site_organisation_unknown",
        gettext_noop("No organisation has this code."),
    )
    ELSEWHERE = (
        "site_elsewhere",
        gettext_noop("The administrative unit belongs to another territory than yours."),
    )
    DIFFERS = (
        "site_differs",
        gettext_noop("The unit already has a site of this name with another address or owner."),
    )
