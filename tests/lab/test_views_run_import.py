"""A run's file sent in: looked at with nothing written, then read; and its curves."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from som.kernel import sql
from som.kernel.clock import LOCAL
from som.lab.commands import load_plates
from som.lab.rules import Loading, LoadKind
from tests.desks import clock_at, signed_in, statements
from tests.town import KIT, NOON, Town, instrument_file

pytestmark = pytest.mark.django_db

FILES = Path(__file__).resolve().parents[1] / "files" / "pcr"
ANALYSED = "5-26-20 CoDx_Norgen-BP_BEI LOD EUA expt Analyzed.xlsx"
"""Somebody's own workbook, made out of exports: no export of an instrument."""
NEW = "/lab/runs/new/"


def loaded(town: Town, plate: str, codes: list[str], *, kit: str = KIT, size: int = 96) -> None:
    """A plate of laboratory one with these tubes from A1 on, and both controls."""
    wells = [f"{row}{column}" for row in "ABCDEFGH" for column in range(1, 13)]
    given = [
        Loading(LoadKind.TUBE, code, (well,)) for code, well in zip(codes, wells, strict=False)
    ]
    given += [Loading(LoadKind.NO_TEMPLATE, "NTC", ("H11",))]
    given += [Loading(LoadKind.POSITIVE, "PC", ("H12",))]
    done = load_plates(given, plate=plate, size=size, kit=kit, lab=town.lab1, by=town.ben, at=NOON)
    assert not done.refused, done.refused


def exported(experiment: str, codes: list[str], *, at: datetime = NOON, **changes: object) -> bytes:
    """The instrument's file of such a plate: everybody negative."""
    wells = [f"{row}{column}" for row in "ABCDEFGH" for column in range(1, 13)]
    shown = {well: (code, "negative") for code, well in zip(codes, wells, strict=False)}
    shown |= {"H11": ("NTC", "water"), "H12": ("PC", "positive")}
    return instrument_file(experiment, shown, at, **changes)  # type: ignore[arg-type]


def sent(client: Client, town: Town, content: bytes, name: str = "run.txt", **said: str) -> str:
    """What the page says of a file that is looked at."""
    return str(answered(client, town, content, name, **said).content.decode())


def answered(
    client: Client, town: Town, content: bytes, name: str = "run.txt", **said: str
) -> HttpResponse:
    given = {"lab": town.lab1, "content": SimpleUploadedFile(name, content), **said}
    return client.post(NEW, given, headers={"hx-request": "true"})  # type: ignore[return-value]


