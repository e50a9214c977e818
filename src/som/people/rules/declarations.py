"""What may be declared of a person, and when two declarations are one person. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from som.kernel.ids import fold
from som.kernel.outcomes import Refusal, gettext_noop
from som.people.rules.births import FIRST_BIRTH_YEAR
from som.people.rules.documents import (
    HOME_COUNTRY,
    Document,
    DocumentFault,
    DocumentKind,
    NumberWarning,
    Sex,
    bare_number,
    document_kind,
    document_of,
    warnings_of,
)
from som.people.rules.names import is_name, may_be_newborn, parent_in, tidy_name
from som.people.rules.phones import is_phone, phone_of


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
    NAME_UNREADABLE = (
        "name_unreadable",
        gettext_noop("This is not a name: it has signs or numbers that no name has."),
    )
    BIRTH_IMPOSSIBLE = "birth_impossible", gettext_noop("Nobody living was born then.")
    NUMBER_UNREADABLE = (
        "number_unreadable",
        gettext_noop(
            "This is not an identity number: it has 12 digits, 9 digits, or a letter and 7-8."
        ),
    )
    PHONE_UNREADABLE = "phone_unreadable", gettext_noop("This is not a telephone number.")
    RESIDENCE_UNKNOWN = (
        "residence_unknown",
        gettext_noop("There is no such administrative unit to live in."),
    )
    STAY_UNKNOWN = (
        "stay_unknown",
        gettext_noop("There is no such administrative unit to lodge, work or learn in."),
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
    def papers(self) -> tuple[Document, ...]:
        """The papers named, each once: that of the number first."""
        kind = document_kind(self.number)
        if kind is None:
            return self.documents
        first = Document(kind, self.number)
        return (first, *[d for d in self.documents if d != first])


_CITIZEN = re.compile(r"0\d{11}", re.ASCII)
_MOBILE = re.compile(r"0[35789]\d{8}", re.ASCII)


def tidied(said: Declaration) -> Declaration:
    """The declaration in the one form that is stored and compared.

    Names and addresses in NFC with single spaces; the number bare, with the zeros a spreadsheet
    dropped, and among the documents if it is of insurance or of another country's passport; the
    telephone as dialled now; the birth year beside the date; for a newborn without a name the
    parent in its words as guardian. What cannot be read stays as written, for `fault_of` to refuse.
    """
    birth_year = said.birth_date.year if said.birth_date else said.birth_year
    number, documents = said.number, said.documents
    if number and not _CITIZEN.fullmatch(number):
        number, documents = _numbers(number, documents, said.sex, birth_year)
    phone = said.phone
    if phone and not _MOBILE.fullmatch(phone):
        phone = phone_of(phone) or phone.strip()
    name = tidy_name(said.name)
    guardian = tidy_name(said.guardian) if said.guardian else ""
    if not guardian and may_be_newborn(name):
        guardian = parent_in(name)
    # Field by field in their order: `replace` takes twice as long.
    return Declaration(
        name,
        said.sex,
        said.birth_date,
        birth_year,
        phone,
        number,
        said.residence,
        _one_line(said.address),
        tuple(dict.fromkeys(documents)) if documents else (),
        guardian,
        tuple(dict.fromkeys(replace(stay, text=_one_line(stay.text)) for stay in said.stays))
        if said.stays
        else (),
    )


def _numbers(
    number: str, documents: tuple[Document, ...], sex: Sex | None, birth_year: int | None
) -> tuple[str, tuple[Document, ...]]:
    """The number as stored, and the documents with it where it is of insurance or another country."""
    found = document_of(number, sex=sex, birth_year=birth_year)
    if found is DocumentFault.EMPTY:
        return "", documents
    if not isinstance(found, Document):
        return bare_number(number), documents
    if found.kind is DocumentKind.INSURANCE or found.country != HOME_COUNTRY:
        return "", (*documents, found)
    return found.number, documents


def _one_line(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split())) if text else ""


def fault_of(
    said: Declaration, *, on: date, units: Container[int], named: bool = True
) -> tuple[DeclarationRefusal, str] | None:
    """What is wrong with a tidied declaration, and with which value; None when nothing is.

    `units` are those that exist. Without `named` the name may come later. A number that differs
    from sex or birth is no fault (`warnings_for`).
    """
    if not said.name:
        if named:
            return DeclarationRefusal.NAME_MISSING, ""
    elif not is_name(said.name):
        return DeclarationRefusal.NAME_UNREADABLE, ""
    if said.birth_year is not None and not FIRST_BIRTH_YEAR <= said.birth_year <= on.year:
        return DeclarationRefusal.BIRTH_IMPOSSIBLE, str(said.birth_year)
    if said.birth_date is not None and said.birth_date > on:
        return DeclarationRefusal.BIRTH_IMPOSSIBLE, said.birth_date.isoformat()
    if said.number and document_kind(said.number) is None:
        return DeclarationRefusal.NUMBER_UNREADABLE, ""
    if said.phone and not is_phone(said.phone):
        return DeclarationRefusal.PHONE_UNREADABLE, ""
    if said.residence is not None and said.residence not in units:
        return DeclarationRefusal.RESIDENCE_UNKNOWN, str(said.residence)
    for stay in said.stays:
        if stay.unit is not None and stay.unit not in units:
            return DeclarationRefusal.STAY_UNKNOWN, str(stay.unit)
    return None


def units_said(said: Collection[Declaration]) -> set[int]:
    """Every unit that these declarations name."""
    named = {one.residence for one in said}
    named.update(stay.unit for one in said for stay in one.stays)
    return {unit for unit in named if unit is not None}


def warnings_for(
    said: Declaration, papers: Sequence[Document] | None = None
) -> tuple[NumberWarning, ...]:
    """Where the citizen number of a tidied declaration differs from its sex and birth.

    `papers` are those of the declaration, where they were read already.
    """
    found = [
        warning
        for paper in (said.papers if papers is None else papers)
        for warning in warnings_of(
            paper, sex=said.sex, birth_date=said.birth_date, birth_year=said.birth_year
        )
    ]
    return tuple(dict.fromkeys(found)) if found else ()


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
