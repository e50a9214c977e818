"""The one door through which tubes are deleted is open to those alone that were made just now."""

from __future__ import annotations

import pytest
from django.db import transaction

from som.kernel import sql
from tests.town import NOON, Town

_TAKE_BACK = "SELECT sampling_take_back_tubes(%s::bigint[])"
_EMPTY = """
INSERT INTO sampling_tube (scheme_id, code, session_id, unit_id, lab_id, tube_class, swabs,
                           first_swab_at, use_by_at, closing_reason, closed_by)
SELECT t.scheme_id, %s, t.session_id, t.unit_id, t.lab_id, 'screening', %s, t.first_swab_at,
       t.use_by_at, '', '{}'
FROM sampling_tube t LIMIT 1 RETURNING id
"""


def _empty_tube(code: str, said_to_hold: int) -> int:
    return int(sql.rows(_EMPTY, (code, said_to_hold))[0][0])


def _is_there(tube: int) -> bool:
    return sql.row("SELECT 1 FROM sampling_tube WHERE id = %s", (tube,)) is not None


def test_an_empty_tube_of_before_stays(committed_db: str) -> None:
    Town().sampled([1])
    untouched, changed = _empty_tube("E1", 1), _empty_tube("E2", 0)
    with transaction.atomic():
        sql.execute("UPDATE sampling_tube SET team_id = NULL WHERE id = %s", (changed,))
        sql.execute(_TAKE_BACK, ([untouched, changed],))
    assert _is_there(untouched)
    assert _is_there(changed)


@pytest.mark.django_db
def test_a_tube_made_for_nobody_is_taken_back_and_one_that_is_pointed_at_stays() -> None:
    town = Town()
    ((swab,),) = town.sampled([1])
    made, sent = _empty_tube("E1", 1), _empty_tube("E2", 1)
    sql.execute(
        "INSERT INTO sampling_custody (tube_id, step, handed_at, giver, taker, seal, lab_id,"
        " noted_by, noted_at) VALUES (%s, 'sent', %s, '', '', '', %s, 'ana', %s)",
        (sent, NOON, town.lab1, NOON),
    )
    ((held,),) = sql.rows("SELECT id FROM sampling_tube WHERE code = %s", (swab.tube,))
    sql.execute(_TAKE_BACK, ([made, sent, held],))
    assert (_is_there(made), _is_there(sent), _is_there(held)) == (False, True, True)
