"""A town in which much has happened, and what its database guards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.lab.rules import MemberVerdict
from som.notices.rules import AlarmKind
from som.people.commands import Registration, join_persons, part_persons, register_people
from som.people.matching.likeness import Known
from som.people.matching.reviews import Pair, Parting
from som.people.matching.spelling import name_of
from som.people.rules import Declaration
from som.people.work import take_up_uncompared
from som.results.commands import (
    ReportSent,
    note_reports,
    propose_recalls,
    receive_reports,
    release_verdicts,
)
from som.results.queries import SecondIdentifier, SlipsOf, waiting_for_release
from som.results.rules import Paper, RecallWanted
from som.sampling.commands import (
    CardRoll,
    Handover,
    ListSent,
    Loss,
    Reading,
    RowRead,
    SheetWanted,
    SlotsWanted,
    SlotWanted,
    confirm_lists,
    enter_sheets,
    give_slots,
    issue_cards,
    judge_rows,
    lose_tubes,
    note_readings,
    note_rows,
    print_sheets,
    receive_lists,
    set_slots,
    take_in_rows,
    transfer_requests,
)
from som.sampling.lists.written import ListRow, ReportedResult
from som.sampling.queries import open_requests
from som.sampling.rules import LineRead, PrintedLine, SwabTaken
from som.sampling.rules.imports import ListPurpose, ListState
from tests.town import KIT, NOON, Town


def guarded() -> list[str]:
    """Tables with row-level security."""
    return [
        name
        for (name,) in sql.rows(
            "SELECT relname FROM pg_class"
            " WHERE relrowsecurity AND relnamespace = 'public'::regnamespace ORDER BY 1"
        )
    ]


def _taken_in(town: Town, said: Declaration) -> int:
    """A roster with this person, taken in; its id."""
    due = NOON.date() + timedelta(days=1)
    file = ListSent("a.xlsx", said.name.encode(), ListPurpose.ROSTER, campaign="C1", due_on=due)
    sent = receive_lists([file], unit=town.north, by=town.cleo, at=NOON).done[0].list_id or 0
    note_readings([Reading(sent, "som_roster", rows=1)], by=town.cleo, at=NOON)
    row = ListRow(2, name=said.name, number=said.number, phone=said.phone, sex=said.sex)
    note_rows([RowRead(0, row)], list_id=sent, by=town.cleo, at=NOON)
    judge_rows([0], list_id=sent, by=town.cleo, at=NOON)
    assert confirm_lists([sent], by=town.cleo, at=NOON).done
    assert take_in_rows([0], list_id=sent, by=town.cleo, at=NOON).done
    return sent


def _reported(town: Town, said: Declaration) -> tuple[int, int]:
    """A report with this person, of whom it is asked who it is: the report's id and the row's."""
    file = ReportSent(town.lab2, town.province, "kq.xlsx", b"kq", 1)
    report = receive_reports([file], by=town.dora, at=NOON).done[0].report_id or 0
    row = ListRow(2, lab_code="XN-1", name=said.name, phone=said.phone, sex=said.sex)
    given = [RowRead(0, replace(row, result=ReportedResult.POSITIVE))]
    assert note_reports(given, report=report, by=town.dora, at=NOON).done
    with scope.entered(town.dora, "results.receive_reports"):
        return report, sql.rows("SELECT id FROM results_reported")[0][0]


def _called(town: Town) -> None:
    """Everybody on the list of the campaign has a time this afternoon."""
    cut = SlotsWanted("S1", NOON, NOON + timedelta(hours=1), 30, 20)
    assert set_slots([cut], by=town.dora, at=NOON).done
    asked = [r.id for r in open_requests(by=town.cleo, at=NOON) if r.reason == "roster"]
    assert give_slots([SlotWanted("S1", one) for one in asked], by=town.dora, at=NOON).done


class Seen:
    """What there is to see of people tested, and everything somebody could name to ask about it."""

    def __init__(self) -> None:
        self.town = town = Town()
        one, other, pool, lost = town.sampled([1, 1, 3, 1])
        found = {one[0].tube: "positive", other[0].tube: "inconclusive", pool[0].tube: "positive"}
        town.run("R1", found)
        waiting = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao)]
        assert release_verdicts(waiting, lab=town.lab1, by=town.bao, at=NOON).done
        assert lose_tubes([Loss(lost[0].tube, "vỡ")], witness=town.cleo, by=town.ana, at=NOON).done
        self.swabs: list[SwabTaken] = [*one, *other, *pool, *lost]
        with scope.entered(system_actor("results"), "results.read"):
            self.people = [line[0] for line in sql.rows("SELECT id FROM people_person")]
            of_swabs = [line[0] for line in sql.rows("SELECT id FROM sampling_swab")]
        tubes = [line[0] for line in sql.rows("SELECT id FROM sampling_tube")]
        self.run = sql.rows("SELECT id FROM lab_run")[0][0]
        self.session = sql.rows("SELECT id FROM sampling_session ORDER BY id")[0][0]
        campaign = sql.rows("SELECT id FROM sampling_campaign ORDER BY id")[0][0]
        roll = sql.rows("SELECT id FROM sampling_roll ORDER BY id")[0][0]
        handed = [Handover(r.id, town.south) for r in open_requests(by=town.cleo, at=NOON)[:1]]
        assert transfer_requests(handed, by=town.ana, at=NOON).done
        assert issue_cards([CardRoll(0, 1, town.north)], by=town.dora, at=NOON).done
        # Somebody on a paper sheet, read once: nowhere else in the house yet.
        written = town.swab(town.tubes(1)[0])
        paper = SheetWanted(1, (PrintedLine(written.tube, written.slip),))
        assert print_sheets([paper], session="S1", by=town.ana, at=NOON).done
        assert enter_sheets([LineRead(1, 1, written)], session="S1", by=town.ana, at=NOON).done
        self.on_paper = written
        self.swabs.append(written)
        # Somebody on a list that was taken in, and so asked for and not swabbed yet.
        listed = town.swab(town.tubes(1)[0])
        self.list = _taken_in(town, self.said(listed))
        _called(town)
        self.swabs.append(listed)
        # Somebody of whom another laboratory reports, known to nobody yet.
        elsewhere = town.swab(town.tubes(1)[0])
        self.report, self.reported = _reported(town, self.said(elsewhere))
        self.swabs.append(elsewhere)
        # A child with somebody's number.
        child = Declaration("Bé Chim", birth_year=2024, number=self.said(one[0]).number)
        given = [Registration("child", child)]
        assert register_people(given, unit=town.north, by=town.ana, at=NOON).done
        # Everything that the laboratory said is to be taken back.
        self.recalled = RecallWanted(
            town.lab1, NOON - timedelta(days=1), NOON + timedelta(hours=1), "đặt sai ngưỡng"
        )
        after = NOON + timedelta(hours=1)
        assert propose_recalls([self.recalled], by=town.dora, at=after).done
        self.recall = sql.rows("SELECT id FROM results_recall")[0][0]
        # Two entries joined, two kept apart, and everybody compared.
        assert join_persons([Pair(*self.people[-2:])], by=town.dora, at=NOON).done
        assert part_persons([Parting(*self.people[:2])], by=town.dora, at=NOON).done
        take_up_uncompared(at=NOON)
        with scope.entered(system_actor("matching"), "people.match"):
            candidate = sql.rows("SELECT id FROM people_candidate ORDER BY id")[0][0]
        first = self.said(one[0])
        like_first = Known(0, name_of(first.name), phones=frozenset([first.phone]))
        self.named: dict[str, Any] = {
            "by": town.egon, "at": NOON, "on": NOON.date(), "limit": 1_000, "lab": town.lab1,
            "person_id": self.people[0], "person_ids": self.people, "numbers": [first.number],
            "number": first.number, "beginning": "", "subjects": of_swabs, "swab_ids": of_swabs,
            "tube_ids": tubes, "run_id": self.run, "run": self.run, "run_ids": [self.run],
            "session_id": self.session, "slip": one[0].slip, "code": one[0].slip, "before": NOON,
            "codes": ["P"], "pools": [1], "names": [], "tubes": [one[0].tube],
            "second": SecondIdentifier(birth_date=first.birth_date), "verdict_ids": waiting,
            "asked": [(one[0].slip, SecondIdentifier(birth_date=first.birth_date))],
            "swab_id": of_swabs[0], "near": NOON, "now": NOON, "person": self.people[0], "serial": 0,
            "campaign_id": campaign, "papers": first.papers,
            "ranges": [(0, 99)], "cards": [(0, 99)], "serials": [1], "units": frozenset(), "after": 0,
            "session_ids": [self.session], "settles_after": timedelta(0), "list_id": self.list,
            "said": first, "sought": [like_first], "candidate_id": candidate,
            "unit": town.north, "state": ListState.READ, "rows": [], "within": town.other_province,
            "labs": [town.lab1], "days": [NOON.date()], "plate": "R1", "kit": KIT, "size": 96,
            "manifest": f"M-{one[0].tube}", "desk": "lost", "tube_id": tubes[-1],
            "recall_id": self.recall, "wanted": self.recalled, "plate_ids": [1], "kit_lot": "L",
            "corrections": [1], "content": b"", "filename": "a.txt", "sha256": "0",
            "report_id": self.report, "reported_id": self.reported, "row_ids": [self.reported],
            "roll_id": roll, "sheet_number": 1, "first": 0, "last": 10**9 - 1, "most": 9,
            "kind": AlarmKind.CLOCK, "since": NOON, "requests": [1, 2, 3], "sessions": [self.session],
            "of": SlipsOf(town.north, NOON.date()), "paper": Paper.SLIPS, "version": 1,
            "members": [MemberVerdict(1, "positive", n, False, None, None) for n in range(99)],
        }  # fmt: skip

    @staticmethod
    def said(swab: SwabTaken) -> Declaration:
        """What this person declared."""
        assert swab.said is not None
        return swab.said

    def private(self) -> list[str]:
        """What belongs to the people alone."""
        return [
            text
            for swab in self.swabs
            for said in (self.said(swab),)
            for text in (swab.slip, said.name, said.phone, said.number)
        ]
