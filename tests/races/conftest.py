"""The town of a race: in a database of its own, with real commits."""

from __future__ import annotations

import pytest

from tests.town import Town


@pytest.fixture
def town(committed_db: str) -> Town:
    return Town()