def looked(page: str) -> str:
    """What the page sends with what it reads, to be read as it was seen."""
    found = re.search(r'name="looked" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_a_file_is_looked_at_and_nothing_is_written(town: Town) -> None:
    codes = [swabs[0].tube for swabs in town.sampled([1, 1])]
    loaded(town, "PLATE1", codes)
    page = sent(signed_in(town, "ben"), town, exported("PLATE1", codes))
    assert "QuantStudio" in page
    assert "named by the file" in page
    assert "2 of 2 are in the file under their names" in page
    assert "2 as expected" in page
    assert "Read the run of plate PLATE1" in page
    assert sql.rows("SELECT 1 FROM lab_run") == []


def test_what_was_looked_at_is_read_and_read_again_is_harmless(town: Town) -> None:
    codes = [swabs[0].tube for swabs in town.sampled([1, 1])]
    loaded(town, "PLATE1", codes)
    ben, content = signed_in(town, "ben"), exported("PLATE1", codes)
    page = sent(ben, town, content)
    said = {"read": "1", "looked": looked(page), "kit_lot": "LOT-7", "operator": "Bình"}
    answer = answered(ben, town, content, **said)
    ((run, kept, lot, operator),) = sql.rows("SELECT id, content, kit_lot, operator FROM lab_run")
    assert answer.headers["HX-Redirect"] == f"/lab/runs/{run}/"
    assert (bytes(kept), lot, operator) == (content, "LOT-7", "Bình")
    again = answered(ben, town, content, **said)
    assert again.headers["HX-Redirect"] == f"/lab/runs/{run}/"
    assert sql.row("SELECT count(*) FROM lab_run") == (1,)
    assert "was read already" in sent(ben, town, content)


def test_another_file_than_the_one_looked_at_is_not_read(town: Town) -> None:
    codes = [swabs[0].tube for swabs in town.sampled([1])]
    loaded(town, "PLATE1", codes)
    ben = signed_in(town, "ben")
    seen = looked(sent(ben, town, exported("PLATE1", codes)))
    other = exported("PLATE1", [*codes, "X"])
    page = sent(ben, town, other, read="1", looked=seen, kit_lot="LOT-7")
    assert "another file, or another plate, than what was looked at" in page
    assert sql.rows("SELECT 1 FROM lab_run") == []


def test_a_file_is_not_read_as_another_plate_than_it_was_looked_at(town: Town) -> None:
    first, second = ([s[0].tube for s in town.sampled([1, 1])] for _ in range(2))
    loaded(town, "PLATE1", first)
    loaded(town, "PLATE2", second)
    ben, content = signed_in(town, "ben"), exported("Untitled", [first[0], second[1]])
    seen = looked(sent(ben, town, content, "export.txt", plate="PLATE1"))
    said = {"read": "1", "looked": seen, "kit_lot": "LOT-7"}
    page = sent(ben, town, content, "export.txt", plate="PLATE2", **said)
    assert "another file, or another plate, than what was looked at" in page
    assert sql.rows("SELECT 1 FROM lab_run") == []
    # Shown anew, it is read as what is shown now.
    said |= {"looked": looked(page)}
    assert (
        "HX-Redirect" in answered(ben, town, content, "export.txt", plate="PLATE2", **said).headers
    )
    assert sql.rows("SELECT p.code FROM lab_run r JOIN lab_plate p ON p.id = r.plate_id") == [
        ("PLATE2",)
    ]


def test_without_the_lot_nothing_is_read_and_the_page_says_so(town: Town) -> None:
    codes = [swabs[0].tube for swabs in town.sampled([1])]
    loaded(town, "PLATE1", codes)
    ben, content = signed_in(town, "ben"), exported("PLATE1", codes)
    page = sent(ben, town, content, read="1", looked=looked(sent(ben, town, content)))
    assert "Type the lot that stands on the kit" in page
    assert sql.rows("SELECT 1 FROM lab_run") == []


def test_a_file_without_its_plates_name_is_known_by_its_samples(town: Town) -> None:
    first, second = ([s[0].tube for s in town.sampled([1] * 4)] for _ in range(2))
    loaded(town, "PLATE1", first)
    loaded(town, "PLATE2", second)
    page = sent(signed_in(town, "ben"), town, exported("Untitled", second), "export.txt")
    assert "Read the run of plate PLATE2" in page
    assert "found by the names of its samples" in page


def test_a_link_chooses_the_plate(town: Town) -> None:
    loaded(town, "PLATE1", [swabs[0].tube for swabs in town.sampled([1])])
    page = signed_in(town, "ben").get(f"{NEW}?plate=PLATE1").text
    assert '<option value="PLATE1" selected>' in page


def test_where_no_plate_fits_somebody_chooses(town: Town) -> None:
    codes = [swabs[0].tube for swabs in town.sampled([1, 1])]
    loaded(town, "PLATE1", codes)
    ben, content = signed_in(town, "ben"), exported("Untitled", ["A", "B"])
    assert "Which plate is it?" in sent(ben, town, content, "export.txt")
    content = exported("Untitled", ["A", codes[1]])
    page = sent(ben, town, content, "export.txt", plate="PLATE1")
    assert "chosen by you" in page
    assert "1 of 2 are in the file under their names" in page
    assert "Find out which of the two names is right" in page


def test_only_wells_in_the_file_count_as_named(town: Town) -> None:
    codes = [swabs[0].tube for swabs in town.sampled([1, 1, 1])]
    loaded(town, "PLATE1", codes)
    page = sent(signed_in(town, "ben"), town, exported("PLATE1", codes[:1]))
    assert "1 of 3 are in the file under their names" in page


def test_a_file_of_strangers_does_not_spend_a_plate(town: Town) -> None:
    codes = [swabs[0].tube for swabs in town.sampled([1, 1])]
    loaded(town, "PLATE1", codes)
    ben, content = signed_in(town, "ben"), exported("Untitled", ["A", "B"])
    page = sent(ben, town, content, "export.txt", plate="PLATE1")
    assert "None of the plate&#x27;s tubes and pools is in the file under its name." in page
    assert "Read the run" not in page
    said = {"read": "1", "looked": looked(page), "kit_lot": "LOT-7"}
    page = sent(ben, town, content, "export.txt", plate="PLATE1", **said)
    assert "None of the plate&#x27;s tubes and pools is in the file under its name." in page
    assert sql.rows("SELECT 1 FROM lab_run") == []


def test_a_file_that_names_another_plate_is_offered_as_that_one(town: Town) -> None:
    codes = [swabs[0].tube for swabs in town.sampled([1, 1])]
    loaded(town, "PLATE1", codes[:1])
    loaded(town, "PLATE2", codes[1:])
    ben, content = signed_in(town, "ben"), exported("PLATE2", codes[1:])
    page = sent(ben, town, content, plate="PLATE1")
    assert "The file says that it is of another plate of this laboratory." in page
    assert 'name="plate" value="PLATE2"' in page
    assert "Read the run" not in page
    # Read by now, it is named and not offered.
    seen = looked(sent(ben, town, content, plate="PLATE2"))
    answered(ben, town, content, plate="PLATE2", read="1", looked=seen, kit_lot="LOT-7")
    page = sent(ben, town, content + b"\r\n", plate="PLATE1")
    assert "PLATE2" in page
    assert 'name="plate" value="PLATE2"' not in page
    assert "export it again" in page


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (NOON - timedelta(days=2), "The test was begun before the swab was taken."),
        (NOON + timedelta(days=28), "The test&#x27;s time has not come yet."),
    ],
)
def test_a_run_whose_end_cannot_be_is_read_only_when_somebody_says_when_it_ended(
    town: Town, ended: datetime, words: str
) -> None:
    codes = [swabs[0].tube for swabs in town.sampled([1, 1])]
    loaded(town, "PLATE1", codes)
    ben, content = signed_in(town, "ben"), exported("PLATE1", codes, at=ended)
    clock_at(NOON + timedelta(hours=3))
    page = sent(ben, town, content)
    assert words in page
    assert f"{ended.astimezone(LOCAL):%H:%M}" in page
    said = {"read": "1", "looked": looked(page), "kit_lot": "LOT-7"}
    page = sent(ben, town, content, **said)
    assert "Type the day on which the run ended." in page
    assert "Type the hour at which the run ended." in page
    assert "Say how you know when it ended." in page
    local = NOON.astimezone(LOCAL)
    said |= {"ended_on": f"{local:%d/%m/%Y}", "ended_why": "Sổ máy"}
    late, truly = local + timedelta(hours=4), local + timedelta(hours=2)
    page = sent(ben, town, content, **said, ended_hour=f"{late:%H:%M}")
    assert "The test&#x27;s time has not come yet." in page
    assert sql.rows("SELECT 1 FROM lab_run") == []
    answer = answered(ben, town, content, **said, ended_hour=f"{truly:%H:%M}")
    assert "HX-Redirect" in answer.headers
    assert sql.rows("SELECT ended_at, ended_said, ended_why FROM lab_run") == [
        (truly, ended, "Sổ máy")
    ]
    page = ben.get(answer.headers["HX-Redirect"]).text
    assert words in page
    assert "typed by whoever read it" in page
    assert "Sổ máy" in page
    review = signed_in(town, "bao").get("/results/review/").text
    assert words in review
    assert "Sổ máy" in review


