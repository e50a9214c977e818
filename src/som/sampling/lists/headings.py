"""Finding the headings of a list: which layout it is, and where each of its columns stands. Pure.

Titles may stand above, columns in any order, headings over several rows with merged parents
("Năm sinh" over "Nam" and "Nữ"). A known layout is told by its own headings; any other list of
people is read as ours, by what its headings mean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from som.kernel import legacy_text
from som.sampling.lists.layouts import LAYOUTS, Layout, heading_key
from som.sampling.lists.layouts.som import RESULTS, ROSTER, SWABS
from som.sampling.lists.meanings import (
    KNOWN,
    LONGEST,
    OF_PEOPLE,
    PARTS_OF_DAY,
    PERSONAL,
    REFUSAL,
    is_heading,
    meaning_of,
)

DEEPEST = 40
"""Headings are looked for in so many rows: titles stand above them, not pages."""
_MOST_ROWS = 3


@dataclass(frozen=True, slots=True)
class Table:
    """Where a list stands on its sheet: rows and columns counted from 0."""

    layout: Layout
    top: int
    bottom: int
    columns: Mapping[str, int]
    names: Mapping[str, str]
    """The heading of each of our fields, as written."""
    others: Mapping[int, str] = field(default_factory=dict)
    """Columns that have no place in the layout, with their headings."""
    score: int = 0
    pieces: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The texts that make up each field's heading, to know a heading that is repeated."""

    def repeats(self, said: Mapping[str, object]) -> bool:
        """Whether a row repeats the headings, as each printed page of a list does."""
        name = said.get("name") or said.get("code")
        if name is not None and name not in self.pieces.get("name", self.pieces.get("code", ())):
            return False
        same = sum(
            1 for field_name, text in said.items() if text in self.pieces.get(field_name, ())
        )
        return same >= 2 and same * 2 > len(said)


def table_in(lines: Sequence[Sequence[str]], *, only: Layout | None = None) -> Table | None:
    """The list that begins among these rows of text, if one does; `only`: of this layout."""
    lines = _above_reasons(_in_unicode(lines[:DEEPEST]))
    best: Table | None = None
    for top in range(len(lines)):
        for depth in range(1, _MOST_ROWS + 1):
            if top + depth > len(lines):
                break
            columns = _heading_texts(lines, top, depth)
            if columns is None:
                break
            for layout in LAYOUTS if only is None else (only,):
                found = _fitting(layout, columns, top, depth)
                if found and (best is None or found.score > best.score):
                    best = found
    if best is None and (only is None or only in (SWABS, RESULTS, ROSTER)):
        best = _general(lines)
        if best is not None and only is not None and best.layout is not only:
            return None
    return best


def _in_unicode(lines: Sequence[Sequence[str]]) -> list[list[str]]:
    """The cells in Unicode; where one alone does not tell, as the others are written."""
    charset = legacy_text.prevailing(text for line in lines for text in line)
    return [
        [legacy_text.converted(text, legacy_text.charset_of(text) or charset) for text in line]
        for line in lines
    ]


def _above_reasons(lines: list[list[str]]) -> list[list[str]]:
    """The rows down to the first that gives a reason for being refused: it is of a person."""
    places: set[int] = set()
    for number, line in enumerate(lines):
        if any(place < len(line) and line[place] for place in places):
            return lines[:number]
        places |= {at for at, text in enumerate(line) if text and heading_key(text) == REFUSAL}
    return lines


_Heading = tuple[str, tuple[str, ...], frozenset[str]]
"""A heading as written, the keys it may be known under, likeliest first, and its pieces."""


def _heading_texts(
    lines: Sequence[Sequence[str]], top: int, depth: int
) -> dict[int, _Heading] | None:
    """The headings of these rows by column; None if a lower row cannot be one of headings."""
    block = lines[top : top + depth]
    if sum(1 for text in block[0] if text) < 2:
        return None
    width = max(map(len, block))
    rows = [[*line, *[""] * (width - len(line))] for line in block]
    if depth > 1 and not any(rows[-1]):
        return None
    if depth > 1 and not _are_headings(rows[-2], rows[-1]):
        return None
    for above, below in pairwise(rows):  # a parent stands over the columns to its right as well
        for place in range(1, width):
            if not above[place] and below[place]:
                above[place] = above[place - 1]
    found: dict[int, _Heading] = {}
    for place in range(width):
        pieces = list(dict.fromkeys(row[place] for row in rows if row[place]))
        if not pieces:
            continue
        keys = [heading_key(piece) for piece in pieces]
        low, high = keys[-1], " ".join(keys[:-1])
        tried = (f"{low} {high}", f"{high} {low}", low, *reversed(keys[:-1])) if high else (low,)
        found[place] = (
            " ".join(" ".join(pieces).split()),
            tuple(dict.fromkeys(tried)),
            frozenset(pieces),
        )
    return found


def _are_headings(above: Sequence[str], below: Sequence[str]) -> bool:
    """Whether a row goes on with the headings above it, and is not one of somebody's data.

    Its cells go on with the heading above, hint at how to write, or part a heading that stands over
    several columns.
    """
    parent = -1
    for place, text in enumerate(below):
        if above[place]:
            parent = place
        if not text or text == above[place]:
            continue
        low = heading_key(text)
        high = heading_key(above[parent]) if parent >= 0 else ""
        if not re.search("[a-z]", low) or len(text) > LONGEST:
            return False
        if high and (f"{high} {low}" in KNOWN or f"{low} {high}" in KNOWN):
            continue
        if text[0] == "(" and text[-1] == ")" and above[place]:
            continue
        over_several = parent >= 0 and any(
            below[other] and not above[other] and not any(above[parent + 1 : other])
            for other in range(parent + 1, len(below))
        )
        named = not above[place] or over_several or not (high in KNOWN or meaning_of(high))
        if not named or not is_heading(low, below_others=over_several):
            return False
    return True


