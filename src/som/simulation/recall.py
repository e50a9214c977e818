"""The recall of the drawn day: the negatives of one run are taken back by two people."""

from __future__ import annotations

from datetime import datetime, timedelta

from som.lab.queries import runs
from som.results.commands import confirm_recalls, propose_recalls
from som.results.queries import recall_open
from som.results.rules import RecallWanted, ResultValue, Which
from som.simulation import schedule
from som.simulation.bench import Bench
from som.simulation.day import Day

_NOTICED_AFTER = timedelta(hours=8)
"""After the first swab: the morning's runs are released."""
_EVERY = timedelta(minutes=30)
_REASON = "Kiểm tra lại máy: bộ lọc kênh màu bị lệch, có thể bỏ sót dương tính"
_A_MOMENT = timedelta(minutes=1)


def plan_recall(day: Day, bench: Bench) -> None:
    """Let the CDC find out in the afternoon that a run of this laboratory cannot be trusted."""
    day.agenda.plan(day.start + _NOTICED_AFTER, lambda at: _propose(day, bench, at))


def _propose(day: Day, bench: Bench, at: datetime) -> None:
    plate = _smallest(day, bench)
    if plate is None:
        if day.agenda.waiting > 1:  # something is still going on beside the worker
            day.agenda.plan(at + _EVERY, lambda now: _propose(day, bench, now))
        return
    run = next(row for row in runs(by=bench.lab.technician, limit=1_000) if row.plate == plate)
    wanted = RecallWanted(
        bench.lab.id,
        run.read_at - _A_MOMENT,
        run.read_at + _A_MOMENT,
        _REASON,
        Which.NEGATIVES,
        run=run.id,
    )
    day.note_refused(propose_recalls([wanted], by=day.province.officer, at=at))
    day.agenda.plan(at + schedule.REVIEW, lambda now: _confirm(day, wanted, plate, now))


def _confirm(day: Day, wanted: RecallWanted, plate: str, at: datetime) -> None:
    recall = recall_open(wanted, by=day.province.second)
    assert recall is not None, "it was proposed a moment ago"
    outcome = confirm_recalls([recall], by=day.province.second, at=at)
    day.note_refused(outcome)
    if outcome.done:
        day.world.recalled.add(plate)
        day.pull(at)
        day.plan_visits(at)


def _smallest(day: Day, bench: Bench) -> str | None:
    """Of the plates whose every answer is released the one with the fewest negative people."""
    on_plate: dict[str, list[str]] = {}
    for code, plate in day.world.tested_on.items():
        on_plate.setdefault(plate, []).append(code)
    people = {}
    for plate, codes in on_plate.items():
        if bench.released_here.issuperset(codes):
            negative = sum(
                day.world.due(swab) in (ResultValue.NEGATIVE, ResultValue.NEGATIVE_BY_POOL)
                for code in codes
                for swab in day.world.swabs_in(code)
            )
            if negative:
                people[plate] = negative
    return min(people, key=lambda plate: (people[plate], plate), default=None)
