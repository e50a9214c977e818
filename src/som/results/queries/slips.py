"""Answers on their way to paper: whose slip says what, and whether a printed one still holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import NotFound
from som.people.rules import masked
from som.places.rules import hamlet_key
from som.results.queries.area import AREA, asked_of
from som.results.rules.slips import Paper, belongs_on

PERMISSION = "results.read"


@dataclass(frozen=True, slots=True)
class SlipsOf:
    """Whose papers: of a unit's day, or of one session's swabs; of one hamlet alone, if one is named by
    its commune and key."""

    unit: int
    on: date
    session: int | None = None
    hamlet: tuple[int, str] | None = None

    def hands_to_everybody(self, paper: Paper) -> bool:
        """Whether whoever lives elsewhere gets theirs here: at a session's place, but on no list of
        a hamlet's."""
        return self.session is not None and paper is not Paper.LIST

    def holds(self, commune: int, address: str) -> bool:
        """Whether whoever lives there is meant."""
        return self.hamlet is None or self.hamlet == (commune, hamlet_key(address))


@dataclass(frozen=True, slots=True)
class SlipRow:
    """A swab as its slip says it: the answer that holds, and whom it must be given to.

    Name and address as declared when the swab was taken. `number_end`: the last four characters of
    a paper they hold. `card`: the serial number of a walk-in's card, who has no name yet. Version 0:
    there is no answer.
    """

    swab: int
    person: int
    slip: str
    name: str
    sex: str | None
    birth_year: int | None
    number_end: str
    card: int | None
    phone: str
    address: str
    residence: int | None
    unit: int
    taken_at: datetime
    version: int
    value: str | None
    released_at: datetime | None
    lab: str
    asked_again: bool
    withheld: bool
    here: bool

    @property
    def commune(self) -> int:
        """Where they live; where the swab was taken, if nothing else was declared."""
        return self.unit if self.residence is None else self.residence


_SESSION = """
WITH area AS (
    SELECT w.id FROM sampling_tube t JOIN sampling_swab w ON w.tube_id = t.id
    WHERE t.session_id = %(session)s
)
"""
_ONE = "WITH area AS (SELECT %(swab)s::bigint AS id)"

# What is declared of a walk-in comes later, with the person; of everybody else it stands on the swab.
_ANSWERS = """
, these AS (
    SELECT w.*, r.version, r.value, r.released_at, r.lab_id AS tested_by,
           EXISTS (SELECT 1 FROM sampling_testrequest q
                   WHERE q.from_swab_id = w.id AND q.ended_at IS NULL) AS asked_again
    FROM area JOIN sampling_swab w ON w.id = area.id
    LEFT JOIN LATERAL (
        SELECT r.version, r.value, r.released_at, r.lab_id FROM results_result r
        WHERE r.swab_id = w.id ORDER BY r.version DESC LIMIT 1
    ) r ON true
    WHERE %(commune)s::int IS NULL OR coalesce(w.residence_id, w.unit_id) = %(commune)s
), withheld AS MATERIALIZED (
    SELECT g.id FROM results_withheld(
        ARRAY(SELECT id FROM these WHERE value IS NOT NULL OR asked_again)) AS g (id)
)
"""
_WITHHELD = "w.id IN (SELECT id FROM withheld)"
_HERE = "coalesce(w.residence_id, w.unit_id) = ANY (%(near)s)"
# OFFSET 0: one by one through the key; few were ever nameless, whatever the planner thinks.
_PERSON = """
LEFT JOIN LATERAL (
    SELECT p.name, p.sex, p.birth_date, p.birth_year, p.phone FROM people_person p
    WHERE w.name = '' AND p.id = people_standing(w.person_id) OFFSET 0
) p ON true
"""


def _asked(of: SlipsOf) -> tuple[str, dict[str, Any]]:
    """The SQL that begins with the swabs meant, and its parameters; of a hamlet, those of its commune."""
    parameters = asked_of(of.unit, of.on)
    near = parameters["units"]
    commune = of.hamlet[0] if of.hamlet else None
    parameters |= {"near": near, "commune": commune}
    if of.session is not None:
        return _SESSION, parameters | {"session": of.session}
    if commune in near:
        # Who lives in a commune, or was swabbed there and said no more, is of its own area.
        parameters["units"] = [commune]
    return AREA, parameters


_COLUMNS = f"""
    w.id, w.person_id, w.slip, coalesce(nullif(w.name, ''), p.name, ''), coalesce(p.sex, w.sex),
    coalesce(extract(year FROM p.birth_date)::int, p.birth_year,
             extract(year FROM w.birth_date)::int, w.birth_year),
    (SELECT right(d.number, 4) FROM people_document d WHERE d.person_id = w.person_id
     ORDER BY d.kind <> 'citizen_number', d.id LIMIT 1),
    CASE WHEN w.name = '' AND coalesce(p.name, '') = ''
         THEN (SELECT c.serial FROM sampling_card c WHERE c.slip = w.slip) END,
    coalesce(nullif(p.phone, ''), w.phone), w.address, w.residence_id, w.unit_id, w.taken_at,
    coalesce(w.version, 0), w.value, w.released_at, coalesce(o.name, ''), w.asked_again, {_WITHHELD},
    {_HERE}
"""


