"""Scenes of comparing people and of reviewing pairs."""

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from som.access.queries import system_actor
from som.people.commands import (
    Registration,
    compare_people,
    join_persons,
    part_persons,
    register_people,
    reopen_candidates,
)
from som.people.matching.reviews import Pair, Parting
from som.people.rules import Declaration, Sex
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town

MATCHING = system_actor("matching")
SAID = Declaration("Nông Thị Đào", Sex.FEMALE, date(1990, 4, 12), phone="0912345678")


def known(town: Town, *said: Declaration, unit: int | None = None) -> list[int]:
    """The entries these declarations make, each one's own."""
    unit = unit or town.north
    by = {town.north: town.ana, town.south: town.sam}.get(unit, town.egon)
    given = [Registration(f"M{unit}-{n}", one) for n, one in enumerate(said)]
    done = register_people(given, unit=unit, by=by, at=NOON).done
    return [r.person_id or 0 for r in done]


def comparisons() -> Scene:
    """People like each other, somebody like nobody, and a walk-in's entry without a name."""
    town = Town()
    alike = replace(SAID, residence=town.north, address="Xóm 5")
    ids = known(
        town,
        alike,
        replace(alike, name="NONG THI DAO", birth_date=None, birth_year=1990),
        replace(alike, name="Nông Đào", phone="0912345687"),
        replace(alike, name="Nông Thị Mận"),
        Declaration("Lò Văn Pó", birth_year=1960),
    )
    return Scene(
        lambda persons, by: compare_people(persons, by=by, at=NOON),
        MATCHING,
        st.sampled_from(ids),
        st.just(-1),
        stranger=town.egon,
    )


def joins() -> Scene:
    """Pairs that share nobody: which entry stands after a chain of joins depends on their order."""
    town = Town()
    ids = known(town, *[replace(SAID, phone=f"091234567{n}") for n in range(8)])
    [far] = known(town, SAID, unit=town.other_province)
    part_persons([Parting(ids[6], ids[7])], by=town.dora, at=NOON)
    good = [Pair(ids[0], ids[1]), Pair(ids[3], ids[2]), Pair(ids[4], ids[5]), Pair(ids[5], ids[4])]
    bad = [Pair(ids[0], ids[0]), Pair(ids[0], far), Pair(ids[6], ids[7]), Pair(-1, ids[1])]
    return Scene(
        lambda pairs, by: join_persons(pairs, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def partings() -> Scene:
    """Pairs proposed and not, and joins taken back; of two joins with one entry only one is drawn."""
    town = Town()
    ids = known(town, *[replace(SAID, phone=f"091234567{n}") for n in range(8)])
    south = known(town, SAID, unit=town.south)[0]
    [far] = known(town, SAID, unit=town.other_province)
    compare_people(ids, by=MATCHING, at=NOON)
    joined = [Pair(ids[0], south), Pair(ids[2], ids[3]), Pair(ids[6], ids[7])]
    assert not join_persons(joined, by=town.dora, at=NOON).refused
    good = [
        Parting(ids[0], south, joined=True),
        Parting(ids[3], ids[2], joined=True),
        Parting(ids[4], ids[5]),
        Parting(ids[5], ids[1]),
    ]
    bad = [
        Parting(ids[6], ids[7]),
        Parting(ids[4], ids[1], joined=True),
        Parting(ids[1], far),
        Parting(ids[1], ids[1]),
    ]
    return Scene(
        lambda pairs, by: part_persons(pairs, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
        key=lambda p: (min(p.one, p.other), max(p.one, p.other)),
    )


def reopenings() -> Scene:
    """Pairs parted, one that waits, and one nobody proposed."""
    town = Town()
    ids = known(town, *[replace(SAID, phone=f"091234567{n}") for n in range(5)])
    compare_people(ids, by=MATCHING, at=NOON)
    parted = [Parting(ids[0], ids[1]), Parting(ids[2], ids[3])]
    assert not part_persons(parted, by=town.dora, at=NOON).refused
    [lone] = known(town, Declaration("Lò Văn Pó"), unit=town.south)
    good = [Pair(ids[0], ids[1]), Pair(ids[3], ids[2]), Pair(ids[0], ids[2])]
    return Scene(
        lambda pairs, by: reopen_candidates(pairs, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from([Pair(ids[0], lone), Pair(-1, ids[0])]),
        stranger=town.egon,
    )


CASES = (
    Case(compare_people, comparisons),
    Case(join_persons, joins),
    Case(part_persons, partings),
    Case(reopen_candidates, reopenings),
)
