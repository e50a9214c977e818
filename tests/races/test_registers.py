"""Rules, organisations, accounts and roles made by two at once are made once."""

from __future__ import annotations

from datetime import date

import pytest

from som.access import commands as access
from som.access.queries import system_actor
from som.access.rules import FirstPassword, NewAccount, NewAssignment
from som.kernel.commands import load_rules
from som.places import commands as places
from som.places.rules import Organisation
from tests.races.at_once import at_once, done, reasons
from tests.town import NOON, Town

pytestmark = pytest.mark.slow

SETUP = system_actor("setup")


def test_a_rule_holds_once_a_day(town: Town) -> None:
    rules = [
        {"key": "r", "value": n, "valid_from": date(2020, n, 1), "legal_basis": "x"} for n in (1, 2)
    ]
    answers = at_once(*(lambda r=r: load_rules([r], by=SETUP, at=NOON) for r in rules))
    assert len(done(answers)) == 1
    assert reasons(answers) == ["rule_overlaps"]


def test_an_organisation_code_has_one_meaning(town: Town) -> None:
    given = [Organisation("O-1", "school", name, town.north) for name in ("Một", "Hai")]
    answers = at_once(
        *(lambda o=o: places.register_organisations([o], by=SETUP, at=NOON) for o in given)
    )
    assert len(done(answers)) == 1


def test_accounts_codes_and_roles_are_given_once(town: Town) -> None:
    names = [f"name.{n}" for n in range(5)]
    given = [[NewAccount(name, who, town.north) for name in names] for who in ("Một", "Hai")]
    answers = at_once(
        lambda: access.open_accounts(given[0], by=SETUP, at=NOON),
        lambda: access.open_accounts(given[1][::-1], by=SETUP, at=NOON),
    )
    assert len(done(answers)) == 5
    roles = [
        NewAssignment(name, "sampler", town.north, None, date(2026, month, 1))
        for name in names
        for month in (1, 2)
    ]
    answers = at_once(
        lambda: access.give_assignments(roles[::2], by=SETUP, at=NOON),
        lambda: access.give_assignments(roles[1::2][::-1], by=SETUP, at=NOON),
    )
    assert len(done(answers)) == 5
    (code,) = access.issue_first_codes(names[:1], by=SETUP, at=NOON).done
    words = [FirstPassword(code.username, code.code, f"một-mật-khẩu-{n}") for n in range(2)]
    answers = at_once(
        *(
            lambda w=w: access.set_first_passwords([w], by=system_actor("public"), at=NOON)
            for w in words
        )
    )
    assert len(done(answers)) == 1
    assert reasons(answers) == ["wrong_code"]
