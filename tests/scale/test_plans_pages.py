"""No page reads what is over: each costs as much beside a long past as on the first day.

Watched is each table of the stages but those of `history.FEW`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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

MOST = 2_000
"""So many rows of a table a statement may go through, and half of a shorter one: a page has some
hundred lines, and what is counted of each of them. Whoever reads half has read what is over."""

WHOLE = {
    "s.campaign_id =": "the sessions of a campaign are counted, and what was swabbed at them",
    "verdicts AS MATERIALIZED": "all that a recall takes back is counted",
    "FROM sampling_card": "all cards of the rolls shown are counted",
    "FROM people_candidate": "persons in sight are hashed for the policy while there are so few",
    "FROM results_rate WHERE read_at >": "what is usual is counted over two weeks",
    "l.batch_id =": "what was extracted together is sought on the plates of the two weeks after",
}
"""Statements that go through the whole of what may itself be long, by words in them, and why."""


@dataclass
class Measured(Walk):
    """The links followed by one role, with the rows that each statement on the way went through."""

    most: dict[str, int] = field(default_factory=dict)
    excused: set[str] = field(default_factory=set)

    def look(self, path: str, address: str) -> str:
        with rows_read() as read:
            page = super().look(path, address)
        for statement, tables in read.items():
            for table, rows in tables.items():
                if rows > self.most.get(table, rows):
                    excused = {words for words in WHOLE if words in statement}
                    self.excused |= excused
                    if not excused:
                        self.faults.append(
                            f"{path} goes through {rows} rows of {table}: {statement}"
                        )
        return page


def test_no_page_reads_what_is_over(committed_db: str) -> None:
    cache.clear()
    past = Past()
    clock_at(NOON)
    most = {table: min(MOST, rows // 2) for table, rows in past.grown.items()}
    faults, excused = list[str](), set[str]()
    for role in ROLES:
        account = get_user_model().objects.get(username=open_for(past.town, role))
        client = Client()
        client.force_login(account, BACKEND)
        assert Measured(role, client, faults, most=most, excused=excused).follow()
    assert not faults, "\n".join(faults)
    assert excused == set(WHOLE)
