"""Lists that grow for ever are read through their index, under row-level security, as plans say."""

from __future__ import annotations

import pytest

from som.access.queries import system_actor
from som.people.queries import decided_candidates, persons_owed
from som.sampling.queries import labels_on_paper, requests_of_the_dead
from tests.scale.plans import fill, plans
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

PEOPLE = 5_000


@pytest.fixture
def town(committed_db: str) -> Town:
    """A town with so many people more, a tenth of whom died."""
    built = Town()
    fill(
        """
        INSERT INTO people_person
            (unit_ids, name, name_key, phone, guardian, registered_at, died_at, reference)
        SELECT ARRAY[%s], 'A', 'a', '', '', %s, CASE WHEN n %% 10 = 0 THEN %s END, 'many ' || n
        FROM generate_series(1, %s) n
        """,
        built.north,
        NOON,
        NOON,
        PEOPLE,
    )
    return built


def test_the_reviews_newest_words_are_found_by_their_index(town: Town) -> None:
    fill(
        """
        INSERT INTO people_candidate
            (one_id, other_id, score, reasons, found_at, decision, decided_at, decided_by)
        SELECT one.id, other.id, 9, '{}', %s, 'parted', %s + other.id * interval '1 second', 'x'
        FROM people_person one JOIN people_person other
          ON other.id BETWEEN one.id + 1 AND one.id + 4
        """,
        NOON,
        NOON,
    )
    by = system_actor("matching")
    ((_, found),) = plans(
        lambda: decided_candidates(by=by, at=NOON, limit=50), about="FROM people_candidate"
    )
    assert "candidate_decided" in found
    assert "Seq Scan on people_candidate" not in found


def test_open_requests_of_the_dead_are_found_past_all_that_ended(town: Town) -> None:
    fill(
        """
        INSERT INTO sampling_testrequest
            (key, person_id, unit_id, reason, single, requested_at, due_at, unit_ids, ended_at,
             ended_as)
        SELECT 'many ' || p.id || ' ' || n, p.id, %s, 'roster', false, %s, %s, ARRAY[%s],
               CASE WHEN n > 1 THEN %s END, CASE WHEN n > 1 THEN 'refused' END
        FROM people_person p CROSS JOIN generate_series(1, 4) n WHERE p.name = 'A'
        """,
        town.north,
        NOON,
        NOON,
        town.north,
        NOON,
    )
    by = system_actor("sampling")
    assert len(requests_of_the_dead(by=by, limit=PEOPLE)) == PEOPLE // 10
    ((_, found),) = plans(
        lambda: requests_of_the_dead(by=by, limit=500), about="FROM people_selves"
    )
    assert "request_open_by_person" in found
    assert "person_died" in found
    assert "Seq Scan" not in found


def test_a_page_of_those_owed_begins_where_the_last_one_ended(town: Town) -> None:
    fill("UPDATE people_person SET owed_since = %s WHERE name = 'A'", NOON)
    by = system_actor("results")
    last = persons_owed(by=by, limit=PEOPLE // 2)[-1]
    ((_, found),) = plans(
        lambda: persons_owed(by=by, limit=50, after=last), about="FROM people_person"
    )
    assert "Index Scan using person_owed" in found
    assert "Sort" not in found
    assert "Index Cond: (id > " in found


def test_what_was_printed_or_handed_out_is_found_by_its_labels(town: Town) -> None:
    fill(
        """
        INSERT INTO sampling_labelprint
            (code, first, last, paper, used, again, printed_at, printed_by)
        SELECT 'P' || n, n * 10, n * 10 + 9, 'l7651', 0, '', %s, 'x' FROM generate_series(1, %s) n
        """,
        NOON,
        PEOPLE,
    )
    fill(
        """
        INSERT INTO sampling_handout (session_id, first, last, handed_at, counted_at)
        SELECT s.id, n * 10, n * 10 + 9, %s, %s
        FROM generate_series(1, %s) n, (SELECT min(id) AS id FROM sampling_session) s
        """,
        NOON,
        NOON,
        PEOPLE,
    )
    ((_, found),) = plans(lambda: labels_on_paper([(500, 509)]), about="sampling_labelprint")
    assert "label_print_by_labels" in found
    assert "handout_by_labels" in found
    assert "Seq Scan" not in found
