"""The drawn day of `./som demo`, one seed after the other, at the size at which it is shown.

    python bench/day.py [--people 12000] [--seeds 20]

Each seed is played by the launcher on the demo's own database. What comes of it is written to
`docs/the-day.md`, and in full beside it to `.data/bench/day.json`. Ends with an error where a day is
not sound: somebody got another's answer, an error of a test that the drawn world did not plan, or a
gap in the ledger.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
PAGE = PROJECT / "docs" / "the-day.md"
FULL = PROJECT / ".data" / "bench" / "day.json"

COLUMNS = {
    "seed": "Seed",
    "tubes": "Tubes",
    "wells": "Wells",
    "positives_true": "Infected",
    "positives_found": "Found",
    "false_positive_people": "False positives",
    "planned_misses": "Planned misses",
    "unplanned_errors": "Unplanned errors",
    "wrong_person_results": "Wrong answers",
    "ledger_gaps": "Ledger gaps",
    "recalled_answers": "Recalled",
    "p50_h": "Half, h",
    "p95_h": "95 of 100, h",
    "seconds": "Seconds",
}


def main() -> None:
    """Play the seeds, write the table, say whether every day was sound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=12_000)
    parser.add_argument("--seeds", type=int, default=20)
    options = parser.parse_args()
    days = []
    for seed in range(1, options.seeds + 1):
        days.append(played(options.people, seed))
        sys.stdout.write(" ".join(f"{key}={days[-1].get(key)}" for key in COLUMNS) + "\n")
        sys.stdout.flush()
    FULL.parent.mkdir(parents=True, exist_ok=True)
    FULL.write_text(json.dumps(days, indent=1) + "\n", "utf-8")
    PAGE.write_text(page(days, options.people), "utf-8")
    unsound = [str(day["seed"]) for day in days if not day["sound"]]
    if unsound:
        sys.exit(f"not sound: seeds {', '.join(unsound)}")


def played(people: int, seed: int) -> dict[str, Any]:
    """One day, as the launcher plays it, with how long that took."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.json"
        begun = time.monotonic()
        asked = ["--people", str(people), "--seed", str(seed), "--no-serve", "--json", str(file)]
        ended = subprocess.run(  # noqa: S603  no shell, our own words
            [str(PROJECT / "som"), "demo", *asked], check=False, stdout=subprocess.DEVNULL
        )
        table: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    seconds = round(time.monotonic() - begun)
    return {"seed": seed, **table, "seconds": seconds, "sound": ended.returncode == 0}


def page(days: list[dict[str, Any]], people: int) -> str:
    """The table as the documentation has it."""
    kinds: Counter[str] = Counter(error["kind"] for day in days for error in day.get("planned", ()))
    rows = [[str(day.get(key, "–")) for key in COLUMNS] for day in days]
    return _PAGE.format(
        people=people,
        kinds=", ".join(f"{kind} {number}" for kind, number in sorted(kinds.items())) or "none",
        sound=sum(day["sound"] for day in days),
        days=len(days),
        cores=os.cpu_count(),
        machine=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        headings=" | ".join(COLUMNS.values()),
        rule=" ---: |" * len(COLUMNS),
        rows="\n".join(f"| {' | '.join(row)} |" for row in rows),
    )


_PAGE = """# The drawn day, seed by seed

Written by `make bench-day`. Each line is one `./som demo --no-serve --people {people} --seed N`: a
province's day with everything that goes wrong on it, and every slip asked for at the public look-up
afterwards. *Planned misses* are people whose last answer says other than what is so because the drawn
world planned an error of a test, a loss or an absence before anything was tested; of all of them
here: {kinds}. *Unplanned errors*, *wrong answers* and *ledger gaps* must be 0; *infected* less
*found*, and *false positives*, together make *planned misses*. The same people and seed give the same
table on whatever day.

{sound} of {days} days sound. {cores} cores, {machine}; seconds from the command to the table, the
making of the database included.

| {headings} |
|{rule}
{rows}
"""


if __name__ == "__main__":
    main()
