"""The components every page is made of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from som.kernel.commands import RuleRefusal
from som.kernel.outcomes import Outcome, Refused
from som.web import states

NOW = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)


def rendered(source: str, language: str = "en", **known: object) -> str:
    with translation.override(language):
        return Template("{% load i18n som %}" + source).render(Context({"now": NOW, **known}))


def test_times_are_those_of_vietnam() -> None:
    assert rendered("{{ t|moment }}|{{ t|day }}|{{ t|clock_time }}", t=NOW) == (
        "10:30 21/11/2026|21/11/2026|10:30"
    )
    assert rendered("{{ t|day }}", t=date(2026, 1, 2)) == "02/01/2026"
    assert rendered("{{ t|moment }}{{ t|day }}{{ t|number }}", t=None) == "–––"


@pytest.mark.parametrize(
    ("language", "value", "text"),
    [("vi", 1234567, "1.234.567"), ("en", 1234567, "1,234,567"), ("vi", 12345.6, "12.345,6")],
)
def test_numbers_are_those_of_the_language(language: str, value: float, text: str) -> None:
    assert rendered("{{ n|number }}", language, n=value) == text


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(minutes=-5), "0 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(minutes=61), "1 h 01 min"),
        (timedelta(hours=47), "47 h 00 min"),
        (timedelta(hours=48), "2 days"),
    ],
)
def test_ages_are_in_two_words(ago: timedelta, text: str) -> None:
    assert rendered("{% age t %}", t=NOW - ago) == text


@pytest.mark.parametrize("code", states.STATES)
def test_a_state_is_colour_icon_and_word(code: str) -> None:
    badge = rendered("{% state code %}", code=code)
    assert "tone-" in badge
    assert "<svg" in badge
    assert states.STATES[code][1] in badge


def test_an_unknown_state_is_shown_as_written() -> None:
    assert "unheard_of" in rendered("{% state 'unheard_of' %}")


def test_an_outcome_lists_the_refused_with_their_reasons_in_the_pages_language() -> None:
    outcome = Outcome(["a", "b"], ["c"], [Refused("<d>", RuleRefusal.OVERLAPS, "2026-01-01")])
    page = rendered("{% outcome o '/again/' %}", "vi", o=outcome)
    assert "&lt;d&gt;" in page
    assert "2026-01-01" in page
    assert "/again/" in page
    assert "Đã có quy định khác" in page
    assert "trên tổng số 4" in page
    assert "<table" not in rendered("{% outcome o %}", o=Outcome(["a"]))


def test_pages_go_on_by_key_and_keep_the_question() -> None:
    request = RequestFactory().get("/list/?text=a&after=5")
    links = rendered("{% pages 9 %}", request=request)
    assert "text=a&amp;after=9" in links
    assert 'href="?text=a"' in links
    assert rendered("{% pages None %}", request=RequestFactory().get("/list/")).strip() == ""


def test_a_count_opens_its_list() -> None:
    card = rendered("{% count 1234 'Tubes' '/tubes/' 'late' 'Those past use' %}")
    assert 'href="/tubes/"' in card
    assert "1,234" in card
    assert "tone-late" in card
    assert "href" not in rendered("{% count 0 'Tubes' %}")


@pytest.mark.parametrize(
    ("place", "shown"),
    [("Chợ Bắc", "Chợ Bắc, Phường Tân"), ("Tại hộ, phường Tân", "Tại hộ, phường Tân")],
)
def test_a_place_names_its_unit_once(place: str, shown: str) -> None:
    assert rendered("{{ place|within:unit }}", place=place, unit="Phường Tân") == shown
