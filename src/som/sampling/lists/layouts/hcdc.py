"""The exports of the Ho Chi Minh City centre for disease control: all results, and rapid tests.

Facts of the columns from a public R script that reads them. A pool is one row with several names
separated by commas. Persons tested = single samples + people in negative pools; positives are
counted on single samples only.
"""

from __future__ import annotations

import re

from som.kernel import ids
from som.kernel.outcomes import gettext_noop as _
from som.sampling.lists.layouts.layout import Column, Layout, Said
from som.sampling.lists.written import Purpose

_URBAN = ("Bình Tân", "Bình Thạnh", "Gò Vấp", "Phú Nhuận", "Tân Bình", "Tân Phú")
_RURAL = ("Bình Chánh", "Cần Giờ", "Củ Chi", "Hóc Môn", "Nhà Bè")
_THU_DUC = "Thành phố Thủ Đức"

DISTRICTS = (
    {str(number): f"Quận {number}" for number in range(1, 13)}
    | {ids.fold(name): f"Quận {name}" for name in _URBAN}
    | {ids.fold(name): f"Huyện {name}" for name in _RURAL}
    | {"2": _THU_DUC, "9": _THU_DUC, "thu duc": _THU_DUC}
)
"""Districts of the city by name without kind; Quận 2, Quận 9 and Quận Thủ Đức became Thành phố Thủ Đức
on 1 January 2021 (resolution 1111/NQ-UBTVQH14), and lists of that year still name the old ones."""

_KIND = re.compile(r"^(?:quan|huyen|thanh pho|thi xa|tp|tx|q|h)\b[\s.]*|^(?:q|h)(?=\d)")


def district_of(text: str) -> str:
    """The city's district as it is called since 2021, from any of the ways it is written."""
    bare = _KIND.sub("", re.sub(r"[.\s]+", " ", ids.fold(text)).strip()).strip()
    bare = re.sub(r"^0+(?=\d)", "", bare)
    return DISTRICTS.get(bare, text)


def _mend(said: Said) -> None:
    province = ids.fold(str(said.get("province") or "")).replace(".", " ")
    if said.get("district") and (not province or "ho chi minh" in province or "hcm" in province):
        said["district"] = district_of(str(said["district"]))


TONG = Layout(
    "hcdc_tong",
    _("All results of Ho Chi Minh City"),
    Purpose.RESULTS,
    (
        Column("name", "Họ và tên"),
        Column("birth", "Năm sinh"),
        Column("sex", "Giới tính"),
        Column("province", "Tỉnh/Thành", ("tinh_thanh",)),
        Column("district", "Quận/Huyện", ("quan_huyen",)),
        Column("form", "Loại mẫu"),
        Column("lab_code", "Mã XN"),
        Column("reason", "Lý do XN"),
        Column("method", "Kỹ thuật XN"),
        Column("place", "Nơi lấy mẫu"),
        Column("taken", "Thời gian lấy mẫu"),
        Column("reported", "Thời gian kết quả"),
        Column("result", "Kết quả"),
        Column("laboratory", "Đơn vị xét nghiệm"),
    ),
    known_by=("form", "lab_code", "reason", "method", "reported", "laboratory"),
    least=4,
    facts=("name", "birth", "lab_code", "result"),
    several_names=True,
    mend=_mend,
    keys=("ma_xn", "people", "district", "result", "kind"),
)

TEST_NHANH = Layout(
    "hcdc_testnhanh",
    _("Rapid tests of Ho Chi Minh City"),
    Purpose.RESULTS,
    (
        Column("order", "STT", filler=True),
        Column("name", "Họ và tên"),
        Column("birth", "Năm sinh"),
        Column("sex", "Giới tính"),
        Column("number", "CMND/CCCD/Passport"),
        Column("phone", "SĐT"),
        Column("vaccinated", "Tiêm vaccine", filler=True),
        Column("vaccinated_on", "Ngày tiêm gần nhất", filler=True),
        Column("house", "Số nhà"),
        Column("province", "Tỉnh/Thành"),
        Column("district", "Quận/Huyện"),
        Column("commune", "Phường/Xã"),
        Column("quarter", "KP/Ấp"),
        Column("cell", "Tổ"),
        Column("workplace", "Nơi làm việc/đi học (ở nhà)", ("noi_lam_viec_di_hoc_o_nha",)),
        Column("work_address", "Địa chỉ làm việc (ở nhà)", ("dia_chi_lam_viec_o_nha",)),
        Column("work_province", "Tỉnh/Thành LV"),
        Column("work_district", "Quận/Huyện LV"),
        Column("work_commune", "Phường/Xã LV"),
        Column("taken", "Thời gian lấy mẫu"),
        Column("result", "Kết quả"),
        Column("symptoms", "Triệu chứng"),
        Column("reason", "Lý do XN"),
        Column("place", "Nơi lấy mẫu"),
        Column("entered", "Ngày hệ thống ghi nhận", filler=True),
        Column("laboratory", "Cơ sở xét nghiệm"),
    ),
    known_by=("vaccinated", "vaccinated_on", "quarter", "entered", "laboratory", "work_district"),
    least=3,
    facts=("name", "birth", "phone", "number", "result"),
    mend=_mend,
    defaults={"method": "TEST NHANH"},
    keys=(
        "name", "birth_year", "sex", "number", "phone", "district", "commune", "address", "result",
    ),
)  # fmt: skip
