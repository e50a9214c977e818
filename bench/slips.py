"""How fast slips are printed.

    python bench/slips.py [--slips 2000]

A commune's slips are drawn into one paper (2,000, the most a paper holds), three a sheet, each with
its own name, answer, code, seal and QR code: everything between the rows of the database and the
bytes of the PDF, held to one core. Counted are the seconds of that core, so that what else the
machine does is not counted; beside them stand the seconds that passed. Also measured: folded slips,
one a sheet, and one slip alone. A throw-away database of the tests' server stands by, since a large
paper takes its place among those being drawn.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "som.settings")
os.environ.setdefault("SOM_DATA", str(PROJECT / ".data" / "bench"))

if TYPE_CHECKING:
    from som.results.queries import SlipRow

A_SECOND = 200
"""Slips drawn on one core, at least."""

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Nông", "Vũ", "Đặng")
MIDDLE = ("Văn", "Thị", "Minh")
GIVEN = ("An", "Bình", "Đào", "Hạnh", "Ổn", "Hường", "Quyết", "Thảo", "Tuyết")


def drawn(count: int, draw: random.Random) -> list[SlipRow]:
    """So many people's answers, one in ten of them a longer text than "negative"."""
    from som.kernel import ids
    from som.results.queries import SlipRow
    from som.results.rules import ResultValue

    values = [ResultValue.NEGATIVE_BY_POOL] * 15 + [ResultValue.NEGATIVE] * 3
    values += [ResultValue.INCONCLUSIVE, ResultValue.WITHDRAWN]
    return [
        SlipRow(
            swab=number,
            person=number,
            slip=ids.new_slip_code(draw),
            name=" ".join(map(draw.choice, (FAMILY, MIDDLE, GIVEN))),
            sex=None,
            birth_year=draw.randrange(1940, 2020),
            number_end=f"{draw.randrange(10**4):04d}",
            card=None,
            phone="",
            address=f"Xóm {draw.randrange(1, 30)}",
            residence=1,
            unit=1,
            taken_at=NOON + timedelta(seconds=number),
            version=1,
            value=draw.choice(values),
            released_at=NOON + timedelta(hours=8),
            lab="Trung tâm Kiểm soát bệnh tật tỉnh Thái Nguyên",
            asked_again=False,
            withheld=False,
            here=True,
        )
        for number in range(count)
    ]


def core_seconds() -> float:
    """What this process and those it ended had of the core."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def paper(rows: Sequence[SlipRow], layout: str) -> tuple[float, float, int]:
    """How long the paper of these rows takes of the core and of the day, and its bytes."""
    from som.places.queries import UnitRow
    from som.places.rules import Level
    from som.results.views.papers import slips_paper

    path = "Xã Cầu Đông, Tỉnh Thái Nguyên"
    unit = UnitRow(1, "1", "Xã Cầu Đông", "xã", Level.COMMUNE, None, NOON.date(), None, path, ())
    address = "https://som.example.vn/look-up/"
    began, used = time.perf_counter(), core_seconds()
    made = slips_paper(rows, {1: unit}, layout=layout, address=address, at=NOON)
    return core_seconds() - used, time.perf_counter() - began, len(made)


def measured(count: int) -> dict[str, Any]:
    """The figures of one paper of so many slips, of folded ones and of one alone."""
    rows = drawn(count, random.Random(1))  # noqa: S311 - drawn, to be the same each time
    paper(rows[:1], "alone")  # the fonts are read once
    alone, _, _ = paper(rows[1:2], "alone")
    some = rows[:1_000]
    folded, _, _ = paper(some, "folded")
    took, passed, size = paper(rows, "thirds")
    return {
        "slips": len(rows),
        "core_seconds": round(took, 1),
        "seconds_passed": round(passed, 1),
        "a_second": round(len(rows) / took),
        "folded_a_second": round(len(some) / folded),
        "one_alone_ms": round(alone * 1_000),
        "kib_a_slip": round(size / len(rows) / 1_024, 1),
        "memory_kept_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024,
        "memory_drawing_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1_024,
        "held": len(rows) / took >= A_SECOND,
    }


def main() -> None:
    """Measure, print, and say by the exit code whether the limit held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slips", type=int, default=2_000)
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    import django

    django.setup()
    from tests.databases import Databases, pointed_at

    with closing(Databases()) as databases:
        databases.prepare()
        with databases.clone() as name, pointed_at(databases, name):
            found = measured(asked.slips)
    print(json.dumps(found, indent=1))  # noqa: T201
    sys.exit(0 if found["held"] else 1)


if __name__ == "__main__":
    main()
