"""The navigation shows where one may go and nothing else."""

from __future__ import annotations

import pytest

from som.kernel.actors import NOBODY, Actor
from som.web.navigation import DESTINATIONS, lines_for


def test_nobody_goes_nowhere() -> None:
    assert lines_for(NOBODY, "/") == []


def test_an_auditor_goes_to_the_audit_and_is_told_when_there() -> None:
    lan = Actor("lan", 1, everywhere=frozenset({"audit.read"}))
    lines = {line.url: line.here for line in lines_for(lan, "/audit/person/7/")}
    assert lines == {"/": False, "/audit/": True}
    assert {line.url: line.here for line in lines_for(lan, "/")}["/"]


@pytest.mark.parametrize(
    ("page", "line"),
    [
        ("/lab/waiting/", "/lab/runs/"),
        ("/lab/runs/7/", "/lab/runs/"),
        ("/sampling/requests/", "/sampling/sessions/"),
        ("/where/", "/where/"),
    ],
)
def test_every_page_of_a_stage_stands_under_its_line(page: str, line: str) -> None:
    ana = Actor("ana", 1, everywhere=frozenset({"sampling.read", "lab.see", "results.read"}))
    assert [one.url for one in lines_for(ana, page) if one.here] == [line]


def test_every_destination_names_permissions_of_the_table() -> None:
    from som.access.roles import PERMISSIONS

    for destination in DESTINATIONS:
        assert set(destination.permissions) <= set(PERMISSIONS)
