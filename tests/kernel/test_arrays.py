"""Lists arrive as they were sent, whatever stands in them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import pytest
from django.db import DataError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from psycopg.adapt import PyFormat

from som.kernel import sql
from som.kernel.arrays import WholeListDumper

pytestmark = pytest.mark.django_db

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
ODD = st.sampled_from(["", "NULL", "null", '"', "\\", '\\"', "{}", "a,b", " ", "\n", "Nguyễn", "…"])


class Word(StrEnum):
    ONE = "one"


def back(values: list[Any], kind: str) -> list[Any]:
    found = sql.row(f"SELECT %s::{kind}[]", (values,))
    assert found is not None
    arrived: list[Any] = found[0]
    return arrived


def test_lists_go_whole() -> None:
    """Without this all else here would hold of the driver's own way too."""
    connection.ensure_connection()
    adapters = connection.connection.adapters
    assert issubclass(adapters.get_dumper(list, PyFormat.AUTO), WholeListDumper)


@given(st.lists(st.one_of(TEXTS, ODD, st.none())))
def test_texts_arrive_as_they_were_sent(values: list[str | None]) -> None:
    assert back(values, "text") == values


@given(st.lists(st.one_of(st.integers(-(2**63), 2**63 - 1), st.none())))
def test_numbers_arrive_as_they_were_sent(values: list[int | None]) -> None:
    assert back(values, "bigint") == values


def test_days_and_times_arrive_as_they_were_sent() -> None:
    assert back([date(1, 1, 1), None, date(9999, 12, 31)], "date") == [date.min, None, date.max]
    times = [
        None,
        datetime(2026, 11, 2, 5, tzinfo=UTC),
        datetime(1970, 1, 1, microsecond=1, tzinfo=UTC),
    ]
    assert back(times, "timestamptz") == times


def test_what_is_neither_goes_the_drivers_way() -> None:
    assert back([True, None, False], "boolean") == [True, None, False]
    assert back([[1, 2], [3, 4]], "int") == [[1, 2], [3, 4]]
    assert back([Word.ONE, "two"], "text") == ["one", "two"]


def test_no_text_with_a_zero_byte_passes() -> None:
    with pytest.raises((DataError, ValueError)), transaction.atomic():
        back(["a\0b", "c"], "text")