def _parted(columns: Mapping[int, _Heading]) -> dict[str, int]:
    """Columns for a part only: of the name, or of the day somebody was born."""
    found: dict[str, int] = {}
    lowest = {
        place: keys[2] if len(keys) > 2 else keys[0] for place, (_, keys, _) in columns.items()
    }
    for place, low in lowest.items():
        following = columns.get(place + 1)
        if (
            "family" not in found
            and following is not None
            and lowest[place + 1] == "ten"
            and meaning_of(low) == "family"
        ):
            found |= {"family": place, "name": place + 1}
        parts = [columns.get(place + at) for at in range(3)]
        if "birth" not in found and all(
            part is not None and (part[0].split() or [""])[-1].casefold() == word
            for part, word in zip(parts, PARTS_OF_DAY, strict=True)
        ):
            keys = columns[place][1]
            if len(keys) == 1 or meaning_of(keys[1]) == "birth" or meaning_of(keys[-1]) == "birth":
                found |= {"born_day": place, "born_month": place + 1, "birth": place + 2}
    return found


def _own(layout: Layout, columns: Mapping[int, _Heading]) -> dict[str, int]:
    """The fields of the layout that stand here under its own headings."""
    own = layout.headings()
    found = _parted(columns)
    taken = set(found.values())
    for place, (_, keys, _) in columns.items():
        if place in taken:
            continue
        if len(keys) > 1 and meaning_of(keys[1]) in ("male", "female"):
            continue  # a column for one sex, under "Giới tính" or "Năm sinh"
        name = next((own[key] for key in keys if key in own and own[key] not in found), None)
        if name is not None:
            found[name] = place
    return found


def _fitting(layout: Layout, columns: Mapping[int, _Heading], top: int, depth: int) -> Table | None:
    found = _own(layout, columns)
    if sum(1 for name in layout.known_by if name in found) < layout.least or len(found) < 3:
        return None
    return _table(layout, columns, found, top, depth, score=len(found))


def _general(lines: Sequence[Sequence[str]]) -> Table | None:
    """A list of people under any headings, read as one of our own templates."""
    best: Table | None = None
    for top in range(len(lines)):
        for depth in range(1, _MOST_ROWS + 1):
            if top + depth > len(lines):
                break
            columns = _heading_texts(lines, top, depth)
            if columns is None:
                break
            for layout in (SWABS, RESULTS, ROSTER):
                found = _own(layout, columns)
                meant = _meant(columns, found, layout)
                everything = found | meant
                if not _is_general(layout, found, everything):
                    continue
                told = len(everything.keys() - {"order", "note", "refusal"})
                least = 3 if "family" in everything else 2
                if told >= least and (best is None or told > best.score):
                    best = _table(layout, columns, everything, top, depth, score=told)
    return best


def _is_general(layout: Layout, found: Mapping[str, int], everything: Mapping[str, int]) -> bool:
    """Whether these columns make such a list. One that has lost its names is still one of people."""
    personal = len(OF_PEOPLE & everything.keys())
    if layout is ROSTER:
        return "name" in everything or personal > 3
    told = any(name in found for name in layout.known_by)
    return told and ("name" in everything or personal > 3 or "code" in found or "lab_code" in found)


def _table(
    layout: Layout,
    columns: Mapping[int, _Heading],
    found: dict[str, int],
    top: int,
    depth: int,
    *,
    score: int,
) -> Table:
    found = found | _meant(columns, found, layout)
    taken = set(found.values())
    repeated = {columns[place][1][-1] for place in taken} | set(layout.headings())
    end = next(
        (place for place, (_, keys, _) in columns.items() if keys[0] == "tt" and place > 9), None
    )
    others = {
        place: heading
        for place, (heading, keys, _) in columns.items()
        if place not in taken
        and not (keys[0] in repeated and layout.known_by != ("name",))
        and (end is None or place < end or not layout.sheet)  # pick lists stand right of the form
    }
    return Table(
        layout,
        top,
        top + depth - 1,
        found,
        {name: columns[place][0] for name, place in found.items()},
        others,
        score,
        {name: columns[place][2] for name, place in found.items()},
    )


def _meant(
    columns: Mapping[int, _Heading], found: Mapping[str, int], layout: Layout
) -> dict[str, int]:
    """Fields not yet found, by what the other headings mean."""
    meant: dict[str, int] = {}
    taken = set(found.values())
    fields = PERSONAL | {column.field for column in layout.columns}
    own = layout.headings()
    for place, (_, keys, _) in columns.items():
        if place in taken or keys[0] in own:
            continue
        for key in keys[:2]:
            name = meaning_of(key)
            if name == "birth" and (name in found or name in meant):
                name = "birth_again"  # a day in one column, the year alone in another
            if name in fields and name not in found and name not in meant:
                meant[name] = place
                break
    if "family" in meant:
        given = columns[meant["name"]][1][-1] if "name" in meant else ""
        if "name" not in found and "name" not in meant:
            meant["name"] = meant.pop("family")
        elif given != "ten":
            del meant["family"]
    if ("male" in meant) != ("female" in meant):
        keys_of = {
            keys[-1]: place
            for place, (text, keys, _) in columns.items()
            if place not in taken and "năm" not in text.casefold()
        }
        if "female" in meant and "nam" in keys_of:
            meant["male"] = keys_of["nam"]
        elif "female" in meant and "sex" not in found and "sex" not in meant:
            pass  # school lists mark girls only
        else:
            meant.pop("male", None)
            meant.pop("female", None)
    return meant
