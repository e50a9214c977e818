"""What was told to whom, once, and whether it was acknowledged."""

from __future__ import annotations

import errno
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.clock import LOCAL
from som.kernel.errors import NotAllowed
from som.notices.commands import acknowledge_notices, claim_messages, write_notices
from som.notices.queries import unacknowledged_notices
from som.notices.rules import CLAIM_HOLDS
from som.notices.work import take_up_waiting, to_files
from tests.laws.notices import wanted
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

WRITER, DELIVERER = system_actor("results"), system_actor("delivery")


def test_a_key_is_told_once() -> None:
    town = Town()
    notices = wanted(town)
    first = write_notices([*notices, notices[0]], by=WRITER, at=NOON)
    assert (len(first.done), first.unchanged) == (4, notices[:1])
    assert write_notices(notices, by=WRITER, at=NOON).done == []


def test_of_many_those_told_before_are_named() -> None:
    town = Town()
    notices = wanted(town)
    write_notices(notices[:2], by=WRITER, at=NOON)
    told = write_notices(notices, by=WRITER, at=NOON)
    assert (told.done, told.unchanged) == (notices[2:], notices[:2])
    other = notices[0]._replace(subject=notices[0].subject + 1)
    assert write_notices([other], by=WRITER, at=NOON).done == [other]


@pytest.mark.parametrize("change", [{"person": -1}, {"to_unit": -1}])
def test_nothing_is_told_of_nobody_or_to_nobody(change: dict[str, int]) -> None:
    """No foreign key says so: a trigger looks at all rows of a statement at once."""
    town = Town()
    first, *others = wanted(town)
    with pytest.raises(IntegrityError), transaction.atomic():
        write_notices([first._replace(**change), *others], by=WRITER, at=NOON)


def test_a_dead_workers_notices_are_taken_up_again() -> None:
    town = Town()
    write_notices(wanted(town), by=WRITER, at=NOON)
    taken = claim_messages(10, by=DELIVERER, at=NOON)
    assert len(taken) == 4
    assert claim_messages(10, by=DELIVERER, at=NOON + CLAIM_HOLDS - timedelta(seconds=1)) == []
    again = claim_messages(10, by=DELIVERER, at=NOON + CLAIM_HOLDS + timedelta(seconds=1))
    assert [n.id for n in again] == [n.id for n in taken]


def test_delivery_writes_each_notice_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    town = Town()
    write_notices(wanted(town), by=WRITER, at=NOON)
    outbox = tmp_path / "outbox"
    assert take_up_waiting(to_files(outbox), by=DELIVERER, at=NOON) == 4
    assert take_up_waiting(to_files(outbox), by=DELIVERER, at=NOON) == 0
    (file,) = outbox.iterdir()
    assert (file.stat().st_mode & 0o777, outbox.stat().st_mode & 0o777) == (0o600, 0o700)
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert len({line["id"] for line in lines}) == 4
    assert {line["to"] for line in lines} >= {"0912345678", f"unit:{town.north}"}


def test_a_torn_line_swallows_no_notice(tmp_path: Path) -> None:
    town = Town()
    write_notices(wanted(town), by=WRITER, at=NOON)
    file = tmp_path / f"{NOON.astimezone(LOCAL):%Y-%m-%d}.jsonl"
    file.write_bytes(b'{"id": 1}\n{"id": 2, "na')
    assert take_up_waiting(to_files(tmp_path), by=DELIVERER, at=NOON) == 4
    first, torn, *rest = file.read_text("utf-8").splitlines()
    assert (first, torn) == ('{"id": 1}', '{"id": 2, "na')
    assert len({json.loads(line)["id"] for line in rest}) == 4


def test_what_could_not_be_written_is_not_noted_as_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    town = Town()
    write_notices(wanted(town), by=WRITER, at=NOON)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            take_up_waiting(to_files(tmp_path), by=DELIVERER, at=NOON)
    later = NOON + CLAIM_HOLDS + timedelta(seconds=1)
    assert take_up_waiting(to_files(tmp_path), by=DELIVERER, at=later) == 4


def test_a_locality_acknowledges_what_it_was_told_and_nothing_else() -> None:
    town = Town()
    write_notices(wanted(town), by=WRITER, at=NOON)
    (inbox,) = unacknowledged_notices(by=town.cleo, at=NOON)
    assert inbox.to_unit == town.north
    with scope.entered(DELIVERER, "notices.read"):
        every = [line[0] for line in sql.rows("SELECT id FROM notices_notice")]
    outcome = acknowledge_notices(every, by=town.cleo, at=NOON)
    assert outcome.done == [inbox.id]
    assert len(outcome.refused) == 3
    assert unacknowledged_notices(by=town.cleo, at=NOON) == []
    with pytest.raises(NotAllowed):
        acknowledge_notices(every, by=town.ana, at=NOON)
