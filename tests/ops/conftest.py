"""A place for an installation of a test's own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def project() -> Iterator[Path]:
    """A folder that other users can pass, with a short path.

    Under root the server runs as another user; pytest closes its own folders to others.
    """
    place = Path(tempfile.mkdtemp(prefix="som-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)
