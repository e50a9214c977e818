"""What a layout is: the columns of one kind of list, under the headings it has. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from som.kernel import ids

if TYPE_CHECKING:
    from som.sampling.lists.written import Purpose

_CAMEL = re.compile(r"(?:[A-Z][a-z]+){2,}")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SIGNS = re.compile(r"[^a-z0-9]+")
_FORMAT = re.compile(r" (?:dd mm yyyy|dd mm yy|hh mm|yyyy)$")


@lru_cache(maxsize=4096)
def heading_key(text: str) -> str:
    """A heading without marks, case, signs and the format asked for: "Ngày nhận mẫu\\ndd/mm/yyyy"
    and "ngay_nhan_mau" are one, and so are "HoVaTen" and "Họ và tên"."""
    text = text.strip()
    if _CAMEL.fullmatch(text):
        text = _HUMP.sub(" ", text)
    key = _SIGNS.sub(" ", ids.fold(text)).strip()
    return _FORMAT.sub("", key)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: our word for it, its heading, and other headings it is known under.

    `calculated`: the form works it out, and so do we where the file has no value. `copied`: a
    formula takes it from the row above. `filler` stands in every row of an empty form and says
    nothing about anybody.
    """

    field: str
    heading: str
    also: tuple[str, ...] = ()
    calculated: bool = False
    copied: bool = False
    filler: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(map(heading_key, (self.heading, *self.also)))


Said = dict[str, Any]
"""Cells of a row by field, as the sheet has them; a layout may mend them before they are judged."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of list, and its name for people.

    It is told by its headings: at least `least` of those in `known_by`. `facts` are the fields that
    make a row one that speaks of somebody (or of a specimen); `needed` must be said in each such
    row. `head` are fields said once, in the first row, for all. `mend` puts into our words what this
    kind says in its own. `keys` are the words under which the inspector shows its rows.
    """

    kind: str
    name: str
    purpose: Purpose
    columns: tuple[Column, ...]
    known_by: tuple[str, ...]
    least: int = 1
    facts: tuple[str, ...] = ("name", "birth", "sex", "phone", "number", "insurance", "address")
    needed: tuple[str, ...] = ("name",)
    sheet: str = ""
    head: tuple[str, ...] = ()
    several_names: bool = False
    tube_from_above: bool = False
    results_due: bool = False
    mend: Callable[[Said], None] | None = None
    keys: tuple[str, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)

    @property
    def speaks(self) -> frozenset[str]:
        """The fields of which one at least makes a row one that speaks of somebody."""
        return frozenset(self.facts) | {"family", "male", "female", "age"}

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.field == name), None)

    def headings(self) -> dict[str, str]:
        """Our word by heading key, for the headings that this kind has itself."""
        found: dict[str, str] = {}
        for column in self.columns:
            for key in column.keys:
                found.setdefault(key, column.field)
        return found
