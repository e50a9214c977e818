"""What may be declared of a person, and when two declarations are one person. Pure."""

from som.people.rules.declarations import (
    FIRST_BIRTH_YEAR,
    HOME_COUNTRY,
    Declaration,
    DeclarationRefusal,
    Document,
    DocumentKind,
    Sex,
    Stay,
    StayKind,
    agree,
    document_kind,
    fault_of,
    masked,
    tidied,
)

__all__ = [
    "FIRST_BIRTH_YEAR",
    "HOME_COUNTRY",
    "Declaration",
    "DeclarationRefusal",
    "Document",
    "DocumentKind",
    "Sex",
    "Stay",
    "StayKind",
    "agree",
    "document_kind",
    "fault_of",
    "masked",
    "tidied",
]
