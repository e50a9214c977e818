"""Writes a sampling list as the provincial centres' own form has it (sheet BMXN). Pure.

Same headings, same columns, same formulas as the form of the Thái Bình centre (TTBP011121 of
github.com/dinhpcit/QLXN3, Apache-2.0), and its oddity: a column of stray numbers far below the
list. Day, unit and team stand in the first row only; sample code, kind, person code and size of the
pool are formulas.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import xlsxwriter

HEADINGS = (
    "Mã ngày",
    "Mã đơn vị",
    "Mã Tổ",
    "Mã mẫu bệnh phẩm*",
    "Hình thức lấy mẫu*",
    "Mã TT",
    "Họ và tên",
    "Năm sinh",
    "Giới tính",
    "Số điện thoại",
    "Tỉnh\n(nơi ở hiện tại)",
    "Huyện\n(nơi ở hiện tại)",
    "Xã\n(nơi ở hiện tại)",
    "Địa chỉ số nhà, đường, thôn, xóm…\n(nơi ở hiện tại)",
    "Nghề nghiệp",
    "Nơi làm việc, học tập",
    "Phân loại đối tượng lấy mẫu",
    "Lần lấy mẫu",
    "Ghi chú",
    "Phân loại nơi lấy mẫu",
    "Chi tiết nơi lấy mẫu",
    "Huyện\n(nơi lấy mẫu)",
    "Xã\n(nơi lấy mẫu)",
    "Thôn\n(nơi lấy mẫu)",
    "Loại mẫu",
    "Đơn vị lấy mẫu",
    "Mã ống bệnh phẩm*",
    "Mã người được lấy mẫu*",
    "Ngày lấy mẫu*",
    "Hình thức*",
    "Loại  gộp*",
    "Ngày nhận mẫu\ndd/mm/yyyy",
    "Giờ nhận mẫu\nhh:mm",
    "Ngày xét nghiệm\ndd/mm/yyyy",
    "Phương pháp xét nghiệm",
    "Ngày trả KQXN\ndd/mm/yyyy",
    "Đơn vị gửi mẫu",
    "Tình trạng mẫu",
    "Kết quả xét nghiệm",
    "CT Value",
    "TT",
)
ROWS = 1000
"""The form has formulas for so many people; stray numbers stand below."""

_STRAY_FROM, _STRAY_ROWS = 1010, 200  # the genuine form has 63,000 of them
_COPIED_FROM_ABOVE = range(19, 26)  # T to Z: where the swabs were taken


@dataclass(frozen=True, slots=True)
class FormRow:
    """A person as the team writes them down. `tube`: the number on the tube, three digits."""

    tube: str
    name: str
    birth_year: str
    sex: str
    phone: str
    province: str
    district: str
    commune: str
    address: str
    subject: str = "Người dân"
    occupation: str = ""


def sample_code(day: date, unit: str, team: str, tube: str) -> str:
    """What the form's formula makes of day, unit, team and tube: 211005DH.03001."""
    return f"{day:%y%m%d}{unit[:2]}.{team}{tube}"


def provincial_form(
    rows: Sequence[FormRow],
    *,
    day: date,
    unit: str,
    team: str,
    place: str,
    calculated: bool,
    lines: int = ROWS,
) -> bytes:
    """The filled form. `calculated`: saved by a program that works formulas out, as Excel does;
    others leave them without a value. `lines`: rows with formulas."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.set_properties({"created": datetime.combine(day, time(), UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet("BMXN")
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter"})
    calendar = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_row(0, 0, HEADINGS, bold)
    sheet.freeze_panes(1, 7)
    sheet.set_column(3, 3, 18)
    sheet.set_column(6, 6, 26)
    sizes = Counter(row.tube for row in rows)
    for index in range(max(lines, len(rows))):
        row = rows[index] if index < len(rows) else None
        line = index + 1
        if index == 0:
            sheet.write_row(line, 0, [f"{day:%y%m%d}", unit, team])
        if row is not None:
            _write_person(sheet, line, row)
        code = sample_code(day, unit, team, row.tube if row else "")
        size = sizes[row.tube] if row else 0
        kind = "Gộp" if size > 1 else "Đơn"
        first = index == 0 or (row is not None and rows[index - 1].tube != row.tube)
        values: dict[int, str | int | float] = {
            3: code,
            4: (f"Gộp {size}" if size > 1 else "Đơn") if row else " ",
            26: code if row and first else "",
            27: f"{code}.{line:04d}" if row else "",
            28: (day - date(1899, 12, 30)).days if row else "",
            29: kind if row else "",
            30: size if row else "",
        }
        for column, formula in _formulas(line + 1).items():
            style = calendar if column == 28 else None
            value = values[column] if calculated else ""
            sheet.write_formula(line, column, formula, style, value)
        for column in _COPIED_FROM_ABOVE:
            if index == 0:
                sheet.write_string(line, column, _place(place)[column - 19])
            else:
                letter = chr(ord("A") + column)
                value = _place(place)[column - 19] if calculated and row else ""
                above = f"{letter}{line}"
                sheet.write_formula(line, column, f'=IF({above}="","",{above})', None, value)
        sheet.write_string(line, 40, f"{line:04d}")
    for number in range(_STRAY_ROWS):
        sheet.write_number(_STRAY_FROM + number, 5, number + 1)
    book.close()
    return target.getvalue()


def _write_person(sheet: xlsxwriter.worksheet.Worksheet, line: int, row: FormRow) -> None:
    sheet.write_string(line, 5, row.tube)
    sheet.write_string(line, 6, row.name)
    if row.birth_year.isdigit():
        sheet.write_number(line, 7, int(row.birth_year))
    sheet.write_string(line, 8, row.sex)
    sheet.write_string(line, 9, row.phone)
    for column, text in enumerate(
        (row.province, row.district, row.commune, row.address, row.occupation), start=10
    ):
        sheet.write_string(line, column, text)
    sheet.write_string(line, 16, row.subject)
    sheet.write_string(line, 17, "1")


def _place(place: str) -> tuple[str, ...]:
    return ("Cộng đồng", place, "", "", "", "Họng và Tỵ hầu", "Trạm y tế")


def _formulas(row: int) -> dict[int, str]:
    """The formulas of one row, by column."""
    above = f'=IF(D{row}=D{row - 1},"",D{row})'
    day = 'DATE(CONCATENATE("20",LEFT($A$2,2)),MID($A$2,3,2),RIGHT($A$2,2))'
    count = f"COUNTIF($D$2:$D$1001,D{row})"
    return {
        3: f'=CONCATENATE($A$2,LEFT($B$2,2),".",$C$2,F{row})',
        4: f'=IF(AD{row}="Đơn",AD{row},CONCATENATE(AD{row}," ",AE{row}))',
        26: f'=IF(LEN(D{row})<12,"",D{row})' if row == 2 else above,
        27: f'=IF(LEN(D{row})<12,"",CONCATENATE(D{row},".",AO{row}))',
        28: f'=IF(LEN(D{row})<12,"",{day})',
        29: f'=IF(LEN(D{row})<14,"",IF({count}>1,"Gộp","Đơn"))',
        30: f'=IF(LEN(D{row})<12,"",{count})',
    }
