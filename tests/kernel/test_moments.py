"""Moments as they come from the database."""

from datetime import UTC, datetime

import pytest
from django.db import DataError

from som.kernel import sql

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-02 05:00:00+00", datetime(2026, 11, 2, 5, tzinfo=UTC)),
        ("2026-11-02 12:00:00.123456+07", datetime(2026, 11, 2, 5, 0, 0, 123456, tzinfo=UTC)),
        ("0001-01-01 00:00:00+00", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-30 23:59:59.5+00", datetime(9999, 12, 30, 23, 59, 59, 500000, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_in_utc(written: str, moment: datetime) -> None:
    for zone in ("UTC", "Asia/Ho_Chi_Minh"):
        sql.execute(f"SET LOCAL timezone = '{zone}'")
        found = sql.row("SELECT %s::timestamptz, NULL::timestamptz", (written,))
        assert found == (moment, None)
        assert found[0].tzinfo is UTC


@pytest.mark.parametrize("written", ["infinity", "0044-03-15 12:00:00+00 BC"])
def test_what_python_has_no_moment_for_is_an_error(written: str) -> None:
    with pytest.raises(DataError):
        sql.row("SELECT %s::timestamptz", (written,))
