"""The day's flow as the first page shows it: how many came how far, what waits where, and with whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from som.access.queries import full_names
from som.kernel.actors import Actor
from som.kernel.outcomes import gettext_noop as _
from som.results import queries
from som.results.queries import Flow, FlowStep, TubeOnWatch
from som.results.rules import RunningClocks
from som.results.views.watch import STATIONS


@dataclass(frozen=True, slots=True)
class Work:
    """A page where one works on what waits, and which part of it: for whoever holds the permission."""

    permission: str
    url_name: str
    title: str
    asked: str = ""


@dataclass(frozen=True, slots=True)
class StepWords:
    """A step's name, what it counts, what waits after it, and the pages for that, nearest first.

    `waits` says it of so many.
    """

    title: str
    means: str
    waits: Callable[[int], str]
    work: tuple[Work, ...]


_SESSIONS = Work("sampling.read", "sampling:sessions", _("Sampling sessions"))
_ANSWERS = Work("results.read", "results:results", _("Results of your area"))
_RELEASED = Work("results.read", "results:results", _("Results of your area"), "?value=answered")


_RUNS = Work("lab.see", "lab:runs", _("Plates and runs"))

STEPS = {
    FlowStep.SWABBED: StepWords(
        _("Swabbed"),
        _("Today, or earlier and still without an answer"),
        lambda many: ngettext(
            "tube not at a laboratory yet", "tubes not at a laboratory yet", many
        ),
        (
            Work("lab.see", "lab:boxes", _("Boxes under way")),
            _SESSIONS,
        ),
    ),
    FlowStep.RECEIVED: StepWords(
        _("Received"),
        _("Unpacked at a laboratory"),
        lambda many: ngettext("tube not read yet", "tubes not read yet", many),
        (
            Work("lab.see", "lab:waiting", _("What waits to be tested")),
            _ANSWERS,
            _SESSIONS,
        ),
    ),
    FlowStep.READ: StepWords(
        _("Read"),
        _("The last test has its verdict"),
        lambda many: ngettext("tube waiting for release", "tubes waiting for release", many),
        (
            Work("results.review", "results:review", _("Review and release")),
            _RUNS,
            _ANSWERS,
            _SESSIONS,
        ),
    ),
    FlowStep.RELEASED: StepWords(
        _("Released"),
        _("Answered, or asked to be swabbed again"),
        lambda many: ngettext(
            "person with notices not sent yet", "people with notices not sent yet", many
        ),
        (_RELEASED, _RUNS, _SESSIONS),
    ),
}
"""In the order of the way."""

TOLD = StepWords(
    _("Told"),
    _("Every notice is sent; the slip opens the answer, or says that they are asked again"),
    lambda _many: "",
    (Work("notices.read", "notices:inbox", _("Notices to acknowledge")),),
)


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step as it stands on the page. `waiting`: after it, in tubes; of the last, in people.

    `listed` is the page that lists what waits, where there is one.
    """

    title: str
    means: str
    reached: int
    tubes: int | None
    waits: str
    waiting: int
    listed: str
    clocks: RunningClocks
    work: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Pressing:
    """A tube that is late or due next: where it stands, with whom, how much of its time is over."""

    tube: TubeOnWatch
    station: str
    owner: str
    mine: bool
    percent: int


@dataclass(frozen=True, slots=True)
class FlowShown:
    """A flow as it stands on the page: in people, or in tubes where nobody's name is seen.

    `figures`: how many of those running are late, nearly late, else past half of their time, and how
    many of all are the actor's own; each with the page that lists them.
    """

    key: str
    title: str
    by_people: bool
    steps: Sequence[StepShown]
    closed: int
    running: int
    figures: Sequence[tuple[int, str, str]]
    pressing: Sequence[Pressing]


def flows_of(actor: Actor, at: datetime) -> list[FlowShown]:
    """The day's flow of the actor's units, and that of the laboratories they work at."""
    shown = []
    if actor.may("sampling.read"):
        flow = queries.flow_of_units(by=actor, at=at)
        pressing = queries.pressing_of_units(by=actor)
        title = gettext("From swab to answer")
        shown.append(_shown("units", title, actor, flow, pressing, at, by_people=True))
    if actor.may("lab.see"):
        flow = queries.flow_of_labs(by=actor, at=at)
        pressing = queries.pressing_of_labs(by=actor)
        title = gettext("Tubes for your laboratory")
        shown.append(_shown("labs", title, actor, flow, pressing, at, by_people=False))
    return shown


def _shown(
    key: str,
    title: str,
    actor: Actor,
    flow: Flow,
    pressing: Sequence[TubeOnWatch],
    at: datetime,
    *,
    by_people: bool,
) -> FlowShown:
    names = full_names({one.owner for one in pressing})
    lists = reverse("results:watch")
    figures = (
        (flow.clocks.late, gettext("late"), "?past=100#by-due"),
        (flow.clocks.nearly, gettext("nearly late"), "?past=80#by-due"),
        (flow.clocks.half, gettext("past half of the time"), "?past=50#by-due"),
        (flow.mine, gettext("of these in your hands"), "?mine=on#by-due"),
    )
    return FlowShown(
        key,
        title,
        by_people,
        _steps(actor, flow, by_people=by_people),
        flow.closed.tubes,
        flow.clocks.running,
        [(count, words, lists + asked) for count, words, asked in figures if count],
        [
            Pressing(
                one,
                gettext(STATIONS[one.station]),
                names.get(one.owner, one.owner) or one.team,
                one.owner == actor.name,
                int(100 * ((at - one.started_at) / (one.due_at - one.started_at))),
            )
            for one in pressing
        ],
    )


def _steps(actor: Actor, flow: Flow, *, by_people: bool) -> list[StepShown]:
    shown = []
    for step, words in STEPS.items():
        reached, here = flow.reached(step), flow.at_step(step)
        last = step is FlowStep.RELEASED
        waiting = (flow.untold or 0) if last else here.tubes
        shown.append(
            StepShown(
                gettext(words.title),
                gettext(words.means),
                reached.people if by_people else reached.tubes,
                reached.tubes if by_people else None,
                "" if last and flow.untold is None else words.waits(waiting),
                waiting,
                "" if last else f"{reverse('results:watch')}?step={step.value}#by-due",
                RunningClocks(0, 0, 0, 0) if last else here.clocks,
                _work(actor, words),
            )
        )
    if flow.untold is not None:
        told = flow.reached(FlowStep.RELEASED).people - flow.untold
        shown.append(
            StepShown(
                gettext(TOLD.title),
                gettext(TOLD.means),
                told,
                None,
                "",
                0,
                "",
                RunningClocks(0, 0, 0, 0),
                _work(actor, TOLD),
            )
        )
    return shown


def _work(actor: Actor, words: StepWords) -> tuple[str, str] | None:
    """Address and title of the nearest page where this actor works on what waits after a step."""
    for one in words.work:
        if actor.may(one.permission):
            return reverse(one.url_name) + one.asked, gettext(one.title)
    return None
