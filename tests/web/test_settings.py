"""What an installation's environment makes of the settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from som.settings import database

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
