"""Why a row cannot be taken, on its way to whoever reports it. Pure."""

from __future__ import annotations

from som.kernel import workbooks
from som.sampling.lists.reasons import RowRefusal


class Fault(Exception):
    """Why a row cannot be taken: of which field, for what reason, and what stood there."""

    def __init__(self, field_name: str, reason: RowRefusal, detail: object = "") -> None:
        super().__init__(field_name, reason)
        self.field = field_name
        self.reason = reason
        self.detail = workbooks.text(detail)[:200]
