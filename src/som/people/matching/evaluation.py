"""How well matching does on records whose persons are known: precision and recall of pairs. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, product


@dataclass(frozen=True, slots=True)
class Quality:
    """Of the pairs found how many are true, and of the true ones how many were found."""

    precision: float
    recall: float

    def as_dict(self) -> dict[str, float]:
        """The figures as the report says them."""
        return {"precision": round(self.precision, 4), "recall": round(self.recall, 4)}


def quality(
    truth: Mapping[str, str],
    person_of: Mapping[str, int],
    proposed: Iterable[tuple[int, int]] = (),
) -> Quality:
    """Compare record pairs that became one person, or whose persons are proposed, with the truth.

    `truth` is who each record is of, `person_of` the person it was taken in as. A record that made
    nobody is missed in all its pairs. Nothing found is nothing wrong.
    """
    records: dict[int, list[str]] = defaultdict(list)
    for record, person in person_of.items():
        if record in truth:
            records[person].append(record)
    pairs = {frozenset(pair) for found in records.values() for pair in combinations(found, 2)}
    for one, other in proposed:
        pairs |= {frozenset(pair) for pair in product(records[one], records[other])}
    right = sum(len({truth[record] for record in pair}) == 1 for pair in pairs)
    true_pairs = sum(n * (n - 1) // 2 for n in Counter(truth.values()).values())
    return Quality(right / len(pairs) if pairs else 1.0, right / true_pairs if true_pairs else 1.0)
