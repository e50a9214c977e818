"""What must hold when the day is over, whoever was killed in it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

from tests.faults import receiver
from tests.faults.day import Day
from tests.faults.office import Office

AUDITED = {
    "sampling.record_swabs": "SELECT id FROM sampling_swab",
    # What a named person decided of a pool releases its members by another command.
    "results.release_verdicts": "SELECT verdict_id FROM results_release e WHERE NOT EXISTS"
    " (SELECT FROM results_pooldecision d"
    " WHERE d.decided_by = e.released_by AND d.decided_at = e.released_at)",
    "results.decide_discordant_pools": "SELECT pool_id FROM results_pooldecision",
    "results.propose_recalls": "SELECT id FROM results_recall",
    "results.confirm_recalls": "SELECT id FROM results_recall WHERE confirmed_at IS NOT NULL",
    "results.close_recalls": "SELECT id FROM results_recall WHERE done_at IS NOT NULL",
    "notices.acknowledge_notices": "SELECT id FROM notices_notice"
    " WHERE acknowledged_at IS NOT NULL",
    "sampling.receive_lists": "SELECT id FROM sampling_list",
    "sampling.confirm_lists": "SELECT id FROM sampling_list WHERE confirmed_at IS NOT NULL",
    "lab.make_pools": "SELECT id FROM lab_pool",
    "lab.receive_tubes": "SELECT tube_id FROM lab_reception",
    "sampling.lose_tubes": "SELECT id FROM sampling_tube WHERE lost_at IS NOT NULL",
    "results.confirm_corrections": "SELECT verdict_id FROM results_correction"
    " WHERE confirmed_at IS NOT NULL",
}
"""What is noted of each of these by its number, in exactly one line of the audit."""

WHOLE = ("results_result", "results_release", "sampling_custody", "lab_reading", "notices_notice")
"""Tables whose rows are made once. Whatever made one noted it in the same transaction."""

DOUBLED = {
    "answer": "SELECT swab_id, value, verdict_id, recall_id FROM results_result"
    " GROUP BY 1, 2, 3, 4 HAVING count(*) > 1",
    # Of a pool that was held somebody is told after each of its tests; of an answer that was changed
    # twice they are told twice, in the same words.
    "notice": "SELECT kind, subject_id, to_unit_id, to_phone, body FROM notices_notice n"
    " WHERE kind <> 'pool_held' GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > CASE kind"
    " WHEN 'corrected' THEN (SELECT count(*) FROM results_result r"
    " WHERE r.swab_id = n.subject_id AND r.version > 1) ELSE 1 END",
    "pool held": "SELECT split_part(key, ':', 3), subject_id, to_unit_id FROM notices_notice"
    " WHERE kind = 'pool_held' GROUP BY 1, 2, 3 HAVING count(*) > 1",
    # What may call again says something else, or calls on another day.
    "alarm": "SELECT kind, permission, organisation_id, unit_id, subject_id, body,"
    " (raised_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date FROM notices_alarm"
    " GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING count(*) > 1",
    "request": "SELECT person_id, reason, from_swab_id FROM sampling_testrequest"
    " GROUP BY 1, 2, 3 HAVING count(*) > 1",
    "list": "SELECT digest FROM sampling_list GROUP BY 1 HAVING count(*) > 1",
    "hand-over": "SELECT tube_id, step, lab_id, manifest_id FROM sampling_custody"
    " GROUP BY 1, 2, 3, 4 HAVING count(*) > 1",
    "recall": "SELECT lab_id, reason FROM results_recall GROUP BY 1, 2 HAVING count(*) > 1",
    "correction": "SELECT verdict_id, value FROM results_correction"
    " GROUP BY 1, 2 HAVING count(*) > 1",
}
"""By what each is one: what it means, not its key or number."""

OVER = ("run_read", "pool_open", "clock", "unacknowledged", "recall")
"""Alarms that are closed once nothing is left to do."""


def assert_whole(office: Office, day: Day) -> None:
    office.assure()
    gaps = office.read("som.results.queries:ledger_gaps", by=day.town.dora, timed=True)
    assert gaps == []
    _everybody_is_there_once(office, day)
    _nothing_is_doubled(office)
    _everything_is_audited_once(office)
    _everything_was_told_once(office)
    _nothing_is_stuck(office)


def _everybody_is_there_once(office: Office, day: Day) -> None:
    """As many of each name and birth as were drawn, and the swabs of each are of one person."""
    oracle = day.oracle
    a_slip = {person: slip for slip, person in oracle.person.items()}
    drawn = Counter((day.names[slip], day.born[slip]) for slip in a_slip.values())
    assert Counter(office.rows("SELECT name, birth_date FROM people_person")) == drawn
    swabs = office.rows("SELECT slip, person_id FROM sampling_swab")
    assert {slip for slip, _ in swabs} == set(oracle.person), "swabs nobody took, or none of one"
    found = {(oracle.person[slip], number) for slip, number in swabs}
    assert len(found) == len(a_slip) == len({number for _, number in found}), found


def _nothing_is_doubled(office: Office) -> None:
    """What no constraint forbids: one thing written twice, under two numbers or keys."""
    for what, query in DOUBLED.items():
        found = office.rows(query)
        assert found == [], f"doubled: {what}: {found}"


def _everything_is_audited_once(office: Office) -> None:
    for action, made in AUDITED.items():
        noted = Counter(
            thing
            for (things,) in office.rows(
                "SELECT things FROM kernel_auditentry WHERE action = %s", [action]
            )
            for thing in things
        )
        assert noted == Counter(number for (number,) in office.rows(made)), action
    for table in WHOLE:
        # A notice that was delivered was changed by another transaction, which is noted as well.
        ((unnoted,),) = office.rows(
            f"SELECT count(*) FROM {table} t WHERE NOT EXISTS"
            " (SELECT FROM kernel_auditentry a WHERE a.xmin = t.xmin)"
        )
        assert unnoted == 0, f"{table}: written and not noted in the same transaction"


def _everything_was_told_once(office: Office) -> None:
    """The receiver has each message once by its id, as it stands here, and nothing else."""
    written = {
        f"notice-{number}": (kind, body)
        for number, kind, body in office.rows("SELECT id, kind, body FROM notices_notice")
    } | {
        f"alarm-{number}": (kind, body)
        for number, kind, body in office.rows("SELECT id, kind, body FROM notices_alarm")
    }
    # Each answer was written to somebody, in the release, the correction or the recall that made it.
    untold = office.rows(
        "SELECT r.swab_id, r.version, r.value FROM results_result r WHERE NOT EXISTS ("
        " SELECT FROM notices_notice n WHERE n.subject_id = r.swab_id AND n.key LIKE ANY (CASE"
        " WHEN r.version = 1 THEN ARRAY['result:' || r.swab_id || ':1:%']"
        " ELSE ARRAY['corrected:' || r.swab_id || ':' || r.version || ':%',"
        "            'positive:' || r.swab_id || ':' || r.version || ':%'] END))"
    )
    assert untold == [], f"answers of which nobody was told: {untold}"
    posts = [
        json.loads(line) for line in receiver.store(office.house.folder).read_text().splitlines()
    ]
    kept: dict[str, dict[str, Any]] = {}
    answered: dict[str, float] = {}
    strikes = [struck.at for struck in office.orders.noted()]
    for post in posts:
        assert post["whole"], "a message whose hash is not its own"
        for one in post["sent"]:
            # Whoever answered is asked again only where somebody died before it was noted.
            since = answered.get(one)
            assert since is None or any(since - 1 <= at <= post["at"] for at in strikes), one
        for one, message in post["kept"].items():
            assert kept.setdefault(one, message) == message, "one id, two messages"
            if post["mood"] != receiver.DIES:
                answered[one] = post["at"]
    assert not receiver.forged(office.house.folder).exists()
    assert set(kept) == set(written), set(kept) ^ set(written)
    for one, message in kept.items():
        kind, body = written[one]
        assert message["kind"] == kind
        assert body.items() <= message.items(), one


def _nothing_is_stuck(office: Office) -> None:
    alarms = office.rows(
        "SELECT kind, key FROM notices_alarm WHERE closed_at IS NULL AND kind = ANY(%s)",
        [list(OVER)],
    )
    assert alarms == [], f"alarms that call though nothing is left to do: {alarms}"
    late = office.rows(
        "SELECT task_name FROM procrastinate_jobs WHERE status = 'todo'"
        " AND (scheduled_at IS NULL OR scheduled_at < now() - interval '10 seconds')"
    )
    by_task: dict[str, int] = defaultdict(int)
    for (task,) in late:
        by_task[task] += 1
    assert all(count == 1 for count in by_task.values()), by_task
