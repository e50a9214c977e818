"""Scenes of what other laboratories report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import strategies as st

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.people.commands import Registration, register_people
from som.people.rules import Declaration
from som.results import commands
from som.results.commands import Match, Rejection, ReportSent
from som.sampling.commands import RowRead, record_swabs
from som.sampling.lists import ReportedResult, RowRefusal, RowRefused
from som.sampling.lists.written import ListRow
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town

POSITIVE, NEGATIVE = ReportedResult.POSITIVE, ReportedResult.NEGATIVE


@dataclass
class Reporting:
    """The north with two single tubes and a pool of three, and somebody known who was not swabbed."""

    town: Town
    singles: list[str]
    pool: str
    known: Declaration
    person: int

    def rows(self) -> list[RowRead]:
        """A row for everything a row may be: tubes of ours, people by number, doubts, refusals."""
        new, child = self.town.declaration(), replace(self.known, name="Bé Chim", birth_date=None)
        one, other = self.singles
        given: list[ListRow | RowRefused] = [
            ListRow(2, tube=one, result=POSITIVE),
            ListRow(3, tube=other, result=NEGATIVE),
            ListRow(4, tube=self.pool, result=POSITIVE),
            self._named(self.known, "XN-1", POSITIVE),
            self._named(new, "XN-2", NEGATIVE),
            self._named(child, "XN-3", POSITIVE),
            self._named(replace(self.known, number=""), "XN-4", NEGATIVE),
            ListRow(9, tube=one, name="Lò Thị Khác", result=POSITIVE),
            ListRow(10, tube="XN-5", result=NEGATIVE),
            RowRefused(11, "Kết quả", RowRefusal.RESULT_UNREADABLE, "?"),
        ]
        return [RowRead(place, row) for place, row in enumerate(given)]

    @staticmethod
    def _named(said: Declaration, code: str, result: ReportedResult) -> ListRow:
        return ListRow(
            5, lab_code=code, name=said.name, number=said.number, sex=said.sex,
            birth_date=said.birth_date, birth_year=said.birth_year, result=result,
            taken_on=NOON.date() - timedelta(days=1),
        )  # fmt: skip

    def received(self, name: str, rows: int, days: int = 0) -> int:
        """A report of laboratory one with so many rows, taken in by Dora so many days later."""
        file = ReportSent(self.town.lab1, self.town.province, name, name.encode(), rows)
        (made,) = commands.receive_reports(
            [file], by=self.town.dora, at=NOON + timedelta(days=days)
        ).done
        assert made.report_id is not None
        return made.report_id

    def noted(self, name: str, rows: list[RowRead], days: int = 0) -> dict[int, int]:
        """A report with these rows, noted: the ids of its rows by place."""
        report = self.received(name, len(rows), days)
        placed = [replace(row, place=place) for place, row in enumerate(rows)]
        commands.note_reports(
            placed, report=report, by=self.town.dora, at=NOON + timedelta(days=days)
        )
        with scope.entered(self.town.dora, "results.receive_reports"):
            return dict(
                sql.rows("SELECT place, id FROM results_reported WHERE report_id = %s", (report,))
            )


def reporting() -> Reporting:
    town = Town()
    *singles, pool = town.tubes(3)
    swabs = [town.swab(code) for code in [*singles, pool, pool, pool]]
    assert not record_swabs(swabs, session="S1", by=town.ana, at=NOON).refused
    known = town.declaration()
    given = [Registration("known", known)]
    (met,) = register_people(given, unit=town.north, by=town.ana, at=NOON).done
    assert met.person_id is not None
    return Reporting(town, singles, pool, known, met.person_id)


def receptions() -> Scene:
    """Files of two laboratories; the same bytes of one laboratory are one report."""
    town = Town()
    good = [
        ReportSent(lab, town.province, "kq.xlsx", b"%d%d" % (lab, n), 3)
        for lab in (town.lab1, town.lab2)
        for n in range(2)
    ]
    bad = [
        replace(good[0], sender=-1),
        replace(good[0], content=b""),
        replace(good[0], rows=0),
        replace(good[0], unit=town.other_province),
    ]
    return Scene(
        lambda items, by: commands.receive_reports(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
        key=lambda file: replace(file, report_id=None),
    )


def notings() -> Scene:
    """One row a place: of two that differ the first would stay."""
    at = reporting()
    rows = at.rows()
    report = at.received("kq.xlsx", len(rows))
    return Scene(
        lambda items, by: commands.note_reports(items, report=report, by=by, at=NOON),
        at.town.dora,
        st.sampled_from(rows),
        st.sampled_from([replace(rows[0], place=-1), replace(rows[0], place=len(rows))]),
        stranger=at.town.egon,
    )


def matches() -> Scene:
    """One match a row: of two that differ the first would count."""
    at = reporting()
    rows = at.rows()
    ids = at.noted("kq.xlsx", rows)
    child, nameless, doubt = ids[5], ids[6], ids[7]
    corrected, repeated = _without_days(at)
    good = [
        Match(child, None, "con của người giữ số"),
        Match(nameless, at.person, "đã gọi điện"),
        Match(doubt, None, "tên viết nhầm"),
        Match(corrected, None, "sửa kết quả cũ", same=True),
        Match(repeated, None, "nhắc lại", same=True),
    ]
    bad = [
        replace(good[0], reported=-1),
        replace(good[0], reason=" "),
        replace(good[0], reported=ids[0]),
        replace(good[0], reported=ids[9]),
        replace(good[1], person=-1),
        replace(good[2], person=at.person),
        replace(good[2], same=True),
        replace(good[3], person=at.person),
    ]
    return Scene(
        lambda items, by: commands.match_reported(items, by=by, at=NOON),
        at.town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=at.town.egon,
    )


def _without_days(at: Reporting) -> tuple[int, int]:
    """Rows of which no day tells whether the sender corrects and repeats itself."""
    found = []
    for number, values in ((1, (NEGATIVE, POSITIVE)), (2, (NEGATIVE, NEGATIVE))):
        said = at.town.declaration()
        for days, value in zip((0, 9), values, strict=True):
            row = ListRow(
                2, lab_code=f"{number}", name=said.name, birth_date=said.birth_date, sex=said.sex,
                number=said.number, result=value,
            )  # fmt: skip
            noted = at.noted(f"kq-{number}-{days}.xlsx", [RowRead(0, row)], days)[0]
        found.append(noted)
    return found[0], found[1]


def rejections() -> Scene:
    """One reason a row: of two that differ the first would count."""
    at = reporting()
    ids = at.noted("kq.xlsx", at.rows())
    good = [Rejection(ids[n], "không phải dân tỉnh này") for n in (0, 3, 5, 7)]
    bad = [
        replace(good[0], reported=-1),
        replace(good[0], reason=""),
        replace(good[0], reported=ids[9]),
    ]
    return Scene(
        lambda items, by: commands.reject_reported(items, by=by, at=NOON),
        replace(at.town.dora, name="dung"),
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=at.town.egon,
    )


def releases() -> Scene:
    """One row a sample: of two that say the same of one, either answers for both."""
    at = reporting()
    rows = at.rows()
    ids = at.noted("kq.xlsx", [row for row in rows if row.place != 7])
    dung = replace(at.town.dora, name="dung")
    own = [replace(rows[1], read=ListRow(2, tube=at.singles[1], result=POSITIVE))]
    otherwise = at.noted("kq2.xlsx", own)
    return Scene(
        lambda items, by: commands.release_reported(items, by=by, at=NOON),
        dung,
        st.sampled_from([ids[0], ids[2], ids[3], ids[4], otherwise[0]]),
        st.sampled_from([-1, ids[1], ids[5], ids[6], ids[7], ids[8]]),
        stranger=at.town.egon,
    )


def forgettings() -> Scene:
    """Three reports that came long ago: one forgotten already, one whose rows are being noted."""
    at, worker = reporting(), system_actor("results")
    rows = at.rows()
    first, second = (at.received(name, len(rows)) for name in ("a", "b"))
    for report in (first, second):
        commands.note_reports(rows, report=report, by=at.town.dora, at=NOON)
    later = NOON + timedelta(days=40)
    assert commands.forget_reports([second], by=worker, at=later).done
    at_work = at.received("c", len(rows))
    return Scene(
        lambda items, by: commands.forget_reports(items, by=by, at=later),
        worker,
        st.sampled_from([first, second]),
        st.sampled_from([at_work, -1]),
        stranger=at.town.dora,
    )


CASES = (
    Case(commands.forget_reports, forgettings),
    Case(commands.receive_reports, receptions),
    Case(commands.note_reports, notings),
    Case(commands.match_reported, matches),
    Case(commands.reject_reported, rejections),
    Case(commands.release_reported, releases),
)
