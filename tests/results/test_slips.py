"""Slips on paper: the right answer for the right person."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings

from som.access.queries import system_actor
from som.kernel import ids, scope, sql
from som.lab.commands import receive_tubes
from som.lab.verdicts import Verdict
from som.people.commands import Naming, join_persons, name_walk_ins
from som.people.matching.reviews import Pair
from som.people.rules import Declaration, Sex
from som.places import queries as places
from som.results.commands import release_verdicts
from som.results.queries import slip_of, waiting_for_release
from som.results.rules import Paper, ResultValue, sealed
from som.results.views import papers
from som.sampling.commands import CardRoll, Manifest, dispatch_tubes, issue_cards, record_swabs
from tests.desks import signed_in
from tests.papers import codes_on, fonts_of, pages_of, text_of
from tests.results.answered import (
    DAY,
    LATER,
    answered,
    checked,
    corrected,
    names,
    one,
    paper_of,
    printed,
    recalled,
    received,
    swab_id,
    taken,
    unit_code,
)
from tests.town import NOON, Town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


# --- one slip


@pytest.mark.slow
def test_a_slip_says_whose_answer_it_is_and_shows_no_key_to_it(town: Town) -> None:
    said = town.declaration(name="Nông Văn Ổn", birth_date=date(1957, 3, 5), address="Xóm 3")
    (swab,) = taken(town, [said])
    answered(town, {swab.tube: "positive"})
    answer = signed_in(town, "cleo").get(f"/results/swab/{swab_id(swab)}/slip/")
    assert answer.headers["Content-Disposition"] == f'inline; filename="slip-{swab_id(swab)}.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    text = text_of(answer.content)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert "Nông Văn Ổn (1957)" in text
    assert "POSITIVE" in text
    assert ids.printed_slip_code(swab.slip) in text
    assert f"•••• {said.number[-4:]}" in text
    # The second identifiers of the look-up: whoever finds the paper must not have them.
    for hidden in (said.number, said.phone, said.phone[-4:], "05/03/1957", "5/3/1957"):
        assert hidden not in text.replace(f"•••• {said.number[-4:]}", ""), hidden
    assert fonts_of(answer.content) == {"Tinos-Regular", "Tinos-Bold", "Tinos-Italic"}
    assert len(pages_of(answer.content)) == 1


@pytest.mark.slow
def test_the_code_on_a_slip_leads_to_the_look_up_and_is_sealed(town: Town) -> None:
    swabs = taken(town, [town.declaration() for _ in range(4)])
    answered(town, {swab.tube: "negative" for swab in swabs})
    rows = printed(town, Paper.SLIPS)
    units = places.units_by_id([town.north])
    data = papers.slips_data(
        rows, units, layout="thirds", address="https://som.example.vn/look-up/", at=LATER
    )
    assert codes_on("results/slips.typ", data) == sorted(
        f"https://som.example.vn/look-up/#{sealed(swab.slip, 1, settings.SECRET_KEY)}"
        for swab in swabs
    )


def test_there_is_no_slip_before_there_is_an_answer(town: Town) -> None:
    (swab,) = taken(town, [town.declaration()])
    client = signed_in(town, "cleo")
    assert client.get(f"/results/swab/{swab_id(swab)}/slip/").status_code == 404
    assert "Print the slip" not in client.get(f"/results/swab/{swab_id(swab)}/").text
    answered(town, {swab.tube: "negative"})
    assert "Print the slip" in client.get(f"/results/swab/{swab_id(swab)}/").text


@pytest.mark.slow
def test_a_folded_slip_has_the_name_outside_and_the_answer_inside(town: Town) -> None:
    (swab,) = taken(town, [town.declaration(name="Hoàng Thị Hạnh")])
    answered(town, {swab.tube: "positive"})
    client = signed_in(town, "cleo")
    paper = client.get(f"/results/swab/{swab_id(swab)}/slip/?folded").content
    (page,) = pages_of(paper)
    inside, _, cover = page.rpartition("Hoàng Thị Hạnh")
    assert "POSITIVE" in inside
    assert "POSITIVE" not in cover
    assert "Only to be opened by whoever is named here." in cover


# --- whose answer


@pytest.mark.slow
def test_people_of_one_name_and_one_birth_date_each_get_their_own_answer(town: Town) -> None:
    twins = [
        town.declaration(name="Trần Văn An", birth_date=date(2000, 1, 2), address="Xóm 1", phone="")
        for _ in range(3)
    ]
    first, second, third = taken(town, twins)
    answered(town, {first.tube: "negative", second.tube: "positive", third.tube: "inconclusive"})
    rows = printed(town, Paper.SLIPS)
    assert {row.slip: row.value for row in rows} == {
        first.slip: ResultValue.NEGATIVE,
        third.slip: ResultValue.INCONCLUSIVE,
    }
    units = places.units_by_id([town.north])
    data = papers.slips_data(rows, units, layout="thirds", address="/look-up/", at=LATER)
    ends = {ids.printed_slip_code(swab.slip): swab.said.number[-4:] for swab in (first, third)}  # type: ignore[union-attr]
    for slip in data["slips"]:
        assert ("Number of a paper", f"•••• {ends[slip['code']]}") in slip["facts"]
        expected = (
            "Negative" if slip["code"] == ids.printed_slip_code(first.slip) else "Inconclusive"
        )
        assert slip["headline"] == expected
        assert slip["seal"].startswith(slip["code"].replace("-", "") + ".1.")
    for swab, said in ((first, "NEGATIVE"), (second, "POSITIVE"), (third, "INCONCLUSIVE")):
        row = slip_of(swab_id(swab), by=town.cleo, at=LATER)
        alone = text_of(papers.slips_paper([row], units, layout="alone", address="x", at=LATER))
        assert said in alone
        assert ids.printed_slip_code(swab.slip) in alone


@pytest.mark.slow
def test_a_correction_prints_anew_and_the_old_slip_says_that_it_is_replaced(town: Town) -> None:
    (swab,) = taken(town, [town.declaration()])
    answered(town, {swab.tube: "positive"})
    before = sealed(swab.slip, 1, settings.SECRET_KEY)
    assert printed(town, Paper.SLIPS) == []
    assert "Genuine, and it holds" in checked(before)
    corrected(town, swab, Verdict.NEGATIVE)
    (row,) = printed(town, Paper.SLIPS)
    assert (row.value, row.version) == (ResultValue.NEGATIVE, 2)
    text = text_of(paper_of(town, "slips"))
    assert "NEGATIVE" in text
    assert "Version 2: earlier slips of this swab no longer count." in text
    page = checked(before)
    assert "Replaced by a later version" in page
    assert "Positive" in page
    assert "Negative" not in page
    assert "Genuine, and it holds" in checked(sealed(swab.slip, 2, settings.SECRET_KEY))


def test_a_negative_corrected_to_positive_is_on_no_list_any_more(town: Town) -> None:
    (swab,) = taken(town, [town.declaration()])
    answered(town, {swab.tube: "negative"})
    assert len(printed(town, Paper.LIST)) == 1
    corrected(town, swab, Verdict.POSITIVE)
    for paper in (Paper.LIST, Paper.SLIPS, Paper.SEALED):
        assert printed(town, paper) == []
    assert len(printed(town, Paper.CALLS)) == 1


@pytest.mark.slow
def test_what_was_recalled_prints_as_withdrawn_and_the_old_slip_no_longer_holds(town: Town) -> None:
    (swab,) = taken(town, [town.declaration()])
    answered(town, {swab.tube: "negative"})
    before = sealed(swab.slip, 1, settings.SECRET_KEY)
    recalled(town)
    (row,) = printed(town, Paper.SLIPS)
    assert row.value == ResultValue.WITHDRAWN
    assert "Another swab is needed" in text_of(paper_of(town, "list"))
    assert "Negative" not in text_of(paper_of(town, "list"))
    page = checked(before)
    assert "Replaced by a later version" in page
    assert "withdrawn" not in page


def test_joined_entries_keep_their_own_answers_and_one_positive_withholds_both(town: Town) -> None:
    first, second = (town.declaration(name=name) for name in ("Lý Văn Bình", "Lý Văn Bỉnh"))
    one_swab, other = taken(town, [first, second])
    answered(town, {one_swab.tube: "negative", other.tube: "positive"})
    assert names(printed(town, Paper.LIST)) == ["Lý Văn Bình"]
    with scope.entered(system_actor("results"), "results.read"):
        pair = Pair(*(line[0] for line in sql.rows("SELECT id FROM people_person ORDER BY id")))
    assert join_persons([pair], by=town.dora, at=NOON).done
    # One person: "negative" of one swab must not reach anybody by a neighbour.
    for paper in (Paper.LIST, Paper.SLIPS, Paper.SEALED):
        assert printed(town, paper) == []
    page = signed_in(town, "cleo").get(f"/results/slips/?unit={unit_code(town)}&{DAY}").text
    assert "1 answer stays off the papers" in page
    for swab, name, value in ((one_swab, "Bình", "negative"), (other, "Bỉnh", "positive")):
        row = slip_of(swab_id(swab), by=town.cleo, at=LATER)
        assert (row.name, row.value) == (f"Lý Văn {name}", value)


def test_two_swabs_of_one_person_that_disagree_stay_off_the_papers(town: Town) -> None:
    said = town.declaration()
    (first,) = taken(town, [said])
    answered(town, {first.tube: "negative"})
    assert len(printed(town, Paper.LIST)) == 1
    second = town.swab(town.tubes(1)[0], said=said)
    assert not record_swabs([second], session="S2", by=town.ana, at=NOON).refused
    box = Manifest("M-second", town.north, town.lab2)
    assert not dispatch_tubes([second.tube], manifest=box, by=town.ana, at=NOON).refused
    assert not receive_tubes([second.tube], lab=town.lab2, by=town.lan, at=NOON).refused
    town.run("PLATE9", {second.tube: "positive"}, lab=town.lab2, by=town.lan)
    waiting = [w.verdict for w in waiting_for_release(town.lab2, by=town.long)]
    assert not release_verdicts(waiting, lab=town.lab2, by=town.long, at=NOON).refused
    assert printed(town, Paper.LIST) == []
    assert [row.slip for row in printed(town, Paper.CALLS)] == [second.slip]


@pytest.mark.slow
def test_a_walk_ins_slip_has_the_card_until_the_name_is_known(town: Town) -> None:
    roll = CardRoll(0, 0, town.north)
    assert issue_cards([roll], by=town.dora, at=NOON).held == [roll]
    with scope.entered(town.ana, "people.read"):
        ((slip,),) = sql.rows("SELECT slip FROM sampling_card")
    seen = Declaration("", Sex.FEMALE, birth_year=1960)
    swab = town.swab(town.tubes(1)[0], slip=slip, card=ids.card_code(0), said=seen)
    received(town, [swab])
    answered(town, {swab.tube: "negative"})
    for paper in ("slips", "sealed", "list"):
        text = text_of(paper_of(town, paper))
        assert f"Holder of card •••• {ids.card_code(0)[-4:]}" in text
        # With the slip's code it would open the answer to whoever carries the paper.
        assert ids.card_code(0) not in text
    assert "(1960)" in text_of(paper_of(town, "slips"))
    person = one("SELECT person_id FROM sampling_swab WHERE slip = %s", slip)
    told = Declaration("Lò Thị Bé", Sex.FEMALE, date(1961, 5, 4), number="019161000123")
    assert name_walk_ins([Naming(person, told)], unit=town.north, by=town.ana, at=NOON).done
    text = text_of(paper_of(town, "slips"))
    assert "Lò Thị Bé (1961)" in text
    assert ids.card_code(0) not in text
    # What a slip printed before says is all that its check says: the name was not on it.
    page = checked(sealed(slip, 1, settings.SECRET_KEY))
    assert "Genuine, and it holds" in page
    assert "Bé" not in page
