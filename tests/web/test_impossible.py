"""What no form of ours sends and no row can have is answered as what is not there, and breaks nothing."""

from __future__ import annotations

import pytest

from tests.desks import clock_at, signed_in
from tests.lab.test_boxes import sent
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

MUCH = "9" * 30

ASKED = [
    ("ana", "/sampling/boxes/B-1/", {"after": "\0"}),
    ("ben", "/lab/reception/", {"box": "B-1\0"}),
    ("cleo", "/people/same/", {"after": f"0.5_{MUCH}"}),
    ("cleo", "/people/same/", {"after": f"nan_{MUCH}"}),
    ("cleo", "/people/same/", {"decided": "", "after": f"20261101T160000.000000Z-{MUCH}"}),
]
SENT = [
    ("ana", "/sampling/boxes/lost/new/", {"take": "S\0"}),
    ("ben", "/lab/reception/", {"box": "\0", "codes": "S1", "condition": "good"}),
]


@pytest.fixture
def town(db: None) -> Town:
    """A town in which a box is on its way."""
    built = Town()
    clock_at(NOON)
    sent(built, 1, "B-1")
    return built


@pytest.mark.parametrize(("name", "page", "asked"), ASKED)
def test_an_address_that_no_page_of_ours_wrote_opens_its_page(
    name: str, page: str, asked: dict[str, str], town: Town
) -> None:
    assert signed_in(town, name).get(page, asked).status_code == 200


@pytest.mark.parametrize(("name", "page", "said"), SENT)
def test_what_no_form_of_ours_sends_is_refused(
    name: str, page: str, said: dict[str, str], town: Town
) -> None:
    assert signed_in(town, name).post(page, said).status_code in (200, 302, 422)
