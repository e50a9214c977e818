"""A section's strip shows the desks that open for whoever looks, on every page of the section."""

from __future__ import annotations

import pytest
from django.urls import reverse

from som.kernel.actors import NOBODY, Actor
from som.web.ways import SECTIONS, strip_of

BEN = Actor("ben", 1, organisations={"lab.see": frozenset({1}), "lab.hold": frozenset({1})})


def test_nobody_and_a_page_of_no_section_have_no_strip() -> None:
    assert strip_of(NOBODY, "/lab/runs/") is None
    assert strip_of(BEN, "/") is None
    assert strip_of(BEN, "/where/") is None


def test_a_single_way_is_no_strip() -> None:
    assert strip_of(BEN, "/results/watch/") is None


@pytest.mark.parametrize(
    ("path", "url", "here"),
    [
        ("/lab/runs/", "/lab/runs/", "page"),
        ("/lab/runs/7/", "/lab/runs/", "true"),
        ("/lab/boxes/B1/", "/lab/boxes/", "true"),
    ],
)
def test_the_way_is_marked_under_which_a_page_stands(path: str, url: str, here: str) -> None:
    strip = strip_of(BEN, path)
    assert strip is not None
    assert {one.url: one.here for one in strip.ways if one.here} == {url: here}


def test_ways_show_where_their_pages_open() -> None:
    strip = strip_of(BEN, "/lab/runs/")
    assert strip is not None
    assert "/lab/capacity/" not in {one.url for one in strip.ways}
    assert "/lab/holds/" in {one.url for one in strip.ways}


def test_every_way_stands_in_its_section_once() -> None:
    for section in SECTIONS:
        urls = [reverse(way.url_name) for way in section.ways]
        assert len(set(urls)) == len(urls)
        assert all(url.startswith(section.folder) for url in urls)
