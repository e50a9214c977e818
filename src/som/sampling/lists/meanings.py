"""What the headings of a list mean, whoever made it. Pure."""

from __future__ import annotations

import re

from som.sampling.lists.layouts import LAYOUTS
from som.sampling.lists.layouts.som import RESULTS, ROSTER, SWABS

_OF_OTHERS = re.compile(
    r"\b(?:bao cao|lay mau|nguoi than|nguoi nha|bo|cha|me|giam ho|chu ho|lien he khi|lam viec|cong tac"
    r"|don vi|co quan|lv|khi can|nhap|quan ly|tiem|lam)\b"
)
_OF_ANOTHER = re.compile(r"\b(?:bao cao|nguoi than|chu ho|don vi|lay mau cho)\b")
_GOES_ANYWHERE = frozenset({"workplace", "guardian", "taken_time", "subject"})
_MEANINGS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile("|".join(patterns)))
    for name, patterns in (
        ("order", (r"^(?:stt|so thu tu|so tt|tt)$",)),
        ("refusal", (r"^ly do tu choi$",)),  # our own, of a list that comes back mended
        (
            "family",
            (
                r"^ho$",
                r"^ho(?: va)?(?: (?:chu|ten))? (?:dem|lot)(?: (?:va )?(?:chu |ten )?(?:dem|lot))?$",
            ),
        ),
        (
            "male",
            (
                r"^(?:nam sinh|ngay sinh|gioi tinh|gioi|nam) nam$",
                r"^nam (?:nam sinh|ngay sinh|gioi tinh|gioi)$",
            ),
        ),
        (
            "female",
            (
                r"^(?:nam sinh|ngay sinh|gioi tinh|gioi) nu$",
                r"^nu (?:nam sinh|ngay sinh|gioi tinh|gioi)$",
                r"^nu$",
            ),
        ),
        ("guardian", (r"giam ho", r"(?:ten|ho ten) (?:bo|cha|me)\b")),
        ("insurance", (r"\bbhyt\b", r"\bbao hiem\b")),
        (
            "number",
            (
                r"\b(?:cccd|cmnd|cmt|cmtnd|ddcn|passport)\b",
                r"can cuoc",
                r"dinh danh",
                r"ho chieu",
                r"giay to tuy than",
            ),
        ),
        (
            "name",
            (
                r"^(?:ho|ten|name)\b.*\bten\b",
                r"^ho ten",
                r"^(?:ten|ten nguoi|ten benh nhan|ten bn|name|full name|ho dem va ten|hoten)$",
            ),
        ),
        (
            "birth",
            (
                r"\b(?:ngay|nam|ngaythangnam)\b.*\bsinh\b",
                r"^(?:sinh nam|ns|namsinh|ngaysinh|dob|date of birth|year of birth)$",
                r"^ngay thang nam$",
            ),
        ),
        ("age", (r"^(?:tuoi|so tuoi)\b",)),
        (
            "sex",
            (
                r"^(?:gioi|gt|phai|sex|gender)\b",
                r"^gioitinh$",
                r"^nam (?:hay |hoac |va )?nu$",
                r"^nu (?:hay |hoac |va )?nam$",
            ),
        ),
        (
            "phone",
            (
                r"\b(?:dien thoai|sdt|so dt|di dong)\b",
                r"^(?:dt|phone|tel|mobile|dtdd)\b",
            ),
        ),
        ("nationality", (r"^quoc tich\b",)),
        ("occupation", (r"^nghe\b",)),
        (
            "workplace",
            (
                r"noi (?:lam viec|hoc tap|cong tac)",
                r"^co quan\b",
                r"^truong(?: hoc)?$",
                r"^lop$",
                r"^don vi cong tac",
            ),
        ),
        ("province", (r"^(?:tinh|thanh pho truc thuoc|tp truc thuoc)\b",)),
        ("district", (r"^(?:quan|huyen|thi xa|tp thuoc tinh)\b",)),
        ("commune", (r"^(?:xa|phuong|thi tran)\b",)),
        ("hamlet", (r"^(?:thon|to|to dan pho|khu pho|ap|xom|khoi|duong|so nha)\b",)),
        (
            "address",
            (
                r"\b(?:dia chi|cho o|noi o|noi cu tru|thuong tru|tam tru|ho khau)\b",
                r"^que quan$",
            ),
        ),
        ("subject", (r"^(?:phan loai )?(?:doi tuong|nhom doi tuong)\b",)),
        ("reason", (r"^ly do\b",)),
        ("note", (r"^ghi chu\b",)),
        ("taken_time", (r"^gio lay mau$",)),
    )
)
"""What headings mean in lists that have no layout of their own: the first that fits. Headings that
speak of somebody else (the reporter's telephone) or of where swabs were taken are left alone."""

OF_PEOPLE = frozenset({"birth", "sex", "phone", "number", "insurance", "address", "commune"})
PERSONAL = frozenset(name for name, _ in _MEANINGS) | {"birth_again"}
REFUSAL = "ly do tu choi"
PARTS_OF_DAY = ("ngày", "tháng", "năm")
_BELOW_OTHERS = frozenset({"nam", "nu", "ngay", "thang", "ho", "ten", "don", "gop"})
"""Words that stand below a heading over several columns."""
_OF_PLACES = frozenset({
    "tinh", "thanh", "pho", "tp", "quan", "huyen", "thi", "xa", "tx", "tran", "tt", "phuong",
    "thon", "to", "dan", "khu", "kp", "ap", "xom", "khoi", "duong", "so", "nha", "ban", "lang",
    "dia", "chi", "hien", "nay", "tai", "noi", "o", "cu", "tru", "thuong", "tam",
})  # fmt: skip
_NAMES_PLACES = frozenset({
    "province", "district", "commune", "hamlet", "address", "workplace", "subject", "reason",
})  # fmt: skip
"""Fields whose values begin as their headings do: "Xã", "Tổ 3"."""


def meaning_of(key: str) -> str | None:
    for name, pattern in _MEANINGS:
        if pattern.search(key):
            others = _OF_ANOTHER if name == "name" else _OF_OTHERS
            if name not in _GOES_ANYWHERE and others.search(key):
                return None
            return name
    return None


KNOWN = frozenset(key for layout in (*LAYOUTS, SWABS, RESULTS, ROSTER) for key in layout.headings())
"""The headings of every layout."""

LONGEST = 120
"""Signs of a heading; more are an explanation, or data."""


def is_heading(key: str, *, below_others: bool) -> bool:
    """Whether this is a heading, not a value that begins as one does."""
    if key in KNOWN or (below_others and key in _BELOW_OTHERS):
        return True
    name = meaning_of(key)
    if name in _NAMES_PLACES:
        return _OF_PLACES.issuperset(key.split())
    return name is not None and not re.search(r"\d{4}", key)
