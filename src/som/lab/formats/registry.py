"""Which formats are read. A new one is a module as `Format` describes it, and a line here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from som.lab.formats import abi7500, cfx, quantstudio
from som.lab.formats.documents import Sheet, opened
from som.lab.formats.run_file import RunFault, RunFile, UnreadableRun


class Format(Protocol):
    """A family of exports: what it is called, how it is known, how it is read.

    `MEMBERS` names the texts to look at where the family saves archives; each becomes a sheet.
    """

    NAME: str
    MEMBERS: frozenset[str]

    def recognises(self, sheets: Sequence[Sheet]) -> bool: ...

    def read(self, sheets: Sequence[Sheet]) -> RunFile: ...


FORMATS: tuple[Format, ...] = (abi7500, cfx, quantstudio)


def read_run(data: bytes, filename: str) -> RunFile:
    """The run that an instrument's export tells.

    Raises `UnreadableRun` with a stable reason when the file as a whole is refused. The name of the
    file is for the message only: what a file is stands in it.
    """
    sheets = opened(data, members=frozenset().union(*(one.MEMBERS for one in FORMATS)))
    for format_ in FORMATS:
        if format_.recognises(sheets):
            return format_.read(sheets)
    raise UnreadableRun(RunFault.UNKNOWN_FORMAT, filename)
