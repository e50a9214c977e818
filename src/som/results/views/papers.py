"""What stands on slips and lists: the rows of a print in words, for the templates in `prints/`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, pgettext

from som.kernel import clock, ids
from som.places.queries import UnitRow
from som.results.queries import SlipRow
from som.results.rules import Hamlet, ResultValue, Word, by_hamlet, sealed, word_for
from som.results.views.look_up import ASKED_AGAIN, WORDS, Wording
from som.web import printing
from som.web.templatetags.som import day, moment

Units = Mapping[int, UnitRow]


def slips_paper(
    rows: Sequence[SlipRow], units: Units, *, layout: str, address: str, at: datetime
) -> bytes:
    """The slips of these rows in their order, three a sheet ("thirds"), "alone", or "folded"."""
    return printing.pdf(
        "results/slips.typ", slips_data(rows, units, layout=layout, address=address, at=at)
    )


def slips_data(
    rows: Sequence[SlipRow], units: Units, *, layout: str, address: str, at: datetime
) -> dict[str, Any]:
    """What the slips say, for their template."""
    shown = address.partition("://")[2].rstrip("/")
    return {
        "layout": layout,
        "words": {
            "title": gettext("Answer to a test for SARS-CoV-2"),
            "number": pgettext("of a paper", "No."),
            "check": gettext("Scan to look up the answer or to check this paper."),
            "fold": gettext("Fold along the two lines, so that the name stays outside."),
            "only": gettext("Only to be opened by whoever is named here."),
        },
        "slips": [_slip(row, units, address, shown, at) for row in rows],
    }


def words_of(row: SlipRow) -> Wording:
    """The words of the answer that a slip says."""
    return WORDS[ResultValue(row.value)] if row.value is not None else ASKED_AGAIN


def _slip(row: SlipRow, units: Units, address: str, shown: str, at: datetime) -> dict[str, Any]:
    said = words_of(row)
    code = sealed(row.slip, row.version, settings.SECRET_KEY)
    born = f" ({row.birth_year})" if row.birth_year else ""
    facts = [(gettext("Full name"), f"{called(row)}{born}")]
    if row.number_end:
        facts.append((gettext("Number of a paper"), f"•••• {row.number_end}"))
    facts.append((gettext("Address"), home(row, units)))
    facts.append((gettext("Swab taken"), f"{moment(row.taken_at)}, {units[row.unit].name}"))
    if row.released_at:
        facts.append((gettext("Result released"), moment(row.released_at)))
    return {
        "by": row.lab or units[row.unit].name,
        "day": written_day(row.released_at or at),
        "name": called(row),
        "cover": home(row, units),
        "code": ids.printed_slip_code(row.slip),
        "facts": facts,
        "headline": gettext(said.headline),
        "lines": [gettext(line) for line in said.lines],
        "replaces": gettext("Version %(number)d: earlier slips of this swab no longer count.")
        % {"number": row.version}
        if row.version > 1
        else "",
        "qr": printing.qr(f"{address}#{code}"),
        "seal": code,
        "foot": gettext("Printed %(when)s. The answer that holds now is at %(address)s.")
        % {"when": moment(at), "address": shown},
    }


def called(row: SlipRow) -> str:
    """The name on a paper; a walk-in without one has the end of their card's number.

    No more of it: the whole number opens the answer together with the slip's code.
    """
    if row.name:
        return row.name
    if row.card is not None:
        return gettext("Holder of card %(card)s") % {"card": f"•••• {ids.card_code(row.card)[-4:]}"}
    return gettext("A walk-in without a name yet")


def home(row: SlipRow, units: Units) -> str:
    """Address and commune."""
    unit = units[row.residence] if row.residence is not None else None
    return ", ".join(filter(None, [row.address, unit.name if unit else ""])) or "–"


def written_day(at: date) -> str:
    """A day as papers write it."""
    local = at.astimezone(clock.LOCAL) if isinstance(at, datetime) else at
    return gettext("Date: %(day)02d/%(month)02d/%(year)d") % {
        "day": local.day,
        "month": local.month,
        "year": local.year,
    }


SAID = {Word.NEGATIVE: WORDS[ResultValue.NEGATIVE].headline, Word.AGAIN: ASKED_AGAIN.headline}
"""The only two words of a list that a neighbour carries."""


def list_data(
    rows: Iterable[SlipRow], units: Units, *, unit: UnitRow, on: date, at: datetime
) -> dict[str, Any]:
    """The hand-out lists of a unit's hamlets: one for each hamlet head, with nothing else on it."""
    return {
        "apart": True,
        "head": _head(unit, at),
        "words": {
            "title": gettext("Hand-out list of test results"),
            "heads": [
                pgettext("of a list", "No."),
                gettext("Full name"),
                gettext("Year of birth"),
                gettext("Address"),
                gettext("Result"),
                gettext("Received (signature)"),
            ],
            "signs": [pgettext("whoever hands out", "Handed out by"), gettext("Health station")],
            "secret": gettext(
                "For handing out alone. Not to be copied, photographed or put up anywhere."
            ),
        },
        "hamlets": [
            {
                "about": _about(hamlet, units, on),
                "rows": [_line(number, row) for number, row in enumerate(hamlet.rows, 1)],
            }
            for hamlet in hamlets(rows, units)
        ],
    }


