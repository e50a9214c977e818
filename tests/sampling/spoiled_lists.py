"""Drawn lists spoiled in the ways lists are: columns shuffled or dropped, rows doubled, cells merged,
text in old character sets, numbers rounded by a spreadsheet, bytes cut off or turned."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass

from tests.sampling.drawn_lists import KINDS, drawn
from tests.sampling.written_lists import Written, old_text, text_file, workbook


@dataclass(frozen=True)
class Spoiled:
    """A list as it arrives, the numbers of the sheet rows that hold people, and what was done."""

    data: bytes
    people: frozenset[int]
    done: tuple[str, ...]
    readable: bool = True


def mutated(seed: int) -> Spoiled:
    """One spoiled list of this seed."""
    draw = random.Random(seed)
    kind = draw.choice(list(KINDS))
    written, _ = drawn(kind, seed, draw.randrange(3, 40))
    done = [kind]
    for act in draw.sample(_ACTS, draw.randrange(1, 4)):
        name = act(written, draw)
        if name:
            done.append(name)
    people = frozenset(
        written.first + at
        for at, row in enumerate(written.rows)
        if sum(1 for value in row if value not in (None, "")) > 1
    )
    if draw.random() < 0.4:
        encoding, separator = draw.choice(
            [
                ("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("cp1258", ";"),
                ("tcvn3", ";"), ("vni", "\t"), ("utf-8", "|"),
            ]
        )  # fmt: skip
        done.append(f"{encoding} {separator!r}")
        return Spoiled(
            text_file(written, separator=separator, encoding=encoding), people, tuple(done)
        )
    data = workbook(written)
    if draw.random() < 0.2:
        done.append("bytes")
        return Spoiled(_broken(data, draw), people, tuple(done), readable=False)
    return Spoiled(data, people, tuple(done))


def _broken(data: bytes, draw: random.Random) -> bytes:
    kind = draw.randrange(4)
    if kind == 0:
        return data[: draw.randrange(len(data))]
    if kind == 1:
        return draw.randbytes(draw.randrange(1, 5_000))
    spoiled = bytearray(data)
    for _ in range(draw.randrange(1, 40)):
        spoiled[draw.randrange(len(spoiled))] = draw.randrange(256)
    return bytes(spoiled) if kind == 2 else b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(spoiled)


def _shuffle_columns(written: Written, draw: random.Random) -> str:
    if written.merged or written.formulas:
        return ""
    order = draw.sample(range(len(written.headings)), len(written.headings))
    written.headings = [written.headings[place] for place in order]
    written.rows = [[row[place] for place in order] for row in written.rows]
    return "columns shuffled"


def _double_rows(written: Written, draw: random.Random) -> str:
    if written.merged or written.formulas:
        return ""
    for at in sorted(
        draw.sample(range(len(written.rows)), min(3, len(written.rows))), reverse=True
    ):
        written.rows.insert(at, list(written.rows[at]))
    return "rows doubled"


def _drop_column(written: Written, draw: random.Random) -> str:
    if written.merged or written.formulas:
        return ""
    place = draw.randrange(len(written.headings))
    heading = written.headings.pop(place)
    for row in written.rows:
        del row[place]
    return f"without {heading!r}"


def _empty_cells(written: Written, draw: random.Random) -> str:
    for _ in range(draw.randrange(1, 6)):
        written.rows[draw.randrange(len(written.rows))][draw.randrange(len(written.headings))] = (
            None
        )
    return "cells emptied"


def _as_above(written: Written, draw: random.Random) -> str:
    for _ in range(draw.randrange(1, 8)):
        row = draw.randrange(len(written.rows))
        place = draw.randrange(len(written.headings))
        written.rows[row][place] = draw.choice(("nt", "-nt-", "như trên", '"', "NT"))
    return "as above"


def _junk_cells(written: Written, draw: random.Random) -> str:
    junk = ("#N/A", "1.9091E+10", "???", "=1+1", "x" * 500, "0", "\ufffd", "ÂM/DƯƠNG", "99/99/9999")
    for _ in range(draw.randrange(1, 6)):
        row = draw.randrange(len(written.rows))
        written.rows[row][draw.randrange(len(written.headings))] = draw.choice(junk)
    return "junk"


def _as_numbers(written: Written, draw: random.Random) -> str:
    for row in written.rows:
        for place, value in enumerate(row):
            if isinstance(value, str) and value.isdigit() and len(value) < 15:
                row[place] = int(value)
    return "digits became numbers"


def _blank_rows(written: Written, draw: random.Random) -> str:
    if written.merged or written.formulas:
        return ""
    for _ in range(draw.randrange(1, 4)):
        written.rows.insert(draw.randrange(len(written.rows) + 1), [None] * len(written.headings))
    return "blank rows"


def _merge_cells(written: Written, draw: random.Random) -> str:
    if len(written.rows) < 3:
        return ""
    place = draw.randrange(len(written.headings))
    top = draw.randrange(len(written.rows) - 2)
    for at in range(top + 1, top + 3):
        written.rows[at][place] = None
    start = written.first - 1 + top
    if written.cells()[start][place] in (None, ""):
        return ""
    written.merged.append((start, place, start + 2, place))
    return "cells merged"


def _formulas(written: Written, draw: random.Random) -> str:
    place = draw.randrange(len(written.headings))
    if any(left == place for _, left, _, _ in written.merged):
        return ""
    for at in range(len(written.rows)):
        if written.rows[at][place] not in (None, ""):
            written.formulas[written.first - 1 + at, place] = "=A1"
    return f"formulas in {written.headings[place]!r}"


def _old_cells(written: Written, draw: random.Random) -> str:
    charset = draw.choice(("tcvn3", "vni"))
    for row in written.rows:
        for place, value in enumerate(row):
            if isinstance(value, str):
                row[place] = old_text(value, charset)
    return charset


def _misread_cells(written: Written, draw: random.Random) -> str:
    for row in written.rows:
        for place, value in enumerate(row):
            if isinstance(value, str):
                row[place] = value.encode().decode("latin-1")
    return "utf-8 as western"


def _decomposed(written: Written, draw: random.Random) -> str:
    for row in written.rows:
        for place, value in enumerate(row):
            if isinstance(value, str):
                row[place] = unicodedata.normalize("NFD", value)
    written.headings = [unicodedata.normalize("NFD", heading) for heading in written.headings]
    return "decomposed"


_ACTS = (
    _shuffle_columns, _double_rows, _drop_column, _empty_cells, _as_above, _junk_cells, _as_numbers,
    _blank_rows, _merge_cells, _formulas, _old_cells, _misread_cells, _decomposed,
)  # fmt: skip
