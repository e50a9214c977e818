"""Where the time of single steps of the product goes, for whoever wants to raise them."""

from __future__ import annotations

import pstats
import re
from contextlib import ExitStack
from pathlib import Path

from bench.heart.clients import Doing, together
from bench.heart.drawn import PLATE
from bench.heart.life import STEPS
from bench.heart.measure import clients_of, profile_folder, step_of
from bench.heart.server import HeartServer

SHOWN_STATEMENTS = 16
SHOWN_FUNCTIONS = 30


def show_steps(
    server: HeartServer,
    database: str,
    wanted: list[str],
    *,
    plates: int,
    batch: int,
    first_place: int,
    profile: bool,
) -> None:
    """Lead a group up to the last wanted step, and show those wanted.

    A first group warms caches and plans, the second is timed, a third counts statements, with
    cProfile where wished; for its numbers are its own: watching costs time.
    """
    order = [*STEPS[:1], "compare", "dispatch", *STEPS[1:], "follow"]
    last = max(order.index(step) for step in wanted)
    way = [s for s in order[: last + 1] if s in STEPS or s in wanted]
    with ExitStack() as kept:
        clients = kept.enter_context(clients_of(server, "product", database, 1, first_place))
        for turn in ("warm", "timed", "counted"):
            together(clients, "prepare", plates, batch)
            server.checkpoint()
            for step in way:
                if turn == "timed" and step in wanted:
                    server.forget_statements()
                    found = step_of(server, clients, step, plates=plates, batch=batch)
                    _show(found.as_dict())
                    _show_statements(server, database, found.specimens)
                elif turn == "counted" and step in wanted:
                    target = profile_folder(server) / f"{step}-{batch}.prof"
                    doing = together(clients, "profile", step, str(target) if profile else "")[0]
                    _show_counted(step, doing, plates)
                    if profile:
                        _show_profile(target)
                else:
                    together(clients, "run", step)
            if turn == "warm":
                server.analyze(database)


def _say(text: str = "") -> None:
    print(text, flush=True)  # noqa: T201


def _show(found: dict[str, object]) -> None:
    _say(f"\n=== {found['step']}, batch {found['batch']}, {found['specimens']} specimens")
    _say(
        f"    wall {found['wall_us']} us a specimen ({found['per_second']}/s):"
        f" client CPU {found['client_us']}, server CPU {found['server_us']};"
        f" WAL {found['wal_bytes']} bytes; {found['median_ms']} ms a call (worst"
        f" {found['worst_ms']}); peak {found['peak_mb']} MB"
    )


def _show_statements(server: HeartServer, database: str, specimens: int) -> None:
    lines = server.statements(database)
    _say(
        f"    {sum(line[0] for line in lines) * 1e3 / specimens:.1f} us a specimen inside statements"
    )
    _say("    us/specimen  calls   ms/call     rows  statement (planning not counted)")
    for total, calls, rows, text in lines[:SHOWN_STATEMENTS]:
        short = re.sub(r"\s+", " ", text)[:150]
        _say(
            f"    {total * 1e3 / specimens:11.2f} {calls:6d} {total / calls:9.3f} {rows:8d}  {short}"
        )


def _show_counted(step: str, doing: Doing, plates: int) -> None:
    calls = len(doing.latencies)
    _say(
        f"--- {step}: {doing.statements / calls:.1f} statements a call, {calls} calls;"
        " as the client waits for them (us a specimen, times a call):"
    )
    specimens = plates * PLATE
    ordered = sorted(doing.texts.items(), key=lambda item: -item[1][1])
    for text, (count, seconds) in ordered[:SHOWN_STATEMENTS]:
        short = re.sub(r"\s+", " ", text).strip()[:150]
        _say(f"    {seconds * 1e6 / specimens:11.2f} {count / calls:6.1f}  {short}")


def _show_profile(target: Path) -> None:
    _say(f"--- cProfile: {target}")
    stats = pstats.Stats(str(target))
    stats.sort_stats("tottime").print_stats(SHOWN_FUNCTIONS)
