"""What became of each item of a batch. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")
Named = TypeVar("Named")


class Refusal(StrEnum):
    """Why an item was refused: a stable code, and an English sentence marked for translation.

    Members are written ``NAME = "stable_code", gettext_noop("A sentence.")``.
    """

    sentence: str

    def __new__(cls, code: str, sentence: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.sentence = sentence
        return member


def gettext_noop(sentence: str) -> str:
    """Mark a sentence for translation without importing Django into pure code."""
    return sentence


@dataclass(frozen=True, slots=True)
class Refused(Generic[Item]):
    """An item that was not done, with the reason and what exactly was wrong with it."""

    item: Item
    reason: Refusal
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Warned(Generic[Item]):
    """An item that was done all the same, and what is to be looked at in it."""

    item: Item
    reason: Refusal


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Item]):
    """What became of a batch: rows in = done + unchanged + refused.

    `warned` has those of the done and unchanged in which something is odd.
    """

    done: list[Item] = field(default_factory=list)
    unchanged: list[Item] = field(default_factory=list)
    refused: list[Refused[Item]] = field(default_factory=list)
    warned: list[Warned[Item]] = field(default_factory=list)

    def __add__(self, other: Outcome[Item]) -> Outcome[Item]:
        return Outcome(
            self.done + other.done,
            self.unchanged + other.unchanged,
            self.refused + other.refused,
            self.warned + other.warned,
        )

    def of(self, name: Callable[[Item], Named]) -> Outcome[Named]:
        """The same of what each item is called, on a page."""
        return Outcome(
            [name(one) for one in self.done],
            [name(one) for one in self.unchanged],
            [Refused(name(one.item), one.reason, one.detail) for one in self.refused],
            [Warned(name(one.item), one.reason) for one in self.warned],
        )

    @property
    def held(self) -> list[Item]:
        """The items that are now as asked, whether through this call or before it."""
        return self.done + self.unchanged


def once(items: Iterable[Item]) -> list[Item]:
    """The items in their order, each once: a scanner that beeps twice means one tube."""
    return list(dict.fromkeys(items))
