"""What tests of the pages of results begin with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.utils import translation

from tests.desks import clock_at
from tests.results.answered import LATER
from tests.town import Town


@pytest.fixture
def town() -> Town:
    """The town an hour after its swabs, where nobody has asked for anything yet."""
    cache.clear()
    clock_at(LATER)
    return Town()


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield
