"""What is said twice for speed says the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from som.people.rules import (
    PROVINCES,
    Document,
    DocumentKind,
    NumberWarning,
    Sex,
    number_says,
    warnings_of,
)
from som.people.rules.names import _newborn, may_be_newborn, tidy_name

NUMBERS = st.one_of(
    st.from_regex(r"[0-9]{12}", fullmatch=True),
    st.builds(
        str.__add__, st.sampled_from(sorted(PROVINCES)), st.from_regex(r"[0-9]{9}", fullmatch=True)
    ),
)
YEARS = st.one_of(st.none(), st.integers(1900, 2030))
WORDS = st.sampled_from([
    "con", "Con", "CON", "cb", "CB1", "C/B", "c.", "b", "bé", "Bé", "be", "bế", "Bế", "cháu", "châu",
    "Châu", "trẻ", "trè", "em", "hài", "nhi", "sơ", "so", "sinh", "SS", "trai", "gái", "nam", "nữ",
    "chưa", "không", "đặt", "có", "tên", "mới", "của", "bà", "mẹ", "ông", "bố", "sản", "phụ", "sp",
    "thứ", "hai", "1", "2", "II", "Nguyễn", "Thị", "Văn", "Hoa", "Côn", "Cón", "(con bà Lý Thị A)", "-",
])  # fmt: skip


@given(NUMBERS, st.one_of(st.none(), st.sampled_from(Sex)), YEARS)
def test_warnings_are_what_the_number_says_otherwise(
    number: str, sex: Sex | None, year: int | None
) -> None:
    says = number_says(number)
    expected = {
        NumberWarning.PROVINCE_UNKNOWN: says.province not in PROVINCES,
        NumberWarning.SEX_DIFFERS: sex is not None and says.sex is not sex,
        NumberWarning.YEAR_DIFFERS: year is not None and says.year != year,
    }
    found = warnings_of(Document(DocumentKind.CITIZEN_NUMBER, number), sex=sex, birth_year=year)
    assert set(found) == {warning for warning, differs in expected.items() if differs}


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_no_newborn_is_passed_over_by_the_first_word(words: list[str]) -> None:
    name = tidy_name(" ".join(words))
    assert may_be_newborn(name) or not _newborn(name)[0]
