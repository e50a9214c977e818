"""Tubes kept, sent on, rejected and destroyed, and boxes closed."""

from __future__ import annotations

from datetime import timedelta

from som.lab import commands as lab
from som.lab.rules import (
    Discarding,
    DiscardReason,
    Referral,
    ReferralReason,
    Rejection,
    RejectReason,
)
from som.sampling import commands as sampling
from som.sampling.commands import Manifest
from som.sampling.rules import StorageKind
from tests.scale.prepared import Call, prepared
from tests.town import NOON, Town

LATER = NOON + timedelta(hours=3)


def _recorded(size: int) -> tuple[Town, list[str]]:
    town = Town()
    tubes = town.tubes(size)
    swabs = [town.swab(tube) for tube in tubes]
    assert not sampling.record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    return town, tubes


def _received(size: int) -> tuple[Town, list[str]]:
    town, tubes = _recorded(size)
    assert not lab.receive_tubes(tubes, lab=town.lab1, by=town.ben, at=NOON).refused
    return town, tubes


@prepared("sampling.store_tubes")
def _storages(size: int) -> Call:
    town, tubes = _received(size)
    where = {"kind": StorageKind.FROZEN, "lab": town.lab1, "by": town.ben, "at": LATER}
    return lambda: sampling.store_tubes(tubes, **where)  # type: ignore[arg-type]


@prepared("lab.refer_tubes")
def _referrals(size: int) -> Call:
    town, tubes = _received(size)
    box = Referral("R1", town.lab1, town.lab2, ReferralReason.CAPACITY)
    return lambda: lab.refer_tubes(tubes, referral=box, by=town.ben, at=LATER)


@prepared("lab.reject_tubes")
def _rejections(size: int) -> Call:
    town, tubes = _recorded(size)
    given = [Rejection(code, RejectReason.LEAKING) for code in tubes]
    where = {"lab": town.lab1, "witness": town.cleo, "by": town.ben, "at": LATER}
    return lambda: lab.reject_tubes(given, **where)  # type: ignore[arg-type]


@prepared("lab.discard_tubes")
def _discardings(size: int) -> Call:
    town, tubes = _received(size)
    given = [Discarding(code, DiscardReason.DAMAGED, ask_again=True) for code in tubes]
    where = {"lab": town.lab1, "witness": town.cleo, "by": town.ben, "at": LATER}
    return lambda: lab.discard_tubes(given, **where)  # type: ignore[arg-type]


@prepared("lab.discard_unlisted")
def _strays(size: int) -> Call:
    town = Town()
    tubes = town.tubes(size)
    assert not lab.receive_tubes(tubes, lab=town.lab1, by=town.ben, at=NOON).refused
    given = [Discarding(code, DiscardReason.UNKNOWN_ORIGIN) for code in tubes]
    where = {"lab": town.lab1, "witness": town.cleo, "by": town.ben, "at": LATER}
    return lambda: lab.discard_unlisted(given, **where)  # type: ignore[arg-type]


@prepared("lab.close_manifests", many=60)
def _boxes(size: int) -> Call:
    town, tubes = _recorded(2 * size)
    for number in range(size):
        box = Manifest(f"M{number}", town.north, town.lab1)
        part = tubes[2 * number : 2 * number + 2]
        assert sampling.dispatch_tubes(part, manifest=box, by=town.ana, at=NOON).done
    came = tubes[::2]
    assert not lab.receive_tubes(came, lab=town.lab1, by=town.ben, at=NOON).refused
    codes = [f"M{number}" for number in range(size)]
    return lambda: lab.close_manifests(codes, lab=town.lab1, by=town.ben, at=LATER)
