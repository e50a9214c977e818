"""Two hands at once: everything is done exactly once, and nobody waits for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from som.access import commands as access
from som.access.queries import system_actor
from som.access.rules import FirstPassword, NewAccount, NewAssignment
from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.kernel.commands import load_rules
from som.kernel.errors import Conflict
from som.kernel.ids import tube_code
from som.lab.commands import load_plates, make_pools, read_runs, receive_tubes
from som.lab.rules import Loading, LoadKind, PoolMade, RunGiven
from som.lab.verdicts import Verdict
from som.notices.commands import acknowledge_notices, claim_messages, note_deliveries
from som.people.commands import Registration, register_people
from som.places import commands as places
from som.places.rules import Organisation
from som.results.commands import (
    Correction,
    Decision,
    confirm_corrections,
    decide_discordant_pools,
    propose_corrections,
    release_verdicts,
)
from som.results.queries import corrections_open, ledger_gaps, waiting_for_release
from som.results.rules import PoolDecision
from som.results.work import take_up_lost
from som.sampling.commands import (
    Ending,
    Loss,
    Manifest,
    Roll,
    close_sessions,
    dispatch_tubes,
    end_requests,
    expire_tubes,
    issue_rolls,
    lose_tubes,
    record_swabs,
    request_tests,
)
from som.sampling.queries import open_requests, tubes_with_codes
from som.sampling.rules import RequestEnd
from tests.laws.lab import loaded
from tests.laws.sampling import persons, wishes
from tests.races.at_once import at_once, done, reasons
from tests.town import KIT, NOON, Town, instrument_file

pytestmark = pytest.mark.slow

SETUP, SYSTEM = system_actor("setup"), system_actor("results")
DELIVERER = system_actor("delivery")


@pytest.fixture
def town(committed_db: str) -> Town:
    return Town()


def counted(statement: str, *parameters: object) -> int:
    """A count over everything."""
    with scope.entered(SYSTEM, "results.read"):
        found = sql.row(statement, parameters)
    assert found is not None
    return int(found[0])


def closes(town: Town) -> None:
    assert ledger_gaps(by=town.dora, at=NOON) == []


# Sampling


def test_two_phones_fill_one_tube_to_its_cap_and_no_further(town: Town) -> None:
    (tube,) = town.tubes(1)
    phones = [[town.swab(tube) for _ in range(4)] for _ in range(2)]
    answers = at_once(
        *(lambda p=p: record_swabs(p, session="S1", by=town.ana, at=NOON) for p in phones)
    )
    assert len(done(answers)) == 5
    assert reasons(answers) == ["tube_full"] * 3
    closes(town)


def test_the_same_slips_sent_twice_at_once_are_recorded_once(town: Town) -> None:
    tubes = town.tubes(10)
    swabs = [town.swab(tube) for tube in tubes * 3]
    answers = at_once(
        *(
            lambda given=given: record_swabs(given, session="S1", by=town.ana, at=NOON)
            for given in (swabs, swabs[::-1], swabs[5:] + swabs[:5])
        )
    )
    assert sorted(s.slip for s in done(answers)) == sorted(s.slip for s in swabs)
    assert reasons(answers) == []
    assert counted("SELECT sum(swabs) FROM sampling_tube") == 30
    closes(town)


def test_the_same_people_met_by_two_communes_at_once_are_one_each(town: Town) -> None:
    known = [town.declaration() for _ in range(200)]
    register_people(
        [Registration(f"K{n}", said) for n, said in enumerate(known)],
        unit=town.other_province,
        by=town.egon,
        at=NOON,
    )
    people = known + [town.declaration() for _ in range(200)]

    def met(by: Actor, unit: int, order: int) -> object:
        given = [Registration(f"{by.name}{n}", said) for n, said in enumerate(people)][::order]
        return register_people(given, unit=unit, by=by, at=NOON)

    answers = at_once(lambda: met(town.ana, town.north, 1), lambda: met(town.sam, town.south, -1))
    assert len(done(answers)) == 200
    of = [{r.said.number: r.person_id for r in answer.held} for answer in answers]
    assert of[0] == of[1]
    both = "SELECT count(*) FROM people_person WHERE unit_ids @> ARRAY[%s, %s]::int[]"
    assert counted(both, town.north, town.south) == 400


def test_two_sessions_swab_the_same_people_at_once(town: Town) -> None:
    people = [town.declaration() for _ in range(20)]
    north = [town.swab(tube, said=said) for tube, said in zip(town.tubes(20), people, strict=True)]
    south = [
        town.swab(tube_code(100_000 + n), said=said) for n, said in enumerate(reversed(people))
    ]
    answers = at_once(
        lambda: record_swabs(north, session="S1", by=town.ana, at=NOON),
        lambda: record_swabs(south, session="S3", by=town.sam, at=NOON),
    )
    assert len(done(answers)) == 40
    assert counted("SELECT count(*) FROM people_person") == 20


def test_one_person_twice_in_a_session_at_once_is_recorded_once(town: Town) -> None:
    said = town.declaration()
    phones = [town.swab(tube, said=said) for tube in town.tubes(2)]
    answers = at_once(
        *(lambda s=s: record_swabs([s], session="S1", by=town.ana, at=NOON) for s in phones)
    )
    assert len(done(answers)) == 1
    assert reasons(answers) == ["person_twice"]
    closes(town)


def test_a_session_is_closed_before_or_after_a_batch_and_never_within(town: Town) -> None:
    swabs = [town.swab(tube) for tube in town.tubes(30)]
    recorded, closed = at_once(
        lambda: record_swabs(swabs, session="S1", by=town.ana, at=NOON),
        lambda: close_sessions(["S1"], by=town.dora, at=NOON),
    )
    assert closed.done == ["S1"]
    expected = 0 if isinstance(recorded, Conflict) else 30
    assert counted("SELECT count(*) FROM sampling_swab") == expected


def test_tubes_travel_in_one_box(town: Town) -> None:
    tubes = town.tubes(20)
    record_swabs([town.swab(tube) for tube in tubes], session="S1", by=town.ana, at=NOON)
    boxes = [Manifest(code, town.north, town.lab1) for code in ("M1", "M1", "M2")]
    answers = at_once(
        *(
            lambda box=box, order=order: dispatch_tubes(
                tubes[::order], manifest=box, by=town.ana, at=NOON
            )
            for box, order in zip(boxes, (1, -1, 1), strict=True)
        )
    )
    assert sorted(done(answers)) == sorted(tubes)
    assert set(reasons(answers)) <= {"tube_on_other_manifest"}


def test_one_code_is_one_box(town: Town) -> None:
    tubes = town.tubes(2)
    record_swabs([town.swab(tube) for tube in tubes], session="S1", by=town.ana, at=NOON)
    answers = at_once(
        *(
            lambda tube=tube, lab=lab: dispatch_tubes(
                [tube], manifest=Manifest("M1", town.north, lab), by=town.ana, at=NOON
            )
            for tube, lab in zip(tubes, (town.lab1, town.lab2), strict=True)
        )
    )
    assert len(done(answers)) == 1
    assert [type(a) for a in answers if isinstance(a, Exception)] == [Conflict]


def test_a_tube_is_lost_or_expired_and_its_people_are_asked_for_once(town: Town) -> None:
    tubes = town.tubes(200)
    for part in (tubes[100:], tubes[:100]):  # ids in another order than codes
        swabs = [town.swab(tube) for tube in part]
        record_swabs(swabs, session="S1", by=town.ana, at=NOON)
    ids = [found[0].id for found in tubes_with_codes(tubes).values()]
    late = NOON + timedelta(days=3)
    answers = at_once(
        lambda: lose_tubes(
            [Loss(tube, "vỡ") for tube in tubes], witness=town.cleo, by=town.ana, at=late
        ),
        lambda: expire_tubes(ids, by=SYSTEM, at=late),
    )
    assert len(done(answers)) == 200
    assert take_up_lost(at=late) == len(answers[0].done)
    assert counted("SELECT count(*) FROM sampling_testrequest") == 200


def test_requests_are_made_and_end_once(town: Town) -> None:
    wanted = wishes(town, persons(town))
    answers = at_once(
        *(
            lambda order=order: request_tests(wanted[::order], by=town.cleo, at=NOON)
            for order in (1, -1)
        )
    )
    assert len(done(answers)) == len(wanted)
    asked = [r.id for r in open_requests(by=town.cleo, at=NOON)]
    ends = (RequestEnd.REFUSED, RequestEnd.DIED)
    answers = at_once(
        *(
            lambda end=end, order=order: end_requests(
                [Ending(number, end) for number in asked[::order]], by=town.ana, at=NOON
            )
            for end, order in zip(ends, (1, -1), strict=True)
        )
    )
    assert sorted(e.request for e in done(answers)) == sorted(asked)
    assert reasons(answers) == ["request_has_ended"] * len(asked)


def test_a_request_is_answered_by_one_swab(town: Town) -> None:
    request_tests(wishes(town, persons(town))[:1], by=town.cleo, at=NOON - timedelta(hours=2))
    (asked,) = open_requests(by=town.cleo, at=NOON)
    given = [town.swab(tube, said=None, request=asked.id) for tube in town.tubes(2)]
    answers = at_once(
        *(lambda s=s: record_swabs([s], session="S1", by=town.ana, at=NOON) for s in given)
    )
    assert len(done(answers)) == 1
    closes(town)


def test_a_label_is_on_one_roll(town: Town) -> None:
    rolls = [Roll(500_000, 500_100, town.north), Roll(500_050, 500_200, town.south)]
    answers = at_once(*(lambda r=r: issue_rolls([r], by=town.dora, at=NOON) for r in rolls))
    assert len(done(answers)) == 1
    assert reasons(answers) == ["roll_overlaps"]


# Laboratory


def test_a_tube_is_received_once(town: Town) -> None:
    tubes = town.tubes(20)
    record_swabs([town.swab(tube) for tube in tubes], session="S1", by=town.ana, at=NOON)
    answers = at_once(
        *(
            lambda order=order: receive_tubes(tubes[::order], lab=town.lab1, by=town.ben, at=NOON)
            for order in (1, -1)
        )
    )
    assert sorted(done(answers)) == sorted(tubes)
    assert reasons(answers) == []


def test_two_benches_pool_the_same_tubes_once(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 8)]
    one = [PoolMade("P1", tuple(tubes[:4])), PoolMade("P2", tuple(tubes[4:]))]
    other = [PoolMade("P3", tuple(tubes[2:6][::-1])), PoolMade("P4", (tubes[7], tubes[0]))]
    answers = at_once(
        *(lambda p=p: make_pools(p, lab=town.lab1, by=town.ben, at=NOON) for p in (one, other))
    )
    assert len(done(answers)) == 2
    assert reasons(answers) == ["pool_tube_not_waiting"] * 2
    assert counted("SELECT count(DISTINCT tube_id) FROM lab_member") == counted(
        "SELECT count(*) FROM lab_member"
    )


def test_the_same_pool_sent_twice_at_once_is_made_once(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 4)]
    pool = PoolMade("P1", tuple(tubes))
    answers = at_once(
        *(lambda: make_pools([pool], lab=town.lab1, by=town.ben, at=NOON) for _ in range(2))
    )
    assert len(done(answers)) == 1
    assert reasons(answers) == []


def test_a_tube_is_loaded_on_one_plate_and_a_well_holds_one_tube(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 12)]

    def load(plate: str, given: list[str]) -> object:
        loadings = [
            Loading(LoadKind.TUBE, tube, (f"A{n}",)) for n, tube in enumerate(given, start=1)
        ]
        return load_plates(
            loadings, plate=plate, size=96, kit=KIT, lab=town.lab1, by=town.ben, at=NOON
        )

    answers = at_once(
        lambda: load("PL1", tubes[:6]),
        lambda: load("PL2", tubes[:6][::-1]),
        lambda: load("PL1", tubes[6:]),
    )
    codes = [load.code for load in done(answers)]
    assert len(codes) == len(set(codes)) == counted("SELECT count(*) FROM lab_well")
    assert set(reasons(answers)) <= {"load_not_waiting", "well_taken"}


def test_a_file_is_read_once(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 2)]
    given = [loaded(town, "N1", {tubes[0]: "positive"}), loaded(town, "N2", {tubes[1]: "negative"})]
    answers = at_once(
        *(
            lambda order=order: read_runs(given[::order], lab=town.lab1, by=town.ben, at=NOON)
            for order in (1, -1)
        )
    )
    assert len(done(answers)) == 2
    assert reasons(answers) == []
    assert counted("SELECT count(*) FROM lab_verdict") == 2


def test_of_two_files_for_a_plate_one_is_read(town: Town) -> None:
    ((swab,),) = town.sampled([1])
    given = loaded(town, "N1", {swab.tube: "positive"})
    other = RunGiven("N1", "b.txt", instrument_file("N1", {"A1": ("X", "negative")}, NOON), "LOT")
    answers = at_once(
        *(lambda g=g: read_runs([g], lab=town.lab1, by=town.ben, at=NOON) for g in (given, other))
    )
    assert len(done(answers)) == 1
    assert reasons(answers) == ["run_plate_read"]


def test_reading_a_run_does_not_wait_for_a_bench_that_waits_for_it(town: Town) -> None:
    tubes = [swab.tube for (swab,) in town.sampled([1] * 12)]
    given = loaded(town, "N1", dict.fromkeys(tubes[6:12] + tubes[:6], "invalid"))
    where = {"size": 96, "kit": KIT, "lab": town.lab1, "by": town.ben, "at": NOON}
    again = [Loading(LoadKind.TUBE, tube, (f"B{n}",)) for n, tube in enumerate(tubes[:12], 1)]
    answers = at_once(
        lambda: read_runs([given], lab=town.lab1, by=town.ben, at=NOON),
        lambda: load_plates(again, plate="N2", **where),
    )
    assert len(answers[0].done) == 1
    assert len(answers[1].done) in (0, 12)


# Results


def read(town: Town, found: list[str]) -> list[int]:
    swabs = [swab.tube for (swab,) in town.sampled([1] * len(found))]
    town.run("R1", dict(zip(swabs, found, strict=True)))
    return [waiting.verdict for waiting in waiting_for_release(town.lab1, by=town.bao)]


def test_two_reviewers_release_each_verdict_once(town: Town) -> None:
    ids = read(town, ["positive", "negative", "inconclusive"] * 5)
    other = replace(town.bao, name="bich")
    answers = at_once(
        lambda: release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON),
        lambda: release_verdicts(ids[::-1], lab=town.lab1, by=other, at=NOON),
    )
    assert sorted(done(answers)) == sorted(ids)
    assert reasons(answers) == []
    assert counted("SELECT count(*) FROM results_result") == 15
    assert counted("SELECT count(*) FROM sampling_testrequest") == 5
    closes(town)


@pytest.mark.parametrize(
    ("other", "refused"),
    [(Verdict.INCONCLUSIVE, []), (Verdict.NEGATIVE, ["correction_open"] * 6)],
)
def test_of_two_corrections_proposed_at_once_one_is_open(
    town: Town, other: Verdict, refused: list[str]
) -> None:
    ids = read(town, ["positive"] * 6)
    release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)

    def propose(value: Verdict, name: str, order: int) -> object:
        given = [Correction(number, value, "nhầm") for number in ids[::order]]
        by = replace(town.bao, name=name)
        return propose_corrections(given, lab=town.lab1, by=by, at=NOON)

    answers = at_once(
        lambda: propose(Verdict.INCONCLUSIVE, "bao", 1), lambda: propose(other, "bich", -1)
    )
    assert sorted(c.verdict for c in done(answers)) == sorted(ids)
    assert reasons(answers) == refused
    assert counted("SELECT count(*) FROM results_correction") == 6
    assert counted("SELECT count(*) FROM results_result WHERE version > 1") == 0
    closes(town)


def test_a_correction_confirmed_twice_at_once_is_one_version(town: Town) -> None:
    ids = read(town, ["positive", "negative"] * 3)
    release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    given = [Correction(number, Verdict.INCONCLUSIVE, "nhầm") for number in ids]
    propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON)
    waiting = [c.id for c in corrections_open(town.lab1, by=town.bao)]

    def confirm(name: str, order: int) -> object:
        by = replace(town.bao, name=name)
        return confirm_corrections(waiting[::order], lab=town.lab1, by=by, at=NOON)

    answers = at_once(lambda: confirm("bich", 1), lambda: confirm("binh", -1))
    assert sorted(done(answers)) == sorted(waiting)
    assert reasons(answers) == []
    assert counted("SELECT count(*) FROM results_result WHERE version = 2") == 6
    closes(town)


def test_what_is_proposed_again_while_it_is_confirmed_is_one_version(town: Town) -> None:
    ids = read(town, ["positive"] * 6)
    release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    given = [Correction(number, Verdict.NEGATIVE, "nhầm") for number in ids]
    propose_corrections(given, lab=town.lab1, by=town.bao, at=NOON)
    other = replace(town.bao, name="bich")
    waiting = [c.id for c in corrections_open(town.lab1, by=town.bao)]
    answers = at_once(
        lambda: propose_corrections(given[::-1], lab=town.lab1, by=town.bao, at=NOON),
        lambda: confirm_corrections(waiting, lab=town.lab1, by=other, at=NOON),
    )
    assert answers[0].unchanged == given[::-1]
    assert answers[1].done == waiting
    assert counted("SELECT count(*) FROM results_correction") == 6
    closes(town)


def test_a_pool_is_decided_once(town: Town) -> None:
    groups = [[swab.tube for (swab,) in town.sampled([1] * 2)] for _ in range(4)]
    for n, tubes in enumerate(groups):
        town.pooled(f"P{n}", tubes)
    town.run("R1", {f"P{n}": "positive" for n in range(4)})
    town.run("R2", {tube: "negative" for tubes in groups for tube in tubes})
    pools = [f"P{n}" for n in range(4)]

    def decide(decision: PoolDecision, order: int) -> object:
        given = [Decision(pool, decision, "đã xem") for pool in pools[::order]]
        return decide_discordant_pools(given, lab=town.lab1, by=town.bao, at=NOON)

    answers = at_once(
        lambda: decide(PoolDecision.NEGATIVE, 1), lambda: decide(PoolDecision.AGAIN, -1)
    )
    assert sorted(d.pool for d in done(answers)) == pools
    assert reasons(answers) == ["decided_otherwise"] * 4


def test_two_workers_never_take_up_the_same_notice(town: Town) -> None:
    ids = read(town, ["positive"] * 10)
    release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON)
    answers = at_once(*(lambda: claim_messages(15, by=DELIVERER, at=NOON) for _ in range(2)))
    taken = [notice.id for answer in answers for notice in answer]
    assert len(taken) == len(set(taken))
    rest = claim_messages(100, by=DELIVERER, at=NOON)
    every = [*taken, *(notice.id for notice in rest)]
    assert counted("SELECT count(*) FROM notices_notice") == len(
        [one for one in every if one.startswith("notice-")]
    )
    answers = at_once(
        *(
            lambda order=order: note_deliveries(every[::order], by=DELIVERER, at=NOON)
            for order in (1, -1)
        )
    )
    assert sorted(done(answers)) == sorted(every)
    notices = [int(one.removeprefix("notice-")) for one in every if one.startswith("notice-")]
    answers = at_once(
        *(
            lambda order=order: acknowledge_notices(notices[::order], by=town.cleo, at=NOON)
            for order in (1, -1)
        )
    )
    assert len(done(answers)) == len(set(done(answers))) > 0


# Kernel, places, access


def test_a_rule_holds_once_a_day(town: Town) -> None:
    rules = [
        {"key": "r", "value": n, "valid_from": date(2020, n, 1), "legal_basis": "x"} for n in (1, 2)
    ]
    answers = at_once(*(lambda r=r: load_rules([r], by=SETUP, at=NOON) for r in rules))
    assert len(done(answers)) == 1
    assert reasons(answers) == ["rule_overlaps"]


def test_an_organisation_code_has_one_meaning(town: Town) -> None:
    given = [Organisation("O-1", "school", name, town.north) for name in ("Một", "Hai")]
    answers = at_once(
        *(lambda o=o: places.register_organisations([o], by=SETUP, at=NOON) for o in given)
    )
    assert len(done(answers)) == 1


def test_accounts_codes_and_roles_are_given_once(town: Town) -> None:
    names = [f"name.{n}" for n in range(5)]
    given = [[NewAccount(name, who, town.north) for name in names] for who in ("Một", "Hai")]
    answers = at_once(
        lambda: access.open_accounts(given[0], by=SETUP, at=NOON),
        lambda: access.open_accounts(given[1][::-1], by=SETUP, at=NOON),
    )
    assert len(done(answers)) == 5
    roles = [
        NewAssignment(name, "sampler", town.north, None, date(2026, month, 1))
        for name in names
        for month in (1, 2)
    ]
    answers = at_once(
        lambda: access.give_assignments(roles[::2], by=SETUP, at=NOON),
        lambda: access.give_assignments(roles[1::2][::-1], by=SETUP, at=NOON),
    )
    assert len(done(answers)) == 5
    (code,) = access.issue_first_codes(names[:1], by=SETUP, at=NOON).done
    words = [FirstPassword(code.username, code.code, f"một-mật-khẩu-{n}") for n in range(2)]
    answers = at_once(
        *(
            lambda w=w: access.set_first_passwords([w], by=system_actor("public"), at=NOON)
            for w in words
        )
    )
    assert len(done(answers)) == 1
    assert reasons(answers) == ["wrong_code"]
