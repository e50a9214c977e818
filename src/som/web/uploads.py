"""How much a form may send, for every page alike, before anything of it is kept.

How much of it may be no file, and how many fields, stands in the settings: Django counts them.
What kinds of files a page takes is the form's: it names the endings. What the reading of a file may
cost is `kernel/workbooks.py`, however large it says it is.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

from som.kernel.workbooks import LARGEST_FILE

LARGEST_REQUEST = LARGEST_FILE + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
"""One whole file of the largest size with its form. A form says itself that a file is too large."""


class LimitedUpload(FileUploadHandler):
    """Refuses a request that says it is larger than any of ours, before a byte of it is written."""

    def handle_raw_input(
        self,
        input_data: Any,  # noqa: ARG002
        META: dict[str, Any],  # noqa: N803, ARG002 - Django's own name
        content_length: int,
        boundary: Any,  # noqa: ARG002 - bytes, whatever the stubs say
        encoding: str | None = None,  # noqa: ARG002
    ) -> None:
        """Called first, with what the request says of itself; the server reads no further than that."""
        if content_length > LARGEST_REQUEST:
            raise RequestDataTooBig

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002
        """Hand what came on to those who keep it."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Kept by the next."""
