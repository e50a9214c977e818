"""Scenes of what comes to be known of people later: names, deaths, what is owed; and of cards."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from som.access.queries import system_actor
from som.access.roles import Held
from som.kernel import ids, scope, sql
from som.people.commands import (
    Death,
    Naming,
    Registration,
    name_walk_ins,
    note_deaths,
    note_owed,
    register_people,
    settle_owed,
)
from som.people.rules import Declaration, Sex
from som.places.queries import covered_ids
from som.results.commands import tell_newly_owed
from som.sampling.commands import CardPrint, CardRoll, issue_cards, print_cards, record_swabs
from som.sampling.rules import PrintAgain
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town

KNOWN = Declaration("Nguyễn Văn Bình", Sex.MALE, date(1980, 5, 1), number="019080000001")


def _known(town: Town, *said: Declaration) -> list[int]:
    given = [Registration(f"K{n}", s) for n, s in enumerate(said)]
    done = register_people(given, unit=town.north, by=town.ana, at=NOON).done
    return [r.person_id or 0 for r in done]


def _walk_ins(town: Town, count: int) -> list[int]:
    """Persons without a name, each with a card, swabbed alone."""
    issue_cards([CardRoll(0, count - 1, town.north)], by=town.dora, at=NOON)
    with scope.entered(town.ana, "people.read"):
        cards = sql.rows("SELECT serial, slip FROM sampling_card ORDER BY serial")
    swabs = [
        town.swab(tube, slip=slip, card=ids.card_code(serial), said=Declaration("", Sex.MALE))
        for tube, (serial, slip) in zip(town.tubes(count), cards, strict=True)
    ]
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    with scope.entered(town.ana, "people.read"):
        return [line[0] for line in sql.rows("SELECT person_id FROM sampling_swab ORDER BY id")]


def deaths() -> Scene:
    """Deaths, each person with one time: of two times the first would be noted."""
    town = Town()
    one, two, gone = _known(town, KNOWN, *[town.declaration() for _ in range(2)])
    died = NOON - timedelta(days=2)
    note_deaths([Death(gone, died)], by=town.ana, at=NOON)
    good = [Death(one, died), Death(two, None), Death(gone, died)]
    bad = [
        Death(-1, died),
        Death(gone, NOON),
        Death(two, NOON + timedelta(days=1)),
        Death(two, NOON.replace(year=1920)),
    ]
    return Scene(
        lambda items, by: note_deaths(items, by=by, at=NOON),
        town.ana,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def names() -> Scene:
    """Names of walk-ins, some of them known, said to another unit than the one that swabbed them; no
    two of one new number, and each one name alone."""
    town = Town()
    both = town._actor("both", Held("sampler", covered_ids([town.north, town.south])))
    _known(town, KNOWN)
    a, b, c, d, e = _walk_ins(town, 5)
    named = Declaration("Lò Thị Bé", Sex.FEMALE, birth_year=1960, phone="0912000111")
    name_walk_ins([Naming(e, named)], unit=town.north, by=town.ana, at=NOON)
    good = [
        Naming(a, KNOWN),
        Naming(b, replace(KNOWN, birth_date=date(1990, 1, 1))),
        Naming(c, replace(named, number="019160000777", residence=town.south)),
        Naming(d, Declaration("Ma", guardian="Ma Thị Hoa")),
        Naming(e, named),
    ]
    bad = [
        Naming(-1, named),
        Naming(e, KNOWN),
        Naming(d, replace(named, name="")),
        Naming(d, replace(named, residence=-1)),
    ]
    return Scene(
        lambda items, by: name_walk_ins(items, unit=town.south, by=by, at=NOON),
        both,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def _owed(town: Town) -> list[int]:
    """Two named walk-ins and somebody of whom no more is known."""
    persons = _walk_ins(town, 2)
    said = [Declaration("Ma Thị Hoa", phone="0912000222"), Declaration("Lò Văn Pó")]
    given = [Naming(p, s) for p, s in zip(persons, said, strict=True)]
    assert not name_walk_ins(given, unit=town.north, by=town.ana, at=NOON).refused
    return persons + _known(town, KNOWN)


def answered() -> Scene:
    """Persons just answered; one that is not there counts as nobody, and nothing is refused."""
    town = Town()
    persons = _owed(town)
    return Scene(
        lambda items, by: note_owed(items, by=by, at=NOON + timedelta(hours=1)),
        system_actor("results"),
        st.sampled_from([*persons, -1]),
        st.nothing(),
        stranger=town.egon,
        exceptions={"bad item": "nothing is refused", "twice": "what is owed again is noted again"},
    )


def settled() -> Scene:
    """Persons looked through; nothing is refused."""
    town = Town()
    persons = _owed(town)
    return Scene(
        lambda items, by: settle_owed(items, by=by, at=NOON),
        system_actor("results"),
        st.sampled_from([*persons, -1]),
        st.nothing(),
        stranger=town.egon,
        exceptions={"bad item": "nothing is refused"},
    )


def told() -> Scene:
    """Persons to whom something may be owed; nothing is refused."""
    town = Town()
    persons = _owed(town)
    return Scene(
        lambda items, by: tell_newly_owed(items, by=by, at=NOON),
        system_actor("results"),
        st.sampled_from([*persons, -1]),
        st.nothing(),
        stranger=town.egon,
        exceptions={"bad item": "nothing is refused"},
    )


def cards() -> Scene:
    """Rolls of cards; of two rolls that overlap the first would be made."""
    town = Town()
    issue_cards([CardRoll(20, 24, town.north)], by=town.dora, at=NOON)
    good = [
        CardRoll(0, 4, town.north),
        CardRoll(5, 9, town.south),
        CardRoll(20, 24, town.north),
    ]
    bad = [
        CardRoll(24, 30, town.north),
        CardRoll(20, 24, town.south),
        CardRoll(9, 8, town.north),
        CardRoll(40, 41, town.other_province),
    ]
    return Scene(
        lambda items, by: issue_cards(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def card_printings() -> Scene:
    """Cards printed, each once: of two printings of the same cards the first would be noted."""
    town = Town()
    issue_cards(
        [CardRoll(0, 49, town.north), CardRoll(50, 59, town.other_province)], by=town.dora, at=NOON
    )
    with scope.entered(town.dora, "sampling.plan"):
        slip = sql.rows("SELECT slip FROM sampling_card WHERE serial = 9")[0][0]
    walk_in = town.swab(
        town.tubes(1)[0], slip=slip, card=ids.card_code(9), said=Declaration("", Sex.MALE)
    )
    assert not record_swabs([walk_in], session="S1", by=town.ana, at=NOON).refused
    held = CardPrint("P0", ((20, 29),))
    assert print_cards([held], by=town.dora, at=NOON).done == [held]
    good = [
        CardPrint("P1", ((0, 4),)),
        CardPrint("P1", ((3, 4), (0, 2))),
        CardPrint("P2", ((10, 10), (25, 30)), PrintAgain.SPOILED),
        CardPrint("P3", ((20, 20),), PrintAgain.NOTHING_CAME),
        held,
    ]
    bad = [
        CardPrint("P0", ((20, 28),)),
        CardPrint("P9", ()),
        CardPrint("P9", ((9, 8),)),
        CardPrint("P9", ((900, 901),)),
        CardPrint("P9", ((9, 9),), PrintAgain.SPOILED),
        CardPrint("P9", ((29, 29), (31, 31))),
        CardPrint("P9", ((21, 21),), PrintAgain.OTHER_PAPER),
        CardPrint("P9", ((50, 50),)),
    ]
    return Scene(
        lambda items, by: print_cards(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
        key=lambda one: one.code,
    )


CASES = (
    Case(note_deaths, deaths),
    Case(name_walk_ins, names),
    Case(note_owed, answered),
    Case(settle_owed, settled),
    Case(tell_newly_owed, told),
    Case(issue_cards, cards),
    Case(print_cards, card_printings),
)
