"""The reviewer's desk: what waits for its second person, run by run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.access.queries import full_names
from som.kernel import clock
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome
from som.kernel.outcomes import gettext_noop as _
from som.lab import queries as lab_queries
from som.lab.verdicts import Verdict
from som.lab.views import fault_words, reading_words, reason_words
from som.places import queries as places
from som.results import commands, queries
from som.results.forms import ClosingForm, DecisionForm, ReleaseForm
from som.results.rules import PoolDecision, Standing, Which
from som.web.fields import MOST_IDS
from som.web.figures import Figure, figures
from som.web.guard import may

HELD = {
    Standing.WAITING: _("Waits until the other members of its positive pool are tested"),
    Standing.DISCORDANT: _("Pool positive, members negative: a named person decides"),
}


@dataclass(frozen=True, slots=True)
class Against:
    """A verdict that can be nobody's next answer, why, and the form in which it is closed."""

    waiting: queries.Waiting
    why: str
    form: ClosingForm


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A verdict that is released alone, with what it rests on: well, reason, and a Ct for each target."""

    waiting: queries.Waiting
    well: str = ""
    reason: str = ""
    detail: str = ""
    readings: Sequence[tuple[str, str]] = ()


@dataclass(slots=True)
class RunWaiting:
    """A run with its verdicts that wait: negatives together, exceptions each, held ones."""

    run: int
    plate: str
    read_by: str
    read_at: object
    own: bool
    negatives: list[queries.Waiting] = field(default_factory=list)
    exceptions: list[Exceptional] = field(default_factory=list)
    held: list[tuple[queries.Waiting, str]] = field(default_factory=list)
    """With the sentence that says why each cannot be released now."""
    against: list[Against] = field(default_factory=list)
    """What its people's answers keep from ever being released."""
    recalls: list[queries.RunRecall] = field(default_factory=list)
    drifts: bool = False
    """Whether what it found leaves the limits, weighed by all that is known by now."""
    row: lab_queries.RunRow | None = None
    """Its kit lot, controls and end, where it is among the runs known by name."""
    faults: list[tuple[lab_queries.FaultKind, str]] = field(default_factory=list)
    """What is wrong in its file or with its loads, each with its sentence."""

    @property
    def negative_ids(self) -> str:
        """The negatives as their button sends them."""
        return ",".join(str(one.verdict) for one in self.negatives)


@dataclass(frozen=True, slots=True)
class LabWaiting:
    """What waits at one laboratory."""

    id: int
    name: str
    runs: Sequence[RunWaiting]
    count: int
    discordant: Sequence[tuple[queries.DiscordantPool, DecisionForm]]
    """With the form in which it is decided."""
    drifts: bool
    """Whether rates of the laboratory, of a lot or of a run leave their limits now."""


def by_run(
    waiting: Sequence[queries.Waiting],
    runs_known: Sequence[lab_queries.RunRow],
    reviewer: Actor,
    *,
    lab: int,
    sent: ClosingForm | None = None,
    evidence: Mapping[int, lab_queries.Evidence] = MappingProxyType({}),
) -> list[RunWaiting]:
    """What waits at a laboratory, run by run in the order in which it came.

    `sent`: the form in which somebody closed one, as it was typed where it lacks something. Each
    strip and cartridge is a run: those of one lot and reader stand together, under the first.
    """
    rows = {run.id: run for run in runs_known}
    names = {run.id: run.name for run in runs_known}
    devices = {
        run.id: (run.lab, run.kit, run.kit_lot, run.read_by) for run in runs_known if not run.plate
    }
    first: dict[tuple[int, str, str, str], int] = {}
    runs: dict[int, RunWaiting] = {}
    for one in waiting:
        same = devices.get(one.run)
        number = first.setdefault(same, one.run) if same else one.run
        name = f"{same[1]} · {same[2]}" if same else names.get(one.run, str(one.run))
        own = one.read_by == reviewer.name
        run = runs.setdefault(number, RunWaiting(number, name, one.read_by, one.read_at, own))
        run.row = None if same else rows.get(number)
        if one.against is not None:
            run.against.append(Against(one, one.against.sentence, _closing(one, lab, sent)))
        elif one.kept is not None:
            run.held.append((one, one.kept.sentence))
        elif one.held is not None:
            run.held.append((one, HELD[one.held]))
        elif one.value == Verdict.NEGATIVE:
            run.negatives.append(one)
        else:
            run.exceptions.append(_exceptional(one, evidence.get(one.verdict)))
    return list(runs.values())


