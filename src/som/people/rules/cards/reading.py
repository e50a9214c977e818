"""What a scanned card says, how far it may be trusted, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop
from som.people.rules.documents import DocumentKind, NumberWarning, Sex

Extra = dict[str, str | None]


class Validity(StrEnum):
    """How far a payload may be trusted; what can be read of it is read whichever it is."""

    YES = "yes"
    PARTIAL = "partial"
    NO = "no"


class CardReason(Refusal):
    """What there is to say of a payload: a stable code, and a sentence for whoever scanned it."""

    NOTHING = "", ""

    TEXT_REPAIRED = (
        "text_repaired",
        gettext_noop("The scanner mangled Vietnamese letters; they were restored."),
    )
    SEPARATORS_CHANGED = (
        "separators_changed",
        gettext_noop("The scanner wrote other separators than the card."),
    )

    INVISIBLE_SIGNS = (
        "invisible_signs",
        gettext_noop(
            "There were signs in it that nobody sees; they were left out: compare the card."
        ),
    )
    TRUNCATED = "truncated", gettext_noop("The code was cut off: read the card again.")
    FIELDS_MISSING = "fields_missing", gettext_noop("A field of the card is empty.")
    SEPARATORS_EXTRA = (
        "separators_extra",
        gettext_noop("There are too many separators; the fields were put in order."),
    )
    ZEROS_RESTORED = (
        "zeros_restored",
        gettext_noop("Leading zeros were missing; they were restored."),
    )
    NUMBER_ALONE = "number_alone", gettext_noop("This is a number alone, without a name.")
    MASKED = (
        "masked",
        gettext_noop("The holder hides part of the number or birth: ask them to show all of it."),
    )
    NAME_UNREADABLE = "name_unreadable", gettext_noop("The name cannot be decoded.")
    ADDRESS_UNREADABLE = "address_unreadable", gettext_noop("The address cannot be decoded.")
    SEX_UNREADABLE = "sex_unreadable", gettext_noop("The sex cannot be read.")
    ISSUE_UNREADABLE = "issue_unreadable", gettext_noop("The day of issue cannot be read.")
    OLD_NUMBER_UNREADABLE = (
        "old_number_unreadable",
        gettext_noop("The old number is no number of an identity card."),
    )
    PLATFORM_ID_UNREADABLE = (
        "platform_id_unreadable",
        gettext_noop("The platform's own number of this person is damaged."),
    )
    FURTHER_UNREADABLE = (
        "further_unreadable",
        gettext_noop("Sex, insurance or telephone at the end of the code cannot be read."),
    )
    DECLARANT_UNREADABLE = (
        "declarant_unreadable",
        gettext_noop("It does not say whether the holder or somebody else declared this."),
    )

    EMPTY = "empty", gettext_noop("Nothing was scanned.")
    TOO_LONG = "too_long", gettext_noop("This is longer than any code on a card.")
    NOT_IDENTITY = "not_identity", gettext_noop("This is not the code of an identity paper.")
    OWN_CODE = (
        "own_code",
        gettext_noop(
            "This is the code of a slip, a walk-in card or a tube, not of a person's paper."
        ),
    )
    NUMBER_MISSING = "number_missing", gettext_noop("The code has no number of a paper.")
    NUMBER_UNREADABLE = (
        "number_unreadable",
        gettext_noop("The number does not have as many digits as it must."),
    )
    PROVINCE_UNKNOWN = (
        "province_unknown",
        gettext_noop("The number's first three digits are no province."),
    )
    SEX_DIFFERS = "sex_differs", gettext_noop("The number says another sex than the card.")
    YEAR_DIFFERS = (
        "year_differs",
        gettext_noop("The number says another year of birth than the card."),
    )
    BIRTH_IMPOSSIBLE = "birth_impossible", gettext_noop("There is no such day of birth.")
    BIRTH_UNREADABLE = "birth_unreadable", gettext_noop("The birth cannot be read.")
    ISSUED_BEFORE_BIRTH = (
        "issued_before_birth",
        gettext_noop("The card would have been issued before its holder was born."),
    )
    BENEFIT_UNKNOWN = (
        "benefit_unknown",
        gettext_noop("The third sign of an insurance number is 1 to 5."),
    )
    CHECK_DIGIT = "check_digit", gettext_noop("A check digit is wrong: read the lines again.")
    NOT_A_PAPER = (
        "not_a_paper",
        gettext_noop("These are the lines of a visa: scan the passport itself."),
    )


_YES = {CardReason.NOTHING, CardReason.TEXT_REPAIRED, CardReason.SEPARATORS_CHANGED}
_PARTIAL = {
    CardReason.INVISIBLE_SIGNS,
    CardReason.TRUNCATED,
    CardReason.FIELDS_MISSING,
    CardReason.SEPARATORS_EXTRA,
    CardReason.ZEROS_RESTORED,
    CardReason.NUMBER_ALONE,
    CardReason.MASKED,
    CardReason.NAME_UNREADABLE,
    CardReason.ADDRESS_UNREADABLE,
    CardReason.SEX_UNREADABLE,
    CardReason.ISSUE_UNREADABLE,
    CardReason.OLD_NUMBER_UNREADABLE,
    CardReason.PLATFORM_ID_UNREADABLE,
    CardReason.FURTHER_UNREADABLE,
    CardReason.DECLARANT_UNREADABLE,
}

OF_WARNINGS = {
    NumberWarning.PROVINCE_UNKNOWN: CardReason.PROVINCE_UNKNOWN,
    NumberWarning.SEX_DIFFERS: CardReason.SEX_DIFFERS,
    NumberWarning.YEAR_DIFFERS: CardReason.YEAR_DIFFERS,
}


def validity_of(reason: CardReason) -> Validity:
    """What a payload with this to say of it is worth."""
    if reason in _YES:
        return Validity.YES
    return Validity.PARTIAL if reason in _PARTIAL else Validity.NO


def gravest(reasons: Iterable[CardReason]) -> CardReason:
    """The first of the gravest reasons."""
    order = (Validity.NO, Validity.PARTIAL, Validity.YES)
    return min(
        (reason for reason in reasons if reason),
        key=lambda reason: order.index(validity_of(reason)),
        default=CardReason.NOTHING,
    )


@dataclass(frozen=True, slots=True)
class CardRead:
    """What a payload says: which kind of paper, how far to trust it, and the holder as written.

    `doc` is CCCD (chip cards), BHYT (insurance), QR1405 (the apps of 2021), MRZ (machine-readable
    lines) or empty. `birth_year` stands without `birth_date` where only the year is known. `number`
    is as written where it is none; `kind` and `country` say what it is a number of, `kind` None where
    it cannot be used. `insurance`, `phone` and `guardian` are what else helps to find the person.
    """

    doc: str = ""
    reason: CardReason = CardReason.NOTHING
    number: str = ""
    old_number: str = ""
    name: str = ""
    birth_date: date | None = None
    birth_year: int | None = None
    sex: Sex | None = None
    address: str = ""
    issue_date: date | None = None
    extra: Extra | None = field(default=None, hash=False)
    kind: DocumentKind | None = None
    country: str = "VNM"
    insurance: str = ""
    phone: str = ""
    guardian: str = ""

    @property
    def valid(self) -> Validity:
        return validity_of(self.reason)

    def as_said(self) -> dict[str, object]:
        """The read as support staff see it, with texts alone: dates in ISO order, empty if unknown."""
        birth = self.birth_date.isoformat() if self.birth_date else self.birth_year
        return {
            "doc": self.doc,
            "valid": str(self.valid),
            "reason": str(self.reason),
            "number": self.number,
            "old_number": self.old_number,
            "name": self.name,
            "birth_date": str(birth or ""),
            "sex": str(self.sex or ""),
            "address": self.address,
            "issue_date": self.issue_date.isoformat() if self.issue_date else "",
            "extra": self.extra,
        }
