"""Papers that name a person: their kinds, their numbers as written, and what a number says. Pure.

A number is never refused for what it says of sex, year or province: that only warns, for registers
have mistakes and a person with such a number is still to be tested.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop

HOME_COUNTRY = "VNM"
UNKNOWN_COUNTRY = "XXX"
"""Of a passport of which only the number is known (Doc 9303 part 3: unspecified)."""


class Sex(StrEnum):
    """As written on papers; not said is None."""

    MALE = "M"
    FEMALE = "F"


class DocumentKind(StrEnum):
    """What kind of paper carries the number."""

    CITIZEN_NUMBER = "citizen_number"
    OLD_IDENTITY_CARD = "old_identity_card"
    PASSPORT = "passport"
    LAISSEZ_PASSER = "laissez_passer"
    INSURANCE = "insurance"


@dataclass(frozen=True, slots=True)
class Document:
    """A paper that names a person. Its number is bare: no spaces, capitals.

    An insured person has one number whatever card they hold: of the 15 characters of older cards
    the last 10, which are also all that cards since 1 April 2021 show. Since 1 August 2025 it is the
    citizen number (12 digits), and then of that kind.
    """

    kind: DocumentKind
    number: str
    country: str = HOME_COUNTRY


class DocumentFault(Refusal):
    """Why what is written is no number of a paper."""

    EMPTY = "document_empty", gettext_noop("There is no number.")
    DIGITS_LOST = (
        "document_digits_lost",
        gettext_noop("A spreadsheet has rounded this number: write it again, as text."),
    )
    UNREADABLE = "document_unreadable", gettext_noop("This is not a number of such a paper.")


class NumberWarning(Refusal):
    """What a citizen number says that differs from what is said of its holder."""

    PROVINCE_UNKNOWN = (
        "number_province_unknown",
        gettext_noop("The first three digits are no province."),
    )
    SEX_DIFFERS = (
        "number_sex_differs",
        gettext_noop("The fourth digit of the number says the other sex."),
    )
    YEAR_DIFFERS = (
        "number_year_differs",
        gettext_noop("The number says another year of birth."),
    )


PROVINCES = frozenset({
    "001", "002", "004", "006", "008", "010", "011", "012", "014", "015", "017", "019", "020",
    "022", "024", "025", "026", "027", "030", "031", "033", "034", "035", "036", "037", "038",
    "040", "042", "044", "045", "046", "048", "049", "051", "052", "054", "056", "058", "060",
    "062", "064", "066", "067", "068", "070", "072", "074", "075", "077", "079", "080", "082",
    "083", "084", "086", "087", "089", "091", "092", "093", "094", "095", "096",
})  # fmt: skip
"""Codes of the 63 provinces in force until 30 June 2025, with a leading zero: the first three digits
of a citizen number name where the birth was registered (decree 137/2015, article 13; circular
07/2016 of the Ministry of Public Security, annex). Numbers given before keep them."""


@dataclass(frozen=True, slots=True)
class NumberSays:
    """What a citizen number says of its holder."""

    province: str
    sex: Sex
    year: int


def number_says(number: str) -> NumberSays:
    """Province, sex and birth year in a number of 12 digits.

    The fourth digit is sex and century: 0 and 1 a man and a woman of 19xx, 2 and 3 of 20xx, and so
    on to 8 and 9 (circular 07/2016, article 7). There is no check digit.
    """
    sign = int(number[3])
    return NumberSays(
        number[:3], Sex.FEMALE if sign % 2 else Sex.MALE, 1900 + sign // 2 * 100 + int(number[4:6])
    )


def warnings_of(
    document: Document | None,
    *,
    sex: Sex | None = None,
    birth_date: date | None = None,
    birth_year: int | None = None,
) -> tuple[NumberWarning, ...]:
    """Where a citizen number differs from what is said; other papers say nothing."""
    if document is None or document.kind is not DocumentKind.CITIZEN_NUMBER:
        return ()
    number = document.number
    year = birth_date.year if birth_date else birth_year
    # What `number_says`, without writing it down: every number taken in is looked at.
    sign = int(number[3])
    found = []
    if number[:3] not in PROVINCES:
        found.append(NumberWarning.PROVINCE_UNKNOWN)
    if sex is not None and (Sex.FEMALE if sign % 2 else Sex.MALE) is not sex:
        found.append(NumberWarning.SEX_DIFFERS)
    if year is not None and 1900 + sign // 2 * 100 + int(number[4:6]) != year:
        found.append(NumberWarning.YEAR_DIFFERS)
    return tuple(found)


# Numbers as written

_CITIZEN = re.compile(r"\d{12}", re.ASCII)
_OLD_CARD = re.compile(r"\d{9}", re.ASCII)
_PASSPORT = re.compile(r"[A-Z]\d{7,8}", re.ASCII)
_FOREIGN_PASSPORT = re.compile(r"(?=(?:[A-Z]*\d){3})[A-Z0-9]{5,14}", re.ASCII)
"""Doc 9303 has room for 9 signs, longer ones go on in the optional field."""
_ELSEWHERE = re.compile(r"[A-Z]{2}\d{6,7}", re.ASCII)
"""Passports of neighbours: two letters and digits, as no paper of Viet Nam has."""
_LAISSEZ_PASSER = re.compile(r"(?=(?:[A-Z/]*\d){3})[A-Z0-9/]{4,15}", re.ASCII)
_INSURANCE_CARD = re.compile(r"[A-Z]{2}[1-5](?!00)\d{2}(\d{10})", re.ASCII)
"""Group of the insured, benefit 1 to 5, province 01 to 99, ten digits (decision 1351/QD-BHXH)."""
_INSURANCE = re.compile(r"\d{10}", re.ASCII)
_SPACING = re.compile(r"[\s.\-_'’`,]+")
_WHOLE = re.compile(r"(\d+)[.,]0+", re.ASCII)
_POWER = re.compile(r"(\d)(?:[.,](\d+))?[Ee]\+?(\d{1,2})", re.ASCII)
_LABEL = re.compile(
    r"(?:(?:SỐ|SO|CCCD|CMND|CMTND|CMT|CC|CĂN CƯỚC|ĐDCN|HỘ CHIẾU|HC|BHYT|BHXH|GTH)\b\s*)+[:.\-#]*\s*"
)


def document_kind(number: str) -> DocumentKind | None:
    """The kind of paper a bare number belongs to by its looks; None if several or none.

    Ten digits alone are a telephone as often as an insurance number, so they are none.
    """
    if _CITIZEN.fullmatch(number):
        return DocumentKind.CITIZEN_NUMBER
    if _OLD_CARD.fullmatch(number):
        return DocumentKind.OLD_IDENTITY_CARD
    if _PASSPORT.fullmatch(number):
        return DocumentKind.PASSPORT
    return None


def bare_number(text: str) -> str:
    """The number without spaces, dots, labels or a spreadsheet's ".0", in capitals.

    A number written with a power of ten is written out where no digit is lost; else it stays as it
    is and is no number (`digits_lost`).
    """
    number = unicodedata.normalize("NFKC", text).upper()
    number = "".join(sign for sign in number if unicodedata.category(sign) not in ("Cf", "Cc"))
    number = _LABEL.sub("", number.strip(), count=1).strip()
    if whole := _WHOLE.fullmatch(number):
        return whole[1]
    if power := _POWER.fullmatch(number):
        digits, places = power[1] + (power[2] or ""), int(power[3]) + 1
        return digits if len(digits) == places else number
    return unicodedata.normalize("NFKC", _SPACING.sub("", number))


def digits_lost(number: str) -> bool:
    """Whether a spreadsheet rounded this number, so that nobody can say what it was."""
    return bool(_POWER.fullmatch(number))


def repaired_number(
    number: str, *, sex: Sex | None = None, birth_year: int | None = None
) -> str | None:
    """The number whose leading zeros a spreadsheet dropped; None where that is not certain.

    All provinces begin with 0, so 11 digits that do not begin so lost one zero and 10 digits two
    (provinces 001 to 008), if what then stands there is a province and contradicts neither sex nor
    birth. Ten digits may as well be an insurance number: they want the birth year as a witness.
    8 digits are an old card of the provinces numbered 01 to 09.
    """
    if not (number.isascii() and number.isdigit()) or number[0] == "0":
        return None
    if len(number) == 8:
        return "0" + number
    if len(number) != 11 and not (len(number) == 10 and birth_year is not None):
        return None
    whole = number.zfill(12)
    document = Document(DocumentKind.CITIZEN_NUMBER, whole)
    if warnings_of(document, sex=sex, birth_year=birth_year) or int(whole[3]) > 3:
        return None
    return whole


def insurance_number(text: str) -> str | None:
    """The one number of an insured person, from any of its three forms; None if it is none.

    15 characters give their last 10; 10 digits and 12 digits are as they are. Nine digits lost the
    leading zero of the provinces 01 to 09.
    """
    number = bare_number(text)
    if card := _INSURANCE_CARD.fullmatch(number):
        return card[1]
    if _INSURANCE.fullmatch(number) or _CITIZEN.fullmatch(number):
        return number
    if _OLD_CARD.fullmatch(number) and number[0] != "0":
        return "0" + number
    return repaired_number(number) if len(number) == 11 else None


def document_of(
    text: str,
    kind: DocumentKind | None = None,
    country: str = HOME_COUNTRY,
    *,
    sex: Sex | None = None,
    birth_year: int | None = None,
) -> Document | DocumentFault:
    """The paper meant by a number as written, repaired where only leading zeros were lost.

    Without `kind` it is told by its looks. `sex` and `birth_year`, where known, stand witness for a
    repair. Papers of other countries are passports unless said otherwise; a number that only another
    country's passport can have is one, of no known country.
    """
    number = bare_number(text)
    if not number:
        return DocumentFault.EMPTY
    if digits_lost(number):
        return DocumentFault.DIGITS_LOST
    country = country.strip().upper() or HOME_COUNTRY
    if country != HOME_COUNTRY or kind is DocumentKind.LAISSEZ_PASSER:
        kind = kind or DocumentKind.PASSPORT
        shape = _LAISSEZ_PASSER if kind is DocumentKind.LAISSEZ_PASSER else _FOREIGN_PASSPORT
        return (
            Document(kind, number, country) if shape.fullmatch(number) else DocumentFault.UNREADABLE
        )
    if kind is DocumentKind.INSURANCE or (kind is None and _INSURANCE_CARD.fullmatch(number)):
        insured = insurance_number(number)
        if insured is None:
            return DocumentFault.UNREADABLE
        by_citizen_number = len(insured) == 12
        return Document(
            DocumentKind.CITIZEN_NUMBER if by_citizen_number else DocumentKind.INSURANCE, insured
        )
    if kind in (None, DocumentKind.PASSPORT) and _ELSEWHERE.fullmatch(number):
        return Document(DocumentKind.PASSPORT, number, UNKNOWN_COUNTRY)
    if document_kind(number) is None:
        number = repaired_number(number, sex=sex, birth_year=birth_year) or number
    found = document_kind(number)
    if found is None or (kind is not None and kind is not found):
        return DocumentFault.UNREADABLE
    return Document(found, number)
