"""Slips and lists on paper: which answer may stand on which, in which order, and the seal. Pure."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from som.kernel import ids
from som.people.rules import name_sort_key
from som.places.rules import hamlet_key, hamlet_named, hamlet_order
from som.results.rules.release import ResultValue


class Paper(StrEnum):
    """A paper on which answers leave the house."""

    SLIPS = "slips"
    """Open slips, for somebody of the hamlet to hand out."""
    SEALED = "sealed"
    """Folded slips with the name outside, for those without a telephone."""
    LIST = "list"
    """The hamlet head's list of what is handed out to whom."""
    CALLS = "calls"
    """Whom to call or visit because of a positive, for those who see results."""


class Word(StrEnum):
    """All that a neighbour may read of somebody's answer."""

    NEGATIVE = "negative"
    AGAIN = "again"


_WORDS = {
    ResultValue.NEGATIVE: Word.NEGATIVE,
    ResultValue.NEGATIVE_BY_POOL: Word.NEGATIVE,
    ResultValue.INCONCLUSIVE: Word.AGAIN,
    ResultValue.WITHDRAWN: Word.AGAIN,
}
BY_PERSON = frozenset({ResultValue.POSITIVE, ResultValue.SUSPECTED})
"""Answers that are told by telephone or at the door, and stand on nothing a neighbour carries."""


def word_for(value: str | None, *, asked_again: bool) -> Word | None:
    """What a neighbour may read of this answer; None for what is told in person, or not known yet."""
    if value is None:
        return Word.AGAIN if asked_again else None
    return _WORDS.get(ResultValue(value))


def belongs_on(
    paper: Paper,
    value: str | None,
    *,
    asked_again: bool,
    called: bool,
    withheld: bool,
    here: bool = True,
) -> bool:
    """Whether an answer stands on this paper.

    `withheld`: another swab of the same person, of that day or later, is positive, so that nothing
    of theirs goes through a neighbour's hands. `called`: they have a telephone. `here`: those who
    hand out are their neighbours; whoever lives elsewhere gets theirs from there.
    """
    if paper is Paper.CALLS:
        return value in BY_PERSON
    if not here or withheld or word_for(value, asked_again=asked_again) is None:
        return False
    return paper is not Paper.SEALED or not called


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Hamlet(Generic[Row]):
    """A hamlet of a commune with those who live there; `name` is "" where no address named one."""

    commune: int
    key: str
    name: str
    rows: list[Row]


def by_hamlet(
    rows: Iterable[Row],
    commune: Callable[[Row], int],
    address: Callable[[Row], str],
    name: Callable[[Row], str] = lambda _: "",
    places: Mapping[int, str] | None = None,
) -> list[Hamlet[Row]]:
    """The rows under their hamlets, in each by the people's names as Vietnamese lists are.

    Communes as `places` calls them, in each the hamlets by name and number; whoever's address names
    none comes last. A hamlet is called as it was called first.
    """
    found: dict[tuple[int, str], Hamlet[Row]] = {}
    for row in rows:
        at, written = commune(row), address(row)
        key = hamlet_key(written)
        if (at, key) not in found:
            found[at, key] = Hamlet(at, key, hamlet_named(written), [])
        found[at, key].rows.append(row)
    for hamlet in found.values():
        hamlet.rows.sort(key=lambda row: name_sort_key(name(row)))
    called = places or {}
    return sorted(
        found.values(),
        key=lambda one: (called.get(one.commune, ""), one.commune, hamlet_order(one.key)),
    )


SEAL_LENGTH = 8
"""Forty bits: at the thirty tries a day that a slip is given, no seal is ever guessed."""

_SEALED = re.compile(
    f"([0-9A-Z]{{{ids.SLIP_LENGTH}}})([0-9]{{1,5}})([{ids.UNMISTAKABLE}]{{{SEAL_LENGTH}}})"
)
_BETWEEN = re.compile(r"[\s.\-]+")
_MISREAD = str.maketrans("ILO", "110")


def seal(slip: str, version: int, key: str) -> str:
    """What only this installation can print on the paper with this version of a slip's answer."""
    digest = hmac.digest(key.encode(), f"som.slip:{slip}:{version}".encode(), "sha256")
    number = int.from_bytes(digest[:8], "big")
    return "".join(ids.UNMISTAKABLE[(number >> 5 * place) % 32] for place in range(SEAL_LENGTH))


def sealed(slip: str, version: int, key: str) -> str:
    """The code by which a printed slip is checked: its own, the version it says, and the seal.

    Version 0: no answer yet, another swab was asked for.
    """
    return f"{slip}.{version}.{seal(slip, version, key)}"


def unsealed(typed: str, keys: Iterable[str]) -> tuple[str, int] | None:
    """The slip and version of a printed slip's code as typed or scanned; None where it is not ours.

    `keys`: the installation's own, and those it had before.
    """
    code = _BETWEEN.sub("", typed.rpartition("#")[2]).upper().translate(_MISREAD)
    found = _SEALED.fullmatch(code)
    slip = ids.slip_code(found[1]) if found else None
    if found is None or slip is None:
        return None
    version = int(found[2])
    if not any(hmac.compare_digest(seal(slip, version, key), found[3]) for key in keys):
        return None
    return slip, version
