"""Lists on their way in: what is refused, what follows, and that sending again changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from django.db import transaction

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.errors import Conflict
from som.people.commands import Death, Registration, join_persons, note_deaths, register_people
from som.people.matching.reviews import Pair
from som.people.rules import Declaration, Sex
from som.places import queries as places
from som.sampling import queries
from som.sampling.commands import (
    Halt,
    close_sessions,
    confirm_lists,
    record_swabs,
    stop_lists,
    take_in_rows,
)
from som.sampling.commands.imports.people import declaration_of
from som.sampling.lists.reasons import RowRefusal
from som.sampling.lists.written import ListRow, ReportedResult, RowRefused
from som.sampling.rules import RequestReason
from som.sampling.rules.imports import ListRefusal
from tests.sampling.sent_lists import (
    RESULTS,
    ROSTER,
    SWABS,
    counted,
    outcomes,
    person,
    previewed,
    shown,
    taken_in,
    verdicts,
)
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db


def test_a_roster_registers_its_people_and_asks_for_them() -> None:
    town = Town()
    north = places.units_by_id([town.north])[town.north]
    home = (north.path.split(", ")[1], "", north.name)
    rows = [person(2, residence=home), person(3, number="", address="Xóm 4"), person(4)]
    number = previewed(town, rows)
    assert verdicts(town, number) == ["new", "new", "new"]
    assert counted(town, "SELECT count(*) FROM people_person") == 0
    line = queries.list_sent(number, by=town.cleo)
    assert (line.state, line.rows, line.judged, line.accounted) == ("previewed", 3, 3, 0)
    assert shown(town, number)[0].residence == town.north

    assert confirm_lists([number], by=town.cleo, at=NOON).done == [number]
    take_in_rows([0, 1], list_id=number, by=town.cleo, at=NOON)
    assert queries.list_sent(number, by=town.cleo).state == "confirmed"
    take_in_rows([2], list_id=number, by=town.cleo, at=NOON)
    line = queries.list_sent(number, by=town.cleo)
    assert (line.state, line.done, line.unchanged, line.refused) == ("done", 3, 0, 0)
    asked = queries.open_requests(by=town.cleo, at=NOON)
    assert {one.name for one in asked} == {row.name for row in rows}
    assert {one.reason for one in asked} == {"roster"}
    assert {one.due_at for one in asked} == {datetime(2026, 11, 3, 17, tzinfo=NOON.tzinfo)}


def test_sent_again_it_changes_nothing_whatever_its_order() -> None:
    town = Town()
    rows = [person(2), person(3, number="", phone="0912345678"), person(4, number="")]
    taken_in(town, rows)
    again = previewed(town, [replace(row, row=9 - row.row) for row in reversed(rows)])
    assert verdicts(town, again) == ["unchanged"] * 3
    assert confirm_lists([again], by=town.cleo, at=NOON).done
    take_in_rows(range(3), list_id=again, by=town.cleo, at=NOON)
    line = queries.list_sent(again, by=town.cleo)
    assert (line.state, line.done, line.unchanged) == ("done", 0, 3)
    assert counted(town, "SELECT count(*) FROM people_person") == 3
    assert counted(town, "SELECT count(*) FROM sampling_testrequest") == 3


def test_sent_again_after_a_join_it_changes_nothing() -> None:
    town = Town()
    rows = [person(2), person(3, number="", phone="0912345678")]
    taken_in(town, rows)
    older = register_people(
        [Registration("OLD", Declaration("Nông Thị Cũ", Sex.FEMALE, number="019170000001"))],
        unit=town.north,
        by=town.ana,
        at=NOON,
    ).done[0]
    with scope.entered(town.cleo, "people.read"):
        listed = sql.rows("SELECT person_id FROM sampling_testrequest ORDER BY id")
    pair = Pair(listed[1][0], older.person_id or 0)
    assert join_persons([pair], by=town.cleo, at=NOON).done == [pair]
    again = taken_in(town, rows)
    assert outcomes(town, again) == [("unchanged", ""), ("unchanged", "")]
    assert counted(town, "SELECT count(*) FROM sampling_testrequest") == 2


def test_the_same_row_twice_is_one_person_and_namesakes_are_two() -> None:
    town = Town()
    one = person(2, "Nông Văn An", number="", address="Xóm 1")
    rows = [one, replace(one, row=3), replace(one, row=4, address="Xóm 2")]
    number = taken_in(town, rows)
    assert verdicts(town, number) == ["new", "unchanged", "new"]
    assert [line.detail for line in shown(town, number)][1] == ""
    assert outcomes(town, number) == [("done", ""), ("unchanged", ""), ("done", "")]
    assert counted(town, "SELECT count(*) FROM people_person") == 2


def test_who_is_known_is_said_wherever_they_were_met() -> None:
    town = Town()
    known = town.declaration(name="Lý Thị Hà", number="019190000001", birth_date=None)
    far = replace(known, residence=None)
    register_people([Registration("R1", far)], unit=town.other_province, by=town.egon, at=NOON)
    rows = [
        person(2, "LÝ THỊ HÀ", number="019190000001", sex=far.sex, birth_year=None),
        person(3, "Lý Văn Con", number="019190000001", sex=None, birth_year=2020),
    ]
    number = taken_in(town, rows)
    lines = shown(town, number)
    assert [line.verdict for line in lines] == ["known", "new"]
    assert "number_of_another" in lines[1].cautions
    assert counted(town, "SELECT count(*) FROM people_person") == 2


def test_what_cannot_be_true_is_refused_with_its_column() -> None:
    town = Town()
    rows = [
        person(2, number="12345"),
        person(3, birth_year=1850),
        person(4, residence=("Tỉnh Thái Nguyên", "", "Xã Không Có Ở Đâu")),
        RowRefused(5, "Họ và tên", RowRefusal.NAME_MISSING),
        person(6),
    ]
    number = taken_in(town, rows)
    lines = shown(town, number)
    assert [line.reason for line in lines] == [
        "number_unreadable",
        "birth_impossible",
        "address_unknown",
        "row_name_missing",
        "",
    ]
    assert [line.field for line in lines] == ["", "", "Xã", "Họ và tên", ""]
    line = queries.list_sent(number, by=town.cleo)
    assert (line.done, line.unchanged, line.refused) == (1, 0, 4)
    assert line.state == "done"
    found = queries.list_counts(number, by=town.cleo)
    assert (found.refused, found.done) == (4, 1)
    refused = queries.list_rows(number, by=town.cleo, at=NOON, only="refused", after=1, limit=1)
    assert [one.row for one in refused] == [4]


def test_a_divided_commune_turns_nobody_away() -> None:
    town = Town()
    before = date(2025, 6, 30)
    divided = next(
        unit
        for unit in places.communes_of(town.province, before)
        if places.carried([unit.id], NOON.date())[unit.id].unit_id is None
    )
    commune, district, province = divided.path.split(", ")
    number = previewed(town, [person(2, residence=(province, district, commune))], by=town.dora)
    (line,) = shown(town, number)
    assert (line.verdict, line.cautions, line.residence) == (
        "new",
        ("address_divided",),
        divided.id,
    )


def test_people_of_other_communes_are_asked_for_by_their_own_teams() -> None:
    town = Town()
    south = places.units_by_id([town.south])[town.south]
    home = (south.path.split(", ")[1], "", south.name)
    taken_in(town, [person(2, residence=home), person(3)], by=town.dora, unit=town.province)
    assert {one.unit for one in queries.open_requests(by=town.dora, at=NOON)} == {
        town.south,
        town.province,
    }


def test_symptoms_and_contacts_are_asked_for_alone() -> None:
    town = Town()
    rows = [person(2, subject="Sốt, ho"), person(3, reason="F1"), person(4)]
    number = taken_in(town, rows)
    assert [line.cautions for line in shown(town, number)] == [("alone",), ("alone",), ()]
    asked = {
        one.name: (one.reason, one.single) for one in queries.open_requests(by=town.cleo, at=NOON)
    }
    assert [asked[row.name] for row in rows] == [
        ("symptom", True),
        ("contact", True),
        ("roster", False),
    ]
    contacts = replace(ROSTER, reason=RequestReason.CONTACT)
    taken_in(town, [person(5)], contacts)
    assert queries.open_requests(by=town.cleo, at=NOON)[-1].reason == "contact"


def test_the_dead_are_not_asked_for_and_who_was_swabbed_lately_is_shown() -> None:
    town = Town()
    swab = town.swab(town.tubes(1)[0])
    assert record_swabs([swab], session="S1", by=town.ana, at=NOON).done
    assert swab.said is not None
    gone = town.declaration(sex=None, birth_date=None)
    met = register_people([Registration("R1", gone)], unit=town.north, by=town.ana, at=NOON)
    death = Death(met.done[0].person_id or 0, NOON)
    assert note_deaths([death], by=town.cleo, at=NOON).done
    row = person(
        2,
        swab.said.name,
        number=swab.said.number,
        sex=swab.said.sex,
        birth_date=swab.said.birth_date,
        birth_year=None,
    )
    dead = person(3, gone.name, number=gone.number, sex=None, birth_year=None)
    number = previewed(town, [row, dead])
    line, refused = shown(town, number)
    assert (line.verdict, line.swabbed_at) == ("known", swab.taken_at)
    assert (refused.verdict, refused.reason) == ("refused", "row_person_died")
    assert queries.list_counts(number, by=town.cleo).recent == 1


def test_a_list_of_swabs_is_recorded_into_its_session() -> None:
    town = Town()
    tube, pool = town.tubes(2)
    rows = [
        person(2, tube=tube),
        person(3, tube=pool),
        person(4, tube=pool, number=""),
        person(5, tube="211005DH.03001"),
        person(6, tube="KHÔNG-RÕ"),
        person(7, tube=""),
    ]
    number = previewed(town, rows, SWABS, by=town.ana)
    assert verdicts(town, number) == ["new"] * 4 + ["refused"] * 2
    assert [line.reason for line in shown(town, number)][4:] == ["tube_unknown", "row_tube_missing"]
    assert counted(town, "SELECT count(*) FROM sampling_swab") == 0
    assert confirm_lists([number], by=town.ana, at=NOON).done
    take_in_rows(range(6), list_id=number, by=town.ana, at=NOON)
    line = queries.list_sent(number, by=town.ana)
    assert (line.state, line.done, line.refused) == ("done", 4, 2)
    assert counted(town, "SELECT count(*) FROM sampling_swab") == 4
    again = taken_in(town, [*rows[1:4], rows[0]], SWABS, by=town.ana)
    assert verdicts(town, again) == ["unchanged"] * 4
    assert queries.list_sent(again, by=town.ana).unchanged == 4
    assert counted(town, "SELECT count(*) FROM sampling_swab") == 4


def test_more_people_in_a_tube_than_it_may_hold_are_refused_before_anything_is_done() -> None:
    town = Town()
    (pool,) = town.tubes(1)
    number = previewed(town, [person(n, tube=pool) for n in range(2, 9)], SWABS, by=town.ana)
    assert verdicts(town, number) == ["new"] * 5 + ["refused"] * 2
    assert shown(town, number)[-1].reason == "tube_full"


def test_a_session_closed_meanwhile_takes_nothing() -> None:
    town = Town()
    number = previewed(town, [person(2, tube=town.tubes(1)[0])], SWABS, by=town.ana)
    confirm_lists([number], by=town.ana, at=NOON)
    with scope.entered(town.dora, "people.read"):
        close_sessions(["S1"], by=town.dora, at=NOON)
    with pytest.raises(Conflict), transaction.atomic():
        take_in_rows([0], list_id=number, by=town.ana, at=NOON)
    halt = Halt(number, ListRefusal.SESSION_CLOSED)
    assert stop_lists([halt], by=system_actor("sampling"), at=NOON).done == [halt]
    line = queries.list_sent(number, by=town.ana)
    assert (line.state, line.fault) == ("stopped", "list_session_closed")
    assert confirm_lists([number], by=town.ana, at=NOON).done == [number]


def test_results_are_shown_and_never_confirmed() -> None:
    town = Town()
    (tube,) = town.tubes(1)
    record_swabs([town.swab(tube)], session="S1", by=town.ana, at=NOON)
    rows = [
        ListRow(2, tube=tube, result=ReportedResult.NEGATIVE),
        ListRow(3, tube="X", result=ReportedResult.POSITIVE),
    ]
    number = previewed(town, rows, RESULTS)
    assert verdicts(town, number) == ["known", "new"]
    outcome = confirm_lists([number], by=town.cleo, at=NOON)
    assert [str(r.reason) for r in outcome.refused] == ["list_is_results"]


def test_who_arrives_lodges_where_the_list_tells_it_from_their_home() -> None:
    arrived = person(2, address="Khu cách ly số 3", other={"home": "Xóm 1, xã Xa"})
    (stay,) = declaration_of(arrived, 7).stays
    assert (stay.kind, stay.unit, stay.text) == ("lodging", 7, "Khu cách ly số 3")
    assert declaration_of(person(3, address="Xóm 1"), 7).stays == ()
