"""Delivery to another system: nothing lost, nothing doubled, whatever the receiver does."""

from __future__ import annotations

import json
import logging
import random
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from som import settings
from som.access.queries import system_actor
from som.kernel import scope, sql
from som.notices import webhook, work
from som.notices.commands import Claimed, claim_messages, raise_alarms, write_notices
from som.notices.queries import receiver_due
from som.notices.rules import (
    ALONE_AT_ONCE,
    AWAY_PAUSE,
    CLAIM_HOLDS,
    Failure,
    NoticeKind,
    NoticeWanted,
    Reply,
    next_try,
    read_reply,
)
from som.notices.webhook import to_webhook
from som.notices.work import A_FEW, MOST_AT_ONCE, message, take_up_waiting
from tests.laws.notices import calls, wanted
from tests.notices.receiver import SECRET, Receiver, served, spoken
from tests.town import NOON, Town

pytestmark = pytest.mark.django_db

WRITER, DELIVERER = system_actor("results"), system_actor("delivery")


def waiting(town: Town) -> int:
    """Four notices and four alarms that wait; how many."""
    write_notices(wanted(town), by=WRITER, at=NOON)
    raise_alarms(calls(town), by=WRITER, at=NOON)
    return 8


def left() -> list[tuple[int, str]]:
    """How often each message that has not arrived was tried, and why it failed."""
    with scope.entered(DELIVERER, "notices.read"):
        return sql.rows(
            "SELECT attempts, last_error FROM notices_notice WHERE delivered_at IS NULL"
            " UNION ALL SELECT attempts, last_error FROM notices_alarm WHERE delivered_at IS NULL"
            " ORDER BY 1, 2"
        )


def test_messages_arrive_signed_once_and_together() -> None:
    count, receiver = waiting(Town()), Receiver()
    with served(receiver) as url:
        send = to_webhook(url, SECRET)
        assert take_up_waiting(send, by=DELIVERER, at=NOON) == count
        assert take_up_waiting(send, by=DELIVERER, at=NOON) == 0
    assert len(receiver.posts) == 1
    assert left() == []
    first = receiver.kept[next(one for one in receiver.kept if one.startswith("notice"))]
    assert set(first) >= {"id", "hash", "kind", "to", "written_at"}
    assert {one["to"].partition(":")[0] for one in receiver.kept.values()} == {
        "unit",
        "organisation",
        "0912345678",
    }


def test_what_was_sent_and_not_noted_comes_again_with_the_same_id_and_hash() -> None:
    count, receiver = waiting(Town()), Receiver()
    with served(receiver) as url:
        send = to_webhook(url, SECRET)
        send(claim_messages(100, by=DELIVERER, at=NOON), NOON)  # and the worker is killed
        assert len(receiver.kept) == count
        held = NOON + CLAIM_HOLDS - timedelta(seconds=1)
        assert take_up_waiting(send, by=DELIVERER, at=held) == 0
        assert take_up_waiting(send, by=DELIVERER, at=NOON + CLAIM_HOLDS) == count
    assert len(receiver.kept) == count, "told apart by id"
    once, again = (json.loads(body)["messages"] for _, body in receiver.posts)
    assert once == again


@pytest.mark.parametrize("status", [500, 503, 404, 429])
def test_a_receiver_in_error_is_left_alone_for_a_while_and_loses_nothing(status: int) -> None:
    count, receiver = waiting(Town()), Receiver()
    receiver.answer = lambda _sent: (status, b"Nguyen Van A is ill")
    with served(receiver) as url:
        send = to_webhook(url, SECRET)
        assert take_up_waiting(send, by=DELIVERER, at=NOON) == 0
        assert take_up_waiting(send, by=DELIVERER, at=NOON + AWAY_PAUSE / 2) == 0
        assert len(receiver.posts) == 1
        assert left() == [(1, f"http_{status}")] * count
        receiver.answer = lambda _sent: (200, b"")
        assert take_up_waiting(send, by=DELIVERER, at=NOON + AWAY_PAUSE) == count


def test_a_receiver_that_is_not_there_at_all(caplog: pytest.LogCaptureFixture) -> None:
    count = waiting(Town())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with caplog.at_level(logging.DEBUG):
        send = to_webhook(f"http://127.0.0.1:{port}/", SECRET)
        assert take_up_waiting(send, by=DELIVERER, at=NOON) == 0
    assert left() == [(1, "unreachable")] * count
    assert "8 messages not delivered: unreachable" in caplog.text
    assert "0912345678" not in caplog.text
    assert "N" + "**" not in caplog.text


