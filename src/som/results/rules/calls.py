"""What calls: late answers, rates that left their limits, reports that stopped. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from som.notices.rules import AlarmField, AlarmKind, AlarmWanted
from som.results.rules.rates import Drift, RateOf, Weighed
from som.results.rules.watch import STEPS, Late


def key_of_late(late: Late, day: date, known: Mapping[str, bool]) -> str:
    """The key of the call of this day for a laboratory, or for a unit whose tubes none has yet.

    `known`: keys of the day, and whether they are open. An open call stands; after one that is over
    the next number calls.
    """
    holder = f"lab:{late.lab}" if late.lab is not None else f"unit:{late.unit}"
    before = [key for key in known if key.startswith(f"late:{holder}:{day}:")]
    standing = [key for key in before if known[key]]
    return standing[0] if standing else f"late:{holder}:{day}:{len(before) + 1}"


def calls_of_late(
    late: Sequence[Late], names: Mapping[int, str], day: date, known: Mapping[str, bool]
) -> list[AlarmWanted]:
    """A laboratory's reviewers are called for what it has; who sends tubes, for what has not come."""
    calls = []
    for one in late:
        body = {AlarmField.TUBES: str(one.tubes), AlarmField.STEP: str(STEPS[-1])}
        if one.since is not None:
            body[AlarmField.SINCE] = one.since.isoformat()
        if one.lab is not None:
            body[AlarmField.LABORATORY] = names.get(one.lab, "")
        calls.append(
            AlarmWanted(
                key_of_late(one, day, known),
                AlarmKind.CLOCK,
                "results.review" if one.lab is not None else "sampling.dispatch",
                organisation=one.lab,
                unit=one.unit,
                body=body,
            )
        )
    return calls


@dataclass(frozen=True, slots=True)
class Stopped:
    """A report that could not be read to its end: which, whose, and which unit received it."""

    report: int
    sender: str
    unit: int


def calls_of_stopped(
    stopped: Sequence[Stopped], day: date, known: Mapping[str, bool]
) -> list[AlarmWanted]:
    """Whoever receives reports for the unit is called to one that stopped; an open call stands.

    `known`: keys of the day, and whether they are open.
    """
    calls = []
    for one in stopped:
        prefix = f"{AlarmKind.REPORT_STOPPED}:{one.report}:"
        standing = [key for key, is_open in known.items() if is_open and key.startswith(prefix)]
        calls.append(
            AlarmWanted(
                standing[0] if standing else f"{prefix}{day}",
                AlarmKind.REPORT_STOPPED,
                "results.receive_reports",
                unit=one.unit,
                subject_id=one.report,
                body={AlarmField.LABORATORY: one.sender},
            )
        )
    return calls


def calls_of_drift(
    weighed: Sequence[Weighed],
    labs: Mapping[int, tuple[str, int]],
    plates: Mapping[int, str],
    day: date,
) -> list[AlarmWanted]:
    """Each drift calls the laboratory's reviewers and whoever watches over its unit.

    `labs`: name and unit; `plates`: what the runs are called. A run calls once, a lot and a
    laboratory once a day.
    """
    calls = []
    for one in weighed:
        name, unit = labs[one.lab]
        what = {
            RateOf.RUN: f"run:{one.run}",
            RateOf.LOT: f"lot:{one.lab}:{one.kit_lot}:{day}",
            RateOf.LAB: f"lab:{one.lab}:{day}",
        }[one.of]
        for drift in one.drifts:
            invalid = drift is Drift.MANY_INVALIDS
            seen = one.seen.invalidity if invalid else one.seen.positivity
            usual = one.usual.invalidity if invalid else one.usual.positivity
            body = {
                AlarmField.LABORATORY: name,
                AlarmField.RATE: f"{seen:.1f}",
                AlarmField.EXPECTED: f"{usual:.1f}",
                AlarmField.COUNT: str(one.seen.tests),
                AlarmField.STATE: "invalid" if invalid else "positive",
            }
            if one.kit_lot and one.of is not RateOf.LAB:
                body[AlarmField.KIT_LOT] = one.kit_lot
            if one.run is not None:
                body[AlarmField.RUN] = plates.get(one.run) or str(one.run)
            kind = "pools" if one.pooled else "singles"
            key = f"drift:{what}:{one.method}:{kind}:{drift}"
            calls += [
                AlarmWanted(
                    f"{key}:lab", AlarmKind.DRIFT, "results.review",
                    organisation=one.lab, subject_id=one.run, body=body,
                ),
                AlarmWanted(
                    f"{key}:unit", AlarmKind.DRIFT, "results.gaps",
                    unit=unit, subject_id=one.run, body=body,
                ),
            ]  # fmt: skip
    return calls
