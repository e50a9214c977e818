"""Lists as files: workbooks, text of any character set, paper lists of Word."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import docx
import xlsxwriter

from som.kernel import legacy_text
from som.sampling.lists import WrittenList, read_list
from tests.sampling.drawn_people import Drawn, tubes

Cell = str | int | float | date | None
ON = date(2026, 11, 22)


@dataclass
class Written:
    """A list as rows of cells: headings and people, and what was done to it."""

    kind: str
    headings: list[str]
    rows: list[list[Cell]]
    above: list[list[Cell]] = field(default_factory=list)
    sheet: str = "Sheet1"
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    """Cells that hold a formula without a value: row and column counted from 0."""

    @property
    def first(self) -> int:
        """The sheet's number of the first row below the headings."""
        return len(self.above) + 2

    def column(self, heading: str) -> int:
        return self.headings.index(heading)

    def cells(self) -> list[list[Cell]]:
        return [*self.above, list(self.headings), *self.rows]


# --- files ---------------------------------------------------------------------------------------


def workbook(written: Written, *, more: Sequence[Written] = ()) -> bytes:
    """The list as a workbook; `more` are further sheets."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_numbers": False})
    calendar = book.add_format({"num_format": "dd/mm/yyyy"})
    for one in (written, *more):
        page = book.add_worksheet(one.sheet)
        for at, row in enumerate(one.cells()):
            for place, value in enumerate(row):
                if (at, place) in one.formulas:
                    page.write_formula(at, place, one.formulas[at, place], None, "")
                elif isinstance(value, date):
                    page.write_datetime(at, place, value, calendar)
                elif isinstance(value, (int, float)):
                    page.write_number(at, place, value)
                elif value:
                    page.write_string(at, place, value)
        for top, left, bottom, right in one.merged:
            value = one.cells()[top][left]
            page.merge_range(top, left, bottom, right, value)
    book.close()
    return target.getvalue()


def text_cells(written: Written) -> list[list[str]]:
    return [
        [
            f"{value:%d/%m/%Y}" if isinstance(value, date) else "" if value is None else str(value)
            for value in row
        ]
        for row in written.cells()
    ]


def text_file(written: Written, *, separator: str = ",", encoding: str = "utf-8") -> bytes:
    """The list as a text table."""
    lines = []
    for row in text_cells(written):
        cells = [
            f'"{cell.replace(chr(34), chr(34) * 2)}"'
            if any(sign in cell for sign in (separator, '"', "\n"))
            else cell
            for cell in row
        ]
        lines.append(separator.join(cells))
    text = "\r\n".join(lines) + "\r\n"
    if encoding in ("tcvn3", "vni"):
        return old_text(text, encoding).encode("cp1252", "ignore")
    if encoding == "cp1258":
        return "".join(map(_tone_apart, text)).encode("cp1258", "ignore")
    return text.encode(encoding)


def _tone_apart(sign: str) -> str:
    """A letter as Windows-1258 has it: its tone behind it, its shape kept."""
    try:
        sign.encode("cp1258")
        return sign
    except UnicodeEncodeError:
        apart = unicodedata.normalize("NFD", sign)
        tones = [one for one in apart if one in "\u0300\u0301\u0303\u0309\u0323"]
        rest = "".join(one for one in apart if one not in tones)
        return unicodedata.normalize("NFC", rest) + "".join(tones)


def old_text(text: str, charset: str) -> str:
    """Unicode as TCVN3 or VNI fonts write it."""
    if charset == "tcvn3":
        small = {letter: sign for sign, letter in legacy_text._TCVN3.items()}
        found = []
        for sign in text:
            low = sign.lower()
            if sign in small:
                found.append(small[sign])
            elif low in small:
                plain = legacy_text._PLAIN.get(low, low).upper()
                found.append(small.get(plain, plain) + small[low])
            else:
                found.append(sign)
        return "".join(found)
    signs = {
        letter: sign
        for sign, letter in legacy_text._VNI.items()
        if letter.islower() or sign.isupper()
    }
    return "".join(signs.get(sign, sign) for sign in text)


def paper(who: Sequence[Drawn], seed: int, *, code: str = "210904") -> bytes:
    """The paper list in Word, filled in on a computer: the tube on the first row of its pool only."""
    document = docx.Document()
    document.add_paragraph("BIỂU MẪU GIẤY LẬP DANH SÁCH LẤY MẪU COVID-19")
    head = document.add_table(2, 3)
    for place, (heading, value) in enumerate(
        (("Mã ngày", " ".join(code)), ("Mã đơn vị", "V T"), ("Mã tổ", "0 1"))
    ):
        head.rows[0].cells[place].text = heading
        head.rows[1].cells[place].text = value
    document.add_paragraph(
        "Phân loại nơi lấy mẫu:....Cộng đồng.....Nơi lấy mẫu:...Nhà văn hóa....Thôn/tổ/đường:....Hạ.."
    )
    document.add_paragraph(
        "Xã/phường.....Dũng Nghĩa....Quận/huyện....Vũ Thư..Loại mẫu bệnh phẩm:  Họng  / Tỵ hầu"
    )
    headings = (
        "Số \nTT\nống", "Mã\nTT", "Họ và tên", "Năm sinh", "Giới tính", "Số điện thoại",
        "Huyện\n(nơi đang ở)", "Xã \n(nơi đang ở)", "Địa chỉ/Thôn/Tổ \n(nơi đang ở)", "Nghề nghiệp",
        "Đối tượng lấy mẫu", "Lần lấy",
    )  # fmt: skip
    table = document.add_table(len(who) + 3, len(headings))
    places = tubes(len(who), seed)
    lines = [list(headings)]
    for at, (one, tube) in enumerate(zip(who, places, strict=True)):
        first = at == 0 or places[at - 1] != tube
        lines.append(
            [
                str(tube) if first else "", f"{tube:03d}" if first else "", one.name,
                str(one.born.year), one.sex, one.phone, one.home[1], one.home[2], one.address, "",
                one.subject, "1",
            ]
        )  # fmt: skip
    for row, line in zip(table.rows, lines, strict=False):
        for cell, value in zip(row.cells, line, strict=True):
            cell.text = value
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def read(data: bytes) -> WrittenList:
    return read_list(data, on=ON)


def of_rows(*rows: list[Cell], merged: list[tuple[int, int, int, int]] | None = None) -> bytes:
    """A workbook of these rows."""
    return workbook(Written("", list(rows[0]), list(rows[1:]), merged=merged or []))  # type: ignore[arg-type]
