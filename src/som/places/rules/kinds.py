"""What units, organisations, sites and rights there are. Pure."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from som.kernel.outcomes import gettext_noop


class Level(IntEnum):
    """The tier of a unit; districts ended on 30 June 2025."""

    PROVINCE = 1
    DISTRICT = 2
    COMMUNE = 3


class Kind(StrEnum):
    """What a unit calls itself; the word stands before its name."""

    PROVINCE = "tinh"
    CITY = "thanh_pho"
    RURAL_DISTRICT = "huyen"
    URBAN_DISTRICT = "quan"
    TOWN = "thi_xa"
    COMMUNE = "xa"
    WARD = "phuong"
    TOWNSHIP = "thi_tran"
    SPECIAL_ZONE = "dac_khu"


KIND_WORDS = {
    Kind.PROVINCE: "Tỉnh",
    Kind.CITY: "Thành phố",
    Kind.RURAL_DISTRICT: "Huyện",
    Kind.URBAN_DISTRICT: "Quận",
    Kind.TOWN: "Thị xã",
    Kind.COMMUNE: "Xã",
    Kind.WARD: "Phường",
    Kind.TOWNSHIP: "Thị trấn",
    Kind.SPECIAL_ZONE: "Đặc khu",
}

KIND_OF_WORD = {word: kind for kind, word in KIND_WORDS.items()}


class OrganisationKind(StrEnum):
    """Who takes swabs, tests or is visited."""

    COMMUNE_HEALTH_STATION = "commune_health_station"
    CDC = "cdc"
    HOSPITAL = "hospital"
    LABORATORY = "laboratory"
    COMPANY = "company"
    SCHOOL = "school"
    MARKET = "market"


ORGANISATION_LABELS = {
    OrganisationKind.COMMUNE_HEALTH_STATION: gettext_noop("Commune health station"),
    OrganisationKind.CDC: gettext_noop("Centre for disease control"),
    OrganisationKind.HOSPITAL: gettext_noop("Hospital"),
    OrganisationKind.LABORATORY: gettext_noop("Testing laboratory"),
    OrganisationKind.COMPANY: gettext_noop("Company"),
    OrganisationKind.SCHOOL: gettext_noop("School"),
    OrganisationKind.MARKET: gettext_noop("Market"),
}

MAY_TEST = frozenset({OrganisationKind.CDC, OrganisationKind.HOSPITAL, OrganisationKind.LABORATORY})
"""Kinds that run a laboratory: provincial centres and hospitals test as well as laboratories."""


class SiteKind(StrEnum):
    """Where swabs are taken or people are visited."""

    COMMUNE_HEALTH_STATION = "commune_health_station"
    HOSPITAL = "hospital"
    LABORATORY = "laboratory"
    COMPANY = "company"
    SCHOOL = "school"
    MARKET = "market"
    HALL = "hall"
    CHECKPOINT = "checkpoint"


class Right(StrEnum):
    """What a laboratory may say of a positive; a screening positive is released as suspected."""

    CONFIRM = "confirm"
    SCREEN = "screen"
