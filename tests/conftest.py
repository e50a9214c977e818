"""What every test can rely on: a database, and a closed network.

`db` (or `@pytest.mark.django_db`) is the ordinary database, rolled back after each test.
`committed_db` is a fresh copy of it for one test: commits are real and threads see them.
Both are used as the application's role, which owns nothing and bypasses nothing.
"""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.middleware import csrf
from django.test.testcases import LiveServerThread
from hypothesis import HealthCheck
from hypothesis import settings as drawing

from som.ops.embedded import EmbeddedError
from tests.databases import Databases, TestDatabaseError, pointed_at, template_key

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

drawing.register_profile(
    "som",
    max_examples=int(os.environ.get("HYPOTHESIS_MAX_EXAMPLES") or 25),
    derandomize="HYPOTHESIS_MAX_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
drawing.load_profile("som")


class TemplateKey:
    """Hands the template's name to the workers, so that one run uses one template."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Called by xdist for each worker."""
        node.workerinput["template_key"] = node.config.stash[TEMPLATE_KEY]


TEMPLATE_KEY: pytest.StashKey[str] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """Fix the template's name before anybody needs it."""
    given = getattr(config, "workerinput", {}).get("template_key")
    config.stash[TEMPLATE_KEY] = given or template_key()
    config.pluginmanager.register(TemplateKey())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark by folder, and say at once when browser tests are wanted without a browser."""
    for item in items:
        folders = item.path.parts
        if "browser" in folders:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser, for Playwright's `executable_path`."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    pytest.fail("Chromium is missing. Type: sudo apt-get install chromium", pytrace=False)


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[Databases]:
    """The server, with a template of today's tables and town."""
    try:
        found = Databases(key=request.config.stash[TEMPLATE_KEY])
    except (TestDatabaseError, EmbeddedError) as error:
        pytest.exit(str(error), returncode=3)
    with closing(found):
        with django_db_blocker.unblock():
            found.prepare()
        yield found


@pytest.fixture(scope="session", autouse=True)
def nothing_kept_is_read_again_by_itself() -> None:
    """The clock and the rules are, after some seconds: a statement more, where a test counts them."""
    from som.kernel import clock, rulebook

    clock._READ_AGAIN_AFTER = rulebook._READ_AGAIN_AFTER = math.inf


@pytest.fixture(autouse=True)
def the_clock_is_right_again() -> Iterator[None]:
    """A drill set off in a test ends with it: its offset was rolled back and is not read again."""
    from som.kernel import clock

    runs = clock.real_now
    yield
    clock.real_now = runs
    if clock._known and clock._known[1]:
        clock.forget()


@pytest.fixture(scope="session", autouse=True)
def no_page_spells_a_code_by_chance() -> None:
    """A form's token is drawn letters, and P1 may be among them where a test wants no P1."""
    csrf.CSRF_ALLOWED_CHARS = "x"


@pytest.fixture
def quick_hashing(settings: Any) -> None:
    """Passwords are hashed in no time, where what is hashed is not looked at."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_setup(databases: Databases, django_db_blocker: Any) -> Iterator[None]:
    """This process's own copy, in place of pytest-django's."""
    with django_db_blocker.unblock():
        copy = databases.clone()
        name = copy.__enter__()
        address = pointed_at(databases, name)
        address.__enter__()
    yield
    with django_db_blocker.unblock():
        address.__exit__(None, None, None)
        copy.__exit__(None, None, None)


@pytest.fixture
def committed_db(
    django_db_setup: None, databases: Databases, django_db_blocker: Any
) -> Iterator[str]:
    """A database of this test's own, where commits are real. Gives its name."""
    from django.db import connection

    from som.kernel import clock

    if connection.in_atomic_block:
        pytest.fail("Ask for `db` or for `committed_db`, not for both.", pytrace=False)
    with (
        django_db_blocker.unblock(),
        databases.clone() as name,
        pointed_at(databases, name),
    ):
        clock.forget()
        yield name
        clock.forget()


class LiveSite:
    """The pages, served from this process on loopback; a browser test may stop and start them."""

    def __init__(self) -> None:
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        """The address, the same after a stop and a start."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve, each request in a thread of its own."""
        self._thread = LiveServerThread("127.0.0.1", StaticFilesHandler, port=self.port)
        self._thread.daemon = True
        self._thread.start()
        self._thread.is_ready.wait()
        if self._thread.error:
            raise self._thread.error
        self.port = self._thread.port

    def stop(self) -> None:
        """Be unreachable, as a server without power is."""
        self._thread.terminate()


@pytest.fixture
def live_site(committed_db: str) -> Iterator[LiveSite]:
    """The pages on this test's own database."""
    site = LiveSite()
    yield site
    site.stop()
