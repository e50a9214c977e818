"""The pages of who is asked for: the list, what became of those not swabbed, what is handed over."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from som.kernel import scope, sql
from som.people.commands import Registration, register_people
from som.people.rules import Declaration
from som.places import queries as places
from som.sampling.commands import (
    Handover,
    RequestWanted,
    record_swabs,
    request_tests,
    transfer_requests,
)
from som.sampling.queries import open_requests
from som.sampling.rules import RequestReason
from som.sampling.views.requests import REQUESTS_SHOWN
from tests.desks import clock_at, signed_in, statements
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

LIST, END, TRANSFERS = "/sampling/requests/", "/sampling/requests/end/", "/sampling/transfers/"


@pytest.fixture
def town() -> Town:
    clock_at(NOON)
    return Town()


def asked(
    town: Town, many: int = 1, *, reason: RequestReason = RequestReason.ROSTER, late: bool = False
) -> dict[int, str]:
    """So many people asked for in the north: the requests and the people's names."""
    said = [
        Declaration(f"{town.declaration().name} {n}", birth_year=1970, address="Xóm Đầm")
        for n in range(many)
    ]
    start = town.random.randrange(10**6)
    met = register_people(
        [Registration(f"A{start}-{n}", one) for n, one in enumerate(said)],
        unit=town.north,
        by=town.ana,
        at=NOON,
    )
    due = NOON + timedelta(hours=-1 if late else 9)
    wanted = [
        RequestWanted(f"q{e.reference}", e.person_id or 0, town.north, reason, due)
        for e in met.done
    ]
    assert request_tests(wanted, by=town.cleo, at=NOON - timedelta(hours=2)).done == wanted
    ours = {wish.person for wish in wanted}
    found = open_requests(by=town.cleo, at=NOON, limit=5_000)
    return {row.id: row.name for row in found if row.person in ours}


def ends(town: Town) -> list[tuple[str, ...]]:
    """How requests ended."""
    with scope.entered(town.dora, "sampling.read"):
        return sql.rows(
            "SELECT ended_as, unable_because FROM sampling_testrequest"
            " WHERE ended_as IS NOT NULL ORDER BY id"
        )


def values(client: Client, url: str = LIST) -> list[int]:
    """The figures of a page."""
    return [int(n) for n in re.findall(r'count-value">(\d+)<', client.get(url).text)]


def test_each_count_opens_the_people_it_counts(town: Town) -> None:
    asked(town, 2)
    (late,) = asked(town, late=True).values()
    (single,) = asked(town, reason=RequestReason.CONTACT).values()
    (offered, name), *_ = asked(town).items()
    transfer_requests([Handover(offered, town.south)], by=town.ana, at=NOON)
    ana = signed_in(town, "ana")
    assert values(ana) == [5, 1, 1, 1]
    for part, who in (("late", late), ("single", single), ("offered", name)):
        page = ana.get(f"{LIST}?only={part}").text
        assert [one for one in (late, single, name) if one in page] == [who]
    page = ana.get(LIST).text
    assert "born 1970" in page
    assert "Xóm Đầm" in page
    assert f"Offered to {places.units_by_id([town.south])[town.south].name}" in page


def test_whoever_was_swabbed_lately_is_pointed_out_before_the_swab(town: Town) -> None:
    (request, _), *_ = asked(town).items()
    (tube, other) = town.tubes(2)
    swab = town.swab(tube, said=None, request=request)
    assert record_swabs([swab], session="S1", by=town.ana, at=NOON).done
    ana = signed_in(town, "ana")
    with scope.entered(town.dora, "sampling.read"):
        ((person,),) = sql.rows("SELECT person_id FROM sampling_swab")
    again = RequestWanted("again", person, town.north, RequestReason.ROSTER, NOON)
    assert request_tests([again], by=town.cleo, at=NOON).done
    assert "Swabbed at 11:00 02/11/2026 already" in ana.get(LIST).text
    assert other


def test_a_household_that_is_away_is_asked_for_again(town: Town) -> None:
    requests = asked(town, 3)
    ana = signed_in(town, "ana")
    url = f"{END}?" + "&".join(f"id={request}" for request in requests)
    page = ana.get(url).text
    assert all(name in page for name in requests.values())
    given = {"id": list(requests), "ended_as": "absent", "revisit_on": "04/11/2026"}
    assert ana.post(END, given).headers["Location"] == LIST
    page = ana.get(LIST).text
    assert "Noted for 3 people. They are asked for again on 04/11/2026." in page
    assert "00:00 05/11/2026" in page
    assert ends(town) == [("absent", None)] * 3


