"""The review of pairs: whether two entries are one person, side by side with what differs marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.kernel.outcomes import gettext_noop as _
from som.people import commands, queries
from som.people.forms import JOIN, PART, REOPEN, UNDO, ReviewForm
from som.people.matching.reasons import Reason
from som.people.matching.reviews import Pair, Parting
from som.people.queries import CandidateRow, Side
from som.places import queries as places
from som.web.fields import MOST_ID, KeyField
from som.web.figures import Figure, figures
from som.web.guard import may
from som.web.paging import paged, written_key

SHOWN = 20

WORDS: dict[Reason, tuple[str, str, str]] = {
    Reason.SAME_NAME: ("name", "done", _("The same name")),
    Reason.NAME_ORDER: ("name", "warning", _("In another order")),
    Reason.NAME_SHORTENED: ("name", "warning", _("Abbreviated, or a word left out")),
    Reason.NAME_MISSPELT: ("name", "warning", _("Spelt otherwise")),
    Reason.OTHER_TONES: ("name", "warning", _("Other tones")),
    Reason.OTHER_NAME: ("name", "late", _("Another name")),
    Reason.SAME_BIRTH: ("birth", "done", _("The same day")),
    Reason.SAME_BIRTH_YEAR: ("birth", "done", _("The same year")),
    Reason.BIRTH_SWAPPED: ("birth", "warning", _("Day and month swapped")),
    Reason.BIRTH_NEARLY: ("birth", "warning", _("Differs in day, month or year alone")),
    Reason.OTHER_BIRTH: ("birth", "late", _("Another birth")),
    Reason.OTHER_SEX: ("sex", "late", _("Another sex")),
    Reason.SAME_NUMBER: ("numbers", "done", _("The same number")),
    Reason.NUMBER_NEARLY: ("numbers", "warning", _("One digit differs")),
    Reason.OTHER_NUMBER: ("numbers", "late", _("Another number")),
    Reason.SAME_PHONE: ("phones", "done", _("The same telephone")),
    Reason.PHONE_NEARLY: ("phones", "warning", _("One digit differs")),
    Reason.OTHER_PHONE: ("phones", "warning", _("Another telephone")),
    Reason.SAME_PLACE: ("address", "done", _("The same place")),
    Reason.SAME_COMMUNE: ("address", "done", _("The same commune")),
    Reason.OTHER_COMMUNE: ("address", "warning", _("Another commune")),
}
"""Which line of the comparison a reason stands on, its tone, and what it says."""

LABELS = {
    "name": _("Full name"),
    "sex": _("Sex"),
    "birth": _("Born"),
    "numbers": _("Identity number"),
    "phones": _("Telephone"),
    "address": _("Address"),
}
SEXES = {"M": _("Male"), "F": _("Female")}

LIKELY = ((34.0, _("Very likely one person")), (26.0, _("Likely one person")))
POSSIBLE = _("Possibly one person")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the comparison: what each side says, and what the reasons say of it."""

    label: str
    one: str
    other: str
    said: Sequence[tuple[str, str]]

    @property
    def differs(self) -> bool:
        """Whether it stands out, for those who look for the difference."""
        return any(tone != "done" for tone, _words in self.said)


@dataclass(frozen=True, slots=True)
class Shown:
    """A pair as its panel shows it."""

    row: CandidateRow
    how: str
    lines: Sequence[Line]


def masked_end(text: str, left: int) -> str:
    """A number with only its last digits readable."""
    return "•" * max(len(text) - left, 0) + text[-left:] if text else ""


def shown(rows: Sequence[CandidateRow], *, whole: bool = False) -> list[Shown]:
    """The pairs with their lines in words; numbers and telephones masked unless `whole`."""
    homes = {side.residence for row in rows for side in (row.one, row.other)} - {None}
    paths = places.unit_path([home for home in homes if home is not None])
    found = []
    for row in rows:
        said: dict[str, list[tuple[str, str]]] = {}
        for reason in row.reasons:
            # A name that differs in its tones is not called the same as well.
            if reason is Reason.SAME_NAME and Reason.OTHER_TONES in row.reasons:
                continue
            field, tone, words = WORDS[reason]
            said.setdefault(field, []).append((tone, gettext(words)))
        sides = [_facts(side, paths, whole=whole) for side in (row.one, row.other)]
        how = next((words for least, words in LIKELY if row.score >= least), POSSIBLE)
        lines = [
            Line(gettext(label), sides[0][field], sides[1][field], said.get(field, ()))
            for field, label in LABELS.items()
            if sides[0][field] or sides[1][field]
        ]
        found.append(Shown(row, gettext(how), lines))
    return found


