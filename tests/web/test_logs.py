"""A page that fails leaves the place in the log, and nobody's data."""

from __future__ import annotations

import io
import logging
import logging.config

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from som.kernel import sql
from som.web.guard import public

NAME = "Nguyễn Thị Ánh"


@public
def failing(request: HttpRequest) -> HttpResponse:
    """A view that chokes on a name in a statement, and says the name once more."""
    try:
        sql.row("SELECT %s::date", (request.GET["name"],))
    except Exception as error:
        raise RuntimeError(f"cannot read {request.GET['name']}") from error
    return HttpResponse()


handler500 = "django.views.defaults.server_error"
urlpatterns = [path("failing/", failing)]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the installation's own logging writes."""
    out = io.StringIO()
    formatter = logging.config.DictConfigurator(settings.LOGGING).configure_formatter(
        dict(settings.LOGGING["formatters"]["places"])
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    return out


@pytest.mark.django_db
def test_a_failing_page_is_noted_by_its_place(settings: Settings, written: io.StringIO) -> None:
    settings.ROOT_URLCONF = __name__
    client = Client(raise_request_exception=False)
    connection.ensure_connection()
    assert client.get("/failing/", {"name": NAME}).status_code == 500
    (line,) = written.getvalue().splitlines()
    assert "ERROR django.request RuntimeError from DataError from InvalidDatetimeFormat" in line
    assert " GET /failing/ at " in line
    assert "tests/web/test_logs.py:" in line
    for private in (NAME, "Nguy", "cannot read", "SELECT", "name="):
        assert private not in line


def test_every_logger_ends_there() -> None:
    assert not logging.getLogger("django").handlers
    assert logging.getLogger("django.request").getEffectiveLevel() == logging.ERROR


def test_an_entry_without_an_error_is_its_words(written: io.StringIO) -> None:
    logging.getLogger("som").warning("told %s", "so")
    assert written.getvalue().endswith(" WARNING som told so\n")


def test_errors_that_name_each_other_are_noted_once(written: io.StringIO) -> None:
    """As the driver of the database leaves them when its server is killed."""
    one, other = OSError(), ValueError()
    one.__cause__, other.__cause__ = other, one
    logging.getLogger("som").error("gone", exc_info=one)
    assert " OSError from ValueError at " in written.getvalue()
