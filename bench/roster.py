"""A roster of 100,000 people: read, looked through, confirmed and taken in, then sent again.

    python bench/roster.py [--rows 100000] [--history 10000 1000000]

For each size of history a throw-away database of the tests' server is filled with so many persons
met before, a twentieth of the roster's among them. A process of its own does the worker's part; its
time and its peak memory are held against the limits below; the machine's load stands beside them,
for on a busy machine the time means little. The server writes without fsync.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import random
import resource
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "som.settings")
os.environ.setdefault("SOM_DATA", str(PROJECT / ".data" / "bench"))

SECONDS = 90
"""A roster of 100,000 previews and is taken in within so many seconds in all."""
MEGABYTES = 500
"""Peak memory of the worker meanwhile."""

KNOWN_SHARE = 20  # every twentieth row is somebody of the history
UNNUMBERED_SHARE = 5  # every fifth row has no number


def setup() -> None:
    """Django, in this process."""
    import django

    django.setup()


def number_of(place: int) -> str:
    """A citizen number of somebody of the history: a man born in 1980 in Thai Nguyen."""
    return f"019080{place:06d}" if place < 1_000_000 else f"020080{place - 1_000_000:06d}"


def roster(rows: int, homes: list[tuple[str, str]]) -> bytes:
    """The list as a workbook: drawn people of these communes, in our own layout."""
    import xlsxwriter

    from som.simulation.names import family_name, full_name

    draw = random.Random(1)  # noqa: S311 - drawn, to be the same each time
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "strings_to_numbers": False})
    sheet = book.add_worksheet("Danh sách")
    headings = [
        "STT", "Họ và tên", "Ngày sinh hoặc năm sinh", "Giới tính",
        "Số định danh / CCCD / hộ chiếu", "Số bảo hiểm y tế", "Số điện thoại", "Tỉnh/Thành phố",
        "Huyện/Quận", "Xã/Phường", "Địa chỉ (thôn, tổ, số nhà)", "Quốc tịch", "Nghề nghiệp",
        "Nơi làm việc, học tập", "Đối tượng lấy mẫu", "Người giám hộ", "Ghi chú",
    ]  # fmt: skip
    sheet.write_row(0, 0, headings)
    for place in range(rows):
        known = place % KNOWN_SHARE == 0
        number = number_of(place) if known else f"0190{85 + place % 10}{place:06d}"
        commune, province = homes[draw.randrange(len(homes))]
        sheet.write_row(
            place + 1,
            0,
            [
                str(place + 1),
                f"Nguyễn Văn {place}" if known else full_name(draw, family_name(draw), "M"),
                "1980"
                if known
                else f"{draw.randrange(1, 29):02d}/0{draw.randrange(1, 10)}/19{85 + place % 10}",
                "Nam",
                "" if place % UNNUMBERED_SHARE == 1 else number,
                "",
                f"09{draw.randrange(10**8):08d}",
                province,
                "",
                commune,
                f"Xóm {draw.randrange(1, 20)}",
                "Việt Nam",
                "Công nhân",
                "Khu công nghiệp Sông Công",
                "Người dân",
                "",
                "",
            ],
        )
    book.close()
    return target.getvalue()


def fill(history: int, unit: int) -> None:
    """So many persons met before, written by the owner at once."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_person (unit_ids, name, name_key, sex, birth_year, phone, guardian,
                                       registered_at, compared_at)
            SELECT ARRAY[%(unit)s], 'Nguyễn Văn ' || n, 'nguyen van ' || n, 'M', 1980, '', '',
                   now(), now()
            FROM generate_series(0, %(most)s) AS n
            """,
            {"unit": unit, "most": history - 1},
        )
        cursor.execute(
            """
            INSERT INTO people_document (person_id, kind, country, number)
            SELECT id, 'citizen_number', 'VNM',
                   CASE WHEN n < 1000000 THEN '019080' || lpad(n::text, 6, '0')
                        ELSE '020080' || lpad((n - 1000000)::text, 6, '0') END
            FROM (SELECT id, split_part(name_key, ' ', 3)::int AS n FROM people_person
                  WHERE name_key ~ '^nguyen van [0-9]+$') AS p
            """
        )
        cursor.execute(
            """
            INSERT INTO people_whereabouts (unit_ids, person_id, kind, unit_id, text, as_of)
            SELECT unit_ids, id, 'residence', unit_ids[1], '', '2026-01-01' FROM people_person
            """
        )
        cursor.execute("VACUUM ANALYZE")
    connections["owner"].close()


def worker(address: dict[str, Any], confirm: bool, answers: Any) -> None:
    """The worker's part, in a process of its own: its seconds, step by step, and its memory."""
    setup()
    from django.db import connections

    from som.sampling.work import take_up_lists
    from tests.town import NOON

    connections.settings["default"].update(address)
    began = time.perf_counter()
    steps = take_up_lists(at=NOON)
    taken = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    answers.put(
        {
            "steps": steps,
            "seconds": taken,
            "cpu": used.ru_utime + used.ru_stime,
            "megabytes": used.ru_maxrss / 1024,
            "confirmed": confirm,
        }
    )


