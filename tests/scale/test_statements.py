"""A command takes as many statements for a thousand things as for one; so does a page's query."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from som.access import commands as access
from som.access.queries import system_actor
from som.access.rules import EndedAssignment, FirstPassword, NewAccount, NewAssignment
from som.kernel import commands as kernel
from som.kernel import rulebook
from som.lab import commands as lab
from som.lab import queries as lab_queries
from som.lab.rules import Loading, LoadKind, PoolMade
from som.lab.verdicts import Verdict
from som.notices.queries import unacknowledged_notices
from som.people.commands import Registration, register_people
from som.people.queries import people_named
from som.places import commands as places
from som.places import rules as places_rules
from som.results import commands as results
from som.results import queries as results_queries
from som.results.commands import Correction, Decision
from som.results.queries import waiting_for_release
from som.results.rules import PoolDecision
from som.sampling import commands as sampling
from som.sampling import queries as sampling_queries
from som.sampling.commands import Campaign, Ending, Loss, Manifest, Roll, SchemeWanted, Session
from som.sampling.rules import RequestEnd
from tests.laws.commands import commands
from tests.laws.lab import loaded
from tests.laws.laws import undone
from tests.laws.sampling import wishes
from tests.scale import scenes
from tests.scale.prepared import PREPARED, Call, prepared
from tests.town import KIT, NOON, Town

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("quick_hashing")]
assert scenes  # whatever stands in its modules is prepared by being imported

SETUP, SYSTEM = system_actor("setup"), system_actor("results")
A, B = date(2026, 1, 1), date(2026, 12, 31)


def counted(call: Call) -> int:
    rulebook.forget()
    with CaptureQueriesContext(connection) as asked:
        found = call()
    assert not getattr(found, "refused", ()), found.refused[:3]
    return len(asked)


@pytest.mark.parametrize("name", sorted(commands()))
def test_statements_do_not_grow_with_the_batch(name: str) -> None:
    prepare, many = PREPARED[name]
    counts = []
    for size in (1, many):
        with undone():
            counts.append(counted(prepare(size)))
    assert counts[0] == counts[1]


def test_only_commands_are_counted() -> None:
    assert set(PREPARED) == set(commands())


# Kernel, places, access


@prepared("kernel.load_rules")
def _rules(size: int) -> Call:
    rules = [{"key": f"r.{n}", "value": n, "valid_from": A} for n in range(size)]
    return lambda: kernel.load_rules(rules, by=SETUP, at=NOON)


@prepared("kernel.set_clocks_off")
def _offsets(size: int) -> Call:
    return lambda: kernel.set_clocks_off([timedelta(hours=1)] * size, by=SETUP, at=NOON)


@prepared("places.load_units")
def _units(size: int) -> Call:
    units = [places_rules.Unit(f"9{n:04d}", f"Xã {n}", "xa", 3, "19", A) for n in range(size)]
    return lambda: places.load_units(units, by=SETUP, at=NOON)


@prepared("places.load_populations")
def _populations(size: int) -> Call:
    counts = [places_rules.Population("19", A + timedelta(days=n), 1_000 + n) for n in range(size)]
    return lambda: places.load_populations(counts, by=SETUP, at=NOON)


@prepared("places.load_pending_changes")
def _pending(size: int) -> Call:
    changes = [places_rules.PendingChange("19", "Tỉnh", f"Thành phố {n}") for n in range(size)]
    return lambda: places.load_pending_changes(changes, by=SETUP, at=NOON)


@prepared("places.register_organisations")
def _organisations(size: int) -> Call:
    town = Town()
    given = [
        places_rules.Organisation(f"L-{n}", "laboratory", f"Lab {n}", town.north)
        for n in range(size)
    ]
    return lambda: places.register_organisations(given, by=SETUP, at=NOON)


@prepared("places.grant_laboratory_rights")
def _rights(size: int) -> Call:
    _organisations(size)()
    given = [places_rules.LaboratoryRight(f"L-{n}", "confirm", A) for n in range(size)]
    return lambda: places.grant_laboratory_rights(given, by=SETUP, at=NOON)


@prepared("places.register_sites")
def _sites(size: int) -> Call:
    town, kind = Town(), next(iter(places_rules.SiteKind))
    given = [places_rules.Site(town.north, kind, f"Nhà {n}") for n in range(size)]
    return lambda: places.register_sites(given, by=SETUP, at=NOON)


def _names(size: int) -> list[str]:
    return [f"name.{n}" for n in range(size)]


@prepared("access.open_accounts")
def _accounts(size: int) -> Call:
    town = Town()
    given = [NewAccount(name, "Họ tên", town.north) for name in _names(size)]
    return lambda: access.open_accounts(given, by=SETUP, at=NOON)


@prepared("access.issue_first_codes")
def _first_codes(size: int) -> Call:
    _accounts(size)()
    return lambda: access.issue_first_codes(_names(size), by=SETUP, at=NOON)


@prepared("access.set_first_passwords")
def _first_passwords(size: int) -> Call:
    codes = _first_codes(size)().done
    given = [FirstPassword(code.username, code.code, "một-mật-khẩu-dài") for code in codes]
    return lambda: access.set_first_passwords(given, by=system_actor("public"), at=NOON)


@prepared("access.give_assignments")
def _assignments(size: int) -> Call:
    _accounts(size)()
    unit = Town().north
    given = [NewAssignment(name, "sampler", unit, valid_from=A) for name in _names(size)]
    return lambda: access.give_assignments(given, by=SETUP, at=NOON)


@prepared("access.end_assignments")
def _endings_of_roles(size: int) -> Call:
    _assignments(size)()
    unit = Town().north
    given = [EndedAssignment(name, "sampler", B, unit) for name in _names(size)]
    return lambda: access.end_assignments(given, by=SETUP, at=NOON)


@prepared("access.close_accounts")
def _closed_accounts(size: int) -> Call:
    _accounts(size)()
    return lambda: access.close_accounts(_names(size), by=SETUP, at=NOON)


# People


@prepared("people.register_people")
def _people(size: int) -> Call:
    town = Town()
    given = [Registration(f"R{n}", town.declaration(address="Xóm")) for n in range(size)]
    return lambda: register_people(given, unit=town.north, by=town.ana, at=NOON)


# Sampling


@prepared("sampling.plan_campaigns")
def _campaigns(size: int) -> Call:
    town = Town()
    given = [Campaign(f"K{n}", "Tên", town.north, "screening", A) for n in range(size)]
    return lambda: sampling.plan_campaigns(given, by=town.dora, at=NOON)


@prepared("sampling.open_sessions")
def _sessions(size: int) -> Call:
    town = Town()
    given = [Session(f"T{n}", "C1", town.north, town.lab1, "Chợ", NOON) for n in range(size)]
    return lambda: sampling.open_sessions(given, by=town.dora, at=NOON)


@prepared("sampling.close_sessions")
def _closings(size: int) -> Call:
    town = Town()
    _sessions(size)()
    return lambda: sampling.close_sessions([f"T{n}" for n in range(size)], by=town.dora, at=NOON)


@prepared("sampling.register_schemes")
def _schemes(size: int) -> Call:
    town = Town()
    given = [SchemeWanted(town.cdc, "Tên", rf"X{n}\d+") for n in range(size)]
    return lambda: sampling.register_schemes(given, by=town.dora, at=NOON)


@prepared("sampling.issue_rolls")
def _rolls(size: int) -> Call:
    town = Town()
    given = [Roll(500_000 + 10 * n, 500_009 + 10 * n, town.north) for n in range(size)]
    return lambda: sampling.issue_rolls(given, by=town.dora, at=NOON)


def _wishes(size: int) -> tuple[Town, list[Any]]:
    town = Town()
    given = [Registration(f"R{n}", town.declaration()) for n in range(size)]
    met = register_people(given, unit=town.north, by=town.ana, at=NOON)
    (first, *_) = wishes(town, [met.done[0].person_id or 0] * 3)
    wanted = [
        sampling.RequestWanted(f"q{n}", e.person_id or 0, town.north, first.reason, first.due_at)
        for n, e in enumerate(met.done)
    ]
    return town, wanted


@prepared("sampling.request_tests")
def _requests(size: int) -> Call:
    town, wanted = _wishes(size)
    return lambda: sampling.request_tests(wanted, by=town.cleo, at=NOON)


def _asked(size: int) -> tuple[Town, list[int]]:
    town, wanted = _wishes(size)
    sampling.request_tests(wanted, by=town.cleo, at=NOON - timedelta(hours=2))
    found = sampling_queries.open_requests(by=town.cleo, at=NOON, limit=size)
    return town, [request.id for request in found]


@prepared("sampling.end_requests")
def _endings(size: int) -> Call:
    town, asked = _asked(size)
    given = [Ending(number, RequestEnd.ABSENT, B) for number in asked]
    return lambda: sampling.end_requests(given, by=town.ana, at=NOON)


@prepared("sampling.record_swabs")
def _swabs(size: int) -> Call:
    town, asked = _asked(size)
    declared = [town.swab(tube) for tube in town.tubes(size)]
    answering = [
        town.swab(tube, said=None, request=number)
        for tube, number in zip(town.tubes(size), asked, strict=True)
    ]
    return lambda: sampling.record_swabs(
        [*declared, *answering], session="S1", by=town.ana, at=NOON
    )


def _taken(size: int) -> tuple[Town, list[str]]:
    town = Town()
    tubes = town.tubes(size)
    swabs = [town.swab(tube) for tube in tubes]
    assert not sampling.record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    return town, tubes


@prepared("sampling.dispatch_tubes")
def _dispatches(size: int) -> Call:
    town, tubes = _taken(size)
    box = Manifest("M1", town.north, town.lab1)
    return lambda: sampling.dispatch_tubes(tubes, manifest=box, by=town.ana, at=NOON)


@prepared("sampling.lose_tubes")
def _losses(size: int) -> Call:
    town, tubes = _taken(size)
    given = [Loss(tube, "vỡ") for tube in tubes]
    return lambda: sampling.lose_tubes(given, witness=town.cleo, by=town.ana, at=NOON)


@prepared("sampling.expire_tubes")
def _expiries(size: int) -> Call:
    _, tubes = _taken(size)
    found = sampling_queries.tubes_with_codes(tubes)
    ids = [found[tube][0].id for tube in tubes]
    return lambda: sampling.expire_tubes(ids, by=SYSTEM, at=NOON + timedelta(days=3))


# Laboratory and results


@prepared("lab.receive_tubes")
def _receptions(size: int) -> Call:
    town, tubes = _taken(size)
    return lambda: lab.receive_tubes(tubes, lab=town.lab1, by=town.ben, at=NOON)


def _here(size: int) -> tuple[Town, list[str]]:
    town, tubes = _taken(size)
    assert not lab.receive_tubes(tubes, lab=town.lab1, by=town.ben, at=NOON).refused
    return town, tubes


@prepared("lab.make_pools")
def _pools(size: int) -> Call:
    town, tubes = _here(size * 2)
    given = [PoolMade(f"P{n}", tuple(tubes[2 * n : 2 * n + 2])) for n in range(size)]
    return lambda: lab.make_pools(given, lab=town.lab1, by=town.ben, at=NOON)


@prepared("lab.load_plates", many=384)
def _loads(size: int) -> Call:
    town, tubes = _here(size)
    wells = [f"{row}{column}" for row in "ABCDEFGHIJKLMNOP" for column in range(1, 25)]
    given = [
        Loading(LoadKind.TUBE, tube, (well,)) for tube, well in zip(tubes, wells, strict=False)
    ]
    return lambda: lab.load_plates(
        given, plate="PL", size=384, kit=KIT, lab=town.lab1, by=town.ben, at=NOON
    )


@prepared("lab.read_runs", many=40)
def _runs(size: int) -> Call:
    town, tubes = _here(size * 3)
    town.pooled("P1", tubes[:2])
    given = [loaded(town, f"PL{n}", {tubes[3 * n + 2]: "invalid"}) for n in range(1, size)]
    given.append(loaded(town, "PL0", {tubes[2]: "positive", "P1": "positive"}))
    return lambda: lab.read_runs(given, lab=town.lab1, by=town.ben, at=NOON)


def _read(found: list[tuple[str, str]], town: Town) -> list[int]:
    for start in range(0, len(found), 90):
        town.run(f"R{start}", dict(found[start : start + 90]))
    return [waiting.verdict for waiting in waiting_for_release(town.lab1, by=town.bao)]


def _verdicts(size: int) -> tuple[Town, list[int]]:
    """Verdicts on single tubes, a positive and an inconclusive in each case."""
    town, tubes = _here(size + 2)
    values = ["positive", "inconclusive", *["negative"] * size]
    return town, _read(list(zip(tubes, values, strict=True)), town)


@prepared("results.release_verdicts")
def _releases(size: int) -> Call:
    town, ids = _verdicts(size)
    return lambda: results.release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)


def _corrections(size: int) -> tuple[Town, list[Correction]]:
    town, ids = _verdicts(size)
    results.release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    given = [
        Correction(number, Verdict.NEGATIVE if n == 0 else Verdict.POSITIVE, "nhầm")
        for n, number in enumerate(ids)
    ]
    return town, given


@prepared("results.propose_corrections")
def _proposals(size: int) -> Call:
    town, given = _corrections(size)
    return lambda: results.propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON)


@prepared("results.confirm_corrections")
def _confirmations(size: int) -> Call:
    town, given = _corrections(size)
    results.propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON)
    ids = [c.id for c in results_queries.corrections_open(town.lab1, by=town.bao)]
    other = replace(town.bao, name="bich")
    return lambda: results.confirm_corrections(ids, lab=town.lab1, by=other, at=NOON)


@prepared("results.decide_discordant_pools", many=60)
def _decisions(size: int) -> Call:
    town, tubes = _here(size * 2 + 2)
    count = size + 1
    for n in range(count):
        town.pooled(f"P{n}", tubes[2 * n : 2 * n + 2])
    _read([(f"P{n}", "positive") for n in range(count)], town)
    for start in range(0, len(tubes), 90):
        town.run(f"Q{start}", dict.fromkeys(tubes[start : start + 90], "negative"))
    given = [
        Decision(f"P{n}", PoolDecision.AGAIN if n == 0 else PoolDecision.NEGATIVE, "đã xem")
        for n in range(count)
    ]
    return lambda: results.decide_discordant_pools(given, lab=town.lab1, by=town.bao, at=NOON)


# Pages


def _shown(town: Town) -> dict[str, Call]:
    """What the pages ask for, by name."""
    run = lab_queries.runs(by=town.ben)[-1].id
    session = sampling_queries.sessions(by=town.ana)[0].id
    tube = sampling_queries.tubes_of_session(session, by=town.dora)
    code = tube[0].code if tube else "S"
    return {
        "sessions": lambda: sampling_queries.sessions(by=town.dora),
        "session": lambda: sampling_queries.session(session, by=town.dora),
        "tubes": lambda: sampling_queries.tubes_of_session(session, by=town.dora),
        "requests": lambda: sampling_queries.open_requests(by=town.dora, at=NOON),
        "counts of requests": lambda: sampling_queries.request_counts(by=town.dora, at=NOON),
        "transfers": lambda: sampling_queries.transfers_waiting(by=town.dora, at=NOON),
        "campaigns": lambda: sampling_queries.campaigns(by=town.dora),
        "people": lambda: people_named("N", by=town.dora, at=NOON),
        "tubes at the bench": lambda: lab_queries.waiting_tubes(town.lab1, by=town.ben),
        "pools at the bench": lambda: lab_queries.waiting_pools(town.lab1, by=town.ben),
        "runs": lambda: lab_queries.runs(by=town.ben),
        "wells": lambda: lab_queries.wells_of_run(run, by=town.ben),
        "faults": lambda: lab_queries.faults_of_run(run, by=town.ben),
        "review": lambda: waiting_for_release(town.lab1, by=town.bao),
        "corrections": lambda: results_queries.corrections_open(town.lab1, by=town.bao),
        "where": lambda: results_queries.where_is(code, by=town.dora, at=NOON),
        "gaps": lambda: results_queries.ledger_gaps(by=town.dora, at=NOON),
        "inbox": lambda: unacknowledged_notices(by=town.cleo, at=NOON),
    }


def test_pages_ask_as_often_for_many_as_for_few() -> None:
    counts: list[dict[str, int]] = []
    for size in (1, 120):
        with undone():
            town, ids = _verdicts(size)
            results.release_verdicts(ids[: size + 1], lab=town.lab1, by=town.bao, at=NOON)
            counts.append({name: counted(call) for name, call in _shown(town).items()})
    assert counts[0] == counts[1]
