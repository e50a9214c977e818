"""Paper sheets printed from the pages, void, and listed for whoever reads them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from som.kernel import scope, sql
from som.kernel.ids import tube_code
from som.sampling.commands import (
    Handout,
    close_sessions,
    hand_out_labels,
    record_swabs,
)
from som.web import printing
from tests.desks import beside, clock_at, signed_in, stranger
from tests.sampling.test_views_sheets import (
    TO_READ,
    desk,
    line,
    printed,
    sent,
    two,
)
from tests.town import NOON, Town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_hashing")]


@pytest.fixture
def town() -> Town:
    clock_at(NOON + timedelta(hours=1))
    return Town()


def test_who_may_open_them(town: Town) -> None:
    ana = signed_in(town, "ana")
    printed(town, ana)
    for url in (TO_READ, desk(), desk("1/"), desk("void/"), desk("print/?first=1&last=1")):
        assert stranger().get(url).headers["Location"].startswith("/sign-in/")
        assert signed_in(town, "ben").get(url).status_code == 403
        assert signed_in(town, "dora").get(url).status_code == 403, "who plans records nothing"
    egon = signed_in(town, "egon")
    for url in (desk(), desk("1/"), desk("void/"), desk("print/?first=1&last=1")):
        assert egon.get(url).status_code == 404
    assert egon.post(desk("1/"), {"day": "02/11/2026", **line(1)}).status_code == 404
    assert "No sheet waits to be entered" in egon.get(TO_READ).text
    assert ana.get(desk("2/")).status_code == 404
    assert ana.get(desk(code="S3")).status_code == 404


def test_sheets_are_printed_with_the_labels_of_the_session(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = signed_in(town, "ana")
    assert "None was printed." in ana.get(desk()).text
    given = {"number": "1", "how_many": "2", "lines": "12", "tubes": "on"}
    refused = ana.post(desk(), given).text
    assert "6 labels are needed, and 0 are free from there on." in refused
    handed = [Handout("S1", 100, 103), Handout("S1", 200, 299)]
    assert not hand_out_labels(handed, by=town.dora, at=NOON).refused
    used = town.swab(tube_code(101))
    assert not record_swabs([used], session="S1", by=town.ana, at=NOON).refused
    here = f"{desk()}?first=1&last=2"
    assert ana.post(desk(), given).headers["Location"] == here
    assert "Sheets 1–2 are ready" in ana.get(here).text
    with scope.entered(town.ana, "sampling.read"):
        lines = sql.rows(
            "SELECT s.number, l.tube, count(*), count(DISTINCT l.slip) FROM sampling_sheetline l"
            " JOIN sampling_sheet s ON s.id = l.sheet_id GROUP BY 1, 2 ORDER BY 1, 2"
        )
    codes = [tube_code(n) for n in (100, 102, 103, 200, 201, 202)]
    sizes = [5, 5, 2] * 2
    assert lines == [
        (1 + n // 3, code, size, size)
        for n, (code, size) in enumerate(zip(codes, sizes, strict=True))
    ]
    again = ana.post(desk(), given)
    assert again.headers["Location"] == here, "sent twice is printed once"
    assert sql.rows("SELECT count(*) FROM sampling_sheet") == [(2,)]
    data: dict[str, Any] = {}
    real = printing.pdf
    monkeypatch.setattr(
        printing, "pdf", lambda template, given: real(template, data.setdefault("", given))
    )
    answer = ana.get(desk("print/?first=1&last=2"))
    assert answer.content.startswith(b"%PDF")
    assert [one["number"] for one in data[""]["sheets"]] == [1, 2]
    assert [one["tube"] for one in data[""]["sheets"][1]["lines"]][-2:] == [codes[5]] * 2
    assert 'value="3"' in ana.get(desk()).text, "the next number"


def test_a_sheet_without_tubes_and_one_that_is_taken(town: Town) -> None:
    ana = signed_in(town, "ana")
    lines = printed(town, ana, tubes="", first="")
    assert {one["tube"] for one in lines} == {""}
    assert len({one["slip"] for one in lines}) == 10
    page = ana.get(desk("1/")).text
    assert 'name="l1-tube"' in page
    assert 'name="l1-slip"' not in page
    mixed = {"number": "1", "how_many": "2", "lines": "10", "tubes": ""}
    assert "Another sheet of this number was printed." in ana.post(desk(), mixed).text


def test_a_sheet_is_void_by_one_person_and_lost_by_two(town: Town) -> None:
    ana = signed_in(town, "ana")
    printed(town, ana, how_many="2")
    sent(ana, line(1))
    page = ana.post(desk("void/"), {"number": "1", "reason": "unused"}).text
    assert "Lines of this sheet were read already." in page
    lost = {"number": "1", "reason": "lost"}
    assert 'id="id_witness_error"' in ana.post(desk("void/"), lost).text
    lost |= beside(town, "cleo")
    assert ana.post(desk("void/"), lost).headers["Location"] == desk()
    assert ana.post(desk("void/"), {"number": "2", "reason": "unused"}).status_code == 302
    assert "This sheet is void." in ana.get(desk("1/")).text
    assert ana.post(desk("1/"), {"day": "02/11/2026", **line(2)}).status_code == 404
    assert ana.get(desk("print/?first=2&last=2")).status_code == 404
    assert close_sessions(["S1"], by=town.dora, at=NOON).done
    assert "Prepare the sheets" not in ana.get(desk()).text
    assert ana.post(desk(), {"number": "3"}).status_code == 200
    assert ana.get(desk("void/")).status_code == 404
    assert sql.rows("SELECT count(*) FROM sampling_sheet") == [(2,)]


def test_sheets_say_where_everybody_looks_up(
    town: Town, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUBLIC_ADDRESS = "https://som.example.vn"
    ana, _ = two(town)
    (*_, last) = printed(town, ana)
    papers: list[dict[str, Any]] = []
    monkeypatch.setattr(printing, "pdf", lambda _, data: papers.append(data) or b"%PDF")
    ana.get(desk("print/?first=1&last=1"))
    assert papers[0]["address"] == "som.example.vn/look-up/"
    slip = papers[0]["sheets"][0]["lines"][-1]["slip_qr"]
    assert slip == printing.qr(f"https://som.example.vn/look-up/#{last['slip']}")
