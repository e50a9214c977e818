"""Notices, alarms and what becomes of them on their way out."""

from __future__ import annotations

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.notices import commands
from som.notices.rules import AlarmKind, AlarmWanted, Failure, NoticeKind, NoticeWanted
from som.people.commands import Registration, register_people
from tests.scale.prepared import Call, prepared
from tests.town import NOON, Town

WRITER, DELIVERER = system_actor("results"), system_actor("delivery")


@prepared("notices.write_notices")
def _notices(size: int) -> Call:
    town = Town()
    met = [Registration("N1", town.declaration())]
    person = register_people(met, unit=town.north, by=town.ana, at=NOON).done[0].person_id or 0
    given = [
        NoticeWanted(f"n{n}", NoticeKind.POSITIVE, person, (town.north,), n, town.north)
        for n in range(size)
    ]
    return lambda: commands.write_notices(given, by=WRITER, at=NOON)


@prepared("notices.raise_alarms")
def _alarms(size: int) -> Call:
    town = Town()
    given = [
        AlarmWanted(f"a{n}", AlarmKind.RUN_READ, "results.review", organisation=town.lab1)
        for n in range(size)
    ]
    return lambda: commands.raise_alarms(given, by=WRITER, at=NOON)


@prepared("notices.close_alarms")
def _closings(size: int) -> Call:
    _alarms(size)()
    return lambda: commands.close_alarms([f"a{n}" for n in range(size)], by=WRITER, at=NOON)


@prepared("notices.acknowledge_alarms")
def _taken_on(size: int) -> Call:
    _alarms(size)()
    ids = [line[0] for line in sql.rows("SELECT id FROM notices_alarm")]
    bao = Town().bao
    return lambda: commands.acknowledge_alarms(ids, by=bao, at=NOON)


@prepared("notices.claim_messages")
def _claims(size: int) -> Call:
    _notices(size)()
    _alarms(size)()
    return lambda: commands.claim_messages(size, by=DELIVERER, at=NOON)


@prepared("notices.note_deliveries")
def _deliveries(size: int) -> Call:
    ids = [one.id for one in _claims(size)()]
    return lambda: commands.note_deliveries(ids, by=DELIVERER, at=NOON)


@prepared("notices.note_failures")
def _failures(size: int) -> Call:
    given = [Failure(one.id, "timeout") for one in _claims(size)()]
    return lambda: commands.note_failures(given, by=DELIVERER, at=NOON)


@prepared("notices.acknowledge_notices")
def _acknowledgements(size: int) -> Call:
    _notices(size)()
    with scope.entered(DELIVERER, "notices.read"):
        ids = [line[0] for line in sql.rows("SELECT id FROM notices_notice")]
    cleo = Town().cleo
    return lambda: commands.acknowledge_notices(ids, by=cleo, at=NOON)
