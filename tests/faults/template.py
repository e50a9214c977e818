"""The data folder that every day begins with a copy of: the town's baseline, accounts, no person.

Run as a program it lays that folder out. It is kept between runs under a name that changes with
whatever it was made from.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from som.ops.doors import SUPERUSER
from tests.databases import PROJECT, template_key

DATA, SECRETS = "postgres", "secrets"
ACCOUNTS = {
    "bich": [("lab_reviewer", "lab1")],
    "dung": [("cdc_officer", "province")],
}
"""Second persons, beside the town's cast."""

MADE_FROM = (Path(__file__), PROJECT / "tests" / "desks.py", PROJECT / "src" / "som" / "ops")
"""What it is made from beside all that the template of the ordinary tests is made from."""

KEPT = PROJECT / ".data" / "test" / "faults"
"""Where the template is kept, and what failed days left."""

ROOM = 1 << 30
"""Bytes that must be free for each process of the tests: a day takes about 150 million."""

QUICK = "recovery_init_sync_method = 'syncfs'"
"""After a crash one flush of the whole disk in place of one a file, of which there are two thousand."""


def place() -> Path:
    """A new folder that the server's user can pass, in memory where there is room."""
    memory = Path("/dev/shm")
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > ROOM * workers
    found = Path(tempfile.mkdtemp(prefix="som-", dir=memory if roomy else None))
    found.chmod(0o755)
    return found


def copy(name: str, folder: Path, to: Path) -> None:
    """Copy the files of a database that does not run, or its passwords, with their owners."""
    subprocess.run(["cp", "-a", str(folder / name), str(to / name)], check=True)


def name() -> str:
    """What the template is kept under: it changes with whatever it was made from."""
    found = hashlib.sha256(template_key().encode())
    for part in MADE_FROM:
        for path in sorted(part.rglob("*.py")) if part.is_dir() else [part]:
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return f"template-{found.hexdigest()[:16]}"


def whole_template() -> Path:
    """The folder with the template; one process makes it while others wait."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / name()
    with open(KEPT / "lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            for old in KEPT.glob("template-*"):
                shutil.rmtree(old)
            _make(kept)
    return kept


def _make(kept: Path) -> None:
    begun = place()
    try:
        subprocess.run(
            [sys.executable, "-m", "tests.faults.template", str(begun / "data")],
            check=True,
            cwd=PROJECT,
            env=environment(begun / "data"),
        )
        new = kept.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        for name in (DATA, SECRETS):
            copy(name, begun / "data", new)
        new.rename(kept)
    finally:
        shutil.rmtree(begun)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a process of an installation in this folder finds around it; nothing of the caller's."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SOM_", "DATABASE_", "PG"))}
    return kept | {
        "SOM_DATA": str(folder),
        "DJANGO_SETTINGS_MODULE": "som.settings",
        "PYTHONPATH": f"{PROJECT / 'src'}{os.pathsep}{PROJECT}",
        **more,
    }


def main() -> None:
    """Lay the folder out; its server stops with this process."""
    from som.ops import embedded

    urls = embedded.ensure_started(Path(sys.argv[1]), project=PROJECT, throwaway=True)
    server = embedded.running(Path(sys.argv[1]))
    assert server is not None
    with psycopg.connect(server.url(SUPERUSER), autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET {QUICK}")
        connection.execute("SELECT pg_reload_conf()")
    os.environ |= {"DATABASE_URL": urls.app, "DATABASE_OWNER_URL": urls.owner}
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", database="owner", verbosity=0, interactive=False)
    _settle()
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM (FREEZE, ANALYZE)")
    connections.close_all()


def _settle() -> None:
    """The town, and an account for everybody who uses pages."""
    from som.access import commands as access
    from som.access.queries import system_actor
    from som.access.rules import NewAccount, NewAssignment
    from tests.desks import SINCE, open_account
    from tests.town import NOON, Town, build_baseline

    build_baseline()
    town, setup = Town(), system_actor("setup")
    for name in ("ana", "cleo", "dora", "ben", "bao", "long"):
        open_account(town, name)
    access.open_accounts(
        [NewAccount(name, name.title(), town.province) for name in ACCOUNTS], by=setup, at=NOON
    )
    given = access.give_assignments(
        [
            NewAssignment(
                name,
                role,
                town.province if where == "province" else None,
                town.lab1 if where == "lab1" else None,
                SINCE,
            )
            for name, roles in ACCOUNTS.items()
            for role, where in roles
        ],
        by=setup,
        at=NOON,
    )
    assert not given.refused, given.refused


if __name__ == "__main__":
    main()