def _exceptional(one: queries.Waiting, rests_on: lab_queries.Evidence | None) -> Exceptional:
    if rests_on is None:
        return Exceptional(one)
    return Exceptional(
        one,
        rests_on.position,
        reason_words(rests_on.reason),
        rests_on.detail,
        [(name, reading_words(ct, said)) for name, ct, said in rests_on.readings],
    )


@may("results.review")
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest) -> HttpResponse:
    """What waits for release; a release says what was done, already so, or refused and why.

    Discordant pools stand here too: whoever may decide them does so with a reason. So do verdicts
    that an answer keeps back for good: whoever did not read them closes them with a reason.
    """
    actor = request.actor  # type: ignore[attr-defined]
    outcome: Outcome[str] | None = None
    decision: DecisionForm | None = None
    closing: ClosingForm | None = None
    if request.method == "POST" and "close" in request.POST:
        closing = ClosingForm(request.POST, auto_id=_ids(request.POST["close"]))
        outcome = _closed(closing, actor)
    elif request.method == "POST" and "pool" in request.POST:
        decision = DecisionForm(request.POST, auto_id=_ids(request.POST["pool"]))
        outcome = _decided(decision, actor)
    elif request.method == "POST":
        outcome = _released(request, actor)
    labs = sorted(actor.organisations_for("results.review") or ())
    names = places.organisations_by_id(labs)
    waits = {lab: queries.waiting_for_release(lab, by=actor) for lab in labs}
    known = lab_queries.runs_by_id([one.run for some in waits.values() for one in some], by=actor)
    faults: dict[int, list[tuple[lab_queries.FaultKind, str]]] = {}
    for fault in lab_queries.fault_kinds([one.id for one in known], by=actor):
        faults.setdefault(fault.run, []).append((fault, fault_words(fault.code)))
    found = []
    for lab, waiting in waits.items():
        name = names[lab].name if lab in names else ""
        evidence = lab_queries.evidence_of(
            [one.verdict for one in waiting if one.value != Verdict.NEGATIVE], lab=lab, by=actor
        )
        runs = by_run(waiting, known, actor, lab=lab, sent=closing, evidence=evidence)
        recalls = queries.recalls_of_runs([run.run for run in runs])
        off = [one for one in queries.rates(by=actor, at=clock.now(), lab=lab) if one.drifts]
        runs_off = {one.run for one in off}
        for run in runs:
            run.faults = faults.get(run.run, [])
            run.recalls = recalls.get(run.run, [])
            run.drifts = run.run in runs_off
        pools = _discordant(lab, decision, actor)
        found.append(LabWaiting(lab, name, runs, len(waiting), pools, bool(off)))
    return render(
        request,
        "results/review.html",
        {
            "labs": found,
            "outcome": outcome,
            "names": full_names({run.read_by for one in found for run in one.runs}),
            "nothing": request.method == "POST"
            and outcome is None
            and decision is None
            and closing is None,
            "recallable": actor.may("results.recall"),
        },
    )


def _ids(key: object) -> str:
    """Several decisions stand on one page: each has ids of its own, whatever a pool is called."""
    return f"id_{str(key).replace('%', '%%')}_%s"


def _discordant(
    lab: int, sent: DecisionForm | None, actor: Actor
) -> list[tuple[queries.DiscordantPool, DecisionForm]]:
    """The laboratory's discordant pools, each with its form: the one sent as it was typed."""
    if not actor.may("results.decide", organisation=lab):
        return []
    return [
        (
            pool,
            sent
            if sent is not None and sent.data.get("pool") == pool.code and sent.errors
            else DecisionForm(initial={"lab": lab, "pool": pool.code}, auto_id=_ids(pool.code)),
        )
        for pool in queries.discordant_pools(lab, by=actor)
    ]


