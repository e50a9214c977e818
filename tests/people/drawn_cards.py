"""Codes as they stand on identity papers, and whom they are about."""

from __future__ import annotations

from datetime import date

from som.people.rules import DocumentKind, Sex
from som.people.rules.cards import CardRead, CardReason

ON = date(2026, 11, 22)

CHIP = (
    "019091000123|090000123|Nguyễn Văn Thử|02031991|Nam|"
    "Tổ 5, Phường Quang Trung, Thành phố Thái Nguyên, Thái Nguyên|10052021"
)
INSURANCE = (
    "GD4191234567890|4e677579e1bb856e2056c4836e205468e1bbad|02/03/1991|1|"
    "5068c6b0e1bb9d6e67204de1baab752c205468c3a169204e677579c3aa6e|19 - 010|01/01/2021|31/12/2021|"
    "01/01/2021|19000000000001|-|4|01/01/2026|00112233445566aa-0001|4|5468c3a169204e677579c3aa6e|$"
)
PERSONAL = (
    "019091000123|NGUYEN VAN THU|1991-03-02|0|162979388586171100|<1<GD4191234567890<0912345678"
)
PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
)  # the specimen of ICAO Doc 9303 part 4

PERSON = CardRead(
    "CCCD", CardReason.NOTHING, "019091000123", "090000123", "Nguyễn Văn Thử", date(1991, 3, 2),
    1991, Sex.MALE, "Tổ 5, Phường Quang Trung, Thành phố Thái Nguyên, Thái Nguyên",
    date(2021, 5, 10), kind=DocumentKind.CITIZEN_NUMBER,
)  # fmt: skip
"""Whom the chip card above is about."""
