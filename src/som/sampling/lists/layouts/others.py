"""Lists of one column set each: a hospital's rapid tests, reported cases, dengue cases, arrivals. Pure.

Facts of the columns: model class of longkakalot/InKetQuaTestNhanh; heading rows of samples in
ttungbmt/YII_FINAL (the national case export and the dengue list); ltk84/QuanLyKhuCachLy.
"""

from __future__ import annotations

import re
from datetime import date

from som.kernel.outcomes import gettext_noop as _
from som.sampling.lists.layouts.layout import Column, Layout, Said
from som.sampling.lists.written import Purpose

HOSPITAL = Layout(
    "hospital_rapid_test_import",
    _("A hospital's rapid tests"),
    Purpose.RESULTS,
    (
        Column("order", "Stt", filler=True),
        Column("name", "HoVaTen"),
        Column("phone", "SoDienThoai"),
        Column("birth", "NamSinh"),
        Column("sex", "GioiTinh"),
        Column("address", "DiaChi"),
        Column("result", "KetQua"),
        Column("method", "KyThuatXetNghiem", ("Kỹ thuật XN",)),
        Column("reason", "LyDoXetNghiem", ("Lý do XN",)),
        Column("form", "LoaiMau"),
        Column("taken", "ThoiGianLayMau"),
        Column("reported", "ThoiGianKetQua"),
        Column("lab_code", "MaXetNghiem", ("Mã XN",)),
        Column("laboratory", "MaCskcb"),
        Column("ct", "PcrValue"),
    ),
    known_by=("laboratory", "ct", "lab_code", "method", "reason", "form"),
    least=3,
    facts=("name", "birth", "phone", "lab_code", "result"),
    several_names=True,
    keys=("ma_xn", "name", "birth_year", "sex", "phone", "address", "result", "ct"),
)

NATIONAL = Layout(
    "national_case_export",
    _("National list of reported cases"),
    Purpose.CASES,
    (
        Column("updated", "ngay_cap_nhat", filler=True),
        Column("order", "stt", filler=True),
        Column("case_code", "ma_so"),
        Column("name", "ho_ten"),
        Column("birth", "ngay_sinh"),
        Column("occupation", "nghe_nghiep"),
        Column("workplace", "noi_lam_viec_hoc_tap"),
        Column("ethnicity", "dan_toc"),
        Column("sex", "gioi_tinh"),
        Column("number", "cmnd", ("CMND/CCCD",)),
        Column("phone", "dien_thoai"),
        Column("address", "noi_o_hien_nay"),
        Column("province", "tinh"),
        Column("district", "huyen"),
        Column("commune", "xa"),
        Column("diagnosis", "chan_doan_chinh"),
        Column("other_diagnosis", "chan_doan_benh_kem_theo"),
        Column("vaccinated", "tinh_trang_tiem_chung"),
        Column("doses", "so_lan_tiem_uong"),
        Column("subject", "phan_loai_chan_doan"),
        Column("sampled", "lay_mau_xet_nghiem"),
        Column("taken", "ngay_lay_mau"),
        Column("laboratory", "don_vi_thuc_hien_xet_nghiem"),
        Column("method", "loai_xet_nghiem"),
        Column("result", "ket_qua_xet_nghiem"),
        Column("note", "ghi_chu"),
        Column("complication", "chan_doan_bien_chung"),
        Column("present_state", "tinh_trang_hien_nay"),
        Column("history", "tien_su_dich_te"),
        Column("onset", "ngay_khoi_phat"),
        Column("admitted", "ngay_nhap_vienkham"),
        Column("left", "ngay_ra_vienchuyen_vientu_vong"),
        Column("reporter", "ten_nguoi_bao_cao"),
        Column("reporter_phone", "sdt_nguoi_bao_cao"),
        Column("reporter_mail", "email_nguoi_bao_cao"),
        Column("reported_by", "don_vi_bao_cao"),
        Column("reported_from", "tinh_don_vi_bao_cao"),
        Column("place", "co_so_dieu_tri"),
        Column("timeliness", "trang_thai", filler=True),
        Column("reported", "thoi_gian_bao_cao", filler=True),
        Column("changed_diagnosis", "chan_doan_thay_doi_gan_nhat"),
        Column("changed_state", "tinh_trang_thay_doi_gan_nhat"),
        Column("mended", "thoi_gian_sua", filler=True),
    ),
    known_by=(
        "case_code", "diagnosis", "subject", "reported_by", "history", "onset", "present_state",
        "timeliness", "reporter", "complication", "sampled",
    ),
    least=3,
    facts=("name", "birth", "phone", "number", "case_code"),
    keys=(
        "ma_so", "name", "birth_date", "birth_year", "sex", "number", "phone", "province",
        "district", "commune", "address", "result",
    ),
)  # fmt: skip


