"""Slips and lists of a day: no positive in other hands, and every print noted."""

from __future__ import annotations

import sys

import pytest
from django.conf import settings

from som.kernel import audit
from som.kernel.errors import NotFound
from som.results.queries import SlipsOf, slip_of, slips
from som.results.rules import Paper, sealed
from tests.desks import signed_in, statements, stranger
from tests.papers import pages_of, text_of
from tests.results.answered import (
    DAY,
    LATER,
    answered,
    checked,
    names,
    one,
    paper_of,
    printed,
    swab_id,
    taken,
    unit_code,
)
from tests.town import NOON, Town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


# --- papers of a day


@pytest.mark.slow
def test_no_positive_stands_on_anything_a_neighbour_carries(town: Town) -> None:
    found = {
        "Nguyễn Văn An": "negative",
        "Trần Thị Bình": "positive",
        "Hoàng Minh Đào": "inconclusive",
        "Nông Văn Hạnh": "",
    }
    said = [town.declaration(name=name, address="Xóm 2", phone="") for name in found]
    swabs = taken(town, said)
    answered(
        town,
        {swab.tube: what for swab, what in zip(swabs, found.values(), strict=True) if what},
    )
    for paper in ("slips", "sealed", "list"):
        text = text_of(paper_of(town, paper))
        assert "Nguyễn Văn An" in text
        assert "Hoàng Minh Đào" in text
        for hidden in ("Trần Thị Bình", "Nông Văn Hạnh", "POSITIVE", "Positive", "Suspected"):
            assert hidden not in text, (paper, hidden)
    calls = text_of(paper_of(town, "calls"))
    assert "Trần Thị Bình" in calls
    assert "none: go there" in calls
    for hidden in ("Nguyễn Văn An", "Hoàng Minh Đào", "Nông Văn Hạnh"):
        assert hidden not in calls


@pytest.mark.slow
def test_the_hand_out_list_has_a_hamlet_a_sheet_and_no_numbers(town: Town) -> None:
    said = [
        town.declaration(name=name, address=address)
        for name, address in (
            ("Nguyễn Văn Ổn", "Xóm 10"),
            ("Nguyễn Văn Đào", "so 4, xom 2"),
            ("Trần Thị An", "Xóm 2"),
            ("Lý Thị Bình", "nhà cạnh chợ"),
        )
    ]
    swabs = taken(town, said)
    answered(town, {swab.tube: "negative" for swab in swabs})
    first, second, last = pages_of(paper_of(town, "list"))
    assert first.index("Trần Thị An") < first.index("Nguyễn Văn Đào")
    assert "Nguyễn Văn Ổn" in second
    assert "Without a hamlet in the address" in last
    assert "Lý Thị Bình" in last
    for page in (first, second, last):
        for one_said in said:
            assert one_said.number not in page
            assert one_said.phone not in page
    client = signed_in(town, "cleo")
    page = client.get(f"/results/slips/?unit={unit_code(town)}&{DAY}").text
    assert "Xóm 2</span></a>" in page
    assert '<td class="number" data-label="Negative">' in page
    assert 'class="figure"' not in page, "Bootstrap's own, which breaks the row of a table"
    two = paper_of(town, "list", commune=town.north, hamlet="xom 2")
    assert len(pages_of(two)) == 1
    assert "Nguyễn Văn Ổn" not in text_of(two)


def test_whoever_lives_elsewhere_gets_the_slip_there_or_with_the_session(town: Town) -> None:
    said = [
        town.declaration(name="Nguyễn Văn An", address="Xóm 1"),
        town.declaration(name="Trần Thị Đào", address="Xóm 1", residence=town.south),
    ]
    swabs = taken(town, said)
    answered(town, {swab.tube: "negative" for swab in swabs})
    for paper in (Paper.LIST, Paper.SLIPS):
        assert names(printed(town, paper)) == ["Nguyễn Văn An"]
    session = one("SELECT id FROM sampling_session WHERE code = 'S1'")
    assert len(printed(town, Paper.SLIPS, session=session)) == 2
    assert names(printed(town, Paper.LIST, session=session)) == ["Nguyễn Văn An"]
    of = SlipsOf(town.south, NOON.date())
    assert names(slips(of, Paper.LIST, by=town.dora, at=LATER)) == ["Trần Thị Đào"]
    page = signed_in(town, "cleo").get(f"/results/slips/?unit={unit_code(town)}&{DAY}").text
    assert "1 person swabbed here lives elsewhere" in page


def test_folded_slips_are_for_those_without_a_telephone(town: Town) -> None:
    said = [town.declaration(name="Lý Văn An", phone=""), town.declaration(name="Lý Văn Bình")]
    swabs = taken(town, said)
    answered(town, {swab.tube: "negative" for swab in swabs})
    assert names(printed(town, Paper.SEALED)) == ["Lý Văn An"]


