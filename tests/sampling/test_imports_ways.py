"""The ways of a list: which files are received, previews, confirming, dropping, giving up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotAllowed, NotFound
from som.people.commands import Registration, register_people
from som.sampling import queries, work
from som.sampling.commands import (
    ListSent,
    RefusedFile,
    close_sessions,
    confirm_lists,
    drop_lists,
    judge_rows,
    keep_refused_files,
    receive_lists,
    take_in_rows,
)
from som.sampling.commands.imports.tries import MOST_TRIES
from som.sampling.lists.reasons import RowRefusal
from som.sampling.lists.written import RowRefused
from som.sampling.rules.imports import LARGEST_FILE, ListPurpose, ListState
from tests.sampling.sent_lists import ROSTER, SWABS, counted, person, previewed, sent
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"content": b""}, "list_file_empty"),
        ({"content": b"x" * (LARGEST_FILE + 1)}, "list_file_too_large"),
        ({"campaign": "C9"}, "list_campaign_unknown"),
        ({"campaign": None}, "list_purpose_unclear"),
        ({"session": "S1"}, "list_purpose_unclear"),
        ({"due_on": None}, "list_due_missing"),
        ({"purpose": ListPurpose.SWABS, "campaign": None, "session": "S1"}, "list_not_here"),
    ],
)
def test_why_a_file_is_not_received(changes: dict[str, object], reason: str) -> None:
    town = Town()
    outcome = receive_lists(
        [replace(ROSTER, **changes)],  # type: ignore[arg-type]
        unit=town.north,
        by=town.cleo,
        at=NOON,
    )
    assert [str(r.reason) for r in outcome.refused] == [reason]


def test_why_a_list_of_swabs_is_not_received() -> None:
    town = Town()
    close_sessions(["S2"], by=town.dora, at=NOON)
    files = [replace(SWABS, session=code) for code in ("S3", "S2")]
    outcome = receive_lists(files, unit=town.north, by=town.ana, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == [
        "list_session_unknown",
        "list_session_closed",
    ]


def test_the_same_file_is_one_list_while_it_is_under_way() -> None:
    town = Town()
    one = receive_lists([ROSTER, ROSTER], unit=town.north, by=town.cleo, at=NOON)
    assert (len(one.done), len(one.unchanged)) == (1, 1)
    again = receive_lists([ROSTER], unit=town.north, by=town.cleo, at=NOON)
    assert again.unchanged[0].list_id == one.done[0].list_id
    assert drop_lists([one.done[0].list_id or 0], by=town.cleo, at=NOON).done
    assert receive_lists([ROSTER], unit=town.north, by=town.cleo, at=NOON).done


def test_a_list_is_confirmed_once_its_preview_is_complete() -> None:
    town = Town()
    number = sent(town, [person(2), person(3)])

    def reasons(by: Actor) -> list[str]:
        return [str(r.reason) for r in confirm_lists([number], by=by, at=NOON).refused]

    judge_rows([0], list_id=number, by=town.cleo, at=NOON)
    assert reasons(town.cleo) == ["list_not_previewed"]
    judge_rows([1, 1, 7], list_id=number, by=town.cleo, at=NOON)
    assert reasons(town.ana) == ["list_not_here"]
    assert reasons(town.egon) == ["list_unknown"]
    empty = sent(town, [RowRefused(2, "", RowRefusal.NAME_MISSING)])
    assert [str(r.reason) for r in confirm_lists([empty], by=town.cleo, at=NOON).refused] == [
        "list_nothing_to_do"
    ]
    assert confirm_lists([number], by=town.cleo, at=NOON).done == [number]
    assert confirm_lists([number], by=town.cleo, at=NOON).unchanged == [number]
    assert [str(r.reason) for r in drop_lists([number], by=town.cleo, at=NOON).refused] == [
        "list_taken_in"
    ]


def test_a_dropped_list_keeps_no_names() -> None:
    town = Town()
    number = previewed(town, [person(2)])
    assert drop_lists([number], by=town.cleo, at=NOON).done == [number]
    assert drop_lists([number], by=town.cleo, at=NOON).unchanged == [number]
    assert counted(town, "SELECT count(*) FROM sampling_listrow") == 0
    assert counted(town, "SELECT sum(length(content)) FROM sampling_list") == 0
    assert queries.lists_sent(by=town.cleo) == []


def test_what_another_unit_sent_does_not_exist() -> None:
    town = Town()
    number = previewed(town, [person(2)])
    with pytest.raises(NotFound), transaction.atomic():
        queries.list_sent(number, by=town.egon)
    with pytest.raises(NotFound), transaction.atomic():
        take_in_rows([0], list_id=number, by=town.egon, at=NOON)
    assert queries.list_rows(number, by=town.egon, at=NOON) == []
    with pytest.raises(NotAllowed):
        take_in_rows([0], list_id=number, by=town.ben, at=NOON)


def test_refused_rows_are_kept_as_a_file_once() -> None:
    town = Town()
    number = sent(town, [RowRefused(2, "", RowRefusal.NAME_MISSING)])
    with pytest.raises(NotFound), transaction.atomic():
        queries.refused_file(number, by=town.cleo, at=NOON)
    file = RefusedFile(number, 1, b"xlsx")
    with pytest.raises(NotAllowed), transaction.atomic():
        keep_refused_files([file], by=town.cleo, at=NOON)
    by = system_actor("sampling")
    assert keep_refused_files([file], by=by, at=NOON).done == [file]
    assert keep_refused_files([file], by=by, at=NOON).unchanged == [file]
    name, content = queries.refused_file(number, by=town.cleo, at=NOON)
    assert (name, content) == ("a.xlsx", b"xlsx")


def test_a_preview_reads_nobody_unnoted() -> None:
    town = Town()
    met = register_people(
        [Registration("R1", town.declaration(number="019190000001", name="Lý Thị Hà", sex=None,
                                             birth_date=None))],
        unit=town.north,
        by=town.ana,
        at=NOON - timedelta(hours=3),
    )  # fmt: skip
    number = previewed(
        town, [person(2, "Lý Thị Hà", number="019190000001", sex=None, birth_year=None)]
    )
    noted = "SELECT persons, things FROM kernel_auditentry WHERE action = 'sampling.judge_rows'"
    assert sql.row(noted) == ([met.done[0].person_id], [number])


def test_a_list_that_kills_the_worker_is_left_after_some_tries(monkeypatch) -> None:
    """A killed process runs no handler: here each step ends as if the process were gone."""
    town = Town()
    sent = receive_lists(
        [ListSent("a.csv", b"x", ListPurpose.RESULTS)], unit=town.north, by=town.ana, at=NOON
    ).done[0]
    begun = 0

    def killed(*_: object) -> None:
        nonlocal begun
        begun += 1
        raise DatabaseError("gone")  # nothing is noted of a database error either

    monkeypatch.setitem(work._STEPS, ListState.WAITING, killed)
    for _ in range(MOST_TRIES):
        with pytest.raises(DatabaseError, match="gone"):
            work.take_up_lists(at=NOON, steps=1)
    assert work.take_up_lists(at=NOON, steps=1) == 1
    assert begun == MOST_TRIES
    assert work.take_up_lists(at=NOON, steps=1) == 0
    with scope.entered(town.ana, "sampling.read"):
        assert sql.rows(
            "SELECT state, tries FROM sampling_list WHERE id = %s", (sent.list_id,)
        ) == [("unreadable", 0)]
