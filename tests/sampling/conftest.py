"""What the tests of sampling share."""

from __future__ import annotations

from typing import Any

import pytest

from tests.papers import kept_data


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What was handed to the template of the last paper."""
    return kept_data(monkeypatch)
