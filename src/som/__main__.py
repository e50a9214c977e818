"""The command line: `./som <command>`. Makes sure of a database before Django loads."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from som.ops import embedded

PROJECT = Path(__file__).resolve().parents[2]
WITHOUT_DATABASE = {"help", "--version", "version"}
"""Commands that need no database, or must not start one."""
WITHOUT_DATABASE |= {"stop", "status", "destroy", "read", "makemessages", "compilemessages"}
WITHOUT_DATABASE |= {"collectstatic", "findstatic"}
FOR_OWNER = {"migrate", "flush", "dbshell", "createcachetable", "demo"}
"""Commands that can do nothing without the owner's rights."""


SUMMARY = """\
Sớm: mass testing and outbreak response for a province.

  ./som demo       a drawn province with everything in it, to try in the browser
  ./som start      the pages, on http://127.0.0.1:8000 (--port, --host, --workers)
  ./som work       the worker that takes up what waits between the stages
  ./som test       the tests, with all checks; with arguments, just those tests
  ./som status     which database is used, and whether it runs
  ./som stop       stop the embedded database; nothing is lost
  ./som destroy    remove the embedded database and every file beside it, after asking
  ./som read       what the readers make of a file: identity codes, one a line, or a list
  ./som evaluate   how well people known twice are found in records whose truth is known
  ./som migrate    bring the tables of a server of your own up to date
  ./som shell      a Python prompt with the application loaded
  ./som help       every command there is; ./som <command> --help says more

Without DATABASE_URL an embedded PostgreSQL runs in .data (SOM_DATA names another folder).
Remove everything: ./som destroy, then delete this folder."""


def data_dir() -> Path:
    """Where the embedded server and other files of this installation live."""
    return Path(os.environ.get("SOM_DATA") or PROJECT / ".data").absolute()


def choose_database(command: str) -> None:
    """Set DATABASE_URL and DATABASE_OWNER_URL, by the embedded server where none is named."""
    if os.environ.get("DATABASE_URL"):
        if command in FOR_OWNER and not os.environ.get("DATABASE_OWNER_URL"):
            raise embedded.EmbeddedError(
                f"DATABASE_URL is set and DATABASE_OWNER_URL is not. './som {command}' changes\n"
                "tables and therefore logs in as their owner; name both."
            )
        return
    if os.environ.get("DATABASE_OWNER_URL"):
        raise embedded.EmbeddedError(
            "DATABASE_OWNER_URL is set and DATABASE_URL is not. Name both, or neither for the\n"
            "embedded server."
        )
    urls = embedded.ensure_started(data_dir(), project=PROJECT)
    os.environ["DATABASE_URL"] = urls.app
    os.environ["DATABASE_OWNER_URL"] = urls.owner


def refuse_senseless_demo(arguments: list[str]) -> None:
    """Say what a demo cannot be asked for before a database is made for it."""
    from som.ops.asked_demo import fault_of_arguments

    if fault := fault_of_arguments(arguments):
        raise embedded.EmbeddedError(fault)


def keep_demo_apart() -> None:
    """Let this process and those it starts use the demo's own database and outbox, made anew."""
    from som.ops import demo_database

    urls = embedded.Urls(os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"])
    demo = demo_database.make_anew(urls)
    os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"] = demo.app, demo.owner
    os.environ["SOM_OUTBOX"] = str(data_dir() / "demo" / "outbox")
    os.environ["SOM_DEMO"] = "1"


def evaluate_apart() -> None:
    """Let this process use an embedded server of its own, gone when it ends."""
    folder = data_dir() / f"evaluation-{os.getpid()}"
    atexit.register(embedded.destroy, folder, project=PROJECT)
    urls = embedded.ensure_started(folder, project=PROJECT, throwaway=True)
    os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"] = urls.app, urls.owner


def end_orderly(number: int, _frame: FrameType | None) -> None:
    """Let a terminated process leave the server as one that ends by itself."""
    sys.exit(128 + number)


def main() -> None:
    """Run one command."""
    arguments = sys.argv[1:]
    if not arguments or arguments == ["--help"] or arguments == ["-h"]:
        sys.stdout.write(SUMMARY + "\n")
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "som.settings")
    os.environ["SOM_DATA"] = str(data_dir())
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end_orderly)
    try:
        if arguments[0] == "demo" and "--help" not in arguments:
            refuse_senseless_demo(arguments[1:])
        if arguments[0] == "evaluate" and "--help" not in arguments:
            evaluate_apart()
        elif arguments[0] not in WITHOUT_DATABASE and "--help" not in arguments:
            choose_database(arguments[0])
        if arguments[0] == "demo" and "--help" not in arguments:
            keep_demo_apart()
        from django.core.management import execute_from_command_line

        execute_from_command_line(["som", *arguments])
    except embedded.EmbeddedError as error:
        for line in str(error).splitlines():
            embedded.say(line)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
