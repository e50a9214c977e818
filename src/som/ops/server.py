"""The embedded server of one data folder, as one process sees it."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from som.ops.doors import APPLICATION, DATABASE, OWNER, SUPERUSER, Doors, Urls
from som.ops.installation import (
    EmbeddedError,
    claim,
    explained,
    programs,
    reachable_folder,
    say,
    secret,
    service_account,
    write_whole,
)
from som.ops.processes import clear_leftovers, hold, patience, postmaster, starting
from som.ops.server_settings import SETTINGS, THROWAWAY_SETTINGS

WATCHED_EVERY = 2.0
"""Seconds between two looks at whether the server still runs."""

STOPS_WITHIN = 60.0
"""Seconds after which a shutdown that does not end is made an immediate one."""


class Server:
    """The embedded server of one data folder, as one process sees it."""

    def __init__(
        self,
        data_dir: Path,
        *,
        project: Path,
        throwaway: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.project = project.resolve()
        self.throwaway = throwaway
        self.settings = settings or {}
        self.account = service_account()
        self.folder = reachable_folder(data_dir, self.account)
        self.cluster = self.folder / "postgres"
        self.doors = Doors(self.folder)
        self.uses: IO[str] | None = None
        self.child: subprocess.Popen[bytes] | None = None
        self.home = os.getpid()

    def url(self, role: str, database: str = DATABASE) -> str:
        """How to reach a database of this server as one of its roles."""
        return self.doors.url(role, database)

    @property
    def urls(self) -> Urls:
        """The two doors of the installation's database."""
        return self.doors.urls

    # Life

    def start(self) -> Urls:
        """Join the server of this folder, starting it first when nobody has.

        Waits for crash recovery as long as it takes. Safe to repeat, and in several processes at
        once.
        """
        with explained(self.folder), starting(self.folder):
            claim(self.folder, self.project)
            if self.uses is None:
                self.uses = hold(self.folder / "use.lock", fcntl.LOCK_SH)
                atexit.register(self.leave)
            try:
                binaries = programs(self.folder, self.account)
                if not (self.cluster / "PG_VERSION").exists():
                    self._create(binaries)
                self._check_version(binaries)
                if postmaster(self.cluster) is None:
                    self._launch(binaries)
                self._wait_until_ready(binaries)
                self._provision()
            except BaseException:
                self.uses.close()
                self.uses = None
                raise
        return self.urls

    def leave(self) -> None:
        """Let the server go; the last process out stops it."""
        if self.uses is None or os.getpid() != self.home:
            return
        with contextlib.suppress(FileNotFoundError), starting(self.folder):
            if self._last():
                self._stop()
            self._forget_child()
            self._drop_use()

    def _last(self) -> bool:
        """Whether this process holds the folder alone."""
        if self.uses is None:
            return False
        try:
            fcntl.flock(self.uses, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _drop_use(self) -> None:
        if self.uses is not None:
            self.uses.close()
            self.uses = None

    def stop(self) -> bool:
        """Stop the server even under other processes; False when none was running."""
        with explained(self.folder), starting(self.folder):
            claim(self.folder, self.project)
            if self.child is not None:
                self.child.poll()
            return self._stop()

    def pid(self) -> int | None:
        """The server's process, or None."""
        return postmaster(self.cluster)

    def keep_running(self) -> None:
        """Watch over the server in the background and start it again when it was killed."""

        def watch() -> None:
            while self.uses is not None:
                time.sleep(WATCHED_EVERY)
                if self.uses is not None and postmaster(self.cluster) is None:
                    say("PostgreSQL is gone; starting it again")
                    with contextlib.suppress(EmbeddedError):
                        self.start()

        threading.Thread(target=watch, name="embedded server", daemon=True).start()

    # Steps

    def _as_account(self) -> dict[str, object]:
        if self.account is None:
            return {}
        return {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        return kept | {"LC_ALL": "C", "TZ": "UTC"}

    def _own(self, path: Path) -> None:
        """Give a folder to the user who runs the server, for nobody else to read."""
        path.mkdir(mode=0o700, exist_ok=True)
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)
        path.chmod(0o700)

    def _create(self, binaries: Path) -> None:
        """Lay out a new cluster; a kill halfway leaves nothing that looks finished."""
        say(f"creating the database in {self.folder}")
        for left in self.folder.glob("*.new"):
            shutil.rmtree(left, ignore_errors=True)
            if left.is_file():
                left.unlink()
        # A name of its own: the initdb of a killed start may still be writing to the old one.
        begun = self.folder / f"postgres.{os.getpid()}.new"
        if self.cluster.exists() and not any(self.cluster.iterdir()):
            self.cluster.rmdir()
        if self.cluster.exists():
            raise EmbeddedError(f"{self.cluster} holds files that are not a PostgreSQL database.")
        self._own(begun)
        password = begun.with_name(f"password.{os.getpid()}.new")
        write_whole(password, secret(self.folder, SUPERUSER) + "\n")
        if self.account is not None:
            os.chown(password, self.account.uid, self.account.gid)
        try:
            done = subprocess.run(  # noqa: S603  PostgreSQL's own programs
                [
                    str(binaries / "initdb"),
                    "--pgdata",
                    str(begun),
                    "--username",
                    SUPERUSER,
                ]
                + ["--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8"]
                + [
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--locale=C",
                ]
                + ["--data-checksums"]
                + (["--no-sync"] if self.throwaway else []),
                check=False,
                capture_output=True,
                text=True,
                cwd="/",
                env=self._environment(),
                **self._as_account(),  # type: ignore[call-overload]
            )
        finally:
            password.unlink()
        if done.returncode != 0:
            raise EmbeddedError(f"PostgreSQL could not be set up:\n{done.stdout}{done.stderr}")
        begun.rename(self.cluster)

    def _check_version(self, binaries: Path) -> None:
        """Refuse a cluster of another major version before PostgreSQL does so cryptically."""
        cluster = (self.cluster / "PG_VERSION").read_text().strip()
        found = subprocess.run(  # noqa: S603  PostgreSQL's own programs
            [str(binaries / "postgres"), "--version"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()[2]
        if found.split(".")[0] != cluster:
            raise EmbeddedError(
                f"{self.cluster} was made by PostgreSQL {cluster}, the programs are {found}.\n"
                "See docs/operations.md, 'A newer PostgreSQL'."
            )

    def _launch(self, binaries: Path) -> None:
        """Start the server's first process, in a session of its own so that it outlives us."""
        clear_leftovers(self.cluster)
        self._forget_child()
        self._own(self.doors.sockets)
        for left in self.doors.sockets.iterdir():
            left.unlink()
        settings = dict(SETTINGS) | (dict(THROWAWAY_SETTINGS) if self.throwaway else {})
        settings |= self.settings
        settings["log_destination"] = "stderr"
        settings |= self.doors.settings()
        arguments = [f"--{name}={value}" for name, value in settings.items()]
        log = self.folder / "server.log"
        if log.exists() and log.stat().st_size > 10_000_000:
            log.replace(self.folder / "server.log.1")
        with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as out:
            self.child = subprocess.Popen(  # noqa: S603  PostgreSQL's own programs
                [str(binaries / "postgres"), "-D", str(self.cluster), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=self._environment(),
                start_new_session=True,
                **self._as_account(),  # type: ignore[call-overload]
            )

    def _forget_child(self) -> None:
        """Let go of a server that ended, or one that goes on without us."""
        if self.child is not None and self.child.poll() is None:
            self.child.returncode = 0  # it outlives us, as it should: no warning about that
        self.child = None

    def _wait_until_ready(self, binaries: Path) -> None:
        """Wait until the server takes connections, through any recovery after a crash."""
        import psycopg

        with patience("PostgreSQL is recovering after a crash; waiting until it is") as waiting:
            while True:
                try:
                    psycopg.connect(self.url(SUPERUSER, "postgres"), connect_timeout=10).close()
                    return
                except psycopg.OperationalError as error:
                    if "authentication failed" in str(error):
                        raise EmbeddedError(
                            f"the passwords in {self.folder / 'secrets'} do not fit the database."
                        ) from error
                    if self._ended():
                        words = _tail(self.folder / "server.log")
                        if "is still in use" not in words:
                            raise EmbeddedError(
                                "PostgreSQL did not start. Its last words"
                                f" ({self.folder / 'server.log'}):\n{words}"
                            ) from error
                        # Processes of a killed server are still ending.
                        self._launch(binaries)
                    waiting()

    def _ended(self) -> bool:
        """Whether the server that was started or joined is gone."""
        if self.child is not None:
            return self.child.poll() is not None
        return postmaster(self.cluster) is None

    def _provision(self) -> None:
        """Make the two roles and the database; repeats harmlessly, so a kill does no harm."""
        import psycopg
        from psycopg import sql

        done = self.cluster / "som_provisioned"
        if done.exists():
            return
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role, rights in ((OWNER, "LOGIN CREATEDB"), (APPLICATION, "LOGIN")):
                verb = "ALTER" if role in roles else "CREATE"
                connection.execute(
                    sql.SQL("{} ROLE {} {} PASSWORD {}").format(
                        sql.SQL(verb),
                        sql.Identifier(role),
                        sql.SQL(rights),
                        sql.Literal(secret(self.folder, role)),
                    )
                )
            bases = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
            if DATABASE not in bases:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(OWNER)
                    )
                )
        done.touch()

    def _stop(self) -> bool:
        """Ask the server to end its sessions and flush, and wait until it is gone."""
        pid = postmaster(self.cluster)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        asked = time.monotonic()
        with patience("PostgreSQL is writing what is left to the disk; waiting") as waiting:
            while postmaster(self.cluster) is not None:
                if self.child is not None:
                    self.child.poll()
                if time.monotonic() - asked > STOPS_WITHIN:
                    # A shutdown asked for in the middle of a recovery may never end. Nothing
                    # committed is lost: the next start recovers.
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGQUIT)
                    asked = time.monotonic()
                waiting()
        if self.child is not None:
            self.child.wait()
            self.child = None
        return True


def _tail(log: Path, lines: int = 8) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(nothing)"
