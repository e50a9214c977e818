"""What leaves the house: tries, groups, hashes, signatures and what a receiver's answer means."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from som.notices.rules import (
    AlarmKind,
    AlarmWanted,
    Failure,
    MessageSource,
    digest_of,
    groups,
    message_id,
    next_try,
    read_reply,
    signature,
    source_of,
)
from som.notices.rules.delivery import LONGEST_PAUSE, TOGETHER

SENT = ["notice-1", "notice-2", "alarm-3"]


@dataclass(frozen=True)
class Tried:
    id: int
    attempts: int


@given(st.integers(0, 10**18), st.sampled_from(MessageSource))
def test_an_id_names_its_notice_or_alarm(number: int, source: MessageSource) -> None:
    assert source_of(message_id(source, number)) in ((source, number), None)
    assert source_of(message_id(source, number % 10**18)) == (source, number % 10**18)


@pytest.mark.parametrize(
    "text", ["", "notice", "notice-", "notice--1", "notice-1 ", "slip-1", "notice-١"]
)
def test_nothing_else_is_an_id(text: str) -> None:
    assert source_of(text) is None


def test_pauses_double_up_to_the_longest() -> None:
    pauses = [next_try(attempts) for attempts in range(12)]
    assert pauses[:5] == [timedelta(seconds=s) for s in (10, 10, 20, 40, 80)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == next_try(10**9) == LONGEST_PAUSE


@given(st.lists(st.builds(Tried, st.integers(), st.integers(1, 6)), max_size=40), st.integers(1, 7))
def test_groups_send_each_once_and_the_stubborn_alone(tried: list[Tried], most: int) -> None:
    made = groups(tried, most)
    assert sorted([one for group in made for one in group], key=repr) == sorted(tried, key=repr)
    assert all(0 < len(group) <= most for group in made)
    assert all(len(group) == 1 or max(o.attempts for o in group) <= TOGETHER for group in made)
    alone = [group[0].attempts > TOGETHER for group in made]
    assert alone == sorted(alone), "the stubborn come last"


def test_the_hash_is_of_what_is_said_and_not_of_its_order() -> None:
    one = {"id": "notice-1", "name": "N** A**", "kind": "positive"}
    assert digest_of(one) == digest_of(dict(reversed(one.items())))
    assert digest_of(one) != digest_of(one | {"name": "N** B**"})
    assert digest_of({"a": "ổ"}) == hashlib.sha256('{"a":"ổ"}'.encode()).hexdigest()


def test_the_signature_is_hmac_sha256_of_time_and_body() -> None:
    body = '{"messages": ["ổn"]}'.encode()
    said = hmac.new(b"bi mat", b"1762059600." + body, hashlib.sha256).hexdigest()
    assert signature("bi mat", 1762059600, body) == said
    assert signature("bi mat", 1762059601, body) != said


def reply(status: int, said: object = None) -> tuple[tuple[str, ...], dict[str, str], bool]:
    body = b"" if said is None else said if isinstance(said, bytes) else json.dumps(said).encode()
    found = read_reply(SENT, status, body)
    return found.accepted, {f.message: f.why for f in found.failures}, found.away


def test_success_without_more_takes_all() -> None:
    assert reply(200) == reply(204) == reply(202, b" \n") == (tuple(SENT), {}, False)
    assert reply(200, {"status": "ok"}) == (tuple(SENT), {}, False)


def test_a_receiver_may_take_some() -> None:
    assert reply(200, {"accepted": ["notice-1"]}) == (
        ("notice-1",),
        {"notice-2": "not_named", "alarm-3": "not_named"},
        False,
    )
    refused = [{"id": "alarm-3", "reason": "unknown_unit"}, {"id": "tube-1", "reason": "x"}, 3]
    assert reply(200, {"refused": refused}) == (
        ("notice-1", "notice-2"),
        {"alarm-3": "refused_unknown_unit"},
        False,
    )
    both = {"accepted": SENT, "refused": [{"id": "notice-2"}]}
    assert reply(207, both)[1] == {"notice-2": "refused"}, "what is refused is not accepted"


def test_a_reason_that_is_no_code_is_not_kept() -> None:
    refused = [
        {"id": "notice-1", "reason": "Nguyễn Văn A unknown"},
        {"id": "notice-2", "reason": 7},
    ]
    assert set(reply(200, {"refused": refused})[1].values()) == {"refused"}


@pytest.mark.parametrize("status", [301, 400, 409, 413, 422])
def test_a_group_that_is_refused_fails_and_the_receiver_is_there(status: int) -> None:
    assert reply(status, {"accepted": SENT}) == ((), dict.fromkeys(SENT, f"http_{status}"), False)


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 502, 503, 504])
def test_a_receiver_that_knows_nobody_or_is_in_error_is_away(status: int) -> None:
    assert reply(status) == ((), dict.fromkeys(SENT, f"http_{status}"), True)


@pytest.mark.parametrize("said", [b"<html>", b"[]", b"null", b"\xff", b"[" * 10_000, b'"ok"'])
def test_an_answer_nobody_can_read_takes_nothing(said: bytes) -> None:
    assert reply(200, said) == ((), dict.fromkeys(SENT, "reply_unreadable"), False)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=9) | st.sampled_from(SENT),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["accepted", "refused", "id", "reason"]), inner)
        ),
        max_leaves=12,
    ),
    st.integers(100, 599),
)
def test_every_message_is_accepted_or_fails_whatever_is_answered(said: object, status: int) -> None:
    found = read_reply(SENT, status, json.dumps(said).encode())
    failed = [failure.message for failure in found.failures]
    assert sorted([*found.accepted, *failed]) == sorted(SENT)


def test_an_alarm_goes_to_one_desk_and_says_nothing_of_a_person() -> None:
    with pytest.raises(ValueError, match="one laboratory or one unit"):
        AlarmWanted("a", AlarmKind.CLOCK, "results.gaps")
    with pytest.raises(ValueError, match="one laboratory or one unit"):
        AlarmWanted("a", AlarmKind.CLOCK, "results.gaps", organisation=1, unit=2)
    with pytest.raises(ValueError, match="does not say"):
        AlarmWanted("a", AlarmKind.CLOCK, "results.gaps", unit=2, body={"name": "A"})  # type: ignore[dict-item]


def test_failures_are_told_apart_by_message() -> None:
    assert Failure("notice-1", "timeout") != Failure("notice-1", "timeout", away=True)