def _line(number: int, row: SlipRow) -> list[str]:
    word = word_for(row.value, asked_again=row.asked_again)
    assert word is not None  # nothing else is on this paper: `belongs_on`
    return [
        str(number),
        called(row),
        str(row.birth_year or ""),
        row.address,
        gettext(SAID[word]),
        "",
    ]


def calls_data(
    rows: Iterable[SlipRow], units: Units, *, unit: UnitRow, on: date, at: datetime
) -> dict[str, Any]:
    """The list of whom to call or visit, by hamlet, with telephones written out."""
    return {
        "apart": False,
        "head": _head(unit, at),
        "words": {
            "title": gettext("People to be told in person"),
            "heads": [
                pgettext("of a list", "No."),
                gettext("Full name"),
                gettext("Year of birth"),
                gettext("Address"),
                gettext("Telephone"),
                gettext("Result"),
                gettext("Told at, by whom"),
            ],
            "signs": [gettext("Health station")],
            "secret": gettext("For those who call alone. Not to be handed on."),
        },
        "hamlets": [
            {
                "about": _about(hamlet, units, on),
                "rows": [
                    [
                        str(number),
                        called(row),
                        str(row.birth_year or ""),
                        home(row, units),
                        row.phone or gettext("none: go there"),
                        gettext(words_of(row).headline),
                        "",
                    ]
                    for number, row in enumerate(hamlet.rows, 1)
                ],
            }
            for hamlet in hamlets(rows, units)
        ],
    }


def _head(unit: UnitRow, at: datetime) -> dict[str, str]:
    commune, _, above = unit.path.partition(", ")
    return {
        "over": above.rpartition(", ")[2],
        "by": commune,
        "number": "",
        "place": commune,
        "day": written_day(at),
    }


def hamlets(rows: Iterable[SlipRow], units: Units) -> list[Hamlet[SlipRow]]:
    """Rows under their hamlets, in the order in which they are printed."""
    return by_hamlet(
        rows,
        lambda row: row.commune,
        lambda row: row.address,
        lambda row: row.name,
        {number: unit.name for number, unit in units.items()},
    )


def _about(hamlet: Hamlet[SlipRow], units: Units, on: date) -> str:
    return gettext("%(hamlet)s, %(unit)s. Swabs of %(day)s.") % {
        "hamlet": hamlet.name or gettext("Without a hamlet in the address"),
        "unit": units[hamlet.commune].name,
        "day": day(on),
    }
