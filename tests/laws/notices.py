"""Scenes of the commands of notices."""

from hypothesis import strategies as st

from som.access.queries import system_actor
from som.kernel.outcomes import Outcome
from som.notices import commands
from som.notices.rules import NoticeKind, NoticeWanted
from som.people.commands import Registration, register_people
from tests.laws.laws import ANSWERED, BAD, ORDER, SPLIT, TWICE, Case, Scene
from tests.town import NOON, Town

WRITER, DELIVERER = system_actor("results"), system_actor("delivery")


def wanted(town: Town) -> list[NoticeWanted]:
    """Notices about one person: to a phone, to two communes of ours, and to another province."""
    met = register_people(
        [Registration("N1", town.declaration())], unit=town.north, by=town.ana, at=NOON
    )
    person = met.done[0].person_id or 0
    units = (town.north, town.south)
    to_units = [
        NoticeWanted(f"n{unit}", NoticeKind.POSITIVE, person, units, 1, to_unit=unit)
        for unit in (*units, town.other_province)
    ]
    return [
        NoticeWanted("n0", NoticeKind.RESULT_READY, person, units, 1, to_phone="0912345678"),
        *to_units,
    ]


def written(town: Town) -> dict[int | None, int]:
    """The ids of those notices, written and claimed, by the unit that is told."""
    commands.write_notices(wanted(town), by=WRITER, at=NOON)
    claimed = commands.claim_notices(10, by=DELIVERER, at=NOON)
    return {notice.to_unit: notice.id for notice in claimed}


def writings() -> Scene:
    town = Town()
    return Scene(
        lambda items, by: commands.write_notices(items, by=by, at=NOON),
        WRITER,
        st.sampled_from(wanted(town)),
        st.nothing(),
        stranger=town.egon,
        key=lambda notice: notice.key,
        exceptions={BAD: "written by releases alone, of people they have: none is refused"},
    )


def claims() -> Scene:
    town = Town()
    commands.write_notices(wanted(town), by=WRITER, at=NOON)
    reason = "takes a number, not a batch: whatever waits is taken up once, oldest first"
    return Scene(
        lambda items, by: Outcome(commands.claim_notices(len(items), by=by, at=NOON)),
        DELIVERER,
        st.integers(0, 3),
        st.nothing(),
        stranger=town.egon,
        exceptions=dict.fromkeys((TWICE, BAD, ANSWERED, SPLIT, ORDER), reason),
    )


def deliveries() -> Scene:
    town = Town()
    return Scene(
        lambda items, by: commands.note_deliveries(items, by=by, at=NOON),
        DELIVERER,
        st.sampled_from(list(written(town).values())),
        st.just(-1),
        stranger=town.egon,
    )


def acknowledgements() -> Scene:
    """What two communes were told; what a person or another province was told is not theirs."""
    town = Town()
    ids = written(town)
    return Scene(
        lambda items, by: commands.acknowledge_notices(items, by=by, at=NOON),
        town.dora,
        st.sampled_from([ids[town.north], ids[town.south]]),
        st.sampled_from([-1, ids[None], ids[town.other_province]]),
    )


CASES = (
    Case(commands.write_notices, writings),
    Case(commands.claim_notices, claims),
    Case(commands.note_deliveries, deliveries),
    Case(commands.acknowledge_notices, acknowledgements),
)
