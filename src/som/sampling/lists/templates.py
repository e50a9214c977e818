"""Writing lists: an empty template of each kind, and refused rows to be mended and sent again. Pure.

Every cell is text, so that nothing typed by somebody else is ever a formula and no number loses its
zeros.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time

import xlsxwriter

from som.kernel import workbooks
from som.sampling.lists import cells, tables
from som.sampling.lists.completing import Completed
from som.sampling.lists.headings import Table
from som.sampling.lists.layouts import Said, layout_of
from som.sampling.lists.written import RowRefused

REASON_HEADING = "Lý do từ chối"
_WIDTHS = {"name": 26, "address": 32, "province": 20, "district": 20, "commune": 20, "code": 18}
_MADE_AT = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Workbooks carry when they were made; a fixed time makes the same list the same bytes."""


def write_template(kind: str) -> bytes:
    """The empty list of a kind, to be filled in: its headings, and all cells as text."""
    layout = layout_of(kind)
    return _workbook(
        layout.sheet or "Danh sách",
        [column.heading for column in layout.columns],
        [column.field for column in layout.columns],
        [],
    )


def write_refused(
    data: bytes,
    refused: Iterable[RowRefused],
    *,
    sentences: Mapping[str, str] | None = None,
) -> bytes:
    """The refused rows of a list under its own headings, each with why, to be mended and sent again.

    `data` is the list as it was sent; a row is written as it was meant there, with what it took from
    rows above. `sentences` has the reasons in the reader's language, by code.
    """
    reasons: dict[str, dict[int, list[RowRefused]]] = defaultdict(lambda: defaultdict(list))
    for one in refused:
        reasons[one.sheet][one.row].append(one)
    names: list[tuple[str, str]] = []
    rows: list[dict[str, str]] = []
    sheet_name = ""
    for sheet in tables.sheets_of(data):
        wanted = reasons.get(sheet.name) or (reasons.get("") if not sheet.hidden else None)
        completed = Completed.of(sheet) if wanted else None
        if completed is None or not wanted:
            continue
        table = completed.table
        sheet_name = sheet_name or sheet.name or table.layout.sheet
        head = {**sheet.said, **completed.head()}
        known = {name for name, _ in names}
        names += [one for one in _columns(table, head) if one[0] not in known]
        found = 0
        told: Said = {}
        for number, said, _ in completed.rows():
            head |= {name: said[name] for name in table.layout.head if name in said}
            if number in wanted and not said.keys().isdisjoint(
                said.keys() - set(table.layout.head)
            ):
                new = head if head != told else {}
                rows.append(_row(said, new, wanted[number], sentences or {}))
                told = dict(head)
                found += 1
        if sheet.name not in reasons and found:
            reasons.pop("", None)
    fields = [name for name, _ in names if name != _REASON]
    headings = [heading for name, heading in names if name != _REASON]
    return _workbook(
        sheet_name or "Danh sách",
        [*headings, REASON_HEADING],
        [*fields, _REASON],
        [[row.get(name, "") for name in (*fields, _REASON)] for row in rows],
    )


_REASON = "+" + REASON_HEADING


def _columns(table: Table, head: Said) -> list[tuple[str, str]]:
    """Fields and headings in the order of the sheet, with those of the head in front if they stood
    elsewhere (a Word document has them above its table)."""
    parts = {"family": "Họ và chữ đệm", "name": "Tên"} if "family" in table.columns else {}
    if "born_day" in table.columns:
        parts |= {"born_day": "Ngày", "born_month": "Tháng", "birth": "Năm"}
    places = [
        (place, name, parts.get(name, table.names[name]))
        for name, place in table.columns.items()
        if name != "refusal"
    ]
    places += [(place, f"+{heading}", heading) for place, heading in table.others.items()]
    found = [(name, heading) for _, name, heading in sorted(places)]
    present = {name for name, _ in found}
    missing = [name for name in table.layout.head if name in head and name not in present]
    own = {column.field: column.heading for column in table.layout.columns}
    return [(name, own[name]) for name in missing] + found


def _row(
    said: Said, head: Said, why: Sequence[RowRefused], sentences: Mapping[str, str]
) -> dict[str, str]:
    row = {name: _written(value) for name, value in (head | said).items() if name != "converted"}
    told = [_told(one, sentences.get(one.reason.value, one.reason.sentence)) for one in why]
    row[_REASON] = "; ".join([*(one.removesuffix(".") for one in told[:-1]), *told[-1:]])
    return row


def _told(one: RowRefused, sentence: str) -> str:
    """Why a row was refused, in one sentence, with the column and with what stood there."""
    if one.detail:
        sentence = f"{sentence.removesuffix('.')} ({one.detail})."
    return f"{one.column}: {sentence}" if one.column else sentence


def _written(value: object) -> str:
    """A cell as people write it: days as dd/mm/yyyy."""
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y}" if value.time() == time() else f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        year = cells.year_in_date(value)
        return str(year) if year else f"{value:%d/%m/%Y}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return workbooks.text(value)


def _workbook(
    name: str, headings: Sequence[str], fields: Sequence[str], rows: Sequence[Sequence[str]]
) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"created": _MADE_AT})
    sheet = book.add_worksheet(_sheet_name(name))
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1})
    text = book.add_format({"num_format": "@"})
    for place, (heading, field_name) in enumerate(zip(headings, fields, strict=True)):
        width = 60 if field_name == _REASON else _WIDTHS.get(field_name, 14)
        sheet.set_column(place, place, width, text)
        sheet.write_string(0, place, heading, bold)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            if value:
                sheet.write_string(number, place, value[:32_767], text)
    book.close()
    return target.getvalue()


def _sheet_name(name: str) -> str:
    """A name that a workbook takes: at most 31 signs, none of those it uses itself."""
    return "".join(sign for sign in name if sign not in "[]:*?/\\'")[:31].strip() or "Danh sách"