def test_a_plate_of_another_size_is_said_before_anything_is_read(town: Town) -> None:
    codes = [swabs[0].tube for swabs in town.sampled([1])]
    loaded(town, "PLATE1", codes)
    page = sent(signed_in(town, "ben"), town, exported("PLATE1", codes, block=384))
    assert "block has another size than the plate" in page
    assert "Read the run" not in page


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("photo.png", b"\x89PNG\r\n\x1a\n", "Instruments' exports end in"),
        ("run.txt", b"", "The file is empty."),
        ("run.txt", b"   \n", "The file is empty."),
        ("run.csv", b"ten,ma\nA,B\n", "not an export of an instrument"),
        ("run.xlsx", b"PK\x03\x04 broken", "cut off or damaged"),
        ("run.txt", b"\0\1\2\3" * 400, "neither text nor a workbook"),
    ],
)
def test_foreign_and_broken_files_are_refused_in_words(
    town: Town, name: str, content: bytes, words: str
) -> None:
    page = sent(signed_in(town, "ben"), town, content, name)
    assert words in page.replace("&#x27;", "'")
    assert "Read the run" not in page
    assert sql.rows("SELECT 1 FROM lab_run") == []


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("som.lab.forms.pages.LARGEST_FILE", 10)
    page = sent(signed_in(town, "ben"), town, b"x" * 11)
    assert "The file is larger than" in page


