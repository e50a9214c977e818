"""The forms of the Thái Bình centre for disease control (github.com/dinhpcit/QLXN3, Apache-2.0).

Sampling list (sheet BMXN), results (KQXN), results handed back, paper list in Word (BMG) and the
joined export. Sample code = yymmdd + unit (2 letters) + "." + team (2) + tube (3); people with one
tube number are a pool.
"""

from __future__ import annotations

from som.kernel.outcomes import gettext_noop as _
from som.sampling.lists.layouts.layout import Column, Layout
from som.sampling.lists.written import Purpose

_HEAD = (
    Column("day_code", "Mã ngày"),
    Column("unit_code", "Mã đơn vị"),
    Column("team_code", "Mã Tổ", ("Chu kì mã TT", "Chu kỳ mã TT", "Mã tổ lấy mẫu")),
)
_CODE = Column("code", "Mã mẫu bệnh phẩm*", calculated=True)
_FORM = Column("form", "Hình thức lấy mẫu*", calculated=True, filler=True)
_TUBE = Column("tube_number", "Mã TT", filler=True)
_PERSON = (
    Column("name", "Họ và tên"),
    Column("birth", "Năm sinh"),
    Column("sex", "Giới tính"),
    Column("phone", "Số điện thoại"),
)
_HOME = (
    Column("province", "Tỉnh\n(nơi ở hiện tại)", ("Tình/Thành phố (nơi ở hiện tại)",)),
    Column("district", "Huyện\n(nơi ở hiện tại)", ("Huyện (nơi đang ở)",)),
    Column("commune", "Xã\n(nơi ở hiện tại)", ("Xã (nơi đang ở)",)),
    Column(
        "address",
        "Địa chỉ số nhà, đường, thôn, xóm…\n(nơi ở hiện tại)",
        ("Thôn (nơi ở hiện tại)", "Địa chỉ/Thôn/Tổ (nơi đang ở)"),
    ),
)
_TAKING = (
    Column("place_kind", "Phân loại nơi lấy mẫu", copied=True, filler=True),
    Column("place", "Chi tiết nơi lấy mẫu", ("Địa điểm nơi lấy mẫu",), copied=True, filler=True),
    Column("place_district", "Huyện\n(nơi lấy mẫu)", copied=True, filler=True),
    Column("place_commune", "Xã\n(nơi lấy mẫu)", copied=True, filler=True),
    Column("place_hamlet", "Thôn\n(nơi lấy mẫu)", copied=True, filler=True),
    Column("specimen", "Loại mẫu", copied=True, filler=True),
    Column("taken_by", "Đơn vị lấy mẫu", copied=True, filler=True),
)
_TUBE_CODES = (
    Column("tube_code", "Mã ống bệnh phẩm*", calculated=True),
    Column("person_code", "Mã người được lấy mẫu*", calculated=True),
    Column("taken", "Ngày lấy mẫu*", calculated=True, filler=True),
)
_TEST = (
    Column("received", "Ngày nhận mẫu\ndd/mm/yyyy", filler=True),
    Column("received_time", "Giờ nhận mẫu\nhh:mm", filler=True),
    Column("tested", "Ngày xét nghiệm\ndd/mm/yyyy", ("Ngày xét nghiệm",), filler=True),
    Column("method", "Phương pháp xét nghiệm", filler=True),
    Column("returned", "Ngày trả KQXN\ndd/mm/yyyy", ("Ngày trả KQXN",), filler=True),
    Column("sent_by", "Đơn vị gửi mẫu", filler=True),
    Column("state", "Tình trạng mẫu", filler=True),
    Column("result", "Kết quả xét nghiệm"),
    Column("ct", "CT Value"),
)

BMXN = Layout(
    "thai_binh_bmxn",
    _("Sampling list of the province (BMXN)"),
    Purpose.SWABS,
    (
        *_HEAD, _CODE, _FORM, _TUBE, *_PERSON, *_HOME,
        Column("occupation", "Nghề nghiệp"),
        Column("workplace", "Nơi làm việc, học tập"),
        Column("subject", "Phân loại đối tượng lấy mẫu"),
        Column("round", "Lần lấy mẫu", filler=True),
        Column("note", "Ghi chú"),
        *_TAKING, *_TUBE_CODES,
        Column("form_kind", "Hình thức*", calculated=True, filler=True),
        Column("pool_size", "Loại  gộp*", calculated=True, filler=True),
        *_TEST,
    ),
    known_by=("day_code", "code", "form", "tube_number", "tube_code", "person_code", "team_code"),
    least=2,
    facts=("name", "birth", "sex", "phone", "number", "insurance"),
    needed=("name", "tube"),
    sheet="BMXN",
    head=("day_code", "unit_code", "team_code"),
    tube_from_above=True,
    keys=(
        "sample_code", "pool_size", "tube", "person_code", "name", "birth_year", "sex", "phone",
        "district", "commune", "address",
    ),
)  # fmt: skip

