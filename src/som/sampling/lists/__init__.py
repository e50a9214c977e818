"""Lists that others write, read and judged row by row: rosters, sampling lists, results, cases. Pure.

`written` says what a list is once it was read; `layouts` has one table of columns for each kind;
`tables` opens files; `headings` finds the columns by what they mean (`meanings`); `reading` completes
the cells and `judging` says what a row means, of whom (`persons`), or why it is refused (`reasons`);
`templates` writes lists; `swabs` makes a sampling list ready for recording; `inspect` shows a list to
support staff.

Rows in = rows + refused: each row that speaks of somebody ends in one of the two, with its number.
"""

from som.sampling.lists.inspect import inspected
from som.sampling.lists.layouts import LAYOUTS, OWN, layout_of
from som.sampling.lists.reading import read_list
from som.sampling.lists.reasons import ListFault, RowRefusal, RowWarning
from som.sampling.lists.swabs import (
    UNITS_ENDED_ON,
    Prepared,
    Residence,
    declared,
    outcome_of,
    prepared,
    slip_of,
)
from som.sampling.lists.templates import REASON_HEADING, write_refused, write_template
from som.sampling.lists.written import (
    ListRow,
    Names,
    Purpose,
    ReportedResult,
    RowRefused,
    UnreadableList,
    WrittenList,
    retold,
)

__all__ = [
    "LAYOUTS",
    "OWN",
    "REASON_HEADING",
    "UNITS_ENDED_ON",
    "ListFault",
    "ListRow",
    "Names",
    "Prepared",
    "Purpose",
    "ReportedResult",
    "Residence",
    "RowRefusal",
    "RowRefused",
    "RowWarning",
    "UnreadableList",
    "WrittenList",
    "declared",
    "inspected",
    "layout_of",
    "outcome_of",
    "prepared",
    "read_list",
    "retold",
    "slip_of",
    "write_refused",
    "write_template",
]
