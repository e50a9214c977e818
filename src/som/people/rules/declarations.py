"""What may be declared of a person, and when two declarations are one person. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from som.kernel.ids import fold
from som.kernel.outcomes import Refusal, gettext_noop

FIRST_BIRTH_YEAR = 1900
"""The provincial sampling forms take whole numbers from 1900 (column "Năm sinh")."""

HOME_COUNTRY = "VNM"


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
    """A paper that names a person. Its number is bare: no spaces, capitals."""

    kind: DocumentKind
    number: str
    country: str = HOME_COUNTRY


class StayKind(StrEnum):
    """What somebody does at a place."""

    RESIDENCE = "residence"
    LODGING = "lodging"
    WORKPLACE = "workplace"
    SCHOOL = "school"


@dataclass(frozen=True, slots=True)
class Stay:
    """A place somebody is said to lodge, work or learn at: a unit's id, and the text as declared."""

    kind: StayKind
    unit: int | None = None
    text: str = ""


class DeclarationRefusal(Refusal):
    """Why a declaration was refused."""

    NAME_MISSING = "name_missing", gettext_noop("The name is missing.")
    BIRTH_IMPOSSIBLE = "birth_impossible", gettext_noop("Nobody living was born then.")
    NUMBER_UNREADABLE = (
        "number_unreadable",
        gettext_noop(
            "This is no identity number: it has 12 digits, 9 digits, or a letter and 7-8."
        ),
    )
    PHONE_UNREADABLE = "phone_unreadable", gettext_noop("This is no telephone number.")
    RESIDENCE_UNKNOWN = (
        "residence_unknown",
        gettext_noop("There is no such administrative unit to live in."),
    )
    REFERENCE_TAKEN = (
        "reference_taken",
        gettext_noop("This reference already stands for somebody of another name, sex or birth."),
    )
    KNOWN_ELSEWHERE = (
        "person_known_elsewhere",
        gettext_noop("This reference belongs to a person another unit answers for."),
    )


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a person, or somebody for them, says of who they are and where they live.

    `birth_year` stands alone where the day is not known. `residence` is a unit's id; `address` the
    text as declared. `number` is the identity number as written, empty for those who have none yet;
    `documents` are further papers, already read. `guardian` is the name of who answers for a child.
    Of somebody who cannot or need not say, the name is empty until it comes (a walk-in).
    """

    name: str
    sex: Sex | None = None
    birth_date: date | None = None
    birth_year: int | None = None
    phone: str = ""
    number: str = ""
    residence: int | None = None
    address: str = ""
    documents: tuple[Document, ...] = ()
    guardian: str = ""
    stays: tuple[Stay, ...] = ()

    @property
    def name_key(self) -> str:
        return fold(self.name)

    @property
    def document(self) -> tuple[DocumentKind, str, str] | None:
        """Kind, country and number of the paper; None for those without one."""
        kind = document_kind(self.number)
        return (kind, HOME_COUNTRY, self.number) if kind else None


_CITIZEN = re.compile(r"\d{12}")
_OLD_CARD = re.compile(r"\d{9}")
_PASSPORT = re.compile(r"[A-Z]\d{7,8}")
_SPACING = re.compile(r"[\s.\-]+")
_PHONE = re.compile(r"0\d{9,10}|\+\d{8,15}")


def document_kind(number: str) -> DocumentKind | None:
    """The kind of paper a tidy number belongs to; None if it is no number we know."""
    if _CITIZEN.fullmatch(number):
        return DocumentKind.CITIZEN_NUMBER
    if _OLD_CARD.fullmatch(number):
        return DocumentKind.OLD_IDENTITY_CARD
    if _PASSPORT.fullmatch(number):
        return DocumentKind.PASSPORT
    return None


def tidied(said: Declaration) -> Declaration:
    """The declaration with single spaces, NFC, bare numbers, and the birth year beside the date."""
    phone = _SPACING.sub("", said.phone)
    if phone.startswith("+84"):
        phone = "0" + phone[3:]
    return replace(
        said,
        name=" ".join(unicodedata.normalize("NFC", said.name).split()),
        birth_year=said.birth_date.year if said.birth_date else said.birth_year,
        phone=phone,
        number=_SPACING.sub("", said.number).upper(),
        address=" ".join(unicodedata.normalize("NFC", said.address).split()),
    )


def fault_of(
    said: Declaration, *, on: date, units: Container[int]
) -> tuple[DeclarationRefusal, str] | None:
    """What is wrong with a tidied declaration, and with which value; None when nothing is.

    `units` are those that exist.
    """
    if not said.name:
        return DeclarationRefusal.NAME_MISSING, ""
    if said.birth_year is not None and not FIRST_BIRTH_YEAR <= said.birth_year <= on.year:
        return DeclarationRefusal.BIRTH_IMPOSSIBLE, str(said.birth_year)
    if said.birth_date is not None and said.birth_date > on:
        return DeclarationRefusal.BIRTH_IMPOSSIBLE, said.birth_date.isoformat()
    if said.number and document_kind(said.number) is None:
        return DeclarationRefusal.NUMBER_UNREADABLE, ""
    if said.phone and not _PHONE.fullmatch(said.phone):
        return DeclarationRefusal.PHONE_UNREADABLE, ""
    if said.residence is not None and said.residence not in units:
        return DeclarationRefusal.RESIDENCE_UNKNOWN, str(said.residence)
    return None


def agree(one: Declaration, other: Declaration) -> bool:
    """Whether two declarations with the same number may be joined without asking.

    Birth is compared as far as both say it. Parents put their own number on a child, so the same
    number alone joins nobody. `people_claim_documents` says the same in SQL.
    """
    if one.name_key != other.name_key:
        return False
    if one.sex and other.sex and one.sex != other.sex:
        return False
    if one.birth_date and other.birth_date:
        return one.birth_date == other.birth_date
    if one.birth_year and other.birth_year:
        return one.birth_year == other.birth_year
    return True


def masked(name: str) -> str:
    """A name as others may see it: the given name whole, of the rest the first letters."""
    words = name.split()
    return " ".join([word[0] + "." for word in words[:-1]] + words[-1:])