@pytest.mark.parametrize("name", sorted(p.name for p in FILES.iterdir() if p.suffix != ".json"))
def test_every_genuine_file_is_looked_at_without_harm(town: Town, name: str) -> None:
    loaded(town, "PLATE1", [swabs[0].tube for swabs in town.sampled([1])])
    page = sent(signed_in(town, "ben"), town, (FILES / name).read_bytes(), name)
    assert ("What the file is" in page) is (name != ANALYSED)
    assert ("cannot be read as it is" in page) is (name == ANALYSED)
    assert sql.rows("SELECT 1 FROM lab_run") == []


def test_whole_pages_answer_where_no_script_runs(town: Town) -> None:
    codes = [swabs[0].tube for swabs in town.sampled([1])]
    loaded(town, "PLATE1", codes)
    ben, content = signed_in(town, "ben"), exported("PLATE1", codes)
    given = {"lab": town.lab1, "look": "1"}
    page = ben.post(NEW, {**given, "content": SimpleUploadedFile("a.txt", content)}).text
    assert "Choose the same file again above" in page
    said = {"read": "1", "looked": looked(page), "kit_lot": "L1", "lab": town.lab1}
    answer = ben.post(NEW, {**said, "content": SimpleUploadedFile("a.txt", content)})
    assert answer.status_code == 302
    assert "is kept as it is" in ben.get(answer.headers["Location"]).text


def test_only_whoever_reads_runs_here_may_look(town: Town) -> None:
    codes = [swabs[0].tube for swabs in town.sampled([1])]
    loaded(town, "PLATE1", codes)
    content = exported("PLATE1", codes)
    for name in ("bao", "ana", "egon"):
        assert signed_in(town, name).get(NEW).status_code == 403
    ben = signed_in(town, "ben")
    elsewhere = {"lab": town.lab2, "content": SimpleUploadedFile("a.txt", content)}
    assert "Read the run of plate" not in ben.post(NEW, elsewhere).text
    assert "PLATE1" in ben.get(NEW).text
    assert codes[0] not in ben.get(NEW).text


def test_the_page_costs_as_much_for_many_plates_as_for_one(town: Town) -> None:
    loaded(town, "PLATE1", [swabs[0].tube for swabs in town.sampled([1])])
    ben = signed_in(town, "ben")
    before = statements(ben, NEW)
    for number in range(2, 6):
        loaded(town, f"PLATE{number}", [swabs[0].tube for swabs in town.sampled([1] * 20)])
    assert statements(ben, NEW) == before