def _rows(begin: str, parameters: dict[str, Any]) -> list[SlipRow]:
    found = sql.rows(
        f"""
        {begin} {_ANSWERS} SELECT {_COLUMNS} FROM these w {_PERSON}
        LEFT JOIN places_organisation o ON o.id = w.tested_by
        WHERE w.value IS NOT NULL OR w.asked_again ORDER BY w.id
        """,
        parameters,
    )
    return [SlipRow(*[*line[:6], line[6] or "", *line[7:]]) for line in found]


def slips(of: SlipsOf, paper: Paper, *, by: Actor, at: datetime) -> list[SlipRow]:
    """The answers that stand on this paper, by swab.

    The reading is noted, with every swab whose answer is printed.
    """
    by.must(PERMISSION, unit=of.unit)
    with scope.entered(by, PERMISSION):
        rows = [
            row
            for row in _rows(*_asked(of))
            if belongs_on(
                paper,
                row.value,
                asked_again=row.asked_again,
                called=bool(row.phone),
                withheld=row.withheld,
                here=row.here or of.hands_to_everybody(paper),
            )
            and of.holds(row.commune, row.address)
        ]
        audit.record(
            by,
            "results.printed_papers",
            at=at,
            persons=[row.person for row in rows],
            things=[row.swab for row in rows],
            note={"paper": paper.value},
            kind=audit.READ,
        )
    return rows


def slip_of(swab_id: int, *, by: Actor, at: datetime) -> SlipRow:
    """One swab as its slip says it, whatever the answer: for its person's own hand.

    Raises `NotFound` outside the actor's units, and where there is nothing to print yet.
    """
    with scope.entered(by, PERMISSION):
        rows = _rows(_ONE, {"swab": swab_id, "near": [], "commune": None})
        audit.record(
            by,
            "results.printed_slip",
            at=at,
            persons=[row.person for row in rows],
            things=[swab_id],
            kind=audit.READ,
        )
    if not rows:
        raise NotFound(f"slip of swab {swab_id}")
    return rows[0]


@dataclass(frozen=True, slots=True)
class SlipCount:
    """How many swabs of one address have one answer, for the figures of the page: nobody's name."""

    commune: int
    address: str
    value: str | None
    asked_again: bool
    called: bool
    withheld: bool
    here: bool
    swabs: int


def slips_counted(of: SlipsOf, *, by: Actor) -> list[SlipCount]:
    """What there is to print, in numbers."""
    by.must(PERMISSION, unit=of.unit)
    begin, parameters = _asked(of)
    with scope.entered(by, PERMISSION):
        found = [
            SlipCount(*line)
            for line in sql.rows(
                f"""
                {begin} {_ANSWERS}
                SELECT coalesce(w.residence_id, w.unit_id), w.address, w.value, w.asked_again,
                       coalesce(nullif(p.phone, ''), w.phone) <> '', {_WITHHELD}, {_HERE},
                       count(*)
                FROM these w {_PERSON} GROUP BY 1, 2, 3, 4, 5, 6, 7
                """,
                parameters,
            )
        ]
    return [line for line in found if of.holds(line.commune, line.address)]


@dataclass(frozen=True, slots=True)
class SlipSession:
    """A session in which somebody of the area was swabbed that day."""

    id: int
    place: str
    team: str
    swabs: int


def slip_sessions(unit: int, on: date, *, by: Actor) -> list[SlipSession]:
    """The sessions of a unit's day, in the order in which they began."""
    by.must(PERMISSION, unit=unit)
    with scope.entered(by, PERMISSION):
        return [
            SlipSession(*line)
            for line in sql.rows(
                f"""
                {AREA}
                SELECT s.id, s.place, s.team, count(*)
                FROM area JOIN sampling_swab w ON w.id = area.id
                JOIN sampling_session s ON s.id = w.session_id
                GROUP BY s.id ORDER BY s.starts_at, s.id
                """,
                asked_of(unit, on),
            )
        ]


@dataclass(frozen=True, slots=True)
class PrintedSlip:
    """What a printed slip says, and the version that holds now: no more than stands on the paper.

    The name is not written out, and empty where none was declared when the swab was taken.
    """

    name: str
    taken_at: datetime
    value: str | None
    released_at: datetime | None
    lab: str
    newest: int


def printed_slip(slip: str, version: int, *, by: Actor, at: datetime) -> PrintedSlip | None:
    """What the slip with this version printed on it says; the seal was checked by the caller.

    Version 0 says that another swab is needed. None where there is no such version.
    """
    with scope.entered(by, "results.look_up"):
        found = sql.row(
            """
            SELECT w.name, w.taken_at, r.value, r.released_at, coalesce(o.name, ''),
                   coalesce((SELECT max(n.version) FROM results_result n WHERE n.swab_id = w.id), 0),
                   w.person_id, w.id
            FROM sampling_swab w
            LEFT JOIN results_result r ON r.swab_id = w.id AND r.version = %(version)s
            LEFT JOIN places_organisation o ON o.id = r.lab_id
            WHERE w.slip = %(slip)s AND (r.id IS NOT NULL OR %(version)s = 0)
            """,
            {"slip": slip, "version": version},
        )
        audit.record(
            by,
            "results.checked_slip",
            at=at,
            persons=[found[6]] if found else [],
            things=[found[7]] if found else [],
            kind=audit.READ,
        )
    return PrintedSlip(masked(found[0]), *found[1:6]) if found else None
