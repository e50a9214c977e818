"""Our own templates: a roster of people to be swabbed, and a list of swabs taken."""

from __future__ import annotations

from som.kernel.outcomes import gettext_noop as _
from som.sampling.lists.layouts.layout import Column, Layout
from som.sampling.lists.written import Purpose

_PERSON = (
    Column("name", "Họ và tên"),
    Column("birth", "Ngày sinh hoặc năm sinh"),
    Column("sex", "Giới tính"),
    Column("number", "Số định danh / CCCD / hộ chiếu"),
    Column("insurance", "Số bảo hiểm y tế"),
    Column("phone", "Số điện thoại"),
    Column("province", "Tỉnh/Thành phố"),
    Column("district", "Huyện/Quận"),
    Column("commune", "Xã/Phường"),
    Column("address", "Địa chỉ (thôn, tổ, số nhà)"),
    Column("nationality", "Quốc tịch"),
    Column("occupation", "Nghề nghiệp"),
    Column("workplace", "Nơi làm việc, học tập"),
    Column("subject", "Đối tượng lấy mẫu"),
)
_NOTE = Column("note", "Ghi chú")
_ORDER = Column("order", "STT", filler=True)

ROSTER = Layout(
    "som_roster",
    _("People to be swabbed"),
    Purpose.ROSTER,
    (_ORDER, *_PERSON, Column("guardian", "Người giám hộ"), _NOTE),
    known_by=("name",),
    keys=(
        "name", "birth_date", "birth_year", "sex", "number", "insurance", "phone", "province",
        "district", "commune", "address",
    ),
)  # fmt: skip

SWABS = Layout(
    "som_swabs",
    _("Swabs taken"),
    Purpose.SWABS,
    (
        _ORDER,
        Column("tube_code", "Mã ống mẫu", ("Mã ống", "Mã ống bệnh phẩm", "Mã mẫu", "Mã vạch")),
        Column("pool_size", "Số người trong ống", filler=True),
        *_PERSON,
        Column("place", "Nơi lấy mẫu", filler=True),
        Column("taken", "Thời gian lấy mẫu", ("Ngày lấy mẫu", "Giờ lấy mẫu"), filler=True),
        _NOTE,
    ),
    known_by=("tube_code",),
    needed=("name", "tube"),
    tube_from_above=True,
    keys=(
        "sample_code", "pool_size", "name", "birth_date", "birth_year", "sex", "number", "phone",
        "province", "district", "commune", "address",
    ),
)  # fmt: skip

RESULTS = Layout(
    "som_results",
    _("Results"),
    Purpose.RESULTS,
    (
        _ORDER,
        Column("code", "Mã mẫu bệnh phẩm", ("Mã ống mẫu", "Mã ống", "Mã mẫu", "Mã vạch")),
        Column("lab_code", "Mã xét nghiệm", ("Mã XN",)),
        *_PERSON,
        Column("taken", "Thời gian lấy mẫu", ("Ngày lấy mẫu",)),
        Column("tested", "Ngày xét nghiệm"),
        Column("method", "Phương pháp xét nghiệm", ("Kỹ thuật xét nghiệm", "Kỹ thuật XN")),
        Column("laboratory", "Đơn vị xét nghiệm"),
        Column("result", "Kết quả xét nghiệm", ("Kết quả", "KQXN", "Kết quả XN")),
        Column("ct", "CT Value", ("Ct", "Giá trị Ct")),
        _NOTE,
    ),
    known_by=("result",),
    facts=("name", "birth", "phone", "number", "code", "lab_code", "result"),
    needed=(),
    results_due=True,
    keys=("sample_code", "ma_xn", "name", "birth_year", "sex", "result", "ct"),
)