@pytest.mark.parametrize(
    ("typed", "ended"),
    [
        ({"ended_as": "refused"}, ("refused", None)),
        (
            {"ended_as": "unable", "because": "too_ill", "revisit_on": "5/11/2026"},
            ("unable", "too_ill"),
        ),
        ({"ended_as": "died", "died_on": "01/11/2026"}, ("died", None)),
    ],
)
def test_why_somebody_was_not_swabbed(
    town: Town, typed: dict[str, str], ended: tuple[str, ...]
) -> None:
    (request,) = asked(town)
    ana = signed_in(town, "ana")
    assert ana.post(END, {"id": request, **typed}).status_code == 302
    assert ends(town) == [ended]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "This field is required."),
        ({"ended_as": "absent"}, "An absence needs a day to come again."),
        ({"ended_as": "absent", "revisit_on": "1/11/2026"}, "is past or too far away."),
        ({"ended_as": "absent", "revisit_on": "31/2/2026"}, "There is no such day."),
        ({"ended_as": "unable", "revisit_on": "5/11/2026"}, "Say why the person could not be"),
        ({"ended_as": "transferred"}, "This field is required."),
        ({"ended_as": "transferred", "unit": "Xã Không Có"}, "has this name or code"),
        ({"ended_as": "died"}, "This field is required."),
        ({"ended_as": "died", "died_on": "3/11/2026"}, "1970"),
        ({"ended_as": "swabbed"}, "is not one of the available choices."),
    ],
)
def test_nothing_is_noted_before_it_is_complete(
    town: Town, typed: dict[str, str], said: str
) -> None:
    (request,) = asked(town)
    ana = signed_in(town, "ana")
    page = ana.post(END, {"id": request, **typed})
    assert page.status_code == 200
    assert said in page.text
    assert ends(town) == []


def test_somebody_is_handed_over_and_taken_over(town: Town) -> None:
    ((request, name),) = asked(town).items()
    ana, dora = signed_in(town, "ana"), signed_in(town, "dora")
    unit = places.unit_path([town.south], NOON.date())[town.south]
    given = {"id": request, "ended_as": "transferred", "unit": unit}
    assert ana.post(END, given).headers["Location"] == LIST
    assert "The request stays yours until they accept." in ana.get(LIST).text
    page = dora.get(TRANSFERS).text
    assert name in page
    assert "1" in re.findall(r'count-value">(\d+)<', dora.get("/sampling/slot/").text)
    assert dora.post(TRANSFERS, {"accept": request}).headers["Location"] == TRANSFERS
    page = dora.get(TRANSFERS).text
    assert "1 person is now asked for here." in page
    assert "Nobody waits for your answer" in page
    assert ends(town) == [("transferred", None)]


def test_what_is_not_ours_goes_back_and_the_giver_is_told(town: Town) -> None:
    requests = asked(town, 2)
    transfer_requests([Handover(r, town.south) for r in requests], by=town.ana, at=NOON)
    dora = signed_in(town, "dora")
    both = ",".join(str(request) for request in requests)
    assert f'value="{both}"' in dora.get(TRANSFERS).text
    assert dora.post(TRANSFERS, {"decline": both}).status_code == 302
    page = signed_in(town, "ana").get(LIST).text
    assert page.count("did not take over") == 2
    answer = dora.post(TRANSFERS, {"accept": both}).text
    assert "This request is no longer offered to your unit." in answer
    assert dora.post(TRANSFERS, {"accept": "x"}).status_code == 200


def test_what_changed_meanwhile_is_said_and_the_others_are_noted(town: Town) -> None:
    requests = list(asked(town, 2))
    ana = signed_in(town, "ana")
    given = {"ended_as": "refused"}
    assert ana.post(END, {"id": requests[0], **given}).status_code == 302
    assert ana.post(END, {"id": requests, **given}).status_code == 302
    page = ana.post(END, {"id": requests, **given}).text
    assert "Nobody is chosen" in page
    assert ends(town) == [("refused", None)] * 2
    assert "Nobody is chosen" in ana.get(f"{END}?id=x&id=99999999999999999999&id=-1").text


def test_only_who_records_swabs_ends_requests_and_only_who_asks_takes_over(town: Town) -> None:
    ((request, name),) = asked(town).items()
    transfer_requests([Handover(request, town.south)], by=town.ana, at=NOON)
    cleo, ana, egon = (signed_in(town, who) for who in ("cleo", "ana", "egon"))
    assert "Not swabbed" not in cleo.get(LIST).text
    assert cleo.get(f"{END}?id={request}").status_code == 403
    assert ana.get(TRANSFERS).status_code == 403
    assert name not in cleo.get(TRANSFERS).text
    for url in (LIST, f"{END}?id={request}", TRANSFERS):
        assert name not in egon.get(url).text
    assert "Nobody is chosen" in egon.post(END, {"id": request, "ended_as": "refused"}).text
    assert "no such test request" in egon.post(TRANSFERS, {"accept": request}).text
    assert ends(town) == []


def test_the_list_goes_on_and_its_statements_are_fixed(town: Town) -> None:
    ana = signed_in(town, "ana")
    asked(town)
    before = [statements(ana, url) for url in (LIST, TRANSFERS.replace("transfers", "sessions"))]
    requests = asked(town, REQUESTS_SHOWN + 5)
    assert statements(ana, LIST) == before[0]
    pages = [ana.get(LIST).text]
    after = re.search(r'href="(\?[^"]*after=[^"]+)" rel="next"', pages[0])
    assert after
    pages.append(ana.get(LIST + after[1].replace("&amp;", "&")).text)
    shown = [set(re.findall(r'name="id" value="(\d+)"', page)) for page in pages]
    assert len(shown[0]) == REQUESTS_SHOWN
    assert not shown[0] & shown[1]
    assert {str(request) for request in requests} <= shown[0] | shown[1]


def test_a_number_of_thousands_of_digits_is_nobodys(town: Town) -> None:
    answer = signed_in(town, "ana").get(END, {"id": "9" * 5_000})
    assert answer.status_code < 500
