"""What was printed of the labels of our own scheme, when, by whom, and what is still to be printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from som.kernel import sql
from som.kernel.actors import Actor
from som.sampling import rules
from som.sampling.queries.rolls import ROLL_LINES, roll
from som.sampling.rules import PRINT_OPEN, LabelRange
from som.sampling.rules.stickers import MOST_PRINTED

Printed = tuple[tuple[LabelRange, ...], str, int]
"""Labels printed at once, on which paper, and how many labels of its first sheet were gone before."""


def labels_on_paper(ranges: Sequence[LabelRange]) -> tuple[LabelRange, ...]:
    """Those of these labels that were printed or ever handed out; for a command inside its scope."""
    found = [
        (line[0], line[1])
        for line in sql.rows(
            """
            WITH asked AS (SELECT int4range(g.first, g.last, '[]') AS labels
                           FROM unnest(%s::int[], %s::int[]) AS g (first, last))
            SELECT p.first, p.last FROM asked JOIN sampling_labelprint p
                ON int4range(p.first, p.last, '[]') && asked.labels
            UNION
            SELECT h.first, h.last FROM asked JOIN sampling_handout h
                ON int4range(h.first, h.last, '[]') && asked.labels
            """,
            ([first for first, _ in ranges], [last for _, last in ranges]),
        )
    ]
    return rules.within(ranges, found)


def prints_with_codes(codes: Sequence[str]) -> dict[str, Printed]:
    """What was printed under these codes; for a command inside its scope."""
    return {
        code: (rules.merged(zip(firsts, lasts, strict=True)), paper, used)
        for code, firsts, lasts, paper, used in sql.rows(
            """
            SELECT code, array_agg(first), array_agg(last), max(paper), max(used)
            FROM sampling_labelprint WHERE code = ANY(%s) GROUP BY code
            """,
            (list(codes),),
        )
    }


@dataclass(frozen=True, slots=True)
class PrintRow:
    """Labels that were printed at once; `again`: why, where some were on paper already.

    `code` and `paper` are None where the labels came printed; `used`: labels of the paper's first
    sheet that were gone before.
    """

    code: str | None
    labels: tuple[LabelRange, ...]
    paper: str | None
    used: int
    again: str
    printed_at: datetime
    printed_by: str

    @property
    def printed(self) -> str:
        """The labels as they are read off the roll."""
        return rules.named(self.labels)

    @property
    def count(self) -> int:
        """How many labels they were."""
        return rules.count_of(self.labels)

    def open_to(self, name: str, *, at: datetime) -> bool:
        """Whether somebody may open the file again without printing again.

        A roll that came printed has no file.
        """
        ours = self.printed_by == name and self.count <= MOST_PRINTED
        return ours and not self.came and at < self.printed_at + PRINT_OPEN

    @property
    def came(self) -> bool:
        """Whether these labels came printed from elsewhere."""
        return self.paper is None


def prints_of_roll(
    roll_id: int, *, by: Actor, code: str | None = None, limit: int = ROLL_LINES
) -> list[PrintRow]:
    """What was printed of a roll, the latest first; `code` takes one printing alone. Raises as `roll`
    does."""
    here = roll(roll_id, by=by)
    return [
        PrintRow(line[0], rules.merged(zip(line[1], line[2], strict=True)), *line[3:])
        for line in sql.rows(
            """
            SELECT p.code, array_agg(p.first), array_agg(p.last), max(p.paper), max(p.used),
                   max(p.again), max(p.printed_at), max(p.printed_by)
            FROM sampling_labelprint p
            WHERE int4range(p.first, p.last, '[]') && int4range(%(first)s, %(last)s, '[]')
              AND (%(code)s::text IS NULL OR p.code = %(code)s)
            GROUP BY p.code ORDER BY max(p.id) DESC LIMIT %(limit)s
            """,
            {"first": here.first, "last": here.last, "code": code, "limit": limit},
        )
    ]
