"""What was scanned at a desk waits in a tray until somebody acts on it: nothing scanned is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused, once
from som.sampling.queries.trays import tray_kept
from som.sampling.rules.trays import (
    Laid,
    TrayRefusal,
    fault_of_laying,
    fault_of_taking_over,
    lies_there,
)


def lay_in_trays(laid: Sequence[Laid], *, by: Actor, at: datetime) -> Outcome[Laid]:
    """Lay codes into one's own trays, in the order given.

    Whether a code may be acted on at its desk the page asks before, and the command that acts on it
    decides. A code that lies at another place of the tray moves. Refuses what is no code, a place
    that is taken, and a full tray. What lies there already stays as it is. Locks the account's trays.
    """
    outcome: Outcome[Laid] = Outcome()
    with scope.entered(by, "sampling.keep_trays"):
        _lock(by.name)
        trays: dict[str, dict[str, str]] = {}
        for desk, code, place in sql.rows(
            "SELECT desk, code, place FROM sampling_tray WHERE kept_by = %s AND desk = ANY(%s)",
            (by.name, once(one.desk for one in laid)),
        ):
            trays.setdefault(desk, {})[code] = place
        for given in laid:
            tray = trays.setdefault(given.desk, {})
            if fault := fault_of_laying(given, tray):
                outcome.refused.append(Refused(given, fault, given.place))
            elif lies_there(given, tray):
                outcome.unchanged.append(given)
            else:
                tray[given.code] = given.place
                outcome.done.append(given)
        # What was moved twice lies where it was laid last.
        new = list({(one.desk, one.code): one for one in outcome.done}.values())
        _remove(new, by=by)
        sql.execute(
            """
            INSERT INTO sampling_tray (kept_by, desk, code, place, laid_at)
            SELECT %s, g.desk, g.code, g.place, %s
            FROM unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY
                 AS g (desk, code, place, scanned)
            ORDER BY g.scanned
            """,
            (
                by.name,
                at,
                [one.desk for one in new],
                [one.code for one in new],
                [one.place for one in new],
            ),
        )
        _note("sampling.lay_in_trays", outcome.done, by=by, at=at)
    return outcome


def take_from_trays(taken: Sequence[Laid], *, by: Actor, at: datetime) -> Outcome[Laid]:
    """Take codes out of one's own trays, wherever in the tray they lie.

    What does not lie there stays as it is. Locks the account's trays.
    """
    outcome: Outcome[Laid] = Outcome()
    with scope.entered(by, "sampling.keep_trays"):
        _lock(by.name)
        gone = _remove(taken, by=by)
        for given in taken:
            if (given.desk, given.code) in gone:
                gone.discard((given.desk, given.code))
                outcome.done.append(given)
            else:
                outcome.unchanged.append(given)
        _note("sampling.take_from_trays", outcome.done, by=by, at=at)
    return outcome


def empty_trays(desks: Sequence[str], *, by: Actor, at: datetime) -> Outcome[str]:
    """Empty one's own trays at these desks. An empty tray stays as it is.

    Locks the account's trays.
    """
    outcome: Outcome[str] = Outcome()
    with scope.entered(by, "sampling.keep_trays"):
        _lock(by.name)
        held = Counter(
            desk
            for (desk,) in sql.rows(
                "DELETE FROM sampling_tray WHERE kept_by = %s AND desk = ANY(%s) RETURNING desk",
                (by.name, list(desks)),
            )
        )
        for desk in once(desks):
            (outcome.done if desk in held else outcome.unchanged).append(desk)
        audit.record(by, "sampling.empty_trays", at=at, note={"trays": dict(held)})
    return outcome


def take_over_trays(desks: Sequence[str], *, lab: int, by: Actor, at: datetime) -> Outcome[str]:
    """Take what colleagues laid at these plates of a laboratory, and left lying, into one's own trays.

    For whoever lays plates there. What lies in one's own tray already, or at a place that is taken in
    it, is dropped: then nothing of theirs keeps a well from anybody. Refuses a desk of anything else.
    One at which nobody else laid anything stays as it is. Locks the trays of all these accounts.
    """
    outcome: Outcome[str] = Outcome()
    with scope.entered(by, "lab.plate", organisation=lab):
        wanted = []
        for desk in once(desks):
            if fault := fault_of_taking_over(desk, lab):
                outcome.refused.append(Refused(desk, fault))
            else:
                wanted.append(desk)
        others = sql.rows(
            "SELECT DISTINCT kept_by FROM sampling_tray WHERE desk = ANY(%s) AND kept_by <> %s",
            (wanted, by.name),
        )
        accounts = sorted(name for (name,) in others)
        _lock(by.name, *accounts)
        lines = sorted(
            sql.rows(
                "DELETE FROM sampling_tray WHERE desk = ANY(%s) AND kept_by = ANY(%s)"
                " RETURNING id, desk, code, place, laid_at",
                (wanted, accounts),
            )
        )
        sql.execute(
            """
            INSERT INTO sampling_tray (kept_by, desk, code, place, laid_at)
            SELECT %s, g.desk, g.code, g.place, g.laid_at
            FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[]) WITH ORDINALITY
                 AS g (desk, code, place, laid_at, scanned)
            ORDER BY g.scanned ON CONFLICT DO NOTHING
            """,
            (by.name, *([line[field] for line in lines] for field in range(1, 5))),
        )
        held = Counter(line[1] for line in lines)
        for desk in wanted:
            (outcome.done if desk in held else outcome.unchanged).append(desk)
        note = {"trays": dict(held), "of": accounts}
        audit.record(by, "sampling.take_over_trays", at=at, note=note)
    return outcome


def forget_tray_lines(line_ids: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Take out of anybody's trays what was laid there longer ago than the dated rule says.

    Refuses what lies there for fewer days. A line that is gone stays so. Locks the trays of the
    accounts whose lines they are.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "sampling.forget"):
        over = at - tray_kept(at)
        accounts = sql.rows(
            "SELECT DISTINCT kept_by FROM sampling_tray WHERE id = ANY(%s)", (list(line_ids),)
        )
        _lock(*(name for (name,) in accounts))
        laid = dict(
            sql.rows("SELECT id, laid_at FROM sampling_tray WHERE id = ANY(%s)", (list(line_ids),))
        )
        for given in once(line_ids):
            if given not in laid:
                outcome.unchanged.append(given)
            elif laid[given] > over:
                outcome.refused.append(Refused(given, TrayRefusal.KEPT_YET))
            else:
                outcome.done.append(given)
        gone = sql.rows(
            "DELETE FROM sampling_tray WHERE id = ANY(%s) RETURNING desk, kept_by", (outcome.done,)
        )
        note = {
            "trays": dict(Counter(desk for desk, _ in gone)),
            "of": dict(Counter(name for _, name in gone)),
        }
        audit.record(by, "sampling.forget_tray_lines", at=at, note=note)
    return outcome


def _lock(*accounts: str) -> None:
    """Let one request at a time touch these accounts' trays: two scans at once are two scans."""
    sql.execute(
        """
        SELECT pg_advisory_xact_lock(k.key) FROM (
            SELECT DISTINCT hashtextextended('tray:' || name, 0) AS key
            FROM unnest(%s::text[]) AS name ORDER BY key
        ) k
        """,
        (list(accounts),),
    )


def _remove(lines: Sequence[Laid], *, by: Actor) -> set[tuple[str, str]]:
    """Take these codes out of the trays of these desks; answer with those that lay there."""
    return {
        (desk, code)
        for desk, code in sql.rows(
            """
            DELETE FROM sampling_tray t USING unnest(%s::text[], %s::text[]) AS g (desk, code)
            WHERE t.kept_by = %s AND t.desk = g.desk AND t.code = g.code
            RETURNING t.desk, t.code
            """,
            ([one.desk for one in lines], [one.code for one in lines], by.name),
        )
    }


def _note(action: str, moved: Sequence[Laid], *, by: Actor, at: datetime) -> None:
    counts = Counter(one.desk for one in moved)
    audit.record(by, action, at=at, note={"trays": dict(counts)})
