"""Archives that unpack to far more than was sent, or list very many entries, are refused unopened."""

from __future__ import annotations

import io
import zipfile

import pytest

from som.kernel import workbooks
from som.kernel.workbooks import UnusableWorkbook, WorkbookFault
from som.lab.formats.registry import read_run
from som.lab.formats.run_file import RunFault, UnreadableRun
from som.sampling.lists import ListFault, UnreadableList, read_list
from tests.kernel.test_workbooks import book, changed
from tests.town import NOON

MB = 1024 * 1024
ROW = b'<row r="1"><c r="A1"><v>1</v></c></row>'


@pytest.fixture
def inflated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes were unpacked at each step."""
    sizes: list[int] = []
    read = zipfile.ZipExtFile.read

    def counted(stream: zipfile.ZipExtFile, size: int | None = -1) -> bytes:
        piece = read(stream, size)
        sizes.append(len(piece))
        return piece

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    return sizes


def bomb(*, entries: int = 1, kind: str = "xl/workbook.xml") -> bytes:
    """A workbook, or a document, with 40 MB of sheets in some kilobytes."""
    target = io.BytesIO(book(A={"A1": 1}) if kind == "xl/workbook.xml" else b"")
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        if kind not in archive.namelist():
            archive.writestr(kind, b"<w/>")
        for number in range(2, 2 + entries):
            rows = ROW * (40 * MB // entries // len(ROW))
            archive.writestr(f"xl/worksheets/sheet{number}.xml", rows)
    assert len(target.getvalue()) < MB
    return target.getvalue()


@pytest.mark.parametrize("entries", [1, 40])
def test_what_unpacks_to_far_more_than_was_sent_is_refused_unopened(
    entries: int, inflated: list[int]
) -> None:
    """However the bytes are spread, and however few each entry has."""
    with pytest.raises(UnusableWorkbook) as refusal:
        list(workbooks.opened(bomb(entries=entries)))
    assert refusal.value.fault is WorkbookFault.TOO_LARGE
    assert inflated == []


@pytest.mark.parametrize("kind", ["xl/workbook.xml", "word/document.xml"])
def test_a_list_and_a_run_are_held_off_alike(kind: str, inflated: list[int]) -> None:
    data = bomb(kind=kind)
    with pytest.raises(UnreadableList) as of_list:
        read_list(data, on=NOON.date())
    assert of_list.value.fault is ListFault.TOO_LARGE
    with pytest.raises(UnreadableRun) as of_run:
        read_run(data, "")
    known = kind == "xl/workbook.xml"
    assert of_run.value.reason is (RunFault.TOO_LARGE if known else RunFault.UNKNOWN_FORMAT)
    assert inflated == []


def test_what_was_sent_bounds_what_is_unpacked(inflated: list[int]) -> None:
    """Tightly packed and small, a workbook is read: one whole time."""
    data = book(A={f"A{n}": "negative" for n in range(1, 2_000)})
    assert [sheet.height for sheet in workbooks.opened(data)] == [1_999]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sum(inflated) <= 2 * sum(entry.file_size for entry in archive.infolist())


@pytest.mark.parametrize("longer", [False, True])
def test_an_archive_of_very_many_entries_is_not_listed(
    longer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the list stands in the longer end of an archive, and the shorter says less."""
    whole = book(A={"A1": 1})
    if longer:
        monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    data = bytearray(changed(whole, "", b"", b""))
    at = data.rfind(b"PK\5\6")
    assert (data[at - 20 : at - 16] == b"PK\6\7") is longer
    if longer:
        data[at + 12 : at + 16] = b"\x10\0\0\0"
    assert [sheet.height for sheet in workbooks.opened(bytes(data))] == [1]
    monkeypatch.setattr(workbooks, "LARGEST_LIST", 100)
    with pytest.raises(UnusableWorkbook) as refusal:
        list(workbooks.opened(bytes(data)))
    assert refusal.value.fault is WorkbookFault.TOO_LARGE


@pytest.mark.parametrize("shift", [0, 1])
def test_a_sign_to_a_longer_end_that_is_not_there_is_no_way_round(shift: int) -> None:
    """A reader that finds nothing behind the sign takes the shorter end for true after all."""
    data = bytearray(changed(book(A={"A1": 1}), "", b"", b""))
    at = data.rfind(b"PK\5\6")
    before = b"PK\6\6" * shift + bytes(56 - 4 * shift)
    data[at:at] = before + b"PK\6\7" + bytes(4) + (at + shift).to_bytes(8, "little") + bytes(4)
    with pytest.raises(UnusableWorkbook) as refusal:
        list(workbooks.opened(bytes(data)))
    assert refusal.value.fault is WorkbookFault.DAMAGED


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("kind", ["xl/workbook.xml", "word/document.xml", "apldbio/sds/x.xml"])
def test_ways_of_packing_that_unpack_all_at_once_are_refused(
    kind: str, packing: int, inflated: list[int]
) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", packing) as archive:
        archive.writestr(kind, bytes(MB))
    for refused_by in (
        lambda data: list(workbooks.opened(data)),
        lambda data: read_run(data, "a.eds"),
    ):
        with pytest.raises((UnusableWorkbook, UnreadableRun)):
            refused_by(target.getvalue())
    with pytest.raises((UnusableWorkbook, UnreadableList)):
        read_list(target.getvalue(), on=NOON.date())
    assert inflated == []
