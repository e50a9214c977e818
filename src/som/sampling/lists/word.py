"""Tables of a Word document: the paper sampling list, filled in on a computer. Pure."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import docx
from docx.oxml.ns import qn

from som.kernel import workbooks
from som.sampling.lists.layouts import heading_key
from som.sampling.lists.reasons import ListFault
from som.sampling.lists.written import UnreadableList

LARGEST_PART = (
    16 * 1024 * 1024
)  # a list of a thousand people is 5 MB of XML; read it takes 20 times that

_LABELS = (
    ("place_kind", r"Phân loại nơi lấy mẫu"),
    ("place", r"(?<!loại )Nơi lấy mẫu"),
    ("place_hamlet", r"Thôn\s*/\s*tổ\s*/\s*đường"),
    ("place_commune", r"Xã\s*/\s*phường"),
    ("place_district", r"Quận\s*/\s*huyện"),
    ("specimen", r"Loại mẫu bệnh phẩm"),
    ("taken_by", r"Đơn vị lấy mẫu"),
    ("tubes_taken", r"Số ống mẫu đã lấy"),
)
_LABEL = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _LABELS), re.IGNORECASE)
_DOTS = re.compile(r"[.…_]{2,}|^[\s:._…]+|[\s._…]+$")
_CODES = {"ma ngay": "day_code", "ma don vi": "unit_code", "ma to": "team_code"}


@dataclass(frozen=True, slots=True)
class WordTable:
    """A table's rows, and what the document says above it by field."""

    name: str
    rows: Sequence[Sequence[str]]
    said: dict[str, str]


def tables_of(data: bytes) -> Iterator[WordTable]:
    """Each table of the document that may be a list, with day, unit and team from the one above."""
    try:
        yield from _tables(data)
    except (UnreadableList, workbooks.UnusableWorkbook):
        raise
    except (zipfile.BadZipFile, OSError, KeyError, ValueError, SyntaxError, RuntimeError) as error:
        raise UnreadableList(ListFault.DAMAGED, type(error).__name__) from error
    except Exception as error:  # the library meets damaged parts with errors of any kind
        raise UnreadableList(ListFault.DAMAGED, type(error).__name__) from error


def _tables(data: bytes) -> Iterator[WordTable]:
    with workbooks.archive_of(data) as archive:
        workbooks.must_unpack_to_little(archive, sent=len(data), largest=workbooks.LARGEST_UNPACKED)
        if any(entry.file_size > LARGEST_PART for entry in archive.infolist()):
            raise UnreadableList(ListFault.TOO_LARGE, "unpacked")
        if (damaged := archive.testzip()) is not None:
            raise UnreadableList(ListFault.DAMAGED, damaged)
    body = docx.Document(io.BytesIO(data)).element.body
    said: dict[str, str] = {}
    number = 0
    for part in body.iterchildren():
        if part.tag == qn("w:p"):
            said |= _labelled(_text(part))
        elif part.tag == qn("w:tbl"):
            rows = _rows(part)
            codes = _codes(rows)
            if codes is not None:
                said |= codes
                continue
            number += 1
            yield WordTable(f"{number}", rows, dict(said))


def _codes(rows: Sequence[Sequence[str]]) -> dict[str, str] | None:
    """What the small table of day, unit and team says; None if this is another table."""
    if len(rows) < 2 or not any(heading_key(text) in _CODES for text in rows[0]):
        return None
    if any(heading_key(text) == "ho va ten" for text in rows[0]):
        return None
    return {
        _CODES[heading_key(heading)]: re.sub(r"[\s_.…|]+", "", written)
        for heading, written in zip(rows[0], rows[1], strict=False)
        if heading_key(heading) in _CODES
    }


def _labelled(text: str) -> dict[str, str]:
    """What is written on the dots behind each label: "Xã/phường....Tân Lập...."."""
    found: dict[str, str] = {}
    places = list(_LABEL.finditer(text))
    for place, label in enumerate(places):
        end = places[place + 1].start() if place + 1 < len(places) else len(text)
        written = _DOTS.sub(" ", text[label.end() : end]).strip(" :.…_")
        if written and label.lastgroup:
            found[label.lastgroup] = " ".join(written.split())
    if found.get("specimen") and re.fullmatch(r"\W*Họng\s*/\s*Tỵ hầu\W*", found["specimen"]):
        del found["specimen"]  # neither box is ticked
    return found


def _rows(table: object) -> list[list[str]]:
    """Cells of each row; a cell merged downwards has its text in every row it covers."""
    rows: list[list[str]] = []
    for line in table.iterchildren(qn("w:tr")):  # type: ignore[attr-defined]
        cells: list[str] = []
        for cell in line.iter(qn("w:tc")):
            properties = cell.find(qn("w:tcPr"))
            span, merge = 1, None
            if properties is not None:
                wide = properties.find(qn("w:gridSpan"))
                span = int(wide.get(qn("w:val"), "1")) if wide is not None else 1
                merge = properties.find(qn("w:vMerge"))
            text = _text(cell)
            above = rows[-1] if rows else []
            if (
                merge is not None
                and merge.get(qn("w:val")) != "restart"
                and len(cells) < len(above)
            ):
                text = text or above[len(cells)]
            cells += [text, *[""] * (min(span, 64) - 1)]
        rows.append(cells)
    return rows


def _text(part: object) -> str:
    tags = map(qn, ("w:t", "w:tab", "w:br", "w:p"))
    pieces = [
        piece.text or "" if piece.tag == qn("w:t") else " "
        for piece in part.iter(*tags)  # type: ignore[attr-defined]
    ]
    return " ".join("".join(pieces).split())
