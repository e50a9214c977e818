"""The cache of the rate limits keeps what has not expired, whatever else is put in."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from som.ops.timetable import forget_expired

pytestmark = pytest.mark.django_db


def fill(count: int, ends: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_cache SELECT ':1:~' || n, '', now() + %s::interval"
            " FROM generate_series(1, %s) n",
            [ends, count],
        )


def kept() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kernel_cache")
        return int(cursor.fetchone()[0])


def test_ten_thousand_others_push_nothing_out_and_cost_nothing() -> None:
    cache.clear()
    cache.set("tries-of-ana", [1, 2, 3], 300)
    fill(10_000, "1 hour")
    with CaptureQueriesContext(connection) as asked:
        for number in range(5):
            cache.set(f"another-{number}", 1, 300)
    assert len(asked) == 5
    assert cache.get("tries-of-ana") == [1, 2, 3]
    assert kept() == 10_006


def test_what_has_expired_is_dropped_by_the_clock() -> None:
    cache.clear()
    fill(50, "-1 hour")
    cache.set("counts", 1, 300)
    forget_expired.func(0)
    assert kept() == 1
    assert cache.get("counts") == 1


def test_it_keeps_djangos_promises() -> None:
    cache.clear()
    assert cache.add("a", 1, 300)
    assert not cache.add("a", 2, 300)
    assert cache.get("a") == 1
    cache.set("a", {"b": [3]}, 300)
    assert cache.get("a") == {"b": [3]}
    assert cache.touch("a", 600)
    assert not cache.touch("nothing", 600)
    cache.set("a", 1, -1)
    assert not cache.touch("a", 600)
    assert cache.add("a", 4, 300), "an expired entry is in nobody's way"
    assert cache.get("a") == 4
    cache.set("for-ever", 1, None)
    assert cache.get("for-ever") == 1
    assert cache.incr("a") == 5
