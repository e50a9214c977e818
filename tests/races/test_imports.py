"""Two hands at one list: every row is taken in once, and nobody waits for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from som.access.queries import account_ids, actor_of, system_actor
from som.kernel import sql
from som.sampling import queries
from som.sampling.commands import (
    Halt,
    ListSent,
    Reading,
    RefusedFile,
    RowRead,
    confirm_lists,
    drop_lists,
    judge_rows,
    keep_refused_files,
    note_readings,
    note_rows,
    receive_lists,
    stop_lists,
    take_in_rows,
)
from som.sampling.lists.written import ListRow
from som.sampling.rules.imports import ListPurpose, ListRefusal
from som.sampling.work import take_up_lists
from tests.desks import open_account
from tests.laws.imports import ROSTER
from tests.races.at_once import at_once, counted, done, reasons
from tests.town import NOON, Town

pytestmark = pytest.mark.slow


def people(town: Town, count: int) -> list[ListRow]:
    said = [town.declaration(name=f"Nông Văn {n}") for n in range(count)]
    return [
        ListRow(n + 2, name=one.name, number=one.number if n % 2 else "", phone=one.phone)
        for n, one in enumerate(said)
    ]


def read(town: Town, rows: list[ListRow], content: bytes = b"a") -> int:
    """A list of these rows, read."""
    file = replace(ROSTER, content=content)
    sent = receive_lists([file], unit=town.north, by=town.cleo, at=NOON).done[0].list_id or 0
    note_readings([Reading(sent, "som_roster", rows=len(rows))], by=town.cleo, at=NOON)
    given = [RowRead(place, row) for place, row in enumerate(rows)]
    note_rows(given, list_id=sent, by=town.cleo, at=NOON)
    return sent


def test_a_double_click_sends_one_list(town: Town) -> None:
    answers = at_once(
        *(lambda: receive_lists([ROSTER], unit=town.north, by=town.cleo, at=NOON) for _ in range(3))
    )
    assert len(done(answers)) == 1
    assert len({one.list_id for answer in answers for one in answer.held}) == 1
    assert counted("SELECT count(*) FROM sampling_list") == 1


def test_two_workers_read_look_through_and_take_in_each_row_once(town: Town) -> None:
    rows = people(town, 60)
    sent = receive_lists([ROSTER], unit=town.north, by=town.cleo, at=NOON).done[0].list_id or 0
    note_readings([Reading(sent, "som_roster", rows=len(rows))], by=town.cleo, at=NOON)
    given = [RowRead(place, row) for place, row in enumerate(rows)]
    answers = at_once(
        *(
            lambda part=part: note_rows(part, list_id=sent, by=town.cleo, at=NOON)
            for part in (given, given[::-1])
        )
    )
    assert len(done(answers)) == 60
    places = range(60)
    for step in (judge_rows, take_in_rows):
        if step is take_in_rows:
            assert confirm_lists([sent], by=town.cleo, at=NOON).done
        answers = at_once(
            *(
                lambda step=step, part=part: step(part, list_id=sent, by=town.cleo, at=NOON)
                for part in (places[:40], places[20:][::-1])
            )
        )
        assert sorted(done(answers)) == list(places)
        assert reasons(answers) == []
    line = queries.list_sent(sent, by=town.cleo)
    assert (line.state, line.done) == ("done", 60)
    assert counted("SELECT count(*) FROM sampling_testrequest") == 60


def test_two_workers_at_all_that_waits_do_it_once(town: Town) -> None:
    open_account(town, "cleo")
    cleo = actor_of(account_ids(["cleo"])["cleo"], on=NOON.date())
    text = "Họ và tên,Năm sinh,CCCD\n"
    text += "".join(f"Nông Văn {n},1990,0190900{n:05d}\n" for n in range(50))
    files = [replace(ROSTER, name="a.csv", content=(text + "\n" * n).encode()) for n in range(2)]
    sent = receive_lists(files, unit=town.north, by=cleo, at=NOON).done
    for _ in range(3):  # a list that the other has in hand is left to the next turn
        answers = at_once(*(lambda: take_up_lists(at=NOON) for _ in range(2)))
        assert all(isinstance(answer, int) for answer in answers)
        confirm_lists([one.list_id or 0 for one in sent], by=cleo, at=NOON)
    for one in sent:
        line = queries.list_sent(one.list_id or 0, by=cleo)
        assert (line.state, line.rows, line.accounted) == ("done", 50, 50)
    assert counted("SELECT count(*) FROM sampling_testrequest") == 50
    assert counted("SELECT count(*) FROM people_person") == 50


def test_a_session_closed_meanwhile_stops_the_work_until_it_is_confirmed_again(
    town: Town,
) -> None:
    open_account(town, "ana")
    ana = actor_of(account_ids(["ana"])["ana"], on=NOON.date())
    text = f"Mã ống mẫu,Họ và tên,Năm sinh\n{town.tubes(1)[0]},Nông Văn An,1990\n"
    file = ListSent("a.csv", text.encode(), ListPurpose.SWABS, session="S1")
    number = receive_lists([file], unit=town.north, by=ana, at=NOON).done[0].list_id or 0
    take_up_lists(at=NOON)
    assert confirm_lists([number], by=ana, at=NOON).done
    sql.execute("UPDATE sampling_session SET closed_at = %s WHERE code = 'S1'", (NOON,))
    take_up_lists(at=NOON)
    line = queries.list_sent(number, by=ana)
    assert (line.state, line.fault) == ("stopped", "list_session_closed")
    assert take_up_lists(at=NOON) == 0
    sql.execute("UPDATE sampling_session SET closed_at = NULL")
    assert confirm_lists([number], by=ana, at=NOON).done
    take_up_lists(at=NOON)
    line = queries.list_sent(number, by=ana)
    assert (line.state, line.done) == ("done", 1)


def test_two_lists_about_the_same_people_ask_for_each_once(town: Town) -> None:
    rows = [replace(row, number=f"0190900{row.row:05d}") for row in people(town, 60)]
    lists = [read(town, part, content) for part, content in ((rows, b"a"), (rows[::-1], b"b"))]
    for number in lists:
        judge_rows(range(60), list_id=number, by=town.cleo, at=NOON)
    assert len(confirm_lists(lists, by=town.cleo, at=NOON).done) == 2
    answers = at_once(
        *(
            lambda number=number: take_in_rows(range(60), list_id=number, by=town.cleo, at=NOON)
            for number in lists
        )
    )
    assert len(done(answers)) == 60
    assert counted("SELECT count(*) FROM sampling_testrequest") == 60
    assert counted("SELECT count(*) FROM people_person") == 60


def test_a_list_is_confirmed_or_dropped(town: Town) -> None:
    number = read(town, people(town, 3))
    judge_rows(range(3), list_id=number, by=town.cleo, at=NOON)
    answers = at_once(
        lambda: confirm_lists([number], by=town.cleo, at=NOON),
        lambda: drop_lists([number], by=town.cleo, at=NOON),
    )
    assert done(answers) == [number]
    assert reasons(answers) in (["list_taken_in"], ["list_not_previewed"])


def test_a_list_is_stopped_once_and_its_refused_rows_are_kept_once(town: Town) -> None:
    number = read(town, people(town, 3))
    halt = Halt(number, ListRefusal.UNEXPECTED)
    by = system_actor("sampling")
    answers = at_once(*(lambda: stop_lists([halt], by=by, at=NOON) for _ in range(2)))
    assert len(done(answers)) == 1
    file = RefusedFile(number, 1, b"x")
    answers = at_once(*(lambda: keep_refused_files([file], by=by, at=NOON) for _ in range(2)))
    assert len(done(answers)) == 1