EXPORT = Layout(
    "thai_binh_export",
    _("Joined export of the province"),
    Purpose.RESULTS,
    (
        Column("order", "TT", filler=True),
        *_HEAD, _CODE,
        Column("group", "Nhóm xét nghiệm"),
        _FORM, _TUBE, *_PERSON, *_HOME,
        Column("occupation", "Nghề nghiệp"),
        Column("workplace", "Nơi làm việc, học tập"),
        Column("subject", "Đối tượng lấy mẫu"),
        Column("round", "Lần lấy mẫu", filler=True),
        Column("outbreak", "Ổ dịch"),
        *_TAKING, *_TUBE_CODES,
        Column("laboratory", "Đơn vị nhận mẫu xét nghiệm", filler=True),
        *_TEST[2:],
        Column("listed", "Ngày cập nhật TTBP", filler=True),
        Column("list_file", "File TTBP", filler=True),
        Column("reported", "Ngày cập nhật KQXN", filler=True),
        Column("result_file", "File KQXN", filler=True),
    ),
    known_by=("group", "outbreak", "listed", "list_file", "reported", "result_file", "laboratory"),
    least=2,
    facts=("name", "birth", "phone", "result"),
    needed=("name", "tube"),
    head=("day_code", "unit_code", "team_code"),
    tube_from_above=True,
    keys=(*BMXN.keys, "result", "ct"),
)  # fmt: skip

KQXN = Layout(
    "thai_binh_kqxn",
    _("Results of the province (KQXN)"),
    Purpose.RESULTS,
    (
        Column("code", "Mã mẫu bệnh phẩm"),
        Column("lab_code", "Mã xét nghiệm"),
        *_TEST,
    ),
    known_by=("code", "lab_code", "received", "received_time", "returned", "sent_by", "state"),
    least=3,
    facts=("code", "lab_code", "result", "ct"),
    needed=("tube",),
    sheet="KQXN",
    results_due=True,
    keys=("sample_code", "people", "result", "ct", "note"),
)

MAU_TRA_KQ = Layout(
    "thai_binh_mautrakq",
    _("Results handed back (Mẫu trả kết quả)"),
    Purpose.RESULTS,
    (
        Column("order", "STT", filler=True),
        Column("lab_code", "Mã XN"),
        Column("name", "Họ tên BN"),
        Column("birth", "Năm sinh"),
        Column("sex", "Giới"),
        Column("address", "Thôn/ Tổ"),
        Column("commune", "Xã/ Phường"),
        Column("district", "Huyện/ TP"),
        Column("province", "Tỉnh"),
        Column("place", "Nơi điều trị/ cách ly"),
        Column("subject", "Đối tượng lấy mẫu"),
        Column("taken", "Ngày lấy mẫu"),
        Column("tested", "Ngày xét nghiệm"),
        Column("result", "Kết quả xét nghiệm"),
        Column("ct", "CT Value"),
    ),
    known_by=("lab_code", "name", "address", "commune", "district", "place", "sex"),
    least=4,
    facts=("name", "birth", "lab_code", "result"),
    results_due=True,
    keys=("ma_xn", "name", "birth_year", "sex", "district", "commune", "address", "result", "ct"),
)

BMG = Layout(
    "thai_binh_bmg",
    _("Paper list of pooled samples (BMG)"),
    Purpose.SWABS,
    (
        *_HEAD,
        Column("tube_order", "Số TT ống", filler=True),
        Column("tube_number", "Mã TT"),
        *_PERSON, *_HOME[1:],
        Column("occupation", "Nghề nghiệp"),
        Column("subject", "Đối tượng lấy mẫu"),
        Column("round", "Lần lấy", filler=True),
    ),
    known_by=("tube_order", "tube_number", "round", "district", "commune", "address"),
    least=4,
    needed=("name", "tube"),
    head=("day_code", "unit_code", "team_code"),
    tube_from_above=True,
    keys=BMXN.keys,
)  # fmt: skip
