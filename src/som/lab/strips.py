"""What a rapid antigen kit's rule makes of a strip read by eye. Pure.

Words: a *strip* is a test device for one person's swab. Its *control line* shows that the test
worked, its *test line* that the antigen is there. It must be *read* within the kit's minutes after
it was begun: before them a line may not have come, after them a false one may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from som.lab.kits import KitRuleError, Method, method_of
from som.lab.verdicts import Judgement, Reason, Verdict

_KEYS = frozenset({"code", "name", "method", "read_from_minutes", "read_until_minutes", "note"})


@dataclass(frozen=True, slots=True)
class StripRule:
    """How a kit's strips are read: from when until when after they were begun."""

    code: str
    name: str
    read_from: timedelta
    read_until: timedelta


def strip_rule(value: Mapping[str, object]) -> StripRule:
    """A rapid antigen kit's rule from the value of a dated rule; `KitRuleError` says what is wrong."""
    where = f"kit {value.get('code', '')}"
    if method_of(value) is not Method.ANTIGEN:
        raise KitRuleError(f"{where}: is no rapid antigen kit")
    if unknown := sorted(set(value) - _KEYS):
        raise KitRuleError(f"{where}: unknown {', '.join(unknown)}")
    code, name = value.get("code"), value.get("name")
    if not isinstance(code, str) or not code or not isinstance(name, str) or not name:
        raise KitRuleError(f"{where}: code or name is missing or no text")
    first, last = (
        _minutes(value, key, where) for key in ("read_from_minutes", "read_until_minutes")
    )
    if not timedelta(0) <= first < last:
        raise KitRuleError(f"{where}: read_from_minutes lies before read_until_minutes")
    return StripRule(code, name, first, last)


def _minutes(value: Mapping[str, object], key: str, where: str) -> timedelta:
    found = value.get(key)
    if not isinstance(found, int) or isinstance(found, bool):
        raise KitRuleError(f"{where}: {key} is missing or no whole number")
    return timedelta(minutes=found)


def judge_strip(
    *,
    control_line: bool,
    test_line: bool,
    started_at: datetime,
    read_at: datetime,
    rule: StripRule,
) -> Judgement:
    """The verdict on a strip. A line counts however faint it is.

    Read outside the kit's minutes, or without control line, it is invalid whatever it shows.
    """
    waited = read_at - started_at
    minutes = f"{int(waited / timedelta(minutes=1))} min"
    if waited < rule.read_from:
        return Judgement(Verdict.INVALID, Reason.READ_TOO_EARLY, minutes)
    if waited > rule.read_until:
        return Judgement(Verdict.INVALID, Reason.READ_TOO_LATE, minutes)
    if not control_line:
        return Judgement(Verdict.INVALID, Reason.CONTROL_LINE_MISSING)
    if test_line:
        return Judgement(Verdict.POSITIVE, Reason.LINES_SEEN)
    return Judgement(Verdict.NEGATIVE, Reason.ONLY_CONTROL_LINE)