@pytest.mark.slow
def test_members_of_a_pool_asked_again_get_that_and_nothing_of_the_pool(town: Town) -> None:
    both = town.sampled([2])[0]
    answered(town, {both[0].tube: "positive"})
    rows = printed(town, Paper.SLIPS)
    assert [(row.version, row.value, row.asked_again) for row in rows] == [(0, None, True)] * 2
    text = text_of(paper_of(town, "slips"))
    assert "ANOTHER SWAB IS NEEDED" in text
    assert "Genuine, and it holds" in checked(sealed(both[0].slip, 0, settings.SECRET_KEY))


def test_the_page_counts_what_it_prints(town: Town) -> None:
    swabs = taken(town, [town.declaration(phone="") for _ in range(5)])
    answered(
        town,
        {
            swab.tube: what
            for swab, what in zip(
                swabs, ("negative", "negative", "inconclusive", "positive"), strict=False
            )
        },
    )
    page = signed_in(town, "cleo").get(f"/results/slips/?unit={unit_code(town)}&{DAY}").text
    assert "Print 3 slips" in page
    assert "Print 3 folded slips" in page
    assert "paper=calls" in page
    for paper, number in ((Paper.SLIPS, 3), (Paper.SEALED, 3), (Paper.LIST, 3), (Paper.CALLS, 1)):
        assert len(printed(town, paper)) == number


@pytest.mark.slow
def test_too_many_for_one_paper_are_not_begun(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    swabs = taken(town, [town.declaration() for _ in range(3)])
    answered(town, {swab.tube: "negative" for swab in swabs})
    monkeypatch.setattr(sys.modules["som.results.views.slips"], "MOST", 2)
    client = signed_in(town, "cleo")
    address = f"/results/slips/paper/?unit={unit_code(town)}&{DAY}&paper=slips"
    assert "3 are too many for one paper" in client.get(address).text
    page = client.get(f"/results/slips/?unit={unit_code(town)}&{DAY}").text
    assert "print them by hamlet or session" in page


# --- who may, and what is noted


@pytest.mark.slow
def test_papers_are_for_those_who_read_results_there(town: Town) -> None:
    (swab,) = taken(town, [town.declaration()])
    answered(town, {swab.tube: "negative"})
    single = f"/results/swab/{swab_id(swab)}/slip/"
    many = f"/results/slips/paper/?unit={unit_code(town)}&{DAY}&paper=slips"
    for address in (single, many, "/results/slips/"):
        assert stranger().get(address).headers["Location"].startswith("/sign-in/")
        for name in ("ana", "ben", "bao"):
            assert signed_in(town, name).get(address).status_code == 403
    egon = signed_in(town, "egon")
    assert egon.get(single).status_code == 404
    assert egon.get(many).status_code == 404
    with pytest.raises(NotFound):
        slip_of(swab_id(swab), by=town.egon, at=LATER)


@pytest.mark.parametrize("paper", list(Paper))
def test_every_print_is_noted_with_those_printed_alone(town: Town, paper: Paper) -> None:
    swabs = taken(town, [town.declaration(phone="") for _ in range(3)])
    answered(town, {swabs[0].tube: "negative", swabs[1].tube: "positive"})
    with_answer = swabs[1 if paper is Paper.CALLS else 0]
    rows = printed(town, paper)
    assert [row.slip for row in rows] == [with_answer.slip]
    for swab in swabs:
        person = one("SELECT person_id FROM sampling_swab WHERE slip = %s", swab.slip)
        noted = [
            (entry.action, entry.note)
            for entry in audit.entries_about(person, by=town.dora, at=LATER)
            if entry.kind == "read" and entry.action.startswith("results.")
        ]
        assert noted == (
            [("results.printed_papers", {"paper": paper.value})] if swab is with_answer else []
        )


@pytest.mark.slow
def test_a_print_costs_the_same_for_one_and_for_many(town: Town) -> None:
    client = signed_in(town, "cleo")
    page = f"/results/slips/?unit={unit_code(town)}&{DAY}"
    paper = f"/results/slips/paper/?unit={unit_code(town)}&{DAY}&paper="
    counts: list[list[int]] = []
    for number in (1, 6):
        said = [town.declaration(phone="", address=f"Xóm {n}") for n in range(number)]
        swabs = taken(town, said)
        (bad,) = taken(town, [town.declaration()])
        found = {swab.tube: "negative" for swab in swabs} | {bad.tube: "positive"}
        answered(town, found, f"PLATE{number}")
        counts.append([statements(client, page)])
        counts[-1] += [statements(client, paper + one_of.value) for one_of in Paper]
        counts[-1].append(statements(client, f"/results/swab/{swab_id(swabs[0])}/slip/"))
    assert counts[0] == counts[1]