def _mend_dengue(said: Said) -> None:
    """T is trai, a boy or man, and G gái; the age was that at admission."""
    letter = str(said.get("sex") or "").strip().upper()
    said["sex"] = {"T": "Nam", "G": "Nữ"}.get(letter, said.get("sex"))
    if not said.get("age_in"):
        admitted = said.get("admitted")
        year = admitted.year if isinstance(admitted, date) else said.get("admitted_year")
        found = re.search(r"(?:19|20)\d\d", str(year or admitted or ""))
        if found:
            said["age_in"] = found.group()


DENGUE = Layout(
    "dengue_cases",
    _("List of dengue cases"),
    Purpose.CASES,
    (
        Column("laboratory", "BV"),
        Column("icd", "ICD"),
        Column("diagnosis", "T_BENH"),
        Column("case_code", "SHS"),
        Column("name", "HO_TEN"),
        Column("sex", "PHAI"),
        Column("age", "TUOI"),
        Column("address", "DIA_CHI"),
        Column("occupation", "NGHE_NGHIEP"),
        Column("mother", "ME"),
        Column("contact", "DT"),
        Column("district", "QH"),
        Column("commune", "PX"),
        Column("admitted", "NG_NV"),
        Column("reported", "NG_BC"),
        Column("admitted_year", "Nam_NV", filler=True),
        Column("admitted_month", "Thang_NV", filler=True),
        Column("admitted_week", "Tuan_NV", filler=True),
        Column("reported_year", "Nam_BC", filler=True),
        Column("reported_month", "Thang_BC", filler=True),
        Column("reported_week", "Tuan_BC", filler=True),
    ),
    known_by=("icd", "diagnosis", "case_code", "sex", "admitted", "reported", "district", "commune"),
    least=4,
    facts=("name", "age", "case_code"),
    mend=_mend_dengue,
    keys=(
        "shs", "name", "birth_year", "sex", "district", "commune", "address",
    ),
)  # fmt: skip

ARRIVALS = Layout(
    "quarantine_arrivals",
    _("Arrivals in quarantine"),
    Purpose.ARRIVALS,
    (
        Column("order", "STT", filler=True),
        Column("name", "Họ và tên"),
        Column("birth", "Ngày sinh"),
        Column("sex", "Giới tính"),
        Column("home", "Địa chỉ thường trú"),
        Column("address", "Địa chỉ tạm trú"),
        Column("number", "CMND/CCCD"),
        Column("insurance", "Mã bảo hiểm"),
        Column("nationality", "Quốc tịch"),
        Column("phone", "SĐT"),
        Column("symptoms", "Triệu chứng"),
        Column("subject", "Nhóm đối tượng"),
        Column("arrived", "Ngày đến"),
        Column("place", "Phòng"),
        Column("vaccinations", "Thông tin tiêm chủng"),
    ),
    known_by=("subject", "arrived", "place", "vaccinations", "symptoms"),
    least=2,
    keys=(
        "name", "birth_date", "birth_year", "sex", "number", "insurance", "phone", "address",
    ),
)  # fmt: skip
