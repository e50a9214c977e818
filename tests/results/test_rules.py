"""What a verdict means for people: the rule against its plain re-statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from som.lab.rules import LoadKind, MemberVerdict, VerdictRow
from som.lab.verdicts import Verdict
from som.results.rules import (
    Barriers,
    Decoded,
    LastAnswer,
    Proposed,
    ReleaseRefusal,
    ResultValue,
    Standing,
    corrected,
    decoded,
    fault_of_confirmation,
    fault_of_release,
    standing,
    standings,
    why_again,
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
    assert found == Decoded(ResultValue.SUSPECTED, refer=True)


@pytest.mark.parametrize("may_confirm", [True, False])
def test_a_method_that_confirms_nothing_leaves_nothing_to_refer(may_confirm: bool) -> None:
    """Quyết định 2022/QĐ-BYT: a rapid antigen test does not replace the molecular one."""
    for said in (decoded, corrected):
        found = said(
            LoadKind.TUBE, Verdict.POSITIVE, swabs=1, may_confirm=may_confirm, confirms=False
        )
        assert found == Decoded(ResultValue.SUSPECTED, again=RequestReason.CONFIRMATION)


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


def plainly(
    members: Sequence[MemberVerdict], reported: Mapping[int, ResultValue] | None = None
) -> Standing:
    """Where a pool stands, said the long way."""
    if members[0].pool_value != "positive":
        return Standing.NOT_POSITIVE
    waits = False
    for member in members:
        said = (reported or {}).get(member.tube)
        if member.value in ("negative", "inconclusive"):
            continue
        if member.value == "positive" or said in ("positive", "suspected"):
            return Standing.EXPLAINED
        if said in (None, "withdrawn") and not member.closed:
            waits = True
    return Standing.WAITING if waits else Standing.DISCORDANT


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


@given(
    members=MEMBERS,
    pool=st.sampled_from(["positive", "negative", "inconclusive", "invalid"]),
    reported=st.dictionaries(st.integers(1, 3), st.sampled_from(ResultValue)),
)
def test_where_a_pool_stands(
    members: list[MemberVerdict], pool: str, reported: dict[int, ResultValue]
) -> None:
    members = [replace(member, pool_value=pool) for member in members]
    assert standing(members) is plainly(members)
    assert standing(members, reported) is plainly(members, reported)
    other = [replace(member, pool=2) for member in members[:2]]
    assert standings([*members, *other], reported) == {
        1: plainly(members, reported),
        2: plainly(other, reported),
    }


VERDICT = VerdictRow(
    1, 1, 1, "negative", "", "tube", "S", 1, None, (1,), "ben", datetime(2026, 1, 1, tzinfo=UTC),
    superseded=False, member_of=None,
)  # fmt: skip


HERE = {
    "reviewer": "bao",
    "may_test": True,
    "may_confirm": True,
    "pools": {},
    "barriers": Barriers(),
    "answered": (),
}


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
    assert fault_of_release(verdict, **HERE | {"pools": pools}) is reason


def test_without_a_right_nothing_is_released() -> None:
    found = fault_of_release(VERDICT, **HERE | {"may_test": False})
    assert found is ReleaseRefusal.NO_RIGHT


@pytest.mark.parametrize(
    ("barrier", "reason"),
    [
        ("held", ReleaseRefusal.HELD),
        ("recalled", ReleaseRefusal.RECALLED),
        ("past_use_by", ReleaseRefusal.PAST_USE_BY),
    ],
)
def test_what_keeps_a_verdict_back(barrier: str, reason: ReleaseRefusal) -> None:
    kept = Barriers(**{barrier: {VERDICT.id}})
    assert fault_of_release(VERDICT, **HERE | {"barriers": kept}) is reason
    other = replace(VERDICT, id=2)
    assert fault_of_release(other, **HERE | {"barriers": kept}) is None
    assert kept.fault_of_any([2, 1]) is reason
    assert kept.fault_of_any([2]) is None


@pytest.mark.parametrize("value", ResultValue)
@pytest.mark.parametrize("may_confirm", [True, False])
@pytest.mark.parametrize("method", ["pcr", "antigen"])
def test_what_a_second_test_of_the_same_tube_may_say(
    value: ResultValue, may_confirm: bool, method: str
) -> None:
    before = LastAnswer(1, 1, value, 7)
    found = fault_of_release(
        replace(VERDICT, method=method), **HERE | {"may_confirm": may_confirm, "answered": [before]}
    )
    if value in (ResultValue.POSITIVE, ResultValue.NEGATIVE, ResultValue.NEGATIVE_BY_POOL):
        assert found is ReleaseRefusal.ANSWERED
    elif value is ResultValue.SUSPECTED and not (may_confirm and method == "pcr"):
        assert found is ReleaseRefusal.MAY_NOT_CONFIRM
    else:
        assert found is None
    assert why_again([before]) == (
        "confirmation" if value is ResultValue.SUSPECTED else "tested_again"
    )
    assert why_again([]) == ""


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


CORRECTION = Proposed(1, 1, "negative", "x", "ben", "bich", confirmed=False, withdrawn=False)


@pytest.mark.parametrize(
    ("proposed", "reason"),
    [
        (None, ReleaseRefusal.CORRECTION_UNKNOWN),
        (replace(CORRECTION, withdrawn=True), ReleaseRefusal.CORRECTION_WITHDRAWN),
        (replace(CORRECTION, proposed_by="bao"), ReleaseRefusal.PROPOSED_BY_SAME),
        (replace(CORRECTION, read_by="bao"), ReleaseRefusal.READ_BY_SAME),
        (CORRECTION, None),
        (replace(CORRECTION, proposed_by="ben"), None),
    ],
)
def test_what_forbids_a_confirmation(
    proposed: Proposed | None, reason: ReleaseRefusal | None
) -> None:
    assert fault_of_confirmation(proposed, reviewer="bao") is reason
