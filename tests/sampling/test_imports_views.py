"""The pages of lists, from the upload to the report, with the worker in between."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from som.access import commands as access
from som.access.queries import system_actor
from som.access.rules import EndedAssignment
from som.kernel import scope, sql
from som.kernel.workbooks import sheets
from som.places import queries as places
from som.sampling import queries
from som.sampling.work import take_up_lists
from tests.desks import clock_at, signed_in, statements
from tests.town import NOON, Town

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def town(db: None) -> Town:
    clock_at(NOON)
    return Town()


def roster(*lines: str, name: str = "danh sách.csv") -> SimpleUploadedFile:
    """A roster as a text file."""
    text = "\n".join(["Họ và tên,Năm sinh,Giới tính,CCCD,Số điện thoại,Tỉnh,Huyện,Xã", *lines])
    return SimpleUploadedFile(name, text.encode("utf-8-sig"))


def send(client: Client, file: Any, target: str = "roster:C1", **more: object) -> str:
    """Send a file in; where one is led then."""
    page = client.get("/sampling/lists/new/").text
    unit = re.search(r'name="unit"[^>]*value="(\d+)"', page)
    assert unit, page
    given = {"target": target, "content": file, "unit": unit.group(1), "due_on": "05/11/2026"}
    answer = client.post("/sampling/lists/new/", given | more)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


GOOD = (
    "Nông Văn An,1990,Nam,019090000001,0912345678,,,",
    "Lò Thị Ổn,1980,Nữ,,,,,",
    "Lò Thị Xuân,1850,Nữ,,,,,",
)


def work() -> None:
    """Let the worker do everything that waits."""
    take_up_lists(at=NOON)


def test_a_list_is_sent_shown_confirmed_and_reported(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    assert "No list was sent yet" in cleo.get("/sampling/lists/").text
    url = send(cleo, roster(*GOOD))
    page = cleo.get(url).text
    assert "The file is being read" in page
    assert f'hx-get="{url}progress/"' in page
    assert "HX-Refresh" not in cleo.get(f"{url}progress/").headers
    work()
    assert cleo.get(f"{url}progress/").headers["HX-Refresh"] == "true"
    page = cleo.get(url).text
    assert "2 rows would be taken in" in page
    assert "New: is registered and asked for" in page
    assert "Nông Văn An" in page
    assert "019090000001" not in page

    refused = cleo.get(f"{url}?only=refused").text
    assert "Lò Thị Xuân" in refused or "1850" in refused
    assert "Nông Văn An" not in refused
    answer = cleo.get(f"{url}refused/")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    ((_, lines),) = sheets(answer.content)
    assert lines[0][-1] == "Lý do từ chối"
    assert len(lines) == 2
    assert lines[1][-1]

    assert cleo.post(f"{url}confirm/").headers["Location"] == url
    assert "The list is being taken in" in cleo.get(url).text
    work()
    page = cleo.get(url).text
    assert 'class="state tone-done"' in page
    assert "Is asked for" in page
    asked = cleo.get("/sampling/requests/").text
    assert "Nông Văn An" in asked
    assert page.count("· Cleo</dd>") == 2, "who sent it, and who confirmed it"
    sent = cleo.get("/sampling/lists/").text
    assert "danh sách.csv" in sent
    assert '<div class="muted">Cleo</div>' in sent


def test_a_preview_says_which_columns_it_does_not_use_and_whom_it_refuses(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    text = (
        "Họ và tên,Năm sinh,Xã,Chiều cao,Nhóm máu\nNông Văn An,1990,,160,A\nLò Thị Xuân,1850,,,\n"
    )
    url = send(cleo, SimpleUploadedFile("a.csv", text.encode()))
    work()
    page = cleo.get(url).text
    assert "Chiều cao · Nhóm máu" in page
    assert "People to be swabbed" in page
    assert "som_roster" not in page
    assert "Lò Thị Xuân" in cleo.get(f"{url}?only=refused").text
    line = queries.list_sent(int(url.split("/")[-2]), by=town.cleo)
    assert line.unread == ("Chiều cao", "Nhóm máu")
    assert set(line.columns) == {"name", "birth", "commune"}


def test_a_list_sent_as_another_kind_is_pointed_out(town: Town) -> None:
    cleo, ana = signed_in(town, "cleo"), signed_in(town, "ana")
    swabs = "Mã ống,Họ và tên,Năm sinh\n210101,Nông Văn An,1990\n".encode()
    url = send(cleo, SimpleUploadedFile("a.csv", swabs))
    work()
    page = cleo.get(url).text
    assert "The file is a list of swabs taken: it names the tube of each person." in page
    assert "they are asked for again" in page
    assert "1 row would be taken in" in page
    url = send(ana, roster(GOOD[0]), target="swabs:S1")
    work()
    page = ana.get(url).text
    assert "The file is another kind of list than it was sent as." in page
    assert "it names no tubes" in page
    assert "People to be swabbed are sent for a campaign." in page
    url = send(cleo, roster(GOOD[0]))
    work()
    assert "The file is a list" not in cleo.get(url).text


def test_namesakes_of_one_hamlet_are_both_asked_for(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    text = "Họ và tên,Năm sinh,Địa chỉ,Nghề nghiệp\n"
    text += "".join(
        f"Nông Văn An,1990,Thôn 1,{work}\n" for work in ("thợ may", "thợ xây", "thợ may")
    )
    for turn in range(2):
        file = SimpleUploadedFile(f"{turn}.csv", (text + "\n" * turn).encode())
        url = send(cleo, file)
        work()
        if not turn:
            page = cleo.get(url).text
            assert "2 rows would be taken in" in page
            assert "this is taken as another person" in page
            assert "This person stands in the list twice." in page
        cleo.post(f"{url}confirm/")
        work()
        found = queries.list_sent(int(url.split("/")[-2]), by=town.cleo)
        assert (found.done, found.unchanged, found.refused) == ((0, 2, 1) if turn else (2, 0, 1))
    with scope.entered(town.cleo, "people.read"):
        assert sql.rows("SELECT name, phone FROM people_person") == [("Nông Văn An", "")] * 2


def test_a_changed_telephone_is_remarked_and_not_shown(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    for turn, phone in enumerate(("0912345678", "0987654321", "0912345678", "")):
        line = GOOD[0].replace("0912345678", phone)
        url = send(cleo, roster(line, name=f"{turn}.csv"), due_on=f"0{5 + turn}/11/2026")
        work()
        page = cleo.get(f"{url}?only=cautious").text
        remarked = "known with another telephone number" in page
        assert remarked is (phone == "0987654321")
        cleo.post(f"{url}confirm/")
        work()


def test_what_is_refused_is_mended_and_sent_again(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    url = send(cleo, roster(*GOOD))
    work()
    cleo.post(f"{url}confirm/")
    work()
    content = cleo.get(f"{url}refused/").content
    ((_, lines),) = sheets(content)
    mended = ["\t".join(cell.replace("1850", "1950") for cell in line) for line in lines]
    file = SimpleUploadedFile("lại.tsv", "\n".join(mended).encode())
    again = send(cleo, file)
    work()
    assert "1 row would be taken in" in cleo.get(again).text
    cleo.post(f"{again}confirm/")
    work()
    done = queries.list_sent(int(again.split("/")[-2]), by=town.cleo)
    assert (done.done, done.unchanged, done.refused) == (1, 0, 0)


def test_sending_the_whole_list_again_changes_nothing(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    for turn in range(2):
        url = send(cleo, roster(*GOOD))
        assert send(cleo, roster(*GOOD)) == url
        work()
        cleo.post(f"{url}confirm/")
        work()
        found = queries.list_sent(int(url.split("/")[-2]), by=town.cleo)
        assert (found.done, found.unchanged, found.refused) == ((0, 2, 1) if turn else (2, 0, 1))


def test_a_file_that_is_no_list_says_why(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    url = send(cleo, SimpleUploadedFile("x.xlsx", b"PK\x03\x04 damaged"))
    work()
    page = cleo.get(url).text
    assert "The file was not taken." in page
    assert "Nothing was done. Mend the file and send it again." in page
    assert cleo.post(f"{url}drop/").headers["Location"] == "/sampling/lists/"
    assert cleo.get(url).status_code == 404
    assert "x.xlsx" not in cleo.get("/sampling/lists/").text


def test_a_file_of_another_kind_is_not_taken(town: Town) -> None:
    ana = signed_in(town, "ana")
    url = send(ana, roster(*GOOD), "swabs:S1")
    work()
    assert "another kind of list" in ana.get(url).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"content": SimpleUploadedFile("x.exe", b"x")}, "Lists are files that end in"),
        ({"content": SimpleUploadedFile("x.csv", b"")}, "The submitted file is empty"),
        ({"target": "roster:C9"}, "Select a valid choice"),
        ({"target": "swabs:S1"}, "Select a valid choice"),
        ({"due_on": ""}, "Say by which day"),
        ({"due_on": "31/02/2026"}, "There is no such day"),
        ({"unit": "1"}, "Select a valid choice"),
    ],
)
def test_what_the_form_refuses(town: Town, changes: dict[str, object], words: str) -> None:
    cleo = signed_in(town, "cleo")
    given = {
        "target": "roster:C1",
        "content": roster(*GOOD),
        "unit": town.north,
        "due_on": "05/11/2026",
    }
    page = cleo.post("/sampling/lists/new/", given | changes)
    assert page.status_code == 200
    assert words in page.text


def test_swabs_are_recorded_into_their_session(town: Town) -> None:
    ana = signed_in(town, "ana")
    tube, other = town.tubes(2)
    head = "Mã ống mẫu,Họ và tên,Năm sinh,Giới tính"
    text = f"{head}\n{tube},Nông Văn An,1990,Nam\n{other},Lò Thị Ổn,1980,Nữ\n"
    url = send(ana, SimpleUploadedFile("mẫu.csv", text.encode("utf-8-sig")), "swabs:S1")
    work()
    page = ana.get(url).text
    assert "2 rows would be taken in as swabs" in page
    assert tube in page
    ana.post(f"{url}confirm/")
    work()
    assert ana.get(url).text.count("Recorded") >= 2
    assert queries.list_sent(int(url.split("/")[-2]), by=town.ana).done == 2


def test_who_may_no_longer_send_lists_takes_nothing_in(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    url = send(cleo, roster(*GOOD))
    work()
    cleo.post(f"{url}confirm/")
    access.end_assignments(
        [EndedAssignment("cleo", "commune_officer", NOON.date().replace(day=1), town.north)],
        by=system_actor("setup"),
        at=NOON,
    )
    work()
    number = int(url.split("/")[-2])
    line = queries.list_sent(number, by=town.dora)
    assert (line.state, line.fault) == ("stopped", "list_sender_gone")
    dora = signed_in(town, "dora")
    dora.post(f"{url}confirm/")
    work()
    assert queries.list_sent(number, by=town.dora).state == "done"


def test_another_province_sees_no_list(town: Town) -> None:
    url = send(signed_in(town, "cleo"), roster(*GOOD))
    work()
    egon = signed_in(town, "egon")
    for page in (url, f"{url}progress/", f"{url}refused/"):
        assert egon.get(page).status_code == 404
    for page in (f"{url}confirm/", f"{url}drop/"):
        egon.post(page)
    assert queries.list_sent(int(url.split("/")[-2]), by=town.cleo).state == "previewed"
    assert "danh sách.csv" not in egon.get("/sampling/lists/").text


def test_the_rows_go_on_and_opening_them_is_noted(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    url = send(cleo, roster(*(f"Nông Văn {n},1990,Nam,01909{n:07d},,,," for n in range(103))))
    work()
    first = cleo.get(url).text
    assert "Nông Văn" in first
    after = re.search(r'href="\?after=(\d+)"', first)
    assert after
    assert first.count('data-label="Person"') == 100
    assert cleo.get(f"{url}?after={after.group(1)}").text.count('data-label="Person"') == 3
    noted = "SELECT count(*) FROM kernel_auditentry WHERE action = 'sampling.list_rows'"
    assert sql.row(noted) == (2,)


def test_the_number_of_statements_is_fixed(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    before = []
    for count in (1, 60):
        lines = [f"Nông Văn An,1990,Nam,0190{count:02d}{n:06d},,,," for n in range(count)]
        url = send(cleo, roster(*lines))
        work()
        before.append([statements(cleo, page) for page in (url, "/sampling/lists/")])
    assert before[0] == before[1]


def test_our_own_empty_lists_are_lists(town: Town) -> None:
    cleo = signed_in(town, "cleo")
    for kind in ("som-roster", "som_roster", "som_swabs"):
        answer = cleo.get(f"/sampling/lists/empty/{kind}/")
        assert answer.status_code == (404 if "-" in kind else 200)
        if answer.status_code == 200:
            ((_, lines),) = sheets(answer.content)
            assert "Họ và tên" in lines[0]
    assert io.BytesIO(answer.content).read(2) == b"PK"


def test_a_province_sends_for_its_communes(town: Town) -> None:
    dora = signed_in(town, "dora")
    south = places.units_by_id([town.south])[town.south]
    province = south.path.split(", ")[1]
    url = send(dora, roster(f"Nông Văn An,1990,Nam,019090000001,,{province},,{south.name}"))
    work()
    assert south.name in dora.get(url).text
    dora.post(f"{url}confirm/")
    work()
    assert [one.unit for one in queries.open_requests(by=town.sam, at=NOON)] == [town.south]
