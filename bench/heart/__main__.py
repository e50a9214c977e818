"""See the package's own words."""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import closing
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT), str(PROJECT / "src")]
os.environ["PYTHONPATH"] = os.pathsep.join([str(PROJECT), str(PROJECT / "src")])

# ruff: noqa: E402 - the path comes first
from bench.heart import databases, report
from bench.heart.bars import exit_status
from bench.heart.compared import measured
from bench.heart.installation import in_a_process, template_in
from bench.heart.measure import LIVED_BEFORE
from bench.heart.profiled import show_steps
from bench.heart.server import HeartServer


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.heart", description=__doc__)
    parser.add_argument("--data", type=Path, default=PROJECT / ".data" / "bench" / "heart")
    parser.add_argument("--size", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--plates", type=int, default=10, help="of each group and client")
    parser.add_argument("--repeat", type=int, default=3, help="groups of which the middle counts")
    parser.add_argument("--batch", type=int, nargs="*", default=[100, 1_000])
    parser.add_argument("--clients", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--only", choices=["raw", "product"], help="one side; no report")
    parser.add_argument(
        "--steps", default="", help="of the product: register,receive,pool,import,…"
    )
    parser.add_argument("--profile", action="store_true", help="with --steps: cProfile as well")
    parser.add_argument("--page", action="store_true", help="only write the page again")
    asked = parser.parse_args()
    if asked.page:
        report.write_page()
        return
    sides = [asked.only] if asked.only else ["raw", "product"]
    with closing(HeartServer(asked.data)) as server:
        template = in_a_process(template_in, asked.data)
        if asked.steps:
            database = databases.product(server, template, asked.size[0])
            wanted = asked.steps.split(",")
            show_steps(
                server,
                database,
                wanted,
                plates=asked.plates,
                batch=asked.batch[-1],
                first_place=asked.size[0] + LIVED_BEFORE,
                profile=asked.profile,
            )
            return
        found = [
            measured(
                server,
                template,
                size,
                sides,
                plates=asked.plates,
                repeat=asked.repeat,
                batches=asked.batch,
                clients=asked.clients,
            )
            for size in asked.size
        ]
        if asked.only:
            print(json.dumps(found, indent=1))  # noqa: T201
            return
        promised = report.write(server, found)
    for bar in promised:
        if not bar.held:
            sys.stderr.write(f"{bar.said}: {bar.what} {bar.wanted} {bar.found}\n")
    sys.exit(exit_status(promised))


if __name__ == "__main__":
    main()
