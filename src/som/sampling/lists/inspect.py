"""A list as support staff look at it: plain words and texts, no tables behind it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date

from som.sampling.lists.layouts import layout_of
from som.sampling.lists.layouts.hcdc import TONG
from som.sampling.lists.layouts.thai_binh import KQXN
from som.sampling.lists.reading import read_list
from som.sampling.lists.tubes import CODE
from som.sampling.lists.written import (
    ListRow,
    Purpose,
    ReportedResult,
    UnreadableList,
    WrittenList,
)

RETEST = "pool positive: retest members"


def inspected(data: bytes, *, beside: Iterable[bytes] = (), on: date) -> dict[str, object]:
    """What is read from a file: kind, columns, rows and refused rows, as JSON can hold it.

    Every value of a row is a text, empty where the list does not say, but for `row`. A results list
    of sample codes does not say how many people a sample is of: the sampling lists `beside` it do.
    """
    try:
        given = read_list(data, on=on)
    except UnreadableList as error:
        fault = {"row": 0, "field": "", "reason": error.fault.value, "detail": error.detail}
        return {"kind": "", "purpose": "", "columns": {}, "rows": [], "refused": [fault]}
    people = _people(beside, on) if given.kind == KQXN.kind else Counter()
    keys = layout_of(given.kind).keys
    several = any(row.sheet for row in given.rows)
    found: dict[str, object] = {
        "kind": given.kind,
        "purpose": given.purpose.value,
        "sheet": given.sheet,
        "heading_row": given.heading_row,
        "day": given.day.isoformat() if given.day else "",
        "unit": given.unit,
        "team": given.team,
        "columns": {name: " ".join(heading.split()) for name, heading in given.columns.items()},
        "missing": list(given.missing),
        "unread": list(given.unread),
        "rows": [
            {"row": row.row}
            | ({"sheet": row.sheet} if several else {})
            | {key: _SHOWN[key](row, people) for key in keys}
            | ({"warnings": [one.value for one in row.warnings]} if row.warnings else {})
            for row in given.rows
        ],
        "refused": [
            {"row": one.row}
            | ({"sheet": one.sheet} if one.sheet else {})
            | {"field": one.column, "reason": one.reason.value, "detail": one.detail}
            for one in given.refused
        ],
    }
    if given.kind == TONG.kind:
        found["counted"] = counted(given)
    return found


def counted(given: WrittenList) -> dict[str, int]:
    """Persons tested = single samples + people in negative pools; positives = positive singles.

    The rule by which Ho Chi Minh City counts its own list.
    """
    tested = sum(
        (row.pool_size or 1)
        for row in given.rows
        if not row.pooled or row.result is ReportedResult.NEGATIVE
    )
    positive = sum(
        1 for row in given.rows if not row.pooled and row.result is ReportedResult.POSITIVE
    )
    return {"tested": tested, "positive": positive}


def _people(beside: Iterable[bytes], on: date) -> Counter[str]:
    """How many people each sample is of, by the sampling lists among these files."""
    found: Counter[str] = Counter()
    for data in beside:
        try:
            other = read_list(data, on=on)
        except UnreadableList:
            continue
        if other.purpose is Purpose.SWABS:
            found |= Counter({row.tube: row.pool_size or 1 for row in other.rows if row.tube})
    return found


def _people_of(row: ListRow, people: Counter[str]) -> str:
    size = people.get(row.tube, 0) or row.pool_size or 0
    return str(size) if size else ""


def _note_of(row: ListRow, people: Counter[str]) -> str:
    pooled = people.get(row.tube, 0) > 1 or row.pooled
    return RETEST if pooled and row.result is ReportedResult.POSITIVE else row.note


_SHOWN: dict[str, Callable[[ListRow, Counter[str]], str]] = {
    "sample_code": lambda row, _: row.tube,
    "pool_size": lambda row, _: str(row.pool_size or ""),
    "tube": lambda row, _: row.tube[-3:] if CODE.fullmatch(row.tube) else row.tube,
    "person_code": lambda row, _: row.person_code,
    "people": _people_of,
    "kind": lambda row, _: "pool" if row.pooled else "single",
    "ma_xn": lambda row, _: row.lab_code,
    "ma_so": lambda row, _: row.case_code,
    "shs": lambda row, _: row.case_code,
    "name": lambda row, _: row.name,
    "birth_date": lambda row, _: row.birth_date.isoformat() if row.birth_date else "",
    "birth_year": lambda row, _: str(row.birth_year or ""),
    "sex": lambda row, _: row.sex.value if row.sex else "",
    "number": lambda row, _: row.number,
    "insurance": lambda row, _: row.insurance,
    "phone": lambda row, _: row.phone,
    "province": lambda row, _: row.residence[0],
    "district": lambda row, _: row.residence[1],
    "commune": lambda row, _: row.residence[2],
    "address": lambda row, _: row.address,
    "result": lambda row, _: row.result.value if row.result else "",
    "ct": lambda row, _: "" if row.ct is None else repr(row.ct),
    "note": _note_of,
}
