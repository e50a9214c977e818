"""Scenes of the commands of notices."""

from hypothesis import strategies as st

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.kernel.outcomes import Outcome
from som.notices import commands
from som.notices.rules import (
    AlarmField,
    AlarmKind,
    AlarmWanted,
    Failure,
    NoticeKind,
    NoticeWanted,
)
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
    commands.claim_messages(10, by=DELIVERER, at=NOON)
    with scope.entered(DELIVERER, "notices.read"):
        return dict(sql.rows("SELECT to_unit_id, id FROM notices_notice"))


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
        lambda items, by: Outcome(commands.claim_messages(len(items), by=by, at=NOON)),
        DELIVERER,
        st.integers(0, 3),
        st.nothing(),
        stranger=town.egon,
        exceptions=dict.fromkeys((TWICE, BAD, ANSWERED, SPLIT, ORDER), reason),
    )


NO_MESSAGES = ["notice-999999", "alarm-999999", "notice-", "tube-1", "notice-99999999999999999999"]


def on_their_way(town: Town) -> list[str]:
    """Those notices and two alarms, claimed: their ids as messages."""
    commands.write_notices(wanted(town), by=WRITER, at=NOON)
    commands.raise_alarms(calls(town)[:2], by=WRITER, at=NOON)
    return [one.id for one in commands.claim_messages(10, by=DELIVERER, at=NOON)]


def deliveries() -> Scene:
    town = Town()
    return Scene(
        lambda items, by: commands.note_deliveries(items, by=by, at=NOON),
        DELIVERER,
        st.sampled_from(on_their_way(town)),
        st.sampled_from(NO_MESSAGES),
        stranger=town.egon,
    )


def failures() -> Scene:
    """Of one message always the same failure: of two, the last that is noted would count."""
    town = Town()
    given = [
        Failure(message, "http_503" if number % 2 else "refused", bool(number % 2))
        for number, message in enumerate(on_their_way(town))
    ]
    return Scene(
        lambda items, by: commands.note_failures(items, by=by, at=NOON),
        DELIVERER,
        st.sampled_from(given),
        st.sampled_from([Failure(message, "timeout") for message in NO_MESSAGES]),
        stranger=town.egon,
        given=lambda failure: failure.message,
    )


def calls(town: Town) -> list[AlarmWanted]:
    """Alarms to a laboratory, a commune, and another province's reviewers and officers."""
    return [
        AlarmWanted(
            "run_read:1",
            AlarmKind.RUN_READ,
            "results.review",
            organisation=town.lab1,
            subject_id=1,
            body={AlarmField.RUN: "R1", AlarmField.POSITIVES: "2"},
        ),
        AlarmWanted("a2", AlarmKind.MISSING_TUBES, "sampling.dispatch", unit=town.north),
        AlarmWanted("a3", AlarmKind.CLOCK, "results.gaps", unit=town.other_province),
        AlarmWanted("a4", AlarmKind.HOLD, "results.review", organisation=town.lab2),
    ]


def raisings() -> Scene:
    town = Town()
    return Scene(
        lambda items, by: commands.raise_alarms(items, by=by, at=NOON),
        WRITER,
        st.sampled_from(calls(town)),
        st.nothing(),
        stranger=town.egon,
        key=lambda alarm: alarm.key,
        exceptions={BAD: "raised by commands alone, of what they have: none is refused"},
    )


def closings() -> Scene:
    town = Town()
    commands.raise_alarms(calls(town), by=WRITER, at=NOON)
    return Scene(
        lambda items, by: commands.close_alarms(items, by=by, at=NOON),
        WRITER,
        st.sampled_from([*(alarm.key for alarm in calls(town)), "never raised"]),
        st.nothing(),
        stranger=town.egon,
        exceptions={BAD: "what was never raised is over: none is refused"},
    )


def taken_on() -> Scene:
    """What calls a reviewer; what calls another desk is not theirs."""
    town = Town()
    commands.raise_alarms(calls(town), by=WRITER, at=NOON)
    ids = dict(sql.rows("SELECT key, id FROM notices_alarm"))
    return Scene(
        lambda items, by: commands.acknowledge_alarms(items, by=by, at=NOON),
        town.bao,
        st.just(ids["run_read:1"]),
        st.sampled_from([-1, ids["a2"], ids["a4"]]),
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
    Case(commands.claim_messages, claims),
    Case(commands.note_deliveries, deliveries),
    Case(commands.note_failures, failures),
    Case(commands.acknowledge_notices, acknowledgements),
    Case(commands.raise_alarms, raisings),
    Case(commands.close_alarms, closings),
    Case(commands.acknowledge_alarms, taken_on),
)
