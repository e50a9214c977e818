"""The pages on which other laboratories' results are taken in, matched and released."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from som.access.commands import give_assignments, open_accounts
from som.access.queries import system_actor
from som.access.rules import NewAccount, NewAssignment
from som.kernel import scope, sql
from som.people.commands import Registration, register_people
from som.people.rules import Declaration
from som.people.work import take_up_uncompared
from som.results.work import take_up_reports
from som.sampling.commands import record_swabs
from som.sampling.work import take_up_lists
from tests.desks import BACKEND, SINCE, clock_at, signed_in, statements, stranger
from tests.town import NOON, Town

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HEADINGS = "Mã mẫu bệnh phẩm,Mã XN,Họ và tên,Năm sinh,Giới tính,CCCD,Số điện thoại,Kết quả"


@pytest.fixture
def town(db: None) -> Town:
    cache.clear()
    clock_at(NOON)
    return Town()


@pytest.fixture
def dora(town: Town) -> Client:
    return signed_in(town, "dora")


@pytest.fixture
def dung(town: Town) -> Client:
    """A second officer of the CDC."""
    setup = system_actor("setup")
    open_accounts([NewAccount("dung", "Dung", town.province)], by=setup, at=NOON)
    role = NewAssignment("dung", "cdc_officer", town.province, None, SINCE)
    assert give_assignments([role], by=setup, at=NOON).done
    client = stranger(language="en")
    client.force_login(get_user_model().objects.get(username="dung"), BACKEND)
    return client


def line(said: Declaration, result: str, *, tube: str = "", code: str = "", **more: str) -> str:
    """A line of a list of results."""
    number = more.get("number", said.number)
    year = said.birth_date.year if said.birth_date else ""
    sex = "Nam" if said.sex == "M" else "Nữ"
    return f"{tube},{code},{said.name},{year},{sex},{number},{said.phone},{result}"


def sent(client: Client, *lines: str) -> str:
    """A list of results as somebody sends it, read by the worker; the address of its page."""
    page = client.get("/sampling/lists/new/").text
    unit = re.search(r'name="unit"[^>]*value="(\d+)"', page)
    assert unit, page
    file = SimpleUploadedFile("kq.csv", "\n".join([HEADINGS, *lines]).encode("utf-8-sig"))
    given = {"target": "results:", "content": file, "unit": unit.group(1)}
    answer = client.post("/sampling/lists/new/", given)
    assert answer.status_code == 302, answer.text
    take_up_lists(at=NOON)
    return str(answer.headers["Location"])


def taken_in(client: Client, town: Town, *lines: str) -> str:
    """These lines taken in as a report of laboratory one; the address of its page."""
    number = re.findall(r"\d+", sent(client, *lines))[-1]
    answer = client.post(f"/results/reported/list/{number}/", {"sender": town.lab1})
    assert answer.status_code == 302
    take_up_reports(at=NOON)
    return str(answer.headers["Location"])


def swabbed(town: Town) -> tuple[str, Declaration]:
    """Somebody in a tube of ours."""
    (code,) = town.tubes(1)
    swab = town.swab(code)
    assert record_swabs([swab], session="S1", by=town.ana, at=NOON).done
    assert swab.said is not None
    return code, swab.said


def ids(state: str) -> list[int]:
    with scope.entered(system_actor("results"), "results.receive_reports"):
        return [
            row[0]
            for row in sql.rows(
                "SELECT id FROM results_reported WHERE state = %s ORDER BY id", (state,)
            )
        ]


def test_a_list_becomes_a_report_and_a_second_person_releases_it(
    town: Town, dora: Client, dung: Client
) -> None:
    (one, first), (other, second) = swabbed(town), swabbed(town)
    page = sent(dora, line(first, "Dương tính", tube=one), line(second, "Âm tính", tube=other))
    number = re.findall(r"\d+", page)[-1]
    slot = f"/results/reported/list/{number}/slot/"
    assert slot in dora.get(page).text
    assert "Phòng xét nghiệm Một" in dora.get(slot).text
    answer = dora.post(f"/results/reported/list/{number}/", {"sender": town.lab1})
    report = str(answer.headers["Location"])
    assert "0 of 2 rows" in dora.get(report).text
    assert "HX-Refresh" not in dora.get(report + "progress/").headers
    take_up_reports(at=NOON)
    assert dora.get(report + "progress/").headers["HX-Refresh"] == "true"
    own = dora.get(report).text
    assert "a second person must release it" in own
    assert "Release 1 negative" not in own
    assert "These results were taken in" in dora.get(slot).text
    theirs = dung.get(report).text
    assert "Release 1 negative" in theirs
    negatives = re.search(r'name="rows" value="([\d,]+)"', theirs)
    assert negatives
    assert "<b>1</b> done" in dung.post(report, {"rows": negatives.group(1)}).text
    (positive,) = ids("waiting")
    assert "<b>1</b> refused" in dora.post(report, {"rows": positive}).text
    assert "<b>1</b> done" in dung.post(report, {"rows": positive}).text
    assert not ids("waiting")
    shown = dung.get(f"{report}?only=released").text
    assert one in shown
    assert other in shown


def test_a_list_taken_in_says_so_and_its_refused_rows_can_be_had(town: Town, dora: Client) -> None:
    """The preview says of each row what taking in does."""
    tube, said = swabbed(town)
    nobody = ",XN-2,,,,,,Âm tính"
    positive = ",XN-3,,,,,,Dương tính"
    page = sent(dora, line(said, "Âm tính", tube=tube), nobody, positive)
    words = "This is no tube of ours, and the row names nobody."
    assert dora.get(page).text.count(words) == 1
    number = re.findall(r"\d+", page)[-1]
    report = str(
        dora.post(f"/results/reported/list/{number}/", {"sender": town.lab1}).headers["Location"]
    )
    take_up_reports(at=NOON)
    assert [len(ids(state)) for state in ("waiting", "refused", "review")] == [1, 1, 1]
    with scope.entered(system_actor("results"), "sampling.read"):
        assert sql.rows("SELECT state, done, unchanged, refused FROM sampling_list") == [
            ("done", 2, 0, 1)
        ]
    take_up_lists(at=NOON)
    assert "Drop the list" not in dora.get(page).text
    shown = dora.get(report).text
    assert f"{report}refused/" in shown
    file = dora.get(f"{report}refused/")
    assert file.status_code == 200
    assert file.content[:2] == b"PK"
    inbox = dora.get("/results/reported/").text
    assert 'id="waiting"' in inbox
    assert tube in inbox


def test_a_list_taken_in_twice_is_one_report(town: Town, dora: Client) -> None:
    tube, said = swabbed(town)
    first = taken_in(dora, town, line(said, "Âm tính", tube=tube))
    again = taken_in(dora, town, line(said, "Âm tính", tube=tube))
    assert first == again


def test_nothing_is_taken_in_without_its_laboratory(town: Town, dora: Client) -> None:
    tube, said = swabbed(town)
    page = sent(dora, line(said, "Âm tính", tube=tube))
    number = re.findall(r"\d+", page)[-1]
    answer = dora.post(f"/results/reported/list/{number}/", follow=True)
    assert "Say which laboratory sent this list." in answer.text
    assert "No laboratory has reported yet" in dora.get("/results/reported/").text


def test_who_it_is_is_said_with_a_reason_and_can_be_somebody_known(
    town: Town, dora: Client, dung: Client
) -> None:
    said = town.declaration()
    known = register_people([Registration("k", said)], unit=town.north, by=town.ana, at=NOON).done
    person = known[0].person_id
    take_up_uncompared(at=NOON)
    taken_in(dora, town, line(said, "Âm tính", code="XN-1", number=""))
    (doubt,) = ids("review")
    inbox = dora.get("/results/reported/").text
    assert f"/results/reported/row/{doubt}/" in inbox
    url = f"/results/reported/row/{doubt}/"
    page = dora.get(url).text
    assert f'value="{person}"' in page
    assert said.phone not in page
    missing = dora.post(url, {"do": "match", "person": str(person), "reason": ""})
    assert "field-error" in missing.text
    nobody = dora.post(url, {"do": "match", "reason": "đã gọi"})
    assert "Choose one of these people." in nobody.text
    strange = dora.post(url, {"do": "match", "person": "x", "reason": "đã gọi"})
    assert "Choose one of these people." in strange.text
    given = {"do": "match", "person": str(person), "reason": "đã gọi điện"}
    assert dora.post(url, given).status_code == 302
    assert ids("waiting") == [doubt]
    # Sent again from a page left open: it is so already.
    assert dora.post(url, given).status_code == 302
    assert "Your word" in dung.get(url).text


def test_where_no_day_tells_one_says_that_it_is_the_sample_reported_before(
    town: Town, dora: Client, dung: Client
) -> None:
    said = town.declaration()
    taken_in(dora, town, line(said, "Âm tính", code="XN-1"))
    clock_at(NOON + timedelta(days=3))
    taken_in(dora, town, line(said, "Dương tính", code="XN-1"))
    (doubt,) = ids("review")
    url = f"/results/reported/row/{doubt}/"
    page = dora.get(url).text
    assert "It is the sample reported before" in page
    assert "Another sample, of this person" in page
    assert "This laboratory said before:" in page
    assert "field-error" in dora.post(url, {"do": "same", "reason": ""}).text
    assert dora.post(url, {"do": "same", "reason": "đã gọi: sửa kết quả"}).status_code == 302
    assert ids("waiting") == [doubt]
    assert len(ids("replaced")) == 1
    assert "It is the sample reported before" not in dung.get(url).text


def test_a_row_of_our_tube_that_names_another_shows_who_is_in_it(town: Town, dora: Client) -> None:
    tube, said = swabbed(town)
    report = taken_in(dora, town, line(town.declaration(name="Lò Thị Khác"), "Âm tính", tube=tube))
    (doubt,) = ids("review")
    page = dora.get(f"/results/reported/row/{doubt}/").text
    assert said.name in page
    assert "It speaks of this tube" in page
    assert (
        dora.post(
            f"/results/reported/row/{doubt}/", {"do": "reject", "reason": "nhầm tỉnh"}
        ).status_code
        == 302
    )
    assert "The row was refused: nobody is told of it." in dora.get("/results/reported/").text
    assert "nhầm tỉnh" in dora.get(f"{report}?only=refused").text


@pytest.mark.parametrize(
    "page",
    ["/results/reported/", "/results/reported/slot/"],
)
def test_who_receives_no_reports_sees_none(page: str, town: Town) -> None:
    for name in ("cleo", "bao", "ben"):
        assert signed_in(town, name).get(page).status_code == 403


def test_the_outsider_finds_no_report(town: Town, dora: Client) -> None:
    tube, said = swabbed(town)
    report = taken_in(dora, town, line(said, "Âm tính", tube=tube))
    (waits,) = ids("waiting")
    egon = signed_in(town, "egon")
    for url in (report, f"{report}progress/", f"/results/reported/row/{waits}/"):
        assert egon.get(url).status_code == 404
    assert "kq.csv" not in egon.get("/results/reported/").text
    assert egon.post(report, {"rows": waits}).status_code == 404
    assert ids("waiting") == [waits]


def test_pages_take_as_many_statements_for_many_rows(town: Town, dora: Client) -> None:
    inbox = "/results/reported/"
    many = [line(town.declaration(), "Âm tính", code=f"XN-{n}", number="") for n in range(12)]
    one = taken_in(dora, town, many[0])
    few = statements(dora, one), statements(dora, inbox)
    more = taken_in(dora, town, *many[1:])
    assert (statements(dora, more), statements(dora, inbox)) == few
    first, *_, last = ids("review")
    assert statements(dora, f"/results/reported/row/{first}/") == statements(
        dora, f"/results/reported/row/{last}/"
    )


def test_the_work_plan_counts_what_waits(town: Town, dora: Client) -> None:
    tube, said = swabbed(town)
    doubt = line(said, "Âm tính", code="XN-1", number="")
    taken_in(dora, town, line(said, "Âm tính", tube=tube), doubt)
    slot = dora.get("/results/reported/slot/").text
    assert "Who is it?" in slot
    assert slot.count("/results/reported/") >= 2
