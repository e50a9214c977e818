"""Accounts, first codes, roles: what is done, what is refused, and to whom."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from som.access import commands, queries
from som.access.rules import (
    FIRST_CODE_DAYS,
    AccessRefusal,
    EndedAssignment,
    FirstPassword,
    NewAccount,
    NewAssignment,
)
from som.kernel.actors import NOBODY, Actor
from som.kernel.errors import NotAllowed
from tests.access.conftest import AT, PASSWORD, TODAY, Opening, Town

FIRST = date(2026, 1, 1)


def reasons(outcome: object) -> list[str]:
    return [refused.reason for refused in outcome.refused]  # type: ignore[attr-defined]


def password_of(username: str) -> str:
    return str(get_user_model().objects.get(username=username).password)


CALLS = {
    "open_accounts": lambda by: commands.open_accounts([NewAccount("ana", "Ana", 1)], by=by, at=AT),
    "issue_first_codes": lambda by: commands.issue_first_codes(["ana"], by=by, at=AT),
    "set_first_passwords": lambda by: commands.set_first_passwords(
        [FirstPassword("ana", "x", "y")], by=by, at=AT
    ),
    "give_assignments": lambda by: commands.give_assignments(
        [NewAssignment("ana", "sampler", 1)], by=by, at=AT
    ),
    "end_assignments": lambda by: commands.end_assignments(
        [EndedAssignment("ana", "sampler", TODAY, 1)], by=by, at=AT
    ),
    "close_accounts": lambda by: commands.close_accounts(["ana"], by=by, at=AT),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", CALLS)
def test_nobody_does_nothing_and_asks_nothing(name: str) -> None:
    with CaptureQueriesContext(connection) as asked, pytest.raises(NotAllowed):
        CALLS[name](NOBODY)
    assert not asked.captured_queries


def test_a_batch_opens_what_it_can(town: Town, setup_actor: Actor) -> None:
    ana = NewAccount("ana", "Ana", town.north)
    outcome = commands.open_accounts(
        [
            ana,
            ana,
            NewAccount("ana", "Another Ana", town.north),
            NewAccount("Not Plain", "Ben", town.north),
            NewAccount("ben", " ", town.north),
            NewAccount("cleo", "Cleo", -1),
            NewAccount("dora", "Dora", town.north, -1),
            NewAccount("egon", "Egon", town.south, town.laboratory, "en"),
            NewAccount("fritz", "Fritz", town.south, None, "de"),
        ],
        by=setup_actor,
        at=AT,
    )
    assert [a.username for a in outcome.done] == ["ana", "egon"]
    assert outcome.unchanged == [ana]
    assert reasons(outcome) == [
        AccessRefusal.USERNAME_TAKEN,
        AccessRefusal.BAD_USERNAME,
        AccessRefusal.NO_NAME,
        AccessRefusal.UNKNOWN_UNIT,
        AccessRefusal.UNKNOWN_ORGANISATION,
        AccessRefusal.BAD_LANGUAGE,
    ]
    again = commands.open_accounts([ana], by=setup_actor, at=AT)
    assert (again.done, again.unchanged) == ([], [ana])
    assert not get_user_model().objects.get(username="ana").has_usable_password()


def test_an_administrator_gives_no_rights_beyond_the_territory(opened: Opening, town: Town) -> None:
    north = opened("minh", ("administrator", town.north, None))
    opened("ana")
    outcome = commands.give_assignments(
        [
            NewAssignment("ana", "sampler", town.north_commune, None, FIRST),
            NewAssignment("ana", "sampler", town.south_commune, None, FIRST),
            NewAssignment("ana", "administrator", town.south, None, FIRST),
            NewAssignment("ana", "lab_technician", None, town.laboratory, FIRST),
            NewAssignment("ana", "auditor", None, None, FIRST),
        ],
        by=north,
        at=AT,
    )
    assert [a.unit_id for a in outcome.done] == [town.north_commune]
    assert reasons(outcome) == [AccessRefusal.BEYOND_TERRITORY] * 4


def test_a_commune_administrator_has_no_say_over_the_province(opened: Opening, town: Town) -> None:
    commune = opened("minh", ("administrator", town.north_commune, None))
    opened("ana")
    outcome = commands.give_assignments(
        [NewAssignment("ana", "cdc_officer", town.north, None, FIRST)], by=commune, at=AT
    )
    assert reasons(outcome) == [AccessRefusal.BEYOND_TERRITORY]
    opening = commands.open_accounts([NewAccount("ben", "Ben", town.north)], by=commune, at=AT)
    assert reasons(opening) == [AccessRefusal.BEYOND_TERRITORY]


def test_nobody_gives_rights_to_themselves(opened: Opening, town: Town) -> None:
    minh = opened("minh", ("administrator", town.north, None))
    outcome = commands.give_assignments(
        [NewAssignment("minh", "cdc_officer", town.north, None, FIRST)], by=minh, at=AT
    )
    assert reasons(outcome) == [AccessRefusal.OWN_ACCOUNT]


def test_an_administrator_gets_no_code_for_an_account_that_reaches_further(
    opened: Opening, town: Town
) -> None:
    minh = opened("minh", ("administrator", town.north, None))
    opened("ana", ("sampler", town.north_commune, None))
    opened("both", ("sampler", town.north, None), ("sampler", town.south, None))
    opened("lan", ("auditor", None, None))
    opened("ben", ("lab_technician", None, town.laboratory))
    opened("egon", unit=town.south)
    outcome = commands.issue_first_codes(
        ["ana", "both", "lan", "ben", "egon", "nobody"], by=minh, at=AT
    )
    assert [code.username for code in outcome.done] == ["ana"]
    assert reasons(outcome) == [AccessRefusal.BEYOND_TERRITORY] * 4 + [
        AccessRefusal.UNKNOWN_ACCOUNT
    ]


def test_laboratories_and_the_provinces_administrator_are_for_the_province(
    opened: Opening, town: Town
) -> None:
    """Whoever administers a lower unit, or has no more than that role, makes no laboratory."""
    plain = opened("minh", ("administrator", town.south, None), unit=town.south)
    nga = opened("nga", ("province_administrator", town.south, None), unit=town.south)
    opened("lan", unit=town.south)
    wanted = [
        NewAssignment("lan", "lab_technician", None, town.laboratory, FIRST),
        NewAssignment("lan", "lab_reviewer", None, town.laboratory, FIRST),
        NewAssignment("lan", "province_administrator", town.south, None, FIRST),
    ]
    refused = commands.give_assignments(wanted, by=plain, at=AT)
    assert reasons(refused) == [AccessRefusal.PROVINCE_GIVES] * 3
    below = NewAssignment("lan", "province_administrator", town.south_commune, None, FIRST)
    assert reasons(commands.give_assignments([below], by=nga, at=AT)) == [
        AccessRefusal.NOT_A_PROVINCE
    ]
    assert commands.give_assignments(wanted, by=nga, at=AT).done == wanted
    ending = EndedAssignment("lan", "lab_reviewer", TODAY, None, town.laboratory)
    assert reasons(commands.end_assignments([ending], by=plain, at=AT)) == [
        AccessRefusal.PROVINCE_GIVES
    ]
    assert commands.end_assignments([ending], by=nga, at=AT).done == [ending]


def test_who_may_not_give_a_role_gets_no_code_for_it_and_closes_nobody_who_holds_it(
    opened: Opening, town: Town
) -> None:
    plain = opened("minh", ("administrator", town.south, None), unit=town.south)
    nga = opened("nga", ("province_administrator", town.south, None), unit=town.south)
    opened("ben", ("lab_technician", None, town.laboratory), unit=town.south)
    for outcome in (
        commands.issue_first_codes(["ben", "nga"], by=plain, at=AT),
        commands.close_accounts(["ben", "nga"], by=plain, at=AT),
    ):
        assert reasons(outcome) == [AccessRefusal.BEYOND_TERRITORY] * 2
    assert commands.issue_first_codes(["ben"], by=nga, at=AT).done


def test_a_kept_code_is_no_way_into_an_account_that_may_do_more(
    opened: Opening, town: Town, setup_actor: Actor
) -> None:
    opened("ana")
    opened("ben")
    codes = commands.issue_first_codes(["ana", "ben"], by=setup_actor, at=AT).done
    more = NewAssignment("ana", "cdc_officer", town.north, None, FIRST)
    wrong = NewAssignment("ben", "cdc_officer", -1, None, FIRST)
    commands.give_assignments([more, wrong], by=setup_actor, at=AT)
    outcome = commands.set_first_passwords(
        [FirstPassword(code.username, code.code, PASSWORD) for code in codes],
        by=queries.system_actor("public"),
        at=AT,
    )
    assert [given.username for given in outcome.done] == ["ben"]
    again = commands.issue_first_codes(["ana"], by=setup_actor, at=AT).done[0].code
    assert commands.give_assignments([more], by=setup_actor, at=AT).unchanged == [more]
    assert commands.set_first_passwords(
        [FirstPassword("ana", again, PASSWORD)], by=queries.system_actor("public"), at=AT
    ).done, "what was given already voids nothing"


def test_a_communes_administrator_closes_no_officer_of_the_province(
    opened: Opening, town: Town
) -> None:
    minh = opened("minh", ("administrator", town.north_commune, None))
    opened("cdc", ("cdc_officer", town.north, None), unit=town.north_commune)
    assert reasons(commands.close_accounts(["cdc"], by=minh, at=AT)) == [
        AccessRefusal.BEYOND_TERRITORY
    ]


def test_a_code_works_once(opened: Opening, setup_actor: Actor) -> None:
    opened("ana")
    code = commands.issue_first_codes(["ana"], by=setup_actor, at=AT).done[0]
    assert code.code
    assert code.expires_at == AT + timedelta(days=FIRST_CODE_DAYS)
    public = queries.system_actor("public")
    given = FirstPassword("ana", code.code.lower().replace("-", " "), PASSWORD)
    assert commands.set_first_passwords([given], by=public, at=AT).done == [given]
    assert get_user_model().objects.get(username="ana").check_password(PASSWORD)
    kept = password_of("ana")
    again = FirstPassword("ana", code.code, "ein-anderes-Passwort")
    assert reasons(commands.set_first_passwords([again], by=public, at=AT)) == [
        AccessRefusal.WRONG_CODE
    ]
    assert password_of("ana") == kept


def test_only_the_newest_code_works_and_only_for_its_days(
    opened: Opening, setup_actor: Actor
) -> None:
    opened("ana")
    public = queries.system_actor("public")
    old = commands.issue_first_codes(["ana"], by=setup_actor, at=AT).done[0]
    new = commands.issue_first_codes(["ana"], by=setup_actor, at=AT).done[0]
    for code, at in (
        (old.code, AT),
        ("", AT),
        ("0000-0000-0000-0", AT),
        (new.code, AT + timedelta(days=FIRST_CODE_DAYS)),
    ):
        outcome = commands.set_first_passwords(
            [FirstPassword("ana", code, PASSWORD)], by=public, at=at
        )
        assert reasons(outcome) == [AccessRefusal.WRONG_CODE]
    assert commands.set_first_passwords(
        [FirstPassword("ana", new.code, PASSWORD)], by=public, at=AT
    ).done


def test_unknown_closed_and_wrong_look_alike(opened: Opening, setup_actor: Actor) -> None:
    opened("ana")
    opened("gone")
    commands.issue_first_codes(["ana", "gone"], by=setup_actor, at=AT)
    commands.close_accounts(["gone"], by=setup_actor, at=AT)
    outcome = commands.set_first_passwords(
        [FirstPassword(name, "7BGX-YFT7-NXAE-V", PASSWORD) for name in ("ana", "gone", "none")],
        by=queries.system_actor("public"),
        at=AT,
    )
    assert set(reasons(outcome)) == {AccessRefusal.WRONG_CODE}


def test_a_weak_password_leaves_the_code_in_force(opened: Opening, setup_actor: Actor) -> None:
    opened("ana")
    code = commands.issue_first_codes(["ana"], by=setup_actor, at=AT).done[0].code
    public = queries.system_actor("public")
    weak = commands.set_first_passwords([FirstPassword("ana", code, "short")], by=public, at=AT)
    assert reasons(weak) == [AccessRefusal.WEAK_PASSWORD]
    assert weak.refused[0].detail
    assert commands.set_first_passwords(
        [FirstPassword("ana", code, PASSWORD)], by=public, at=AT
    ).done


def test_neither_code_nor_password_is_kept_or_shown(opened: Opening, setup_actor: Actor) -> None:
    opened("ana")
    code = commands.issue_first_codes(["ana"], by=setup_actor, at=AT).done[0].code
    given = FirstPassword("ana", code, PASSWORD)
    commands.set_first_passwords([given], by=queries.system_actor("public"), at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT a::text FROM access_account a UNION SELECT e::text FROM"
                       " kernel_auditentry e")  # fmt: skip
        everything = str(cursor.fetchall()) + repr(given)
    assert code not in everything
    assert code.replace("-", "") not in everything
    assert PASSWORD not in everything


def test_ending_a_role_ends_it(opened: Opening, town: Town) -> None:
    minh = opened("minh", ("administrator", town.north, None))
    ana = opened("ana", ("sampler", town.north_commune, None))
    ending = EndedAssignment("ana", "sampler", TODAY, town.north_commune)
    assert commands.end_assignments([ending], by=minh, at=AT).done == [ending]
    assert commands.end_assignments([ending], by=minh, at=AT).unchanged == [ending]
    later = queries.actor_of(ana.account_id or 0, on=TODAY + timedelta(days=1))
    assert not later.may("sampling.record")


def test_an_administrator_ends_no_role_elsewhere(opened: Opening, town: Town) -> None:
    minh = opened("minh", ("administrator", town.north, None))
    opened("egon", ("sampler", town.south_commune, None), unit=town.south)
    outcome = commands.end_assignments(
        [
            EndedAssignment("egon", "sampler", TODAY, town.south_commune),
            EndedAssignment("egon", "sampler", TODAY, town.north_commune),
            EndedAssignment("none", "sampler", TODAY, town.north_commune),
        ],
        by=minh,
        at=AT,
    )
    assert reasons(outcome) == [
        AccessRefusal.BEYOND_TERRITORY,
        AccessRefusal.NOT_HELD,
        AccessRefusal.UNKNOWN_ACCOUNT,
    ]


def test_closing_refuses_accounts_elsewhere(opened: Opening, town: Town) -> None:
    minh = opened("minh", ("administrator", town.north, None))
    opened("ana")
    opened("egon", unit=town.south)
    outcome = commands.close_accounts(["ana", "egon", "none"], by=minh, at=AT)
    assert outcome.done == ["ana"]
    assert reasons(outcome) == [AccessRefusal.BEYOND_TERRITORY, AccessRefusal.UNKNOWN_ACCOUNT]
    assert commands.close_accounts(["ana"], by=minh, at=AT).unchanged == ["ana"]
    assert reasons(commands.issue_first_codes(["ana"], by=minh, at=AT)) == [AccessRefusal.CLOSED]


def test_the_database_itself_refuses_a_role_twice_and_a_wrong_place(
    opened: Opening, town: Town
) -> None:
    ana = opened("ana", ("sampler", town.north_commune, None))
    insert = (
        "INSERT INTO access_assignment (account_id, role, unit_id, organisation_id, valid_from,"
        " given_at) VALUES (%s, %s, %s, %s, '2026-05-01', now())"
    )
    for role, unit, organisation, constraint in (
        ("sampler", town.north_commune, None, "assignment_is_held_once_a_day"),
        ("sampler", None, None, "assignment_is_bound_as_its_role_says"),
        ("lab_technician", town.north, None, "assignment_is_bound_as_its_role_says"),
        ("auditor", town.north, None, "assignment_is_bound_as_its_role_says"),
    ):
        with (
            pytest.raises(IntegrityError, match=constraint),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(insert, [ana.account_id, role, unit, organisation])


def test_statements_do_not_depend_on_the_number_of_items(town: Town, setup_actor: Actor) -> None:
    def asked(names: list[str]) -> tuple[int, ...]:
        counts = []
        for call in (
            lambda: commands.open_accounts(
                [NewAccount(name, name, town.north) for name in names], by=setup_actor, at=AT
            ),
            lambda: commands.give_assignments(
                [NewAssignment(n, "sampler", town.north, None, FIRST) for n in names],
                by=setup_actor,
                at=AT,
            ),
            lambda: commands.issue_first_codes(names, by=setup_actor, at=AT),
            lambda: commands.end_assignments(
                [EndedAssignment(n, "sampler", TODAY, town.north) for n in names],
                by=setup_actor,
                at=AT,
            ),
            lambda: commands.close_accounts(names, by=setup_actor, at=AT),
        ):
            with CaptureQueriesContext(connection) as found:
                assert len(call().done) == len(names)  # type: ignore[no-untyped-call]
            counts.append(len(found))
        return tuple(counts)

    assert asked(["one"]) == asked([f"many{number}" for number in range(1000)])
