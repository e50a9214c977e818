"""Telephone numbers as people write them, each brought to one form. Pure.

Vietnamese numbers are stored as they are dialled at home (0 and nine digits; landlines 02 and eight
or nine), foreign ones with + and their country's code (E.164).
"""

from __future__ import annotations

import re
import unicodedata

MOBILE = re.compile(r"0[35789]\d{8}", re.ASCII)
LANDLINE = re.compile(r"02\d{8,9}", re.ASCII)

OLD_PREFIXES = {
    "0162": "032", "0163": "033", "0164": "034", "0165": "035", "0166": "036", "0167": "037",
    "0168": "038", "0169": "039",
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0186": "056", "0188": "058",
    "0199": "059",
}  # fmt: skip
"""Mobile numbers of 11 digits became ones of 10 from 15 September 2018 (Viettel, MobiFone,
VinaPhone, Vietnamobile, Gmobile), by the plan of the Ministry of Information and Communications."""

LONGEST = 200
"""Signs looked at: a cell with more is no list of telephone numbers."""

_LABEL = re.compile(
    r"^(?:số|so)?\s*(?:điện thoại|dien thoai|đt|dt|sđt|sdt|dđ|dd|tel|phone|mobile|zalo)\s*[:.\-]*\s*",
    re.IGNORECASE,
)
_NOTE = re.compile(r"\([^\d()]*\)")
_TRUNK = re.compile(r"\(\s*0\s*\)")
_SIGNS = re.compile(r"[\s.\-_()'’`,]+")
_WHOLE = re.compile(r"(\d+)[.,]0+", re.ASCII)
_POWER = re.compile(r"(\d)[.,](\d+)[Ee]\+?(\d{1,2})", re.ASCII)
_BETWEEN = re.compile(r"[/;|,\n&]|\s-\s|\bhoặc\b|\bvà\b")
_FOREIGN = re.compile(r"\+\d{7,15}", re.ASCII)


def is_phone(phone: str) -> bool:
    """Whether this is a number in the one form `phone_of` gives."""
    if MOBILE.fullmatch(phone) or LANDLINE.fullmatch(phone):
        return True
    return phone.startswith("+") and phone_of(phone) == phone


def phone_of(text: str, region: str = "VN") -> str | None:
    """The number in its one form; of several the first; None if there is none.

    Converts mobile numbers of 11 digits, adds the zero a spreadsheet dropped, and takes +84, 84 and
    0084. `region` (two letters) is where a number without a country's code is dialled.
    """
    if MOBILE.fullmatch(text):
        return text
    found = phones_of(text, region)
    return found[0] if found else None


def phones_of(text: str, region: str = "VN") -> tuple[str, ...]:
    """Every number in the text, each in its one form; people write a second beside the first."""
    text = unicodedata.normalize("NFKC", text[:LONGEST])
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf").strip()
    if one := _phone(text, region):
        return (one,)
    pieces = _BETWEEN.split(text)
    if len(pieces) > 1:
        return tuple(dict.fromkeys(found for p in pieces if (found := _phone(p, region))))
    return ()


def _phone(text: str, region: str) -> str | None:
    text = _TRUNK.sub("", _NOTE.sub("", _LABEL.sub("", text.strip()))).strip()
    if whole := _WHOLE.fullmatch(text):
        text = whole[1]
    elif power := _POWER.fullmatch(text):
        text = power[1] + power[2]
        if len(text) != int(power[3]) + 1:
            return None
    number = _SIGNS.sub("", text)
    if number.startswith("00"):
        number = "+" + number[2:]
    if not re.fullmatch(r"\+?\d{7,16}", number, re.ASCII):
        return None
    if number.startswith("+"):
        if not number.startswith("+84"):
            return _foreign(number, None)
        return _home("0" + number[3:].removeprefix("0"))
    if region != "VN":
        return _foreign(number, region)
    if number.startswith("84") and len(number) in (11, 12) and (at_home := _home("0" + number[2:])):
        return at_home
    return _home(number if number.startswith("0") else "0" + number)


def _home(number: str) -> str | None:
    """A number as dialled in Viet Nam, if it is one."""
    if len(number) == 11 and (new := OLD_PREFIXES.get(number[:4])):
        number = new + number[4:]
    return number if MOBILE.fullmatch(number) or LANDLINE.fullmatch(number) else None


def _foreign(number: str, region: str | None) -> str | None:
    """A number of another country by that country's own plan, in E.164."""
    import phonenumbers  # the plans of all countries take a while to load, and few lists need them

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    whole = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if whole.startswith("+84"):
        return _home("0" + whole[3:])
    return whole if _FOREIGN.fullmatch(whole) else None
