"""Which of the declarations of a batch are somebody already known. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from som.people.rules.declarations import Declaration, agree


@dataclass(frozen=True, slots=True)
class Held:
    """A number somebody says that is not new: its row, who stands for it, whether they agree with it.

    `agrees` is None where the number was said first in this very batch.
    """

    document: int
    person: int
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who stands for a paper, and what was said under the entry that holds it and the one that stands."""

    person: int
    said: tuple[Declaration, ...]

    def agrees(self, declared: Declaration) -> bool:
        """Whether either of these does not contradict what is declared."""
        return any(agree(known, declared) for known in self.said)

    def phone_differs(self, declared: Declaration) -> bool:
        """Whether telephone numbers are known of them and another one is declared."""
        known = {said.phone for said in self.said if said.phone}
        return bool(known and declared.phone) and declared.phone not in known


@dataclass(slots=True)
class Joining:
    """What becomes of each declaration, by its place in the batch."""

    known: dict[int, int] = field(default_factory=dict)
    """Who it is, of those who are somebody already known or said before in the batch."""
    new: list[int] = field(default_factory=list)
    """The places that make a person."""
    numbered: set[int] = field(default_factory=set)
    """Of these the ones that hold a number of their own."""
    taken: set[int] = field(default_factory=set)
    """The places whose reference stands for somebody who contradicts them."""
    shared: list[tuple[int, int]] = field(default_factory=list)
    """Place and row of a number that is somebody else's, or of a second person who agrees too."""
    handed_over: dict[int, int] = field(default_factory=dict)
    """Who claimed new numbers and turned out to be a person already known."""


def joined(
    said: Sequence[Declaration],
    references: Sequence[str],
    ids: Sequence[int],
    claimed: Container[int],
    held: Mapping[int, Sequence[Held]],
    facts: Mapping[int, Declaration],
) -> Joining:
    """Decide, in the order given, who each declaration is.

    `ids` are the persons they would be, `claimed` the places whose numbers are new, one at least, and
    `held` what is known of the others in the order in which they name them, `facts` what is known of
    persons whom somebody of the batch turned out to be. A
    number joins only those who do not contradict each other; somebody without a number is whoever
    was declared under the same reference.
    """
    place_of = {person: place for place, person in enumerate(ids)}
    first_under: dict[str, int] = {}
    found = Joining()
    for place, declared in enumerate(said):
        numbers, new = held.get(place, ()), place in claimed
        if not numbers and not new:
            first = first_under.setdefault(references[place], place)
            if first == place:
                found.new.append(place)
            elif agree(said[first], declared):
                found.known[place] = ids[first]
            else:
                found.taken.add(place)
            continue
        who: int | None = None
        for number in numbers:
            holder, agrees = number.person, number.agrees
            if agrees is None:
                # Somebody of this batch said the number first, and may be known already.
                earlier = place_of[holder]
                holder = found.known.get(earlier, holder)
                agrees = agree(facts.get(holder, said[earlier]), declared)
            if agrees and who is None:
                who = holder
            elif not agrees or holder != who:
                found.shared.append((place, number.document))
        if who is None:
            found.new.append(place)
            if new:
                found.numbered.add(place)
        else:
            found.known[place] = who
            if new:
                found.handed_over[ids[place]] = who
    return found
