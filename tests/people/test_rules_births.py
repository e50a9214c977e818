"""Births as people write them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from som.people.rules import Birth, BirthFault, birth_of

ON = date(2026, 11, 22)
WHOLE = Birth(date(1991, 3, 2), 1991)


@pytest.mark.parametrize(
    ("said", "birth"),
    [
        ("02/03/1991", WHOLE),
        ("2/3/1991", WHOLE),
        ("02-03-1991", WHOLE),
        ("2.3.1991", WHOLE),
        ("02 03 1991", WHOLE),
        ("02 / 03 / 1991", WHOLE),
        ("02031991", WHOLE),
        ("2031991", WHOLE),  # a spreadsheet dropped the zero
        ("19910302", WHOLE),
        ("1991-03-02", WHOLE),
        ("1991/3/2", WHOLE),
        ("1991-03-02 00:00:00", WHOLE),
        ("1991-03-02T00:00:00Z", WHOLE),
        ("2-3-91", WHOLE),
        ("'02/03/1991", WHOLE),
        ("02/03/1991.", WHOLE),
        ("NS: 02/03/1991", WHOLE),
        ("ngày 2 tháng 3 năm 1991", WHOLE),
        (date(1991, 3, 2), WHOLE),
        (datetime(1991, 3, 2, 7, 30), WHOLE),
        ("2-3-26", Birth(date(2026, 3, 2), 2026)),
        ("2-3-27", Birth(date(1927, 3, 2), 1927)),
        ("29/02/2024", Birth(date(2024, 2, 29), 2024)),
        ("1991", Birth(None, 1991)),
        (1991, Birth(None, 1991)),
        (1991.0, Birth(None, 1991)),
        ("SN 1991", Birth(None, 1991)),
        ("sinh năm 1991", Birth(None, 1991)),
        ("00/00/1991", Birth(None, 1991)),
        ("--/--/1991", Birth(None, 1991)),
        ("**/**/1991", Birth(None, 1991)),
        ("1991-**-**", Birth(None, 1991)),
        ("00/03/1991", Birth(None, 1991)),
        ("03/1991", Birth(None, 1991)),
        ("１９９１", Birth(None, 1991)),
        ("31/02/1991", BirthFault.NO_SUCH_DAY),
        ("29/02/2023", BirthFault.NO_SUCH_DAY),
        ("05/25/1980", BirthFault.NO_SUCH_DAY),
        ("45/03/1991", BirthFault.NO_SUCH_DAY),
        ("31021991", BirthFault.NO_SUCH_DAY),
        ("23/11/2026", BirthFault.IMPOSSIBLE),
        ("2027", BirthFault.IMPOSSIBLE),
        ("1899", BirthFault.IMPOSSIBLE),
        ("02/03/1899", BirthFault.IMPOSSIBLE),
        ("02/03/191", BirthFault.UNREADABLE),
        ("91", BirthFault.UNREADABLE),
        ("45 tuổi", BirthFault.UNREADABLE),
        ("33299", BirthFault.UNREADABLE),
        ("", BirthFault.UNREADABLE),
        ("không rõ", BirthFault.UNREADABLE),
        ("²⁰²⁰", Birth(None, 2020)),
        ("9" * 400, BirthFault.UNREADABLE),
    ],
)
def test_births_as_written(said: str | date, birth: Birth | BirthFault) -> None:
    assert birth_of(said, on=ON) == birth


def test_spreadsheets_count_days_where_the_caller_says_so() -> None:
    assert birth_of("33299", on=ON, serial=True) == WHOLE
    assert birth_of(33299, on=ON, serial=True) == WHOLE
    assert birth_of("33299.0", on=ON, serial=True) == WHOLE
    assert birth_of("1991", on=ON, serial=True) == Birth(None, 1991)
    assert birth_of("99999", on=ON, serial=True) is BirthFault.IMPOSSIBLE