def _facts(side: Side, paths: dict[int, str], *, whole: bool) -> dict[str, str]:
    """What a side says, line by line, in words."""
    home = paths.get(side.residence, "") if side.residence is not None else ""
    name = side.name or gettext("No name yet")
    if side.guardian:
        name += " – " + gettext("guardian: %(name)s") % {"name": side.guardian}
    if side.died_at:
        name += " – " + gettext("died")
    return {
        "name": name,
        "sex": gettext(SEXES[side.sex]) if side.sex else "",
        "birth": f"{side.birth_date:%d/%m/%Y}" if side.birth_date else str(side.birth_year or ""),
        "numbers": ", ".join(n if whole else masked_end(n, 4) for n in side.numbers),
        "phones": ", ".join(p if whole else masked_end(p, 3) for p in side.phones),
        "address": " · ".join(part for part in (side.address, home) if part),
    }


@may("people.match")
@require_http_methods(["GET", "POST"])
def same(request: HttpRequest) -> HttpResponse:
    """Pairs that wait for a review, likeliest first; or, asked for, those decided, newest first."""
    actor, now = request.actor, clock.now()  # type: ignore[attr-defined]
    outcome = _reviewed(request, actor) if request.method == "POST" else None
    decided = "decided" in request.GET
    after = request.GET.get("after", "")
    if decided:
        key = KeyField(required=False).to_python(after)
        found = queries.decided_candidates(by=actor, at=now, limit=SHOWN + 1, after=key)
    else:
        found = queries.open_candidates(by=actor, at=now, limit=SHOWN + 1, after=_score_key(after))
    rows, following = paged(found, SHOWN, _key_of)
    return render(
        request,
        "people/same.html",
        {
            "pairs": shown(rows),
            "decided": decided,
            "after": following,
            "outcome": outcome,
            "said": _SAID[request.POST["do"]] if outcome and outcome.held else "",
            "here": request.get_full_path(),
            "opens": actor.may("people.read"),
        },
    )


_SAID = {
    JOIN: _("They are one person now. The pair stands under “Decided”, where that is taken back."),
    PART: _("They are two people. The pair stands under “Decided”, where it is reviewed again."),
    UNDO: _("The join is taken back: they are two people again."),
    REOPEN: _("The pair waits for a review again."),
}
"""What came of a button, for whoever pressed it."""


def _key_of(row: CandidateRow) -> str:
    """Where the list goes on after this pair: by its decision, else by its score."""
    if row.decided_at:
        return written_key(row.decided_at, row.id)
    return f"{row.score:.1f}_{row.id}"


def _score_key(text: str) -> tuple[float, int] | None:
    """The key of the list's last line; None, the beginning, for whatever is none."""
    score, _, row_id = text.partition("_")
    try:
        key = float(score), int(row_id)
    except ValueError:
        return None
    return key if 0 <= key[1] <= MOST_ID else None


def _reviewed(request: HttpRequest, actor: Actor) -> Outcome[str] | None:
    """Write what the buttons of a pair said; items in the words of the page."""
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return None
    one, other, do = (form.cleaned_data[name] for name in ("one", "other", "do"))
    pair, now = Pair(one, other), clock.now()
    found: Outcome[Pair] | Outcome[Parting]
    if do == JOIN:
        found = commands.join_persons([pair], by=actor, at=now)
    elif do in (PART, UNDO):
        parting = Parting(one, other, joined=do == UNDO)
        found = commands.part_persons([parting], by=actor, at=now)
    else:
        found = commands.reopen_candidates([pair], by=actor, at=now)
    words = gettext("The pair %(one)s – %(other)s") % {"one": one, "other": other}
    return Outcome(
        [words for _item in found.done],
        [words for _item in found.unchanged],
        [Refused(words, refused.reason, refused.detail) for refused in found.refused],
    )


@may("people.match")
@require_GET
def candidate(request: HttpRequest, candidate_id: int) -> HttpResponse:
    """One pair with numbers and telephones in full. The asking is noted."""
    actor = request.actor  # type: ignore[attr-defined]
    found = queries.candidate_shown(candidate_id, by=actor, at=clock.now())
    part = "#comparison" if getattr(request, "htmx", False) else ""
    pair = shown([found], whole=True)[0]
    return render(
        request,
        f"people/candidate.html{part}",
        {"pair": pair, "whole": True, "opens": actor.may("people.read")},
    )


@may("people.match")
@require_GET
def slot(request: HttpRequest) -> HttpResponse:
    """The part of the work plan about pairs that may be one person."""
    count = queries.open_candidates_counted(by=request.actor)  # type: ignore[attr-defined]
    return figures(
        request,
        gettext("The same person twice?"),
        [
            Figure(
                count,
                gettext("Pairs to review"),
                reverse("people:same"),
                gettext("Two entries that may be one person; counted up to %(most)s")
                % {"most": f"{queries.MOST_COUNTED:,}".replace(",", ".")},
                "users",
            )
        ],
    )
