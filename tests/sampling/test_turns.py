"""Campaigns turn after turn, and files of lists whose time is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.errors import NotAllowed
from som.people.commands import (
    Death,
    Registration,
    join_persons,
    note_deaths,
    register_people,
)
from som.people.matching.reviews import Pair
from som.sampling import work
from som.sampling.commands import (
    Campaign,
    Ending,
    Handover,
    ListSent,
    RequestWanted,
    Session,
    accept_transfers,
    ask_turns,
    end_campaigns,
    end_requests,
    forget_files,
    open_sessions,
    plan_campaigns,
    receive_lists,
    record_swabs,
    request_tests,
    transfer_requests,
)
from som.sampling.queries import (
    CampaignRow,
    campaigns,
    list_sent,
    open_requests,
    turns_due,
)
from som.sampling.rules import (
    RequestEnd,
    RequestReason,
    SwabTaken,
    TurnFacts,
    fault_of_turn,
)
from som.sampling.rules.imports import ListPurpose
from som.sampling.work import (
    take_up_deaths,
    take_up_ended,
    take_up_living,
    take_up_old_files,
    take_up_turns,
)
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
BEFORE = NOON - timedelta(hours=4)
WORKER = system_actor("sampling")


def market() -> Town:
    """The town with a market that is tested every three days, until further notice."""
    town = Town()
    weekly = Campaign("C3", "Chợ", town.province, "screening", date(2026, 11, 1), 5)
    weekly = replace(weekly, frequency_days=3)
    assert plan_campaigns([weekly], by=town.dora, at=NOON).done
    session = Session("T1", "C3", town.north, town.lab1, "Chợ", BEFORE)
    assert open_sessions([session], by=town.dora, at=NOON).done
    return town


@pytest.fixture
def town() -> Town:
    return market()


def met(town: Town, many: int = 1) -> list[int]:
    """So many people of the north."""
    start = town.random.randrange(10**6)
    asked = [Registration(f"A{start}-{n}", town.declaration()) for n in range(many)]
    found = register_people(asked, unit=town.north, by=town.ana, at=BEFORE).held
    return [entry.person_id or 0 for entry in found]


def listed(
    town: Town,
    persons: Sequence[int],
    *,
    campaign: str = "C3",
    reason: RequestReason = RequestReason.ROSTER,
    key: str = "k",
    at: datetime = BEFORE,
) -> dict[int, int]:
    """These people asked for by the campaign: person -> request."""
    wanted = [
        RequestWanted(f"{key}{p}", p, town.north, reason, at + DAY, campaign=campaign)
        for p in persons
    ]
    assert request_tests(wanted, by=town.cleo, at=at).done == wanted
    return asked(town, at=at)


def asked(town: Town, *, at: datetime = NOON, by: Actor | None = None) -> dict[int, int]:
    """Who is asked for: person -> request."""
    return {row.person: row.id for row in open_requests(by=by or town.dora, at=at)}


def swabbed(town: Town, requests: Sequence[int], *, at: datetime = NOON) -> None:
    """The people of these requests, each alone in a tube."""
    swabs = [
        SwabTaken(tube, town.swab("").slip, at - timedelta(hours=1), request=request)
        for tube, request in zip(town.tubes(len(requests)), requests, strict=True)
    ]
    done = record_swabs(swabs, session="T1", by=town.ana, at=at)
    assert done.done == swabs, done.refused


def reasons_of(outcome: object) -> list[str]:
    return [str(one.reason) for one in outcome.refused]  # type: ignore[attr-defined]


def keys(person: int) -> list[str]:
    with scope.entered(WORKER, "sampling.read"):
        return [
            line[0]
            for line in sql.rows(
                "SELECT key FROM sampling_testrequest WHERE person_id = %s ORDER BY id", (person,)
            )
        ]


def ends() -> list[str | None]:
    with scope.entered(WORKER, "sampling.read"):
        return [
            line[0] for line in sql.rows("SELECT ended_as FROM sampling_testrequest ORDER BY id")
        ]


# The next turn


def test_whoever_was_swabbed_is_asked_for_again_when_the_turn_comes_and_once(town: Town) -> None:
    (person,) = met(town)
    swabbed(town, [*listed(town, [person]).values()])
    assert [take_up_turns(at=NOON + n * DAY) for n in range(3)] == [0, 0, 0]
    assert asked(town) == {}
    then = NOON + 3 * DAY
    assert [take_up_turns(at=then), take_up_turns(at=then)] == [1, 0]
    (row,) = open_requests(by=town.cleo, at=then)
    assert (row.person, row.campaign, row.single) == (person, "Chợ", False)
    assert row.due_at.astimezone(LOCAL) == datetime(2026, 11, 6, tzinfo=LOCAL)
    assert keys(person)[-1] == f"roster:{campaign_row(town).id}:1:{person}", "as a list would ask"
    assert end_requests([Ending(row.id, RequestEnd.REFUSED)], by=town.ana, at=then).done
    assert take_up_turns(at=then + 2 * DAY) == 0
    assert take_up_turns(at=then + 5 * DAY) == 1, "a worker that slept asks when it wakes"


def campaign_row(town: Town, code: str = "C3") -> CampaignRow:
    return next(one for one in campaigns(by=town.dora) if one.code == code)


def test_a_refusal_holds_for_its_turn_and_an_absence_is_no_turn(town: Town) -> None:
    refuses, away, waits = met(town, 3)
    requests = listed(town, [refuses, away, waits])
    back = NOON.date() + DAY
    endings = [
        Ending(requests[refuses], RequestEnd.REFUSED),
        Ending(requests[away], RequestEnd.ABSENT, back),
    ]
    assert len(end_requests(endings, by=town.ana, at=NOON).done) == 2
    then = NOON + 3 * DAY
    assert take_up_turns(at=then) == 1
    assert len(keys(refuses)) == 2
    assert [len(keys(person)) for person in (away, waits)] == [2, 1]
    assert set(asked(town, at=then)) == {refuses, away, waits}


def test_the_dead_and_those_handed_out_of_the_campaign_have_no_next_turn(town: Town) -> None:
    near = Campaign("C4", "Xã", town.north, "screening", date(2026, 11, 1), 5, frequency_days=1)
    assert plan_campaigns([near], by=town.dora, at=NOON).done
    dies, moves = met(town, 2)
    requests = listed(town, [dies, moves], campaign="C4")
    assert transfer_requests([Handover(requests[moves], town.south)], by=town.ana, at=NOON).done
    assert accept_transfers([requests[moves]], by=town.dora, at=NOON).done
    gone = [Ending(request, RequestEnd.REFUSED) for request in asked(town).values()]
    assert len(end_requests(gone, by=WORKER, at=NOON).done) == 2
    assert note_deaths([Death(dies, NOON)], by=town.ana, at=NOON).done
    then = NOON + 2 * DAY
    assert take_up_turns(at=then) == 0
    last = asked_ever(moves)[-1]
    outcome = ask_turns([requests[dies], last], by=WORKER, at=then)
    assert reasons_of(outcome) == ["person_died", "no_next_turn"]


def asked_ever(person: int) -> list[int]:
    with scope.entered(WORKER, "sampling.read"):
        return [
            line[0]
            for line in sql.rows(
                "SELECT id FROM sampling_testrequest WHERE person_id = %s ORDER BY id", (person,)
            )
        ]


def test_a_swab_in_the_campaign_without_being_asked_for_counts_as_the_turn(town: Town) -> None:
    said = town.declaration()
    (entry,) = register_people(
        [Registration("A", said)], unit=town.north, by=town.ana, at=BEFORE
    ).held
    request = listed(town, [entry.person_id or 0])[entry.person_id or 0]
    assert end_requests([Ending(request, RequestEnd.REFUSED)], by=town.ana, at=NOON).done
    later = NOON + 2 * DAY
    swab = SwabTaken(town.tubes(1)[0], town.swab("").slip, later, said=said)
    assert record_swabs([swab], session="T1", by=town.ana, at=later).done
    assert take_up_turns(at=NOON + 3 * DAY) == 0
    assert reasons_of(ask_turns([request], by=WORKER, at=NOON + 3 * DAY)) == ["turn_to_come"]
    assert take_up_turns(at=later + 3 * DAY) == 1


def test_entries_joined_as_one_person_have_one_turn(town: Town) -> None:
    gone, kept = met(town, 2)
    swabbed(town, [*listed(town, [gone, kept]).values()])
    assert join_persons([Pair(gone, kept)], by=town.dora, at=NOON).done
    then = NOON + 3 * DAY
    assert take_up_turns(at=then) == 2, "two requests that ended one turn"
    assert len(asked(town, at=then)) == 1
    assert take_up_turns(at=then) == 0


def test_whoever_was_swabbed_early_in_a_turn_comes_again_although_a_list_took_its_key(
    town: Town,
) -> None:
    (person,) = met(town)
    number = campaign_row(town).id
    wish = RequestWanted(
        f"roster:{number}:1:{person}", person, town.north, RequestReason.ROSTER, NOON + 3 * DAY,
        campaign="C3",
    )  # fmt: skip
    assert request_tests([wish], by=town.cleo, at=BEFORE).done
    swabbed(town, [*asked(town).values()])
    then = NOON + 3 * DAY
    assert take_up_turns(at=then) == 1
    assert len(keys(person)) == 2
    assert keys(person)[1].startswith("turn:")


def test_days_of_a_schedule_and_campaigns_of_once_have_no_turns(town: Town) -> None:
    scheduled, once = met(town, 2)
    first = listed(town, [scheduled], reason=RequestReason.DAY)[scheduled]
    second = listed(town, [once], campaign="C1")[once]
    endings = [Ending(request, RequestEnd.REFUSED) for request in (first, second)]
    assert len(end_requests(endings, by=town.ana, at=NOON).done) == 2
    then = NOON + 9 * DAY
    assert take_up_turns(at=then) == 0
    assert reasons_of(ask_turns([first, second, -1], by=WORKER, at=then)) == [
        "turn_to_come",
        "no_next_turn",
        "no_such_request",
    ]


def test_a_campaign_that_is_over_asks_for_nobody_again(town: Town) -> None:
    short = Campaign("C5", "Ngắn", town.province, "screening", date(2026, 11, 1), 5)
    short = replace(short, frequency_days=1, ends_on=date(2026, 11, 3))
    assert plan_campaigns([short], by=town.dora, at=NOON).done
    (person,) = met(town)
    request = listed(town, [person], campaign="C5")[person]
    assert end_requests([Ending(request, RequestEnd.REFUSED)], by=town.ana, at=NOON).done
    assert turns_due(date(2026, 11, 4), by=WORKER, limit=9) == []
    assert reasons_of(ask_turns([request], by=WORKER, at=NOON + 2 * DAY)) == ["campaign_over"]
    assert take_up_turns(at=NOON + DAY) == 1, "its last day is one of its days"


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.builds(
        TurnFacts,
        last_on=st.dates(date(2026, 11, 1), date(2026, 11, 12)),
        frequency_days=st.integers(0, 4),
        starts_on=st.dates(date(2026, 11, 1), date(2026, 11, 6)),
        ends_on=st.none() | st.dates(date(2026, 11, 6), date(2026, 11, 12)),
        ended=st.booleans(),
        asked=st.booleans(),
        died=st.booleans(),
        reached=st.booleans(),
    ),
    st.dates(date(2026, 11, 1), date(2026, 11, 14)),
)
def test_a_turn_is_asked_for_as_said_in_plain_words(facts: TurnFacts, on: date) -> None:
    runs = facts.starts_on <= on and (facts.ends_on is None or on <= facts.ends_on)
    may = runs and not (facts.ended or facts.asked or facts.died) and facts.reached
    waited = sum(1 for n in range((on - facts.last_on).days)) >= facts.frequency_days > 0
    assert (fault_of_turn(facts, on=on) is None) == (may and waited)


def test_only_whoever_may_ask_asks_for_turns(town: Town) -> None:
    with pytest.raises(NotAllowed):
        ask_turns([1], by=town.ben, at=NOON)
    with pytest.raises(NotAllowed):
        end_campaigns(["C3"], by=town.ana, at=NOON)


# Chunks


def test_each_pull_goes_on_chunk_by_chunk(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "CHUNK", 2)
    persons = met(town, 5)
    swabbed(town, [*listed(town, persons).values()])
    assert take_up_turns(at=NOON + 3 * DAY) == 5
    assert note_deaths([Death(p, NOON) for p in persons], by=town.ana, at=NOON).done
    assert take_up_deaths(at=NOON) == 5
    assert note_deaths([Death(p, None) for p in persons], by=town.ana, at=NOON).done
    assert take_up_living(at=NOON) == 5
    assert end_campaigns(["C3"], by=town.dora, at=NOON).done
    assert take_up_ended(at=NOON) == 5
    assert asked(town) == {}


# Files of lists


def file_sent(town: Town, name: bytes = b"a") -> int:
    file = ListSent("a.csv", name, ListPurpose.ROSTER, campaign="C3", due_on=NOON.date() + DAY)
    return receive_lists([file], unit=town.north, by=town.cleo, at=NOON).held[0].list_id or 0


def test_the_file_of_a_list_goes_some_days_after_its_end_and_the_note_of_it_stays(
    town: Town,
) -> None:
    over, open_one = file_sent(town), file_sent(town, b"b")
    with scope.entered(WORKER, "sampling.read"):
        sql.execute(
            "UPDATE sampling_list SET state = 'unreadable', ended_at = %s, refused_file = 'x'"
            " WHERE id = %s",
            (NOON, over),
        )
    assert take_up_old_files(at=NOON + 29 * DAY) == 0
    refused = forget_files([over, open_one, -1], by=WORKER, at=NOON + 29 * DAY)
    assert reasons_of(refused) == ["list_kept_yet", "list_not_ended", "list_unknown"]
    late = NOON + 30 * DAY
    assert [take_up_old_files(at=late), take_up_old_files(at=late)] == [1, 0]
    assert forget_files([over], by=WORKER, at=late).unchanged == [over]
    with scope.entered(WORKER, "sampling.read"):
        kept = sql.rows("SELECT length(content), refused_file FROM sampling_list ORDER BY id")
    assert kept == [(0, None), (1, None)]
    assert list_sent(over, by=town.cleo).name == "a.csv"


def test_nobody_but_the_worker_forgets_files(town: Town) -> None:
    with pytest.raises(NotAllowed):
        forget_files([1], by=town.dora, at=NOON)