@pytest.mark.parametrize(
    ("parts", "pause", "why"),
    [
        ((), 0, "timeout"),  # takes the call and is silent
        ((b"HTTP/1.1 200 OK\r\n\r\n", *[b" "] * 50), 0.05, "timeout"),  # drips for ever
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",), 0, "unreachable"),  # breaks off
        ((b"SSH-2.0-OpenSSH_9.2\r\n",), 0, "unreachable"),
        ((b"",), 0, "unreachable"),
        ((b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 300_000), 0, "unreachable"),  # talks too much
    ],
)
def test_a_receiver_that_behaves_badly_holds_nobody_up(
    parts: tuple[bytes, ...], pause: float, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "PATIENCE", 0.4)
    count = waiting(Town())
    began = time.monotonic()
    with spoken(*parts, pause=pause) as url:
        assert take_up_waiting(to_webhook(url, SECRET), by=DELIVERER, at=NOON) == 0
    assert time.monotonic() - began < 5
    assert left() == [(1, why)] * count


def test_a_redirect_is_not_followed() -> None:
    count, receiver = waiting(Town()), Receiver()
    receiver.answer = lambda _sent: (307, b"")
    with served(receiver) as url:
        assert take_up_waiting(to_webhook(url, SECRET), by=DELIVERER, at=NOON) == 0
    assert len(receiver.posts) == 1
    assert left() == [(1, "http_307")] * count


