"""The personal code that all apps of 2021 showed (decision 1405/QD-BTTTT of 11 September 2021). Pure.

SoGiayTo|HoTen|NgaySinh|LoaiDinhDanh|QID|EXT: number of a paper, name in capitals without marks,
yyyy-mm-dd, 0 declared by the holder or 1 by somebody else, the platform's own id, further values
between "<": the declarant's id where there is one, sex, insurance, telephone, signature. By default
the apps hide the number's first six signs and the day and month of birth behind stars.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from som.people.rules.cards.reading import OF_WARNINGS, CardRead, CardReason, Extra, gravest
from som.people.rules.cards.text import Fields, day_of, is_damaged, sex_of
from som.people.rules.documents import (
    Document,
    DocumentFault,
    Sex,
    bare_number,
    document_of,
    insurance_number,
    repaired_number,
    warnings_of,
)
from som.people.rules.names import is_name
from som.people.rules.phones import phone_of

DOC = "QR1405"
WHOLE = 5
"""Fields, without the further values."""

_SEXES = {"1": Sex.MALE, "2": Sex.FEMALE}
"""0 is not said (as in ISO/IEC 5218, and as on insurance cards)."""
_SEXES_SAID = frozenset({"0", *_SEXES})
_PLATFORM_ID = re.compile(r"(?=[0-9A-Za-z-]*[0-9])[0-9A-Za-z-]{6,40}", re.A)
"""Those seen have 18 digits; the decision says no more than that it is text. A number that a spreadsheet
rounded ("1.62E+17"), lost letters and other signs are none."""
_DECLARANTS = {"0": "self", "1": "other"}
_ISO = re.compile(r"[\d*xX]{4}[-/.][\d*xX]{1,2}[-/.][\d*xX]{1,2}")
_LETTERS = re.compile(r"[^\W\d_]")
_HIDDEN = re.compile(r"[*xX•]{3,}")


def is_personal(values: Sequence[str]) -> bool:
    """Whether these look like the fields of a personal code: a name second, a day third.

    Without the number, only by a day in ISO order and who declared it.
    """
    if len(values) < 3 or not _LETTERS.search(values[1]):
        return False
    declarant = values[3] if len(values) > 3 else ""
    if sex_of(declarant):
        return False  # a chip card's fields without the old number
    if not values[0]:
        return declarant in _DECLARANTS and bool(_ISO.fullmatch(values[2]))
    if not re.fullmatch(r"[0-9A-Za-z*•. -]{5,20}", values[0]):
        return False
    return bool(_ISO.fullmatch(values[2])) or (
        declarant in _DECLARANTS and day_of(values[2]).fault in ("", "impossible")
    )


def read_personal(fields: Fields) -> CardRead:
    """What a personal code says. The telephone is the holder's only if they declared it themselves."""
    reasons = [CardReason.TEXT_REPAIRED] if fields.letters_restored else []
    if fields.separators_changed:
        reasons.append(CardReason.SEPARATORS_CHANGED)
    values = fields.values
    if len(values) < WHOLE:
        reasons.append(CardReason.TRUNCATED)
    written, name, birth, declarant, qid = (*values, "", "", "")[:WHOLE]
    further = "|".join(values[WHOLE:])
    by_whom, sex_said, insured, telephone, signature = _further(further)
    sex = _SEXES.get(sex_said)
    day = day_of(birth)
    if day.masked:
        reasons.append(CardReason.MASKED)
    if day.fault == "impossible":
        reasons.append(CardReason.BIRTH_IMPOSSIBLE)
    elif day.fault == "unreadable":
        reasons.append(CardReason.BIRTH_UNREADABLE)
    paper, number = _paper(written, sex, day.year, reasons)
    reasons += [OF_WARNINGS[w] for w in warnings_of(paper, sex=sex, birth_year=day.year)]
    if declarant not in _DECLARANTS and len(values) > 3:
        reasons.append(CardReason.DECLARANT_UNREADABLE)
    if is_damaged(name) or (name and not is_name(name)):
        name = ""
        reasons.append(CardReason.NAME_UNREADABLE)
    insurance = insurance_number(insured) or ""
    phone = phone_of(telephone) or ""
    if qid and not _PLATFORM_ID.fullmatch(qid):
        reasons.append(CardReason.PLATFORM_ID_UNREADABLE)
    if by_whom and not _PLATFORM_ID.fullmatch(by_whom):
        reasons.append(CardReason.FURTHER_UNREADABLE)
    for said, understood in (
        (sex_said, sex_said in _SEXES_SAID),
        (insured, bool(insurance)),
        (telephone, bool(phone)),
    ):
        if said and not understood:
            hidden = _HIDDEN.search(said)
            reasons.append(CardReason.MASKED if hidden else CardReason.FURTHER_UNREADABLE)
    if fields.invisible_dropped:
        reasons.append(CardReason.INVISIBLE_SIGNS)
    extra: Extra = {
        "declared_by": _DECLARANTS.get(declarant),
        "qid": qid or None,
        "declarant_qid": by_whom or None,
        "insurance": insured if insurance else None,
        "phone": phone or None,
        "signature": signature or None,
    }
    return CardRead(
        DOC, gravest(reasons), number, "", name, day.day, day.year, sex, extra=extra,
        kind=paper.kind if paper else None, insurance=insurance,
        phone=phone if declarant == "0" else "",
    )  # fmt: skip


def _paper(
    written: str, sex: Sex | None, birth_year: int | None, reasons: list[CardReason]
) -> tuple[Document | None, str]:
    if _HIDDEN.search(written):
        reasons.append(CardReason.MASKED)
        return None, written
    paper = document_of(written, sex=sex, birth_year=birth_year)
    if paper is DocumentFault.EMPTY:
        reasons.append(CardReason.NUMBER_MISSING)
        return None, ""
    if isinstance(paper, DocumentFault):
        reasons.append(CardReason.NUMBER_UNREADABLE)
        return None, bare_number(written)
    if paper.number == repaired_number(bare_number(written), sex=sex, birth_year=birth_year):
        reasons.append(CardReason.ZEROS_RESTORED)
    return paper, paper.number


def _further(text: str) -> tuple[str, str, str, str, str]:
    """Declarant's id (it may be left out), sex, insurance, telephone, signature."""
    parts = [part.strip() for part in text.replace("|", "<").split("<")]
    if len(parts[0]) == 1 and parts[0].isdigit():
        parts.insert(0, "")
    by_whom, sex, insured, telephone = (*parts, "", "", "", "")[:4]
    return by_whom, sex, insured, telephone, "<".join(parts[4:])
