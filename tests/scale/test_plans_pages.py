"""No page reads what is over: each costs as much beside a long past as on the first day."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client

from som.access.roles import ROLES
from tests.browser.test_every_page import Walk, open_for
from tests.desks import BACKEND, clock_at
from tests.scale.history import Past
from tests.scale.plans import rows_read
from tests.town import NOON

pytestmark = pytest.mark.slow

LONG = 4_000
"""Tables with so many rows are long: whoever reads half of one has read what is over."""

MOST = 2_000
"""So many rows of a long table a statement may go through: a page has some hundred lines, and what
is counted of each of them."""

WHOLE = {
    "s.campaign_id =": "the sessions of a campaign are counted, and what was swabbed at them",
    "verdicts AS MATERIALIZED": "all that a recall takes back is counted",
    "FROM sampling_card": "all cards of the rolls shown are counted",
    "FROM people_candidate": "persons in sight are hashed for the policy while there are so few",
    "l.batch_id =": "what was extracted together is sought on the plates of the two weeks after",
}
"""Statements that go through the whole of what may itself be long, by words in them, and why."""


@dataclass
class Measured(Walk):
    """The links followed by one role, with the rows that each statement on the way went through."""

    long: frozenset[str] = frozenset()

    def look(self, path: str, address: str) -> str:
        with rows_read() as read:
            page = super().look(path, address)
        self.faults += [
            f"{path} goes through {rows} rows of {table}: {statement}"
            for statement, tables in read.items()
            for table, rows in tables.items()
            if table in self.long and rows > MOST and not any(words in statement for words in WHOLE)
        ]
        return page


def test_no_page_reads_what_is_over(committed_db: str) -> None:
    cache.clear()
    past = Past()
    clock_at(NOON)
    long = frozenset(table for table, rows in past.grown.items() if rows >= LONG)
    assert len(long) > 10
    faults = list[str]()
    for role in ROLES:
        account = get_user_model().objects.get(username=open_for(past.town, role))
        client = Client()
        client.force_login(account, BACKEND)
        assert Measured(role, client, faults, long=long).follow()
    assert not faults, "\n".join(faults)
