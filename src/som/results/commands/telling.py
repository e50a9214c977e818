"""Whom to tell of an answer, and in which words: a person's telephone, and every unit concerned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from som.kernel.clock import LOCAL
from som.kernel.ids import printed_slip_code
from som.notices.queries import Told
from som.notices.rules import NoticeKind, NoticeWanted
from som.people.queries import whereabouts_on
from som.people.rules import masked
from som.places.queries import provinces_over
from som.results.rules import ResultValue
from som.sampling.commands import share_swabs, with_provinces
from som.sampling.queries import SwabRow


def whom_to_tell(swabs: Sequence[SwabRow], *, at: datetime) -> dict[int, SwabRow]:
    """These swabs with all units that must hear of a positive: by the stamp, and as is known today.

    Where the person, under whichever of their entries, lives, lodges, works or learns by now hears
    too, and may see whose swab it is. For a command inside its own scope.
    """
    if not swabs:
        return {}
    on = at.astimezone(LOCAL).date()
    places = whereabouts_on([swab.person for swab in swabs], on)
    provinces = provinces_over({unit for units in places.values() for unit in units}, on)
    share_swabs(
        {swab.id: known for swab in swabs if (known := places.get(swab.person))},
    )
    return {
        swab.id: swab._replace(
            answerable=tuple(dict.fromkeys((*swab.answerable, *places.get(swab.person, ())))),
            told=tuple(
                dict.fromkeys((*swab.told, *with_provinces(places.get(swab.person, ()), provinces)))
            ),
        )
        for swab in swabs
    }


def result_notice(swab: SwabRow, phone: str) -> NoticeWanted:
    """To the person: that there is a result, never which."""
    return NoticeWanted(
        f"result:{swab.id}:1:{phone}",
        NoticeKind.RESULT_READY,
        swab.person,
        swab.answerable,
        swab.id,
        to_phone=phone,
        # Which slip is meant, for who has it in hand; whoever else reads the telephone must not
        # learn the code.
        body={
            "name": masked(swab.name),
            "code": "…" + printed_slip_code(swab.slip)[-6:],
            "link": "/look-up/",
        },
    )


def positive_notices(
    swab: SwabRow, version: int, value: ResultValue, units: Iterable[int]
) -> list[NoticeWanted]:
    """To localities: that somebody of theirs is positive."""
    return [
        NoticeWanted(
            f"positive:{swab.id}:{version}:{unit}",
            NoticeKind.POSITIVE,
            swab.person,
            tuple(dict.fromkeys((*swab.told, unit))),
            swab.id,
            to_unit=unit,
            body={"name": masked(swab.name), "value": value.value},
        )
        for unit in units
    ]


def hold_notices(swab: SwabRow, why: str, units: Iterable[int]) -> list[NoticeWanted]:
    """To localities: that this person waits for another test because of a pool."""
    return [
        NoticeWanted(
            f"held:{swab.id}:{why}:{unit}",
            NoticeKind.POOL_HELD,
            swab.person,
            tuple(dict.fromkeys((*swab.told, unit))),
            swab.id,
            to_unit=unit,
            body={"name": masked(swab.name)},
        )
        for unit in units
    ]


def correction_notices(
    before: Iterable[Told], versions: Mapping[int, int], values: Mapping[int, ResultValue]
) -> list[NoticeWanted]:
    """To everyone who was told the version before; a locality hears what is right now.

    Where that is a positive it is told as one, to be acted on, and not as a correction beside it.
    """
    return [
        NoticeWanted(
            f"corrected:{t.subject}:{versions[t.subject]}:{t.to_unit or t.to_phone}",
            NoticeKind.CORRECTED,
            t.person,
            t.units,
            t.subject,
            t.to_unit,
            t.to_phone,
            t.body | ({"value": values[t.subject].value} if t.to_unit else {}),
        )
        for t in before
        if t.to_phone or not values[t.subject].told_to_localities
    ]
