"""What the worker pulls after a release, and a commune's day, cost the same beside a long history."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.notices.commands import claim_messages
from som.notices.queries import receiver_due
from som.people.commands import note_owed
from som.results.commands import release_verdicts, tell_newly_owed
from som.results.queries import (
    SlipsOf,
    answers_counted,
    answers_of_area,
    slips,
    slips_counted,
    waiting_for_release,
)
from som.results.rules import Paper
from som.sampling.queries import turns_due
from tests.scale.plans import fill, read_through
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

RESULTS = system_actor("results")

PAST = 10_000
"""People swabbed, answered and told on earlier days, in many communes."""


@pytest.fixture
def town(committed_db: str) -> Town:
    """A town with such a past, and a few people released just now."""
    built = Town()
    tubes = [swab.tube for (swab,) in built.sampled([1] * 12)]
    built.run("R1", dict.fromkeys(tubes, "negative"))
    waiting = [w.verdict for w in waiting_for_release(built.lab1, by=built.bao)]
    assert release_verdicts(waiting[:6], lab=built.lab1, by=built.bao, at=NOON).done
    fill(
        """
        WITH drawn AS MATERIALIZED (
            SELECT n, %(noon)s - (2 + n %% 300) * interval '1 day' AS at
            FROM generate_series(1, %(past)s) n
        ), sessions AS MATERIALIZED (
            INSERT INTO sampling_session (campaign_id, unit_id, lab_id, code, place, team, starts_at,
                                          closed_at, opened_by)
            SELECT s.campaign_id, s.unit_id, s.lab_id, 'past ' || d, s.place, s.team,
                   %(noon)s - d * interval '1 day', %(noon)s - d * interval '1 day', s.opened_by
            FROM generate_series(2, 301) d CROSS JOIN
                 (SELECT * FROM sampling_session ORDER BY id LIMIT 1) s
            RETURNING id, code
        ), people AS (
            INSERT INTO people_person (unit_ids, name, name_key, phone, guardian, registered_at,
                                       reference, compared_at)
            SELECT ARRAY[%(north)s], 'A', 'a', '', '', at, 'past ' || n, at FROM drawn
            RETURNING id, reference
        ), tubes AS (
            INSERT INTO sampling_tube (scheme_id, code, session_id, unit_id, lab_id, tube_class, swabs,
                                       first_swab_at, use_by_at, closing_reason, closed_by)
            SELECT t.scheme_id, 'X' || d.n, s.id, t.unit_id, t.lab_id, 'screening', 1, d.at,
                   d.at + interval '2 days', '', '{}'
            FROM drawn d JOIN sessions s ON s.code = 'past ' || 2 + d.n %% 300
            CROSS JOIN (SELECT * FROM sampling_tube ORDER BY id LIMIT 1) t
            RETURNING id, code, session_id, first_swab_at
        )
        INSERT INTO sampling_swab (unit_ids, stamp_ids, unit_id, session_id, tube_id, person_id, slip,
                                   name, phone, residence_id, address, specimen, taken_at,
                                   recorded_at, due_at)
        SELECT ARRAY[%(north)s], '{}', %(north)s, t.session_id, t.id, p.id, t.code, 'A', '09',
               %(north)s, '', 1, t.first_swab_at, t.first_swab_at, t.first_swab_at
        FROM tubes t JOIN people p ON p.reference = 'past ' || substr(t.code, 2)
        """,
        noon=NOON,
        past=PAST,
        north=built.north,
    )
    fill(
        """
        INSERT INTO notices_notice
            (key, unit_ids, kind, person_id, subject_id, to_phone, body, written_at, next_try_at,
             attempts, last_error, away, acknowledged_by, delivered_at)
        SELECT 'result:' || w.id || ':1:09', w.unit_ids, 'result_ready', w.person_id, w.id, '09',
               '{}', w.taken_at, w.taken_at, 3, '', true, '', w.taken_at
        FROM sampling_swab w WHERE w.name = 'A'
        """
    )
    fill(
        """
        INSERT INTO sampling_testrequest
            (key, person_id, unit_id, reason, single, requested_at, due_at, unit_ids, campaign_id,
             ended_at, ended_as, swab_id, followed)
        SELECT 'past ' || w.id, w.person_id, w.unit_id, 'roster', false, w.taken_at, w.taken_at,
               w.unit_ids, s.campaign_id, w.taken_at, 'swabbed', w.id, true
        FROM sampling_swab w JOIN sampling_session s ON s.id = w.session_id WHERE w.name = 'A'
        """
    )
    # Past the triggers: of these no run is kept here.
    fill(
        """
        ALTER TABLE results_result DISABLE TRIGGER USER;
        INSERT INTO results_result (unit_ids, swab_id, version, value, verdict_id, lab_id, read_by,
                                    released_by, released_at, reason)
        SELECT w.unit_ids, w.id, 1, 'negative', v.verdict_id, v.lab_id, v.read_by, v.released_by,
               w.taken_at, ''
        FROM sampling_swab w CROSS JOIN (SELECT * FROM results_release LIMIT 1) v
        WHERE w.name = 'A';
        ALTER TABLE results_result ENABLE TRIGGER USER;
        UPDATE sampling_campaign SET frequency_days = 3
        """
    )
    return built


GROWING = (
    "sampling_swab",
    "sampling_tube",
    "sampling_testrequest",
    "results_result",
    "notices_notice",
    "people_person",
)


def test_what_was_done_with_is_never_read_through(town: Town) -> None:
    with scope.entered(RESULTS, "results.read"):
        persons = [
            line[0] for line in sql.rows("SELECT person_id FROM sampling_swab WHERE name <> 'A'")
        ]
    waiting = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
    assert waiting
    delivery, sampling = system_actor("delivery"), system_actor("sampling")
    of = SlipsOf(town.north, NOON.date())
    calls: dict[str, Callable[[], object]] = {
        "delivery": lambda: claim_messages(250, by=delivery, at=NOON),
        "receivers away": lambda: receiver_due(by=delivery),
        "turns": lambda: turns_due(NOON.date(), by=sampling, limit=500),
        "area": lambda: answers_of_area(town.north, on=NOON.date(), by=town.cleo, at=NOON),
        "counted": lambda: answers_counted(town.north, on=NOON.date(), by=town.cleo),
        "slips": lambda: slips(of, Paper.SLIPS, by=town.cleo, at=NOON),
        "slips counted": lambda: slips_counted(of, by=town.cleo),
        "note_owed": lambda: note_owed(persons, by=RESULTS, at=NOON),
        "newly owed": lambda: tell_newly_owed(persons, by=RESULTS, at=NOON),
        "release": lambda: release_verdicts(waiting, lab=town.lab1, by=town.bao, at=NOON),
    }
    found = {name: read_through(call, GROWING) for name, call in calls.items()}
    assert {name: tables for name, tables in found.items() if tables} == {}
