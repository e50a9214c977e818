"""What an installation's environment makes of the settings."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from pytest_django import Settings

from som.kernel.workbooks import LARGEST_FILE
from som.settings import database
from som.web import uploads
from som.web.middleware import CONTENT_SECURITY_POLICY

SOURCE = Path(__file__).resolve().parents[2] / "src"
NAMES = (
    "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS",
    "SECURE_PROXY_SSL_HEADER", "SECRET_KEY",
)  # fmt: skip
ASK = f"import json; from som import settings; print(json.dumps([getattr(settings, n) for n in {NAMES}]))"


def begun(data: Path, **environment: str) -> subprocess.Popen[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SOM_")}
    return subprocess.Popen(
        [sys.executable, "-c", ASK],
        env=kept | {"PYTHONPATH": str(SOURCE), "SOM_DATA": str(data)} | environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def asked(process: subprocess.Popen[str]) -> dict[str, Any]:
    return dict(zip(NAMES, json.loads(process.communicate()[0]), strict=True))


@pytest.mark.slow
def test_tls_is_asked_for_with_one_word(tmp_path: Path) -> None:
    plain, safe = asked(begun(tmp_path)), asked(begun(tmp_path, SOM_HTTPS="1"))
    assert not any(plain[name] for name in NAMES[:-1])
    assert all(safe[name] for name in NAMES)
    assert safe["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


@pytest.mark.slow
def test_the_secret_is_made_once_and_whole(tmp_path: Path) -> None:
    data = tmp_path / "data"
    keys = {asked(one)["SECRET_KEY"] for one in [begun(data) for _ in range(4)]}
    assert len(keys) == 1
    assert len(keys.pop()) > 50
    assert [path.name for path in data.iterdir()] == ["secret_key"]
    assert (data / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_a_secret_of_before_confirms_slips_and_signs_nobody_in(tmp_path: Path) -> None:
    ask = (
        "from som import settings as s; "
        "print(vars(s).get('SECRET_KEY_FALLBACKS'), s.SLIP_KEYS_BEFORE)"
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SOM_")}
    given = {"PYTHONPATH": str(SOURCE), "SOM_DATA": str(tmp_path), "SOM_SLIP_KEYS_BEFORE": "a,b"}
    said = subprocess.run(
        [sys.executable, "-c", ask], env=kept | given, capture_output=True, text=True, check=True
    )
    assert said.stdout.split(maxsplit=1) == ["None", "['a', 'b']\n"]


@pytest.mark.parametrize(
    ("asked_for", "prepared"),
    [("", 5), ("?prepare_threshold=off", None), ("?prepare_threshold=0", 0)],
)
def test_how_often_a_statement_comes_before_it_is_prepared(
    asked_for: str, prepared: int | None
) -> None:
    found = database(f"postgresql://som_app:x@db.example/som{asked_for}")
    assert found["OPTIONS"] == {"server_side_binding": True, "prepare_threshold": prepared}


@pytest.mark.parametrize("threshold", ["off", "0"])
@pytest.mark.django_db
def test_queries_are_answered_however_statements_are_prepared(
    threshold: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = database(f"postgresql:///som?prepare_threshold={threshold}")["OPTIONS"]
    own = connection.copy()
    monkeypatch.setitem(own.settings_dict, "OPTIONS", options)
    try:
        with own.cursor() as cursor:
            for number in range(3):
                cursor.execute("SELECT %s::int", [number])
                assert cursor.fetchone() == (number,)
    finally:
        own.close()


@pytest.mark.django_db
def test_behind_tls_plain_addresses_lead_to_it(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 60
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    client = Client()
    assert client.get("/sign-in/").headers["location"] == "https://testserver/sign-in/"
    answer = client.get("/sign-in/", headers={"x-forwarded-proto": "https"})
    assert answer.status_code == 200
    assert "max-age=60" in answer.headers["strict-transport-security"]


@pytest.mark.slow
def test_an_installation_under_tls_has_nothing_left_to_harden(tmp_path: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SOM_")}
    given = {
        "PYTHONPATH": str(SOURCE),
        "DJANGO_SETTINGS_MODULE": "som.settings",
        "SOM_DATA": str(tmp_path),
        "SOM_HTTPS": "1",
        "SOM_HOSTS": "som.example.vn",
        "SOM_ORIGINS": "https://som.example.vn",
    }
    asked = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
    said = subprocess.run(asked, env=kept | given, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


def test_cookies_are_read_by_the_server_alone(settings: Settings) -> None:
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"
    assert not settings.DEBUG


def test_a_request_has_room_for_a_whole_file_and_a_whole_form(settings: Settings) -> None:
    assert uploads.LARGEST_REQUEST - settings.DATA_UPLOAD_MAX_MEMORY_SIZE == LARGEST_FILE
    # First: the others would have begun to keep what is refused.
    assert settings.FILE_UPLOAD_HANDLERS[0].endswith(uploads.LimitedUpload.__name__)


@pytest.mark.django_db
def test_what_is_larger_than_any_form_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST_REQUEST", 1_000)
    client = Client()
    small = client.post("/sign-in/", {"content": ContentFile(b"x" * 100, "list.csv")})
    assert small.status_code == 200
    page = client.post("/sign-in/", {"content": ContentFile(b"x" * 2_000, "list.csv")})
    assert page.status_code == 413
    assert "64 MB" in page.text


def test_htmx_runs_nothing_from_a_page() -> None:
    skeleton = (SOURCE / "som" / "web" / "templates" / "web" / "skeleton.html").read_text("utf-8")
    found = re.search(r"name=\"htmx-config\" content='([^']*)'", skeleton)
    assert found is not None
    told = json.loads(found[1])
    for off in ("allowEval", "includeIndicatorStyles", "allowScriptTags"):
        assert told[off] is False
    assert told["selfRequestsOnly"] is True
    for source in ("unsafe-inline", "unsafe-eval", "http:", "https:", "*"):
        assert source not in CONTENT_SECURITY_POLICY
