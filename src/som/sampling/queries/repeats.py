"""Who was swabbed lately: nobody is swabbed again and again unseen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from som.kernel import rulebook, sql
from som.kernel.clock import LOCAL


def _repeat_days(on: date) -> int:
    """Within how many days before this one another swab of a person is worth seeing."""
    return int(rulebook.rule("sampling.repeat.days", on=on).value)


def repeats_of(
    person_ids: Iterable[int], on: date, *, within_days: int | None = None
) -> dict[int, datetime]:
    """When each of these persons was last swabbed, if that was within so many days before this day.

    Wherever it was, and under whatever entry the person was met. For commands and queries inside
    their own scope and audit: only persons in sight are answered for. Without `within_days`, as the
    dated rule says.
    """
    days = _repeat_days(on) if within_days is None else within_days
    midnight = datetime.combine(on, time.min, tzinfo=LOCAL)
    return dict(
        sql.rows(
            "SELECT person_id, taken_at FROM sampling_last_swabs(%s::bigint[], %s, %s)",
            (
                list(set(person_ids)),
                midnight - timedelta(days=days),
                midnight + timedelta(days=1),
            ),
        )
    )
