"""What calls whom, who takes it on, and when it is over."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction

from som.access.queries import system_actor
from som.kernel import sql
from som.kernel.errors import NotAllowed
from som.notices.commands import (
    acknowledge_alarms,
    acknowledge_notices,
    claim_messages,
    close_alarms,
    raise_alarms,
)
from som.notices.queries import alarms_counted, alarms_open, unacknowledged_notices
from som.notices.rules import AlarmField, AlarmKind, AlarmWanted
from som.notices.views.alarms import FIELDS, WORDS
from som.notices.work import take_up_unacknowledged
from tests.desks import clock_at, signed_in, statements, stranger
from tests.laws.notices import calls
from tests.notices.test_views import told
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

RAISER, DELIVERER = system_actor("lab"), system_actor("delivery")


@pytest.fixture
def town() -> Town:
    cache.clear()
    clock_at(NOON + timedelta(hours=1))
    return Town()


def raised(town: Town) -> dict[str, int]:
    raise_alarms(calls(town), by=RAISER, at=NOON)
    return dict(sql.rows("SELECT key, id FROM notices_alarm WHERE key = ANY(%s)", (KEYS,)))


KEYS = ["run_read:1", "a2", "a3", "a4"]


def test_an_alarm_calls_whoever_holds_its_permission_there_and_nobody_else(town: Town) -> None:
    ids = raised(town)
    seen = {
        name: [alarm.id for alarm in alarms_open(by=getattr(town, name))]
        for name in ("bao", "ana", "long", "ben", "sam", "cleo", "dora", "egon")
    }
    assert seen == {
        "bao": [ids["run_read:1"]],
        "ana": [ids["a2"]],  # who sends boxes from the north
        "dora": [ids["a2"]],
        "long": [ids["a4"]],
        "egon": [ids["a3"]],  # another province's
        "ben": [],
        "sam": [],
        "cleo": [],
    }
    with pytest.raises(NotAllowed):
        alarms_open(by=system_actor("public"))


def test_a_key_calls_once_for_good(town: Town) -> None:
    ids = raised(town)
    assert raise_alarms(calls(town), by=RAISER, at=NOON).done == []
    assert close_alarms(["run_read:1", "unheard"], by=RAISER, at=NOON).done == ["run_read:1"]
    assert raise_alarms(calls(town), by=RAISER, at=NOON).done == []
    assert alarms_open(by=town.bao) == []
    assert (
        acknowledge_alarms([ids["a2"]], by=town.bao, at=NOON).refused[0].reason == "alarm_unknown"
    )


def test_a_typed_field_is_said_where_it_is_a_code_and_else_left_out(town: Town) -> None:
    for number, (typed, said) in enumerate(
        [("LOT-1/2", True), ("Nguyễn Văn An", False), ("An 0912345678", False), ("x" * 41, False)]
    ):
        body = {AlarmField.KIT_LOT: typed, AlarmField.LABORATORY: "Phòng xét nghiệm Một"}
        raise_alarms(
            [AlarmWanted(f"k{number}", AlarmKind.HOLD, "results.review", town.lab1, body=body)],
            by=RAISER,
            at=NOON,
        )
        (found,) = alarms_open(by=town.bao)[number:]
        assert ("kit_lot" in found.body, "laboratory" in found.body) == (said, True)


def test_nothing_to_raise_or_close_is_nothing_noted(town: Town) -> None:
    before = sql.rows("SELECT count(*) FROM kernel_auditentry")
    raise_alarms([], by=RAISER, at=NOON)
    close_alarms([], by=RAISER, at=NOON)
    assert claim_messages(10, by=DELIVERER, at=NOON) == []
    assert sql.rows("SELECT count(*) FROM kernel_auditentry") == before
    with pytest.raises(NotAllowed):
        raise_alarms([], by=town.ana, at=NOON)


def test_who_takes_an_alarm_on_is_named_and_stays_so(town: Town) -> None:
    ids = raised(town)
    later = NOON + timedelta(minutes=5)
    assert acknowledge_alarms([ids["a2"]], by=town.ana, at=NOON).done
    assert acknowledge_alarms([ids["a2"]], by=town.dora, at=later).unchanged == [ids["a2"]]
    (mine,) = alarms_open(by=town.dora)
    assert (mine.acknowledged_by, mine.acknowledged_at) == ("ana", NOON)
    assert alarms_counted(by=town.dora) == {True: 1}


def test_the_database_knows_no_alarm_to_two_or_taken_on_by_nobody(town: Town) -> None:
    raised(town)
    for change in (
        "unit_id = %(unit)s, organisation_id = %(lab)s",
        "unit_id = NULL, organisation_id = NULL",
        "acknowledged_at = now()",
        "acknowledged_by = 'ana'",
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            sql.execute(
                f"UPDATE notices_alarm SET {change} WHERE key = 'a2'",
                {"unit": town.north, "lab": town.lab1},
            )


def test_every_kind_and_field_has_words() -> None:
    assert set(WORDS) == set(AlarmKind)
    assert set(FIELDS) == set(AlarmField)


def called_after(hours: float) -> int:
    """How many alarms are raised so many hours after noon."""
    return take_up_unacknowledged(by=DELIVERER, at=NOON + timedelta(hours=hours))


def test_a_positive_nobody_acknowledges_calls_the_province(town: Town) -> None:
    told(town, 2)
    assert called_after(0.9) == 0
    assert called_after(1) == 2, "the north's, and the province's own"
    assert called_after(1.1) == 0
    called = [a for a in alarms_open(by=town.dora) if a.kind == AlarmKind.UNACKNOWLEDGED]
    assert {(a.unit, a.subject, a.body["positives"]) for a in called} == {
        (town.province, town.north, "2"),
        (town.province, town.province, "2"),
    }
    assert [a for a in alarms_open(by=town.cleo) if a.kind == AlarmKind.UNACKNOWLEDGED] == []
    assert [a for a in alarms_open(by=town.egon) if a.kind == AlarmKind.UNACKNOWLEDGED] == []

    first, second = [n.id for n in unacknowledged_notices(by=town.cleo, at=NOON)]
    acknowledge_notices([first], by=town.cleo, at=NOON)
    assert called_after(1.2) == 1, "the second of the north calls by itself"
    acknowledge_notices([second], by=town.cleo, at=NOON)
    assert called_after(1.3) == 0
    left = [a.subject for a in alarms_open(by=town.dora) if a.kind == AlarmKind.UNACKNOWLEDGED]
    assert left == [town.province]


# Pages


def test_a_province_that_was_told_itself_is_named_and_led_to_its_notices(town: Town) -> None:
    told(town)
    assert called_after(1) == 2
    page = signed_in(town, "dora").get("/notices/alarms/").text
    assert page.count("Your province has not acknowledged") >= 1
    assert page.count('href="/notices/"') >= 2


def test_the_alarms_are_for_whoever_has_a_desk(town: Town) -> None:
    assert stranger().get("/notices/alarms/").headers["Location"].startswith("/sign-in/")
    assert "Nothing calls you" in signed_in(town, "egon").get("/notices/alarms/").text
    assert signed_in(town, "bao").get("/notices/alarms/").status_code == 200


def test_an_alarm_is_taken_on_by_a_button_and_the_others_see_by_whom(town: Town) -> None:
    raised(town)
    bao = signed_in(town, "bao")
    page = bao.get("/notices/alarms/").text
    assert "Run read" in page
    assert "R1" in page
    (number,) = re.findall(r'name="alarms" value="(\d+)"', page)
    after = bao.post("/notices/alarms/", {"alarms": number}).text
    assert "You have taken on 1 alarm." in after
    assert 'name="alarms"' not in after
    assert "bao" in after
    assert "You have taken on" not in bao.post("/notices/alarms/", {"alarms": number}).text
    for nonsense in ("", "x", "1;2"):
        assert bao.post("/notices/alarms/", {"alarms": nonsense}).status_code == 200


def test_somebody_elses_alarm_is_not_taken_on(town: Town) -> None:
    ids = raised(town)
    signed_in(town, "egon").post("/notices/alarms/", {"alarms": str(ids["run_read:1"])})
    assert alarms_open(by=town.bao)[0].acknowledged_at is None


def test_the_work_plan_counts_what_the_page_lists(town: Town) -> None:
    ids = raised(town)
    part = {"hx-request": "true"}

    def counted() -> list[int]:
        page = signed_in(town, "bao").get("/notices/alarms/slot/", headers=part).text
        return [int(value) for value in re.findall(r'count-value">(\d+)<', page)]

    assert counted() == [1, 0]
    acknowledge_alarms([ids["run_read:1"]], by=town.bao, at=NOON)
    assert counted() == [0, 1]


def test_the_number_of_statements_is_fixed(town: Town) -> None:
    raised(town)
    bao = signed_in(town, "bao")
    before = statements(bao, "/notices/alarms/")
    more = [
        AlarmWanted(f"m{n}", AlarmKind.HOLD, "results.review", organisation=town.lab1)
        for n in range(20)
    ]
    raise_alarms(more, by=RAISER, at=NOON)
    assert statements(bao, "/notices/alarms/") == before
