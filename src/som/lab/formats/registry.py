"""Which formats are read. A new one is a module as `Format` describes it, and a line here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from som.lab.formats import abi7500, cfx, quantstudio
from som.lab.formats.documents import Sheet, opened
from som.lab.formats.run_file import Curve, RunFault, RunFile, UnreadableRun


class Format(Protocol):
    """A family of exports: what it is called, how it is known, how it is read.

    `MEMBERS` names the texts to look at where the family saves archives; each becomes a sheet.
    `curves` answers with none where the file was exported without them.
    """

    NAME: str
    MEMBERS: frozenset[str]

    def recognises(self, sheets: Sequence[Sheet]) -> bool: ...

    def read(self, sheets: Sequence[Sheet]) -> RunFile: ...

    def curves(self, sheets: Sequence[Sheet]) -> list[Curve]: ...


FORMATS: tuple[Format, ...] = (abi7500, cfx, quantstudio)


def read_run(data: bytes, filename: str) -> RunFile:
    """The run that an instrument's export tells.

    Raises `UnreadableRun` with a stable reason when the file as a whole is refused. The name of the
    file is for the message only: what a file is stands in it.
    """
    format_, sheets = _recognised(data, filename)
    return format_.read(sheets)


def read_curves(data: bytes, filename: str) -> list[Curve]:
    """The amplification curves that the same export tells; none where it was made without them.

    Raises `UnreadableRun` as `read_run` does.
    """
    format_, sheets = _recognised(data, filename)
    return format_.curves(sheets)


def read_with_curves(data: bytes, filename: str) -> tuple[RunFile, list[Curve]]:
    """The run and its curves; the file is opened once."""
    format_, sheets = _recognised(data, filename)
    return format_.read(sheets), format_.curves(sheets)


def _recognised(data: bytes, filename: str) -> tuple[Format, tuple[Sheet, ...]]:
    sheets = opened(data, members=frozenset().union(*(one.MEMBERS for one in FORMATS)))
    for format_ in FORMATS:
        if format_.recognises(sheets):
            return format_, sheets
    raise UnreadableRun(RunFault.UNKNOWN_FORMAT, filename)