def _decided(form: DecisionForm, actor: Actor) -> Outcome[str] | None:
    """Decide one discordant pool; None where the form says what is missing."""
    if not form.is_valid():
        return None
    said = form.cleaned_data
    given = commands.Decision(said["pool"], PoolDecision(said["decide"]), said["reason"])
    outcome = commands.decide_discordant_pools([given], lab=said["lab"], by=actor, at=clock.now())
    return outcome.of(lambda one: one.pool)


def _closing(one: queries.Waiting, lab: int, sent: ClosingForm | None) -> ClosingForm:
    """The form in which a verdict is closed: the one sent, where it lacks something."""
    if sent is not None and sent.errors and sent.data.get("close") == str(one.verdict):
        return sent
    return ClosingForm(initial={"lab": lab, "close": one.verdict}, auto_id=_ids(one.verdict))


def _closed(form: ClosingForm, actor: Actor) -> Outcome[str] | None:
    """Close one verdict; None where the form says what is missing."""
    if not form.is_valid():
        return None
    said = form.cleaned_data
    lab, number = said["lab"], said["close"]
    actor.must("results.review", organisation=lab)
    named = lab_queries.verdicts_by_id([number], lab=lab)
    name = named[number].sample if number in named else str(number)
    given = commands.Closing(number, said["reason"])
    outcome = commands.close_verdicts([given], lab=lab, by=actor, at=clock.now())
    return outcome.of(lambda _: name)


def _released(request: HttpRequest, actor: Actor) -> Outcome[str] | None:
    """Release what a button of the page named; items in the words of the page."""
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        return None
    lab, verdicts = form.cleaned_data["lab"], form.cleaned_data["verdicts"]
    actor.must("results.review", organisation=lab)
    named = {
        key: verdict.sample
        for key, verdict in lab_queries.verdicts_by_id(verdicts[:MOST_IDS], lab=lab).items()
    }
    outcome = commands.release_verdicts(verdicts, lab=lab, by=actor, at=clock.now())
    return outcome.of(lambda key: named.get(key, str(key)))


@may("results.review")
@require_GET
def review_slot(request: HttpRequest) -> HttpResponse:
    """The part of the work plan about what waits for release."""
    found = queries.waiting_by_value(by=request.actor)  # type: ignore[attr-defined]
    positive = found.pop(Verdict.POSITIVE, 0)
    here = reverse("results:review")
    return figures(
        request,
        gettext("Waiting for release"),
        [
            Figure(
                positive,
                gettext("Positive"),
                here,
                gettext("Tubes and pools read positive and not released"),
                "alert-circle",
                "late",
            ),
            Figure(
                sum(found.values()),
                gettext("Others"),
                here,
                gettext("Tubes and pools read negative or inconclusive and not released"),
                "clipboard-check",
            ),
        ],
    )


@may("lab.see")
@require_GET
def run_slot(request: HttpRequest, run_id: int) -> HttpResponse:
    """The part of a run's page that says who released it and when, and what was corrected of it."""
    actor = request.actor  # type: ignore[attr-defined]
    found = queries.releases_of_run(run_id, by=actor)
    recalls = queries.recalls_of_runs([run_id]).get(run_id, [])
    corrected = queries.corrections_of_run(run_id)
    recallable = actor.may("results.recall")
    part = "#released" if getattr(request, "htmx", False) else ""
    return render(
        request,
        f"results/released.html{part}",
        {
            "released": found,
            "corrected": corrected,
            "names": full_names(
                {one.released_by for one in found} | {one.decided_by for one in corrected}
            ),
            "run": run_id,
            "recalls": recalls,
            "recallable": recallable,
            "offered": recallable and all(one.which != Which.ALL for one in recalls),
        },
    )
