"""Lists as others write them, drawn from a seed: nobody in them exists.

`drawn(kind, seed)` writes one list of a kind cleanly, with who is on it; `spoiled_lists` spoils it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from tests.sampling.drawn_people import DAY, Drawn, people, tubes
from tests.sampling.written_lists import Cell, Written


def _bmxn(seed: int, who: Sequence[Drawn]) -> Written:
    headings = [
        "Mã ngày", "Mã đơn vị", "Mã Tổ", "Mã mẫu bệnh phẩm*", "Hình thức lấy mẫu*", "Mã TT",
        "Họ và tên", "Năm sinh", "Giới tính", "Số điện thoại", "Tỉnh\n(nơi ở hiện tại)",
        "Huyện\n(nơi ở hiện tại)", "Xã\n(nơi ở hiện tại)",
        "Địa chỉ số nhà, đường, thôn, xóm…\n(nơi ở hiện tại)", "Nghề nghiệp",
        "Nơi làm việc, học tập", "Phân loại đối tượng lấy mẫu", "Lần lấy mẫu", "Ghi chú",
        "Mã ống bệnh phẩm*", "Mã người được lấy mẫu*", "Ngày lấy mẫu*", "Hình thức*", "Loại  gộp*",
    ]  # fmt: skip
    places = tubes(len(who), seed)
    rows: list[list[Cell]] = []
    for at, (one, tube) in enumerate(zip(who, places, strict=True)):
        code = f"210904VT.01{tube:03d}"
        size = places.count(tube)
        head: list[Cell] = ["210904", "VT", "01"] if at == 0 else [None, None, None]
        form = f"Gộp {size}" if size > 1 else "Đơn"
        first = at == 0 or places[at - 1] != tube
        rows.append(
            [
                *head, code, form, f"{tube:03d}", one.name, one.born.year, one.sex, one.phone,
                *one.home, one.address, "Công nhân", None, one.subject, "1", None,
                code if first else None, f"{code}.{at + 1:04d}", DAY, form.split()[0], size,
            ]
        )  # fmt: skip
    return Written("thai_binh_bmxn", headings, rows, sheet="BMXN")


def _export(seed: int, who: Sequence[Drawn]) -> Written:
    headings = [
        "TT", "Mã ngày", "Mã đơn vị", "Chu kì mã TT", "Mã mẫu bệnh phẩm*", "Nhóm xét nghiệm",
        "Hình thức lấy mẫu*", "Mã TT", "Họ và tên", "Năm sinh", "Giới tính", "Số điện thoại",
        "Tình/Thành phố\n(nơi ở hiện tại)", "Huyện\n(nơi ở hiện tại)", "Xã\n(nơi ở hiện tại)",
        "Thôn\n(nơi ở hiện tại)", "Đối tượng lấy mẫu", "Ổ dịch", "Địa điểm nơi lấy mẫu",
        "Mã người được lấy mẫu*", "Ngày lấy mẫu*", "Đơn vị nhận mẫu xét nghiệm", "Ngày xét nghiệm",
        "Kết quả xét nghiệm", "CT Value", "File TTBP", "File KQXN",
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for at, (one, tube) in enumerate(zip(who, tubes(len(who), seed), strict=True)):
        code = f"210904VT.01{tube:03d}"
        rows.append(
            [
                at + 1, "210904", "VT", "01", code, "PCR", "", f"{tube:03d}", one.name,
                one.born.year, one.sex, one.phone, *one.home, one.address, one.subject, "", "",
                f"{code}.{at + 1:04d}", "04/09/2021", "CDC", "05/09/2021", one.result, one.ct,
                "a.xlsx", "b.xlsx",
            ]
        )  # fmt: skip
    return Written("thai_binh_export", headings, rows)


def _kqxn(seed: int, who: Sequence[Drawn]) -> Written:
    headings = [
        "Mã mẫu bệnh phẩm", "Mã xét nghiệm", "Ngày nhận mẫu\ndd/mm/yyyy", "Giờ nhận mẫu\nhh:mm",
        "Ngày xét nghiệm\ndd/mm/yyyy", "Phương pháp xét nghiệm", "Ngày trả KQXN\ndd/mm/yyyy",
        "Đơn vị gửi mẫu", "Tình trạng mẫu", "Kết quả xét nghiệm", "CT Value",
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            f"210904VT.01{at + 1:03d}", f"XN{at:04d}", DAY, "18:30", DAY, "RT-PCR", DAY,
            "TTYT Vũ Thư", "Đạt", one.result, one.ct,
        ]
        for at, one in enumerate(who[:999])
    ]  # fmt: skip
    return Written("thai_binh_kqxn", headings, rows, sheet="KQXN")


def _mautrakq(seed: int, who: Sequence[Drawn]) -> Written:
    headings = [
        "STT", "Mã XN", "Họ tên BN", "Năm sinh", "Giới", "Thôn/ Tổ", "Xã/ Phường", "Huyện/ TP",
        "Tỉnh", "Nơi điều trị/ cách ly", "Đối tượng lấy mẫu", "Ngày lấy mẫu", "Ngày xét nghiệm",
        "Kết quả xét nghiệm", "CT Value",
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            at + 1, f"XN{at:05d}", one.name, one.born.year, one.sex, one.address, one.home[2],
            one.home[1], one.home[0], "", one.subject, "04/09/2021", "05/09/2021", one.result,
            one.ct,
        ]
        for at, one in enumerate(who)
    ]  # fmt: skip
    above: list[list[Cell]] = [["TRUNG TÂM KIỂM SOÁT BỆNH TẬT"], ["DANH SÁCH TRẢ KẾT QUẢ"], []]
    return Written("thai_binh_mautrakq", headings, rows, above)


def _hcdc_tong(seed: int, who: Sequence[Drawn]) -> Written:
    headings = [
        "Họ và tên", "Năm sinh", "Giới tính", "Tỉnh/Thành", "Quận/Huyện", "Loại mẫu", "Mã XN",
        "Lý do XN", "Kỹ thuật XN", "Nơi lấy mẫu", "Thời gian lấy mẫu", "Thời gian kết quả",
        "Kết quả", "Đơn vị xét nghiệm",
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    at = 0
    draw = random.Random(seed)
    while at < len(who):
        group = who[at : at + draw.choice((1, 1, 3, 5))]
        at += len(group)
        rows.append(
            [
                ", ".join(one.name for one in group), group[0].born.year if len(group) == 1 else "",
                group[0].sex.upper(), "TP. Hồ Chí Minh", "QUẬN 9",
                "MẪU GỘP" if len(group) > 1 else "MẪU ĐƠN", f"XN{at:05d}",
                "giám sát cộng đồng (THƯỜNG QUY)", "PCR", "VÙNG ĐỎ", "04/09/2021 07:30",
                "05/09/2021 03:00", group[0].result.upper(), "BV QUẬN 5",
            ]
        )  # fmt: skip
    above: list[list[Cell]] = [["SỞ Y TẾ"], ["BÁO CÁO KẾT QUẢ"], ["Từ ngày"], [], []]
    return Written("hcdc_tong", headings, rows, above, sheet="tong")


def _hcdc_testnhanh(seed: int, who: Sequence[Drawn]) -> Written:
    headings = [
        "stt", "ho_va_ten", "nam_sinh", "gioi_tinh", "cmnd_cccd_passport", "sdt", "tiem_vaccine",
        "ngay_tiem_gan_nhat", "so_nha", "tinh_thanh", "quan_huyen", "phuong_xa", "kp_ap", "to",
        "noi_lam_viec_di_hoc_o_nha", "dia_chi_lam_viec_o_nha", "tinh_thanh_lv", "quan_huyen_lv",
        "phuong_xa_lv", "thoi_gian_lay_mau", "ket_qua", "trieu_chung", "ly_do_xn", "noi_lay_mau",
        "ngay_he_thong_ghi_nhan", "co_so_xet_nghiem",
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            at + 1, one.name, one.born.year, one.sex, one.number, one.phone, "1 mũi", "", "12/3",
            *one.home, "3", "5", "Ở nhà", "", "", "", "", "04/09/2021 08:00", one.result, "",
            "theo yêu cầu", "TẠI NHÀ", "04/09/2021", "TYT",
        ]
        for at, one in enumerate(who)
    ]  # fmt: skip
    return Written("hcdc_testnhanh", headings, rows, [["SỞ Y TẾ"], ["TEST NHANH"], []])


def _hospital(seed: int, who: Sequence[Drawn]) -> Written:
    headings = [
        "Stt", "HoVaTen", "SoDienThoai", "NamSinh", "GioiTinh", "DiaChi", "KetQua",
        "KyThuatXetNghiem", "LyDoXetNghiem", "LoaiMau", "ThoiGianLayMau", "ThoiGianKetQua",
        "MaXetNghiem", "MaCskcb", "PcrValue",
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            at + 1, one.name, one.phone, one.born.year, one.sex, one.address, one.result,
            "TEST NHANH", "khác", "Mẫu đơn", "04/09/2021 08:00", "04/09/2021 08:30", f"M{at:05d}",
            "34012", one.ct,
        ]
        for at, one in enumerate(who)
    ]  # fmt: skip
    return Written("hospital_rapid_test_import", headings, rows)


def _national(seed: int, who: Sequence[Drawn]) -> Written:
    headings = [
        "ngay_cap_nhat", "stt", "ma_so", "ho_ten", "ngay_sinh", "nghe_nghiep",
        "noi_lam_viec_hoc_tap", "dan_toc", "gioi_tinh", "cmnd", "dien_thoai", "noi_o_hien_nay",
        "tinh", "huyen", "xa", "chan_doan_chinh", "phan_loai_chan_doan", "lay_mau_xet_nghiem",
        "ngay_lay_mau", "ket_qua_xet_nghiem", "tinh_trang_hien_nay", "ngay_khoi_phat",
        "ten_nguoi_bao_cao", "sdt_nguoi_bao_cao", "don_vi_bao_cao", "tinh_don_vi_bao_cao",
        "trang_thai", "thoi_gian_bao_cao",
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            "05/09/2021", at + 1, f"{3_400_000_000_000 + at}", one.name, f"{one.born:%d/%m/%Y}",
            "Nông dân", "", "Kinh", one.sex, one.number, one.phone, one.address, *one.home,
            "COVID-19", "Xác định phòng xét nghiệm", "Có", "04/09/2021", one.result, "Ra viện",
            "01/09/2021", "Người Báo Cáo", "0911111111", "TTYT", "Thái Bình",
            "Trạng thái đúng hạn", "08:00:00 - 05/09/2021",
        ]
        for at, one in enumerate(who)
    ]  # fmt: skip
    return Written("national_case_export", headings, rows)


def _dengue(seed: int, who: Sequence[Drawn]) -> Written:
    headings = [
        "BV", "ICD", "T_BENH", "SHS", "HO_TEN", "PHAI", "TUOI", "DIA_CHI", "NGHE_NGHIEP", "ME", "DT",
        "QH", "PX", "NG_NV", "NG_BC", "Nam_NV", "Thang_NV", "Tuan_NV",
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            "BV1", "A91", "SXHD", f"{at + 1}", one.name, "T" if one.sex == "Nam" else "G",
            2021 - one.born.year, one.address, "", "", "", "09", "01", DAY, DAY, 2021, 9, 36,
        ]
        for at, one in enumerate(who)
    ]  # fmt: skip
    return Written("dengue_cases", headings, rows)


def _arrivals(seed: int, who: Sequence[Drawn]) -> Written:
    headings = [
        "STT", "Họ và tên", "Ngày sinh", "Giới tính", "Địa chỉ thường trú", "Địa chỉ tạm trú",
        "CMND/CCCD", "Mã bảo hiểm", "Quốc tịch", "SĐT", "Triệu chứng", "Nhóm đối tượng", "Ngày đến",
        "Phòng", "Thông tin tiêm chủng",
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            at + 1, one.name, one.born, one.sex, ", ".join(reversed(one.home)), one.address,
            one.number, f"GD43412{at:08d}", "Việt Nam", one.phone, "ho, sốt", "F1", "04/09/2021",
            "P101", "Astra 10/10/2020",
        ]
        for at, one in enumerate(who)
    ]  # fmt: skip
    return Written("quarantine_arrivals", headings, rows)


def _roster(seed: int, who: Sequence[Drawn]) -> Written:
    headings = [
        "STT", "Họ và tên", "Ngày sinh hoặc năm sinh", "Giới tính",
        "Số định danh / CCCD / hộ chiếu", "Số điện thoại", "Tỉnh/Thành phố", "Huyện/Quận",
        "Xã/Phường", "Địa chỉ (thôn, tổ, số nhà)",
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [at + 1, one.name, one.born, one.sex, one.number, one.phone, *one.home, one.address]
        for at, one in enumerate(who)
    ]
    return Written("som_roster", headings, rows, [["DANH SÁCH"]])


def _plain(seed: int, who: Sequence[Drawn]) -> Written:
    headings = ["TT", "Họ tên", "Năm sinh", "Giới", "Số CCCD", "SĐT", "Thôn", "Xã", "Huyện", "Tỉnh"]
    rows: list[list[Cell]] = [
        [
            at + 1, one.name, one.born.year, one.sex, one.number, one.phone, one.address,
            one.home[2], one.home[1], one.home[0],
        ]
        for at, one in enumerate(who)
    ]  # fmt: skip
    return Written("som_roster", headings, rows, [["UBND XÃ"], ["DANH SÁCH XÉT NGHIỆM"]])


def _swabs(seed: int, who: Sequence[Drawn]) -> Written:
    headings = [
        "STT", "Mã ống mẫu", "Họ và tên", "Ngày sinh hoặc năm sinh", "Giới tính",
        "Số định danh / CCCD / hộ chiếu", "Số điện thoại", "Tỉnh/Thành phố", "Huyện/Quận",
        "Xã/Phường", "Địa chỉ (thôn, tổ, số nhà)", "Thời gian lấy mẫu",
    ]  # fmt: skip
    places = tubes(len(who), seed)
    rows: list[list[Cell]] = [
        [
            at + 1, f"T{tube:05d}" if at == 0 or places[at - 1] != tube else None, one.name,
            one.born, one.sex, one.number, one.phone, *one.home, one.address, "04/09/2021 07:30",
        ]
        for at, (one, tube) in enumerate(zip(who, places, strict=True))
    ]  # fmt: skip
    return Written("som_swabs", headings, rows)


KINDS: dict[str, Callable[[int, Sequence[Drawn]], Written]] = {
    "thai_binh_bmxn": _bmxn,
    "thai_binh_export": _export,
    "thai_binh_kqxn": _kqxn,
    "thai_binh_mautrakq": _mautrakq,
    "hcdc_tong": _hcdc_tong,
    "hcdc_testnhanh": _hcdc_testnhanh,
    "hospital_rapid_test_import": _hospital,
    "national_case_export": _national,
    "dengue_cases": _dengue,
    "quarantine_arrivals": _arrivals,
    "som_roster": _roster,
    "plain": _plain,
    "som_swabs": _swabs,
}


def drawn(kind: str, seed: int, count: int = 12) -> tuple[Written, list[Drawn]]:
    """A list of this kind as its writer would write it, and who is on it."""
    who = people(seed, count)
    return KINDS[kind](seed, who), who