def worked(confirm: bool) -> dict[str, Any]:
    """What the worker needed for whatever waits now."""
    from django.db import connections

    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    address = {name: connections.settings["default"].get(name) for name in names}
    spawned = multiprocessing.get_context("spawn")
    answers = spawned.Queue()
    process = spawned.Process(target=worker, args=(address, confirm, answers))
    process.start()
    found: dict[str, Any] = answers.get(timeout=1_800)
    process.join()
    return found


def measured(rows: int, history: int) -> dict[str, Any]:
    """One round on a database of its own: the list is taken in, then sent again."""
    from som.kernel import clock
    from som.places import queries as places
    from som.sampling import queries
    from som.sampling.commands import ListSent, confirm_lists, receive_lists
    from som.sampling.rules.imports import ListPurpose
    from tests.desks import open_account
    from tests.town import NOON, Town

    clock.forget()
    town = Town()
    open_account(town, "dora")
    from som.access.queries import account_ids, actor_of

    dora = actor_of(account_ids(["dora"])["dora"], on=NOON.date())
    fill(history, town.north)
    communes = places.communes_of(town.province, NOON.date())
    homes = [tuple(unit.path.split(", ")[:2]) for unit in communes]
    content = roster(rows, homes)  # type: ignore[arg-type]
    found: dict[str, Any] = {"rows": rows, "history": history, "file_mb": len(content) / 2**20}
    for turn in ("first", "again"):
        due = NOON.date() + timedelta(days=1)
        file = ListSent("r.xlsx", content, ListPurpose.ROSTER, campaign="C1", due_on=due)
        sent = receive_lists([file], unit=town.province, by=dora, at=NOON).done[0].list_id or 0
        preview = worked(confirm=False)
        line = queries.list_sent(sent, by=dora)
        counts = queries.list_counts(sent, by=dora)
        assert line.state == "previewed", (line.state, line.fault, line.fault_detail)
        assert confirm_lists([sent], by=dora, at=NOON).done
        taken = worked(confirm=True)
        line = queries.list_sent(sent, by=dora)
        assert line.state == "done", (line.state, line.fault)
        assert line.rows == line.accounted == rows
        found[turn] = {
            "preview_s": round(preview["seconds"], 1),
            "take_in_s": round(taken["seconds"], 1),
            "all_s": round(preview["seconds"] + taken["seconds"], 1),
            "worker_cpu_s": round(preview["cpu"] + taken["cpu"], 1),
            "load": round(os.getloadavg()[0], 1),
            "peak_mb": round(max(preview["megabytes"], taken["megabytes"])),
            "done": line.done,
            "unchanged": line.unchanged,
            "refused": line.refused,
            "new": counts.new if counts else 0,
            "known": counts.known if counts else 0,
        }
    return found


def main() -> None:
    """Measure, print, and say by the exit code whether the limits held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--history", type=int, nargs="*", default=[10_000, 1_000_000])
    asked = parser.parse_args()
    setup()
    from tests.databases import Databases, pointed_at

    held = True
    with closing(Databases()) as databases:
        databases.prepare()
        for history in asked.history:
            with databases.clone() as name, pointed_at(databases, name):
                found = measured(asked.rows, history)
            first, again = found["first"], found["again"]
            limit = SECONDS * asked.rows / 100_000
            found["held"] = (
                first["all_s"] <= limit and first["peak_mb"] <= MEGABYTES and again["done"] == 0
            )
            held = held and found["held"]
            print(json.dumps(found, indent=1))  # noqa: T201
    sys.exit(not held)


if __name__ == "__main__":
    main()
