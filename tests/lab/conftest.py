"""What the tests of the laboratory's pages share."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache

from tests.desks import clock_at
from tests.town import NOON, Town


@pytest.fixture
def town(db: None) -> Town:
    """The town an hour after noon."""
    cache.clear()
    clock_at(NOON + timedelta(hours=1))
    return Town()
