"""A command takes as many statements for a thousand things as for one; so does a page's query."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from som.kernel import rulebook
from som.lab import queries as lab_queries
from som.notices.queries import unacknowledged_notices
from som.people.queries import people_named
from som.results import commands as results
from som.results import queries as results_queries
from som.results.queries import waiting_for_release
from som.sampling import queries as sampling_queries
from tests.laws.commands import commands
from tests.laws.laws import undone
from tests.scale import scenes
from tests.scale.prepared import PREPARED, Call
from tests.scale.scenes.releases import verdicts
from tests.town import NOON, Town

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("quick_hashing")]
assert scenes  # whatever stands in its modules is prepared by being imported


def counted(call: Call) -> int:
    rulebook.forget()
    with CaptureQueriesContext(connection) as asked:
        found = call()
    assert not getattr(found, "refused", ()), found.refused[:3]
    return len(asked)


@pytest.mark.parametrize("name", sorted(commands()))
def test_statements_do_not_grow_with_the_batch(name: str) -> None:
    prepare, many = PREPARED[name]
    counts = []
    for size in (1, many):
        with undone():
            counts.append(counted(prepare(size)))
    assert counts[0] == counts[1]


def test_only_commands_are_counted() -> None:
    assert set(PREPARED) == set(commands())


def _shown(town: Town) -> dict[str, Call]:
    """What the pages ask for, by name."""
    run = lab_queries.runs(by=town.ben)[-1].id
    session = sampling_queries.sessions(by=town.ana)[0].id
    tube = sampling_queries.tubes_of_session(session, by=town.dora)
    code = tube[0].code if tube else "S"
    return {
        "sessions": lambda: sampling_queries.sessions(by=town.dora),
        "session": lambda: sampling_queries.session(session, by=town.dora),
        "tubes": lambda: sampling_queries.tubes_of_session(session, by=town.dora),
        "requests": lambda: sampling_queries.open_requests(by=town.dora, at=NOON),
        "counts of requests": lambda: sampling_queries.request_counts(by=town.dora, at=NOON),
        "transfers": lambda: sampling_queries.transfers_waiting(by=town.dora, at=NOON),
        "campaigns": lambda: sampling_queries.campaigns(by=town.dora),
        "people": lambda: people_named("N", by=town.dora, at=NOON),
        "tubes at the bench": lambda: lab_queries.waiting_tubes(town.lab1, by=town.ben),
        "pools at the bench": lambda: lab_queries.waiting_pools(town.lab1, by=town.ben),
        "runs": lambda: lab_queries.runs(by=town.ben),
        "wells": lambda: lab_queries.wells_of_run(run, by=town.ben),
        "faults": lambda: lab_queries.faults_of_run(run, by=town.ben),
        "review": lambda: waiting_for_release(town.lab1, by=town.bao),
        "corrections": lambda: results_queries.corrections_open(town.lab1, by=town.bao),
        "where": lambda: results_queries.where_is(code, by=town.dora, at=NOON),
        "gaps": lambda: results_queries.ledger_gaps(by=town.dora, at=NOON),
        "inbox": lambda: unacknowledged_notices(by=town.cleo, at=NOON),
    }


def test_pages_ask_as_often_for_many_as_for_few() -> None:
    counts: list[dict[str, int]] = []
    for size in (1, 120):
        with undone():
            town, ids = verdicts(size)
            results.release_verdicts(ids[: size + 1], lab=town.lab1, by=town.bao, at=NOON)
            counts.append({name: counted(call) for name, call in _shown(town).items()})
    assert counts[0] == counts[1]
