"""Lists on their way in: sent, read, looked through, confirmed, taken in."""

from som.sampling.commands.imports.forgetting import file_kept, forget_files
from som.sampling.commands.imports.reading import (
    Halt,
    Reading,
    RefusedFile,
    RowRead,
    alone_with,
    keep_refused_files,
    note_readings,
    note_rows,
    placed,
    stop_lists,
)
from som.sampling.commands.imports.rows import judge_rows, take_in_rows
from som.sampling.commands.imports.sent import (
    ListSent,
    confirm_lists,
    drop_lists,
    receive_lists,
)
from som.sampling.commands.imports.tries import begin_step, end_step

__all__ = [
    "Halt",
    "ListSent",
    "Reading",
    "RefusedFile",
    "RowRead",
    "alone_with",
    "begin_step",
    "confirm_lists",
    "drop_lists",
    "end_step",
    "file_kept",
    "forget_files",
    "judge_rows",
    "keep_refused_files",
    "note_readings",
    "note_rows",
    "placed",
    "receive_lists",
    "stop_lists",
    "take_in_rows",
]
