"""What a verdict means for people: the rule against its plain re-statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from som.lab.rules import LoadKind, MemberVerdict, VerdictRow
from som.lab.verdicts import Verdict
from som.results.rules import (
    Decoded,
    ReleaseRefusal,
    ResultValue,
    Standing,
    corrected,
    decoded,
    fault_of_confirmation,
    fault_of_release,
    standing,
    standings,
)
from som.sampling.rules import RequestReason

AGAIN, SINGLE = RequestReason.RECALLED_POOL, RequestReason.INCONCLUSIVE


@pytest.mark.parametrize(
    ("kind", "value", "swabs", "meant"),
    [
        (LoadKind.TUBE, Verdict.NEGATIVE, 1, Decoded(ResultValue.NEGATIVE)),
        (LoadKind.TUBE, Verdict.POSITIVE, 1, Decoded(ResultValue.POSITIVE)),
        (LoadKind.TUBE, Verdict.INCONCLUSIVE, 1, Decoded(ResultValue.INCONCLUSIVE, again=SINGLE)),
        (LoadKind.TUBE, Verdict.NEGATIVE, 5, Decoded(ResultValue.NEGATIVE_BY_POOL)),
        (LoadKind.TUBE, Verdict.POSITIVE, 5, Decoded(None, held=True, again=AGAIN)),
        (LoadKind.TUBE, Verdict.INCONCLUSIVE, 5, Decoded(None, held=True, again=AGAIN)),
        (LoadKind.POOL, Verdict.NEGATIVE, 5, Decoded(ResultValue.NEGATIVE_BY_POOL)),
        (LoadKind.POOL, Verdict.POSITIVE, 5, Decoded(None, held=True)),
        (LoadKind.POOL, Verdict.INCONCLUSIVE, 2, Decoded(None, held=True)),
    ],
)
def test_what_a_verdict_means(kind: LoadKind, value: Verdict, swabs: int, meant: Decoded) -> None:
    assert decoded(kind, value, swabs=swabs, may_confirm=True) == meant


def test_a_laboratory_that_may_not_confirm_only_suspects() -> None:
    found = decoded(LoadKind.TUBE, Verdict.POSITIVE, swabs=1, may_confirm=False)
    assert found == Decoded(ResultValue.SUSPECTED)


def test_an_invalid_test_means_nothing_yet() -> None:
    with pytest.raises(ValueError, match="repeated"):
        decoded(LoadKind.TUBE, Verdict.INVALID, swabs=1, may_confirm=True)


@given(
    kind=st.sampled_from([LoadKind.TUBE, LoadKind.POOL]),
    value=st.sampled_from([v for v in Verdict if v is not Verdict.INVALID]),
    swabs=st.integers(1, 20),
    may_confirm=st.booleans(),
)
def test_nobody_is_positive_because_of_a_pool_and_everybody_has_something_coming(
    kind: LoadKind, value: Verdict, swabs: int, may_confirm: bool
) -> None:
    swabs = max(swabs, 2) if kind is LoadKind.POOL else swabs
    found = decoded(kind, value, swabs=swabs, may_confirm=may_confirm)
    if swabs > 1:
        assert found.value in (None, ResultValue.NEGATIVE_BY_POOL)
    own_tube_is_tested = kind is LoadKind.POOL and found.held
    assert found.value or found.again or own_tube_is_tested


def plainly(members: Sequence[MemberVerdict]) -> Standing:
    """Where a pool stands, said the long way."""
    if members[0].pool_value != "positive":
        return Standing.NOT_POSITIVE
    for member in members:
        if member.value == "positive":
            return Standing.EXPLAINED
    for member in members:
        tested = member.value in ("negative", "inconclusive")
        if not tested and not member.closed:
            return Standing.WAITING
    return Standing.DISCORDANT


MEMBERS = st.lists(
    st.builds(
        MemberVerdict,
        st.just(1),
        st.just("positive"),
        st.integers(1, 3),
        st.booleans(),
        st.none(),
        st.sampled_from([None, "negative", "positive", "inconclusive", "invalid"]),
    ),
    min_size=2,
    max_size=5,
)


@given(members=MEMBERS, pool=st.sampled_from(["positive", "negative", "inconclusive", "invalid"]))
def test_where_a_pool_stands(members: list[MemberVerdict], pool: str) -> None:
    members = [replace(member, pool_value=pool) for member in members]
    assert standing(members) is plainly(members)
    other = [replace(member, pool=2) for member in members[:2]]
    assert standings([*members, *other]) == {1: plainly(members), 2: plainly(other)}


VERDICT = VerdictRow(
    1, 1, 1, "negative", "", "tube", "S", 1, None, (1,), "ben", datetime(2026, 1, 1, tzinfo=UTC),
    superseded=False, member_of=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "pool", "reason"),
    [
        (VERDICT, None, None),
        (None, None, ReleaseRefusal.UNKNOWN),
        (replace(VERDICT, read_by="bao"), None, ReleaseRefusal.READ_BY_SAME),
        (replace(VERDICT, superseded=True), None, ReleaseRefusal.SUPERSEDED),
        (replace(VERDICT, value="invalid"), None, ReleaseRefusal.TO_REPEAT),
        (replace(VERDICT, member_of=1), Standing.WAITING, ReleaseRefusal.AWAITS_POOL),
        (replace(VERDICT, member_of=1), Standing.DISCORDANT, ReleaseRefusal.DISCORDANT),
        (replace(VERDICT, member_of=1), Standing.EXPLAINED, None),
        (replace(VERDICT, member_of=1), Standing.NOT_POSITIVE, None),
        (replace(VERDICT, member_of=1, value="positive"), Standing.WAITING, None),
    ],
)
def test_what_forbids_a_release(
    verdict: VerdictRow | None, pool: Standing | None, reason: ReleaseRefusal | None
) -> None:
    pools = {1: pool} if pool else {}
    found = fault_of_release(verdict, reviewer="bao", may_test=True, pools=pools)
    assert found is reason


def test_without_a_right_nothing_is_released() -> None:
    found = fault_of_release(VERDICT, reviewer="bao", may_test=False, pools={})
    assert found is ReleaseRefusal.NO_RIGHT


@pytest.mark.parametrize("kind", [LoadKind.TUBE, LoadKind.POOL])
@pytest.mark.parametrize("value", [v for v in Verdict if v is not Verdict.INVALID])
@pytest.mark.parametrize("swabs", [1, 3])
def test_a_correction_means_what_the_verdict_would_and_takes_back_what_a_pool_said(
    kind: LoadKind, value: Verdict, swabs: int
) -> None:
    found = corrected(kind, value, swabs=swabs, may_confirm=True)
    if value is Verdict.NEGATIVE or (kind is LoadKind.TUBE and swabs == 1):
        assert found == decoded(kind, value, swabs=swabs, may_confirm=True)
    else:
        assert found == Decoded(ResultValue.WITHDRAWN, held=True, again=AGAIN)


@pytest.mark.parametrize(
    ("read_by", "proposed_by", "reason"),
    [
        (None, None, ReleaseRefusal.UNKNOWN),
        ("ben", None, ReleaseRefusal.CORRECTION_MISSING),
        ("ben", "bao", ReleaseRefusal.PROPOSED_BY_SAME),
        ("bao", "bich", ReleaseRefusal.READ_BY_SAME),
        ("bao", "bao", ReleaseRefusal.PROPOSED_BY_SAME),
        ("ben", "bich", None),
        ("ben", "ben", None),
    ],
)
def test_what_forbids_a_confirmation(
    read_by: str | None, proposed_by: str | None, reason: ReleaseRefusal | None
) -> None:
    assert fault_of_confirmation(read_by, proposed_by, reviewer="bao") is reason