def test_tls_that_is_none_is_a_failure() -> None:
    waiting(Town())
    with spoken(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        send = to_webhook(url.replace("http:", "https:"), SECRET)
        assert take_up_waiting(send, by=DELIVERER, at=NOON) == 0
    assert {why for _, why in left()} <= {"tls", "unreachable"}
    assert left()


def test_what_a_receiver_refuses_waits_by_itself_ever_longer() -> None:
    count, receiver = waiting(Town()), Receiver()
    receiver.answer = lambda sent: (
        200,
        json.dumps(
            {
                "accepted": [one["id"] for one in sent if one["kind"] != "clock"],
                "refused": [
                    {"id": one["id"], "reason": "unknown_unit"}
                    for one in sent
                    if one["kind"] == "clock"
                ],
            }
        ).encode(),
    )
    with served(receiver) as url:
        send = to_webhook(url, SECRET)
        assert take_up_waiting(send, by=DELIVERER, at=NOON) == count - 1
        assert left() == [(1, "refused_unknown_unit")]
        at = NOON
        for tries in range(1, 6):
            assert take_up_waiting(send, by=DELIVERER, at=at + next_try(tries) * 0.99) == 0
            assert left() == [(tries, "refused_unknown_unit")]
            at += next_try(tries)
            assert take_up_waiting(send, by=DELIVERER, at=at) == 0
        assert left() == [(6, "refused_unknown_unit")]


def test_one_message_that_breaks_the_receiver_holds_up_no_other() -> None:
    town, receiver = Town(), Receiver()
    waiting(town)
    broken = {"kind": "clock"}
    receiver.answer = lambda sent: (
        500 if any(one["kind"] == broken["kind"] for one in sent) else 200,
        b"",
    )
    with served(receiver) as url:
        send = to_webhook(url, SECRET)
        at = NOON
        for _ in range(12):
            take_up_waiting(send, by=DELIVERER, at=at)
            at += AWAY_PAUSE
        assert len(left()) == 1, "after some tries each goes alone"


def test_no_more_is_claimed_than_is_sent_before_another_may_claim_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting(Town())
    with scope.entered(DELIVERER, "notices.read"):
        sql.execute("UPDATE notices_alarm SET attempts = 3")
        sql.execute("UPDATE notices_notice SET attempts = 3")
    passed = [0.0]
    monkeypatch.setattr(work, "monotonic", lambda: passed[0])
    sends = []

    def slow(claimed: Sequence[Claimed], _at: datetime) -> Reply:
        passed[0] += 15
        sends.append(len(claimed))
        return Reply(tuple(one.id for one in claimed))

    assert take_up_waiting(slow, by=DELIVERER, at=NOON) == 4
    assert sends == [1] * (2 * ALONE_AT_ONCE)
    assert passed[0] <= CLAIM_HOLDS.total_seconds()
    assert left() == [(3, "")] * 4, "the rest is free for the next pass"
    assert take_up_waiting(slow, by=DELIVERER, at=NOON) == 4


def test_whatever_happens_on_the_way_each_arrives_and_the_receiver_has_each_once() -> None:
    """A receiver that fails in every way, workers that die between any two steps; then peace."""
    draw = random.Random(5)
    town = Town()
    count = waiting(town)
    person = sql_person()
    more = [
        NoticeWanted(f"m{n}", NoticeKind.POSITIVE, person, (town.north,), n, town.north)
        for n in range(30)
    ]
    write_notices(more, by=WRITER, at=NOON)
    count += len(more)
    receiver, at = Receiver(), NOON
    weather = ["down", "refuses", "some", "dies_before", "dies_after", "fine"]

    class Died(Exception):
        """The worker is killed."""

    def send(claimed: Sequence[Claimed], _at: datetime) -> Reply:
        now = draw.choice(weather)
        sent = [message(one) for one in claimed]
        if now == "down":
            return Reply((), tuple(Failure(one.id, "timeout", True) for one in claimed))
        if now == "dies_before":
            raise Died
        taken = (
            []
            if now == "refuses"
            else [one for one in sent if now != "some" or draw.random() < 0.5]
        )
        for one in taken:
            assert receiver.kept.setdefault(one["id"], one) == one
        if now == "dies_after":
            raise Died
        return read_reply(
            [one["id"] for one in sent],
            200,
            json.dumps({"accepted": [one["id"] for one in taken]}).encode(),
        )

    for step in range(400):
        if step == 300:
            weather[:] = ["fine"]
        with suppress(Died):
            take_up_waiting(send, by=DELIVERER, at=at)
        at += timedelta(seconds=draw.choice([5, 30, 200, 900]))
        if not left():
            break
    assert left() == []
    assert len(receiver.kept) == count


def sql_person() -> int:
    with scope.entered(DELIVERER, "notices.read"):
        found = sql.row("SELECT person_id FROM notices_notice LIMIT 1")
    return int(found[0]) if found else 0


def test_once_a_receiver_was_away_a_few_try_it_and_what_was_not_sent_counts_as_untried() -> None:
    town = Town()
    waiting(town)
    person = sql_person()
    write_notices(
        [
            NoticeWanted(f"m{n}", NoticeKind.POSITIVE, person, (town.north,), n, town.north)
            for n in range(300)
        ],
        by=WRITER,
        at=NOON,
    )
    sizes: list[int] = []

    def down(claimed: Sequence[Claimed], _at: datetime) -> Reply:
        sizes.append(len(claimed))
        return Reply((), tuple(Failure(one.id, "timeout", True) for one in claimed))

    for minute in range(6):
        take_up_waiting(down, by=DELIVERER, at=NOON + minute * AWAY_PAUSE)
    assert sizes[0] == MOST_AT_ONCE
    assert max(sizes[1:]) <= 2 * A_FEW
    assert receiver_due(by=DELIVERER) == NOON + 6 * AWAY_PAUSE

    def back(claimed: Sequence[Claimed], _at: datetime) -> Reply:
        sizes.append(len(claimed))
        return Reply(tuple(one.id for one in claimed))

    del sizes[:]
    assert take_up_waiting(back, by=DELIVERER, at=NOON + 6 * AWAY_PAUSE) == 308
    assert len(sizes) < 30, "nearly all go together"


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("http://nhan.example.vn/som", SECRET),  # in the open
        ("ftp://nhan.example.vn/som", SECRET),
        ("nhan.example.vn", SECRET),
        ("https://who:what@nhan.example.vn/", SECRET),
        ("https://nhan.example.vn/som", ""),
        ("https://nhan.example.vn/som", "ngắn"),
    ],
)
def test_an_address_that_is_not_safe_is_refused_at_the_start(url: str, secret: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        settings.webhook(url, secret)


def test_an_address_may_be_safe_or_this_machine_or_none() -> None:
    assert settings.webhook("", "") == ("", "")
    for url in ("https://nhan.example.vn/som", "http://127.0.0.1:9000/", "http://[::1]:9000/"):
        assert settings.webhook(url, SECRET) == (url, SECRET)
