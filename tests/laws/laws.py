"""The five laws that hold for every command, as one harness.

*Split*: any partition of a batch leaves the same state as the whole. *Twice is once*: again, nothing
is done. *Order* does not matter. *A bad item* harms no other: the state is that without it. *Nobody*
without permission does anything, and it takes no query to say so. Beside them: every item is
answered, and a stranger from another province changes nothing.

Where a law cannot hold, the scene says so with the reason in `exceptions`; where only certain items
break it, the scene does not draw these together, and its docstring says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from hypothesis import strategies as st

from som.kernel import clock, rulebook
from som.kernel.actors import Actor
from som.kernel.errors import Conflict, NotAllowed, NotFound
from som.kernel.outcomes import Outcome
from tests.laws.snapshot import State, difference, snapshot

SPLIT, TWICE, ORDER, BAD, NOBODY = "split", "twice", "order", "bad item", "nobody"
DONE, ANSWERED, STRANGER = "done", "answered", "stranger"
"""Beside the five: what is said to be done agrees; every item is answered; strangers do nothing."""


@dataclass
class Scene:
    """A command in a small world, with batches to try on it.

    `items` draws an item, from few values so that they collide; `bad` one that is refused whatever
    else is in the batch. `called` tries a batch as somebody. `key` tells items of the outcome apart
    and `given` the item handed in to which one of the outcome belongs.
    """

    called: Callable[[list[Any], Actor], Outcome[Any]]
    by: Actor
    items: st.SearchStrategy[Any]
    bad: st.SearchStrategy[Any]
    stranger: Actor | None = None
    most: int = 5
    key: Callable[[Any], Any] = lambda item: item
    given: Callable[[Any], Any] = lambda item: item
    exceptions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A command, and the function that sets its scene by commands alone."""

    command: Callable[..., Any]
    scene: Callable[[], Scene]

    @property
    def name(self) -> str:
        return f"{self.command.__module__.split('.')[1]}.{self.command.__name__}"


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens in here is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    rulebook.forget()
    clock.forget()


def tried(scene: Scene, batches: Sequence[list[Any]]) -> tuple[Outcome[Any], State]:
    """These batches one after the other: their outcomes together, and the state they leave."""
    outcome: Outcome[Any] = Outcome()
    for batch in batches:
        outcome = outcome + scene.called(batch, scene.by)
        connection.check_constraints()  # what a commit would check
    return outcome, snapshot()


def left_by(scene: Scene, batches: Sequence[list[Any]]) -> tuple[Outcome[Any], State]:
    """As `tried`, and undone."""
    with undone():
        return tried(scene, batches)


def _same(law: str, one: State, other: State) -> None:
    found = difference(one, other)
    assert not found, f"{law}: the states differ\n{found}"


def _same_done(law: str, scene: Scene, one: Outcome[Any], other: Outcome[Any]) -> None:
    left, right = ({repr(scene.key(i)) for i in o.done} for o in (one, other))
    assert left == right, f"{law}: done differ\n- {left - right}\n+ {right - left}"


def hold(scene: Scene, data: st.DataObject) -> None:
    """Try the laws on one drawn batch."""
    batch = data.draw(st.lists(scene.items, min_size=1, max_size=scene.most), label="batch")
    less = scene.exceptions
    with undone():
        whole, state = tried(scene, [batch])
        if TWICE not in less:
            again, after = tried(scene, [batch])
            assert not again.done, f"{TWICE}: done again {again.done}"
            _same(TWICE, state, after)
    if ANSWERED not in less:
        answered = [scene.key(i) for i in whole.held]
        answered += [scene.key(r.item) for r in whole.refused]
        lost = [i for i in batch if scene.key(scene.given(i)) not in answered]
        assert not lost, f"{ANSWERED}: nothing was said of {lost}"
    if SPLIT not in less and len(batch) > 1:
        cut = data.draw(st.integers(1, len(batch) - 1), label="cut")
        parts, found = left_by(scene, [batch[:cut], batch[cut:]])
        _same(SPLIT, state, found)
        if DONE not in less:
            _same_done(SPLIT, scene, whole, parts)
    if ORDER not in less and len(batch) > 1:
        turned = data.draw(st.permutations(batch), label="order")
        other, found = left_by(scene, [turned])
        _same(ORDER, state, found)
        if DONE not in less:
            _same_done(ORDER, scene, whole, other)
    if BAD not in less:
        bad = data.draw(scene.bad, label="bad item")
        place = data.draw(st.integers(0, len(batch)), label="its place")
        mixed, found = left_by(scene, [[*batch[:place], bad, *batch[place:]]])
        refused = {repr(scene.key(r.item)) for r in mixed.refused}
        assert repr(scene.key(scene.given(bad))) in refused, f"{BAD}: taken {mixed}"
        _same(BAD, state, found)
        _same_done(BAD, scene, whole, mixed)
    if scene.stranger is not None:
        with undone():
            before = snapshot()
            _refused_or_nothing(scene, batch, scene.stranger)
            _same(STRANGER, before, snapshot())


def _refused_or_nothing(scene: Scene, batch: list[Any], by: Actor) -> None:
    try:
        with transaction.atomic():
            scene.called(batch, by)
    except (NotAllowed, NotFound, Conflict):
        pass
