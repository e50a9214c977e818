"""Loads dated rules and sets a drill's clock off."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from som.kernel import audit, clock, rulebook, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refusal, Refused, gettext_noop

STRICTER = ("higher", "lower", "none")
"""Which way a province may depart from the country's rule."""


class RuleRefusal(Refusal):
    """Why a dated rule was refused."""

    INCOMPLETE = "rule_incomplete", gettext_noop("The rule lacks a key, a value or its first day.")
    IMPOSSIBLE = (
        "rule_impossible",
        gettext_noop("The rule ends before it begins, or is stricter in no known way."),
    )
    OVERLAPS = "rule_overlaps", gettext_noop("Another rule already holds on some of these days.")


def load_rules(rules: Sequence[Mapping[str, Any]], *, by: Actor, at: datetime) -> Outcome[str]:
    """Take dated rules into the rulebook.

    The same rule again stays as it is. Refuses a rule whose days overlap another's of the same key
    and territory: ending the older one is a decision of its own.
    """
    outcome: Outcome[str] = Outcome()
    with scope.entered(by, "rules.manage"):
        sql.execute("LOCK TABLE kernel_rule IN SHARE ROW EXCLUSIVE MODE")
        held = sql.rows("SELECT key, territory, valid_from, valid_to, value::text FROM kernel_rule")
        days: dict[tuple[str, str], list[tuple[Any, Any, Any]]] = {}
        for key, territory, first, last, value in held:
            days.setdefault((key, territory), []).append((first, last, json.loads(value)))
        new = []
        for given in rules:
            key, first = given.get("key", ""), given.get("valid_from")
            if not key or first is None or "value" not in given:
                outcome.refused.append(Refused(key, RuleRefusal.INCOMPLETE))
                continue
            last, value = given.get("valid_to"), given["value"]
            if (last or first) < first or given.get("stricter", "none") not in STRICTER:
                outcome.refused.append(Refused(key, RuleRefusal.IMPOSSIBLE, str(first)))
                continue
            at_key = days.setdefault((key, given.get("territory", "")), [])
            if (first, last, value) in at_key:
                outcome.unchanged.append(key)
            elif any(
                (last is None or f <= last) and (to is None or first <= to) for f, to, _ in at_key
            ):
                outcome.refused.append(Refused(key, RuleRefusal.OVERLAPS, str(first)))
            else:
                at_key.append((first, last, value))
                new.append(given)
                outcome.done.append(key)
        sql.execute(
            """
            INSERT INTO kernel_rule
                (key, value, unit, legal_basis, valid_from, valid_to, territory, stricter)
            SELECT * FROM unnest(%s::text[], %s::jsonb[], %s::text[], %s::text[], %s::date[],
                                 %s::date[], %s::text[], %s::text[])
            """,
            (
                [g["key"] for g in new],
                [json.dumps(g["value"]) for g in new],
                [g.get("unit", "") for g in new],
                [g.get("legal_basis", "") for g in new],
                [g["valid_from"] for g in new],
                [g.get("valid_to") for g in new],
                [g.get("territory", "") for g in new],
                [g.get("stricter", "none") for g in new],
            ),
        )
        audit.record(by, "kernel.load_rules", at=at, note={"keys": outcome.done})
    rulebook.forget()
    return outcome


def set_clocks_off(offsets: Sequence[timedelta], *, by: Actor, at: datetime) -> Outcome[timedelta]:
    """Set the installation's clock off by the last of these constants, for a demo or a drill."""
    outcome: Outcome[timedelta] = Outcome()
    with scope.entered(by, "clock.set"):
        for offset in offsets[-1:]:
            changed = sql.execute(
                """
                INSERT INTO kernel_clockoffset (id, "offset") VALUES (1, %s)
                ON CONFLICT (id) DO UPDATE SET "offset" = EXCLUDED."offset"
                WHERE kernel_clockoffset."offset" <> EXCLUDED."offset"
                """,
                (offset,),
            )
            (outcome.done if changed else outcome.unchanged).append(offset)
            audit.record(
                by, "kernel.set_clocks_off", at=at, note={"seconds": offset.total_seconds()}
            )
    clock.forget()
    return outcome
