"""The worker with lists: step by step, after a crash, and with what it cannot foresee."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError
from procrastinate.contrib.django import app

from som.access.queries import account_ids, actor_of
from som.kernel import sql
from som.kernel.actors import Actor
from som.sampling import queries, work
from som.sampling.commands import ListSent, confirm_lists, receive_lists
from som.sampling.queries.imports import lists_at_work
from som.sampling.rules.imports import ListPurpose
from som.sampling.work import LISTS_TASK, take_up_lists, wake_for_lists
from tests.desks import open_account
from tests.laws.imports import DUE
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def cleo(town: Town) -> Actor:
    """The north's officer with an account: the worker acts in her name."""
    open_account(town, "cleo")
    return actor_of(account_ids(["cleo"])["cleo"], on=NOON.date())


def roster(rows: int, *, first: int = 0) -> ListSent:
    text = "Họ và tên,Năm sinh,CCCD\n"
    text += "".join(f"Nông Văn {n},1990,0190900{n:05d}\n" for n in range(first, first + rows))
    return ListSent("a.csv", text.encode(), ListPurpose.ROSTER, campaign="C1", due_on=DUE)


def sent(town: Town, by: Actor, file: ListSent) -> int:
    return receive_lists([file], unit=town.north, by=by, at=NOON).done[0].list_id or 0


def state(number: int, by: Actor) -> tuple[str, int, int]:
    line = queries.list_sent(number, by=by)
    return line.state, line.judged, line.accounted


def test_a_step_is_a_file_read_or_a_chunk_of_rows(
    town: Town, cleo: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "CHUNK", 2)
    number = sent(town, cleo, roster(5))
    seen = []
    while take_up_lists(at=NOON, steps=1):
        seen.append(state(number, cleo))
    assert seen == [
        ("read", 0, 0),
        ("read", 2, 0),
        ("read", 4, 0),
        ("previewed", 5, 0),
    ]
    assert confirm_lists([number], by=cleo, at=NOON).done
    assert take_up_lists(at=NOON) == 3
    assert state(number, cleo) == ("done", 5, 5)


def test_reading_goes_on_after_a_crash(
    town: Town, cleo: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = sent(town, cleo, roster(5))
    noted = work.note_rows

    def crashing(rows: object, **where: object) -> object:
        noted(rows[:2], **where)  # type: ignore[index,arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(work, "note_rows", crashing)
    with pytest.raises(KeyboardInterrupt):
        take_up_lists(at=NOON)
    monkeypatch.setattr(work, "note_rows", noted)
    assert state(number, cleo)[0] == "waiting"
    take_up_lists(at=NOON)
    assert state(number, cleo) == ("previewed", 5, 0)


def test_what_nobody_foresaw_ends_the_list_and_not_the_others(
    town: Town, cleo: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = sent(town, cleo, roster(1))
    read = work.read_list
    monkeypatch.setattr(work, "read_list", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        take_up_lists(at=NOON)
    line = queries.list_sent(number, by=cleo)
    assert (line.state, line.fault) == ("unreadable", "list_unexpected")
    monkeypatch.setattr(work, "read_list", read)
    other = sent(town, cleo, roster(1, first=7))
    take_up_lists(at=NOON)
    assert state(other, cleo)[0] == "previewed"


@pytest.mark.parametrize("error", [DatabaseError, ZeroDivisionError])
def test_a_list_that_fails_does_not_end_the_pass_over_the_others(
    town: Town, cleo: Actor, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """Two fail, one before and one after the one that goes on."""
    first, good, last = (sent(town, cleo, roster(2, first=n)) for n in (0, 10, 20))
    judge = work.judge_rows

    def judged(*places: Any, list_id: int, **where: Any) -> object:
        if list_id != good:
            raise error(list_id)
        return judge(*places, list_id=list_id, **where)

    monkeypatch.setattr(work, "judge_rows", judged)
    with pytest.raises(error) as raised:
        take_up_lists(at=NOON)
    assert raised.value.args == (first,)
    assert state(good, cleo) == ("previewed", 2, 0)
    left = "read" if error is DatabaseError else "unreadable"
    assert [state(number, cleo)[0] for number in (first, last)] == [left, left]
    monkeypatch.setattr(work, "judge_rows", judge)
    take_up_lists(at=NOON)
    if error is DatabaseError:
        assert state(last, cleo) == ("previewed", 2, 0)


def test_a_pass_in_which_every_list_fails_ends(
    town: Town, cleo: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        sent(town, cleo, roster(1, first=n))
    asked: list[int] = []

    def broken(number: int, at: object) -> bool:
        asked.append(number)
        raise DatabaseError

    monkeypatch.setattr(work, "_step", broken)
    with pytest.raises(DatabaseError):
        take_up_lists(at=NOON)
    assert len(asked) == len(set(asked)) == 3


def test_refused_rows_that_cannot_be_written_down_are_tried_once(
    town: Town, cleo: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = roster(1)
    number = sent(town, cleo, replace(file, content=file.content + "Lò Văn Ba,1850,\n".encode()))
    monkeypatch.setattr(work, "write_refused", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        take_up_lists(at=NOON)
    assert take_up_lists(at=NOON) == 0
    assert not queries.list_sent(number, by=cleo).refused_ready
    assert state(number, cleo)[0] == "previewed"


def test_the_next_step_is_taken_in_the_name_of_whoever_sent_it(town: Town, cleo: Actor) -> None:
    number = sent(town, cleo, roster(1))
    (waiting,) = lists_at_work(by=cleo)
    assert (waiting.id, waiting.account) == (number, account_ids(["cleo"])["cleo"])


def test_a_list_of_an_account_without_a_number_is_not_taken_up(town: Town) -> None:
    number = sent(town, town.cleo, roster(1))
    take_up_lists(at=NOON)
    assert queries.list_sent(number, by=town.cleo).fault == "list_sender_gone"


def test_waking_twice_is_one_job() -> None:
    from som.ops import timetable

    assert timetable.go_on_with_lists.name == LISTS_TASK
    assert LISTS_TASK in app.tasks
    wake_for_lists()
    wake_for_lists()
    jobs = sql.rows(
        "SELECT queueing_lock FROM procrastinate_jobs WHERE task_name = %s", (LISTS_TASK,)
    )
    assert jobs == [(LISTS_TASK,)]


def test_the_job_does_a_few_steps_and_asks_for_the_next(
    town: Town, cleo: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from som.kernel import clock
    from som.ops import timetable

    monkeypatch.setattr(clock, "now", lambda: NOON)
    monkeypatch.setattr(work, "CHUNK", 1)
    sent(town, cleo, roster(4))
    timetable.go_on_with_lists(timestamp=0)
    counted = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s"
    assert sql.row(counted, (LISTS_TASK,)) == (1,)
