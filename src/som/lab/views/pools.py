"""The pooling bench, and each pool with its members. No names anywhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from som.kernel import clock, rulebook
from som.kernel.actors import Actor
from som.kernel.outcomes import Outcome, Refused
from som.kernel.outcomes import gettext_noop as _
from som.lab import commands, queries, rules
from som.lab.forms import AfterForm
from som.lab.rules import LoadKind, PoolAdvice, PoolMade, PoolScans
from som.lab.views.labs import Where, lab_named, where_it_is, where_one_works
from som.lab.views.people import named
from som.lab.views.trays import known_to_page
from som.lab.views.waiting import WAITING_SHOWN
from som.sampling.commands import lay_in_trays
from som.sampling.queries import codes_readable
from som.sampling.rules import Laid, use_by_state
from som.sampling.views.trays import Fault, Tray, lying, sum_of
from som.web.guard import may
from som.web.paging import paged
from som.web.scanning import Scanned, codes_of, scanned

POOLS_SHOWN = 50

ADVICE = {
    PoolAdvice.NOTHING_TESTED: _("Nothing was tested here yet: as many as the rule allows."),
    PoolAdvice.SAVES_TESTS: _("By the positives of this laboratory's last runs."),
    PoolAdvice.ALONE: _("So many of the last were positive that pools save nothing: test alone."),
}
"""Why a pool is to have the size that is advised."""


@may("lab.see")
@require_http_methods(["GET", "POST"])
def pools(request: HttpRequest) -> HttpResponse:
    """The pooling bench: scan tubes, then the label of the pool they were poured into.

    What is scanned lies in one's tray until the label makes it a pool.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    where = where_one_works(request)
    found: Scanned | None = None
    known: Collection[str] = ()
    if request.method == "POST":
        found, known = _acted(request, actor, where.lab)
    context = _making(actor, where, found, known)
    if request.method == "POST" and getattr(request, "htmx", False):
        response = render(request, "lab/pools.html#desk", context)
        if not {*known} <= {*context["lying"].codes}:
            # What waits and the pools stand outside the desk: they are fetched again.
            response.headers["HX-Trigger"] = "pooled"
        return response
    return render(request, "lab/pools.html", context | _worklist(request, actor, where))


def _acted(request: HttpRequest, actor: Actor, lab: int) -> tuple[Scanned | None, Collection[str]]:
    """Do what the desk was sent: codes scanned, a tube taken out of the pool, or all of them.

    With what is said of it: the codes that whoever sent it knows to lie in the tray.
    """
    actor.must("lab.pool", organisation=lab)
    tray = _tray(actor, lab)
    lies = tray.codes()
    known = known_to_page(request, lies, codes_of(request))
    found = tray.act(
        request, lambda codes: _scanned(codes, lies, tray, lab, seen=known is not None)
    )
    return found, known or ()


def _tray(actor: Actor, lab: int) -> Tray:
    """The tray in which the pool in the making lies."""
    return Tray(f"pool:{lab}", actor, taken=_("Taken out of the pool"))


def most_in_a_pool() -> int:
    """How many tubes a pool may have today."""
    today = clock.now().astimezone(clock.LOCAL).date()
    return int(rulebook.rule("lab.pool.most", on=today).value)


def _scanned(
    codes: Sequence[str], lies: Sequence[str], tray: Tray, lab: int, *, seen: bool
) -> Scanned | None:
    """Lay tubes in the tray, and make a pool of them with each label if the page showed them all."""
    actor, now = tray.by, clock.now()
    scans = rules.scanned_for_pools(
        codes,
        lies,
        here=queries.tubes_on_bench([*lies, *codes], lab=lab, by=actor),
        tube_codes=codes_readable(codes),
        pools=queries.pools_on_bench(codes, lab=lab, by=actor),
        most=most_in_a_pool(),
        at=now,
        others=queries.codes_of_others(codes, lab=lab, by=actor),
        unlisted=queries.waiting_for_list(codes, lab=lab, by=actor),
        seen=seen,
    )
    made: Outcome[PoolMade] = Outcome()
    if scans.pools:
        made = commands.make_pools(scans.pools, lab=lab, by=actor, at=now)
    poured = {tube for pool in made.held for tube in pool.tubes}
    tray.take([code for code in lies if code in poured])
    laid = [Laid(tray.desk, code) for code in scans.laid if code not in poured]
    outcome = _outcome(scans, made, lay_in_trays(laid, by=actor, at=now))
    words = _("Pool made") if codes[-1] in {p.code for p in made.held} else _("In the pool")
    return scanned(outcome, codes, done=words, again=_("Scanned before"))


def _outcome(scans: PoolScans, made: Outcome[PoolMade], laid: Outcome[Laid]) -> Outcome[str]:
    """What became of the codes, those of tubes and those of pools."""
    refused = [*scans.refused]
    refused += [Refused(one.item.code, one.reason, one.detail) for one in made.refused]
    refused += [Refused(one.item.code, one.reason, one.detail) for one in laid.refused]
    wrong = {one.item for one in refused}
    done = [code for code in scans.laid if code not in wrong] + [pool.code for pool in made.done]
    return Outcome(done, [*scans.again, *(pool.code for pool in made.unchanged)], refused)


def _making(
    actor: Actor, where: Where, found: Scanned | None, known: Collection[str]
) -> dict[str, Any]:
    """The pool in the making, and the size it is to have.

    What the page did not know of, left from another day or scanned at another browser, must be looked
    at before a label makes a pool of it.
    """
    now, lab = clock.now(), where.lab
    pools_here = actor.may("lab.pool", organisation=lab)
    codes = _tray(actor, lab).codes() if pools_here else []
    here = queries.tubes_on_bench(codes, lab=lab, by=actor)
    said = {code: rules.fault_of_member(here.get(code), at=now) for code in codes}
    faults: dict[str, Fault] = {code: (fault, "") for code, fault in said.items() if fault}
    near = {code for code, tube in here.items() if use_by_state(tube.use_by_at, at=now)}
    shown, unseen = sum_of(codes), not set(codes) <= set(known)
    last = queries.pools(lab, by=actor, limit=1)
    tested, positive = queries.last_tested(lab, by=actor)
    size = rules.pool_size(tested, positive, most_in_a_pool())
    return {
        "where": where,
        "here": where.address("lab:pools"),
        "scanned": found,
        "may_pool": pools_here,
        "lying": lying(codes, faults, near=near),
        "shown_now": shown,
        "known": "" if unseen else shown,
        "unseen": unseen,
        "size": size,
        "alone": size.advice is PoolAdvice.ALONE,
        "advice": gettext(ADVICE[size.advice]),
        "tested": tested,
        "positive": positive,
        "next_code": rules.code_after(last[0].code) if last else "",
    }


def _worklist(request: HttpRequest, actor: Actor, where: Where) -> dict[str, Any]:
    """What waits to be pooled, what may be in no pool, and the pools made before."""
    now = clock.now()
    waiting = queries.waiting_to_test(where.lab, by=actor)
    poolable = [one for one in waiting if one.is_pooled_first(now)]
    form = AfterForm(request.GET)
    found = queries.pools(
        where.lab,
        by=actor,
        before=form.cleaned_data["after"] if form.is_valid() else None,
        limit=POOLS_SHOWN + 1,
    )
    shown, after = paged(found, POOLS_SHOWN, lambda one: one.id)
    name = named(one.made_by for one in shown)
    marked = [(one, use_by_state(one.use_by_at, at=now)) for one in poolable]
    return {
        "poolable": poolable,
        "poolable_near": sum(bool(state) for _, state in marked),
        "pools_waiting": sum(one.kind is LoadKind.POOL for one in waiting),
        "plates_url": where.address("lab:plates"),
        "alone_waiting": sum(one.kind is LoadKind.TUBE for one in waiting) - len(poolable),
        "shown": marked[:WAITING_SHOWN],
        "limit": WAITING_SHOWN,
        "pools": [(one, name(one.made_by), state_of(one)) for one in shown],
        "after": after,
    }


def state_of(one: queries.PoolRow | queries.MemberRow) -> str:
    """Where a pool or its member stands, as a key of the table of states."""
    if isinstance(one, queries.MemberRow) and one.closed:
        return "void"
    if one.waits_for is not None:
        return "waiting"
    if one.value is not None:
        return one.value
    return "read" if one.run is not None else "loaded" if one.plate is not None else "pooled"


@may("lab.see")
@require_GET
def pool(request: HttpRequest, code: str) -> HttpResponse:
    """One pool: its members and where each stands, its plate and its verdict."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row, members = queries.pool(code, by=actor, lab=lab_named(request))
    where = where_it_is(request, row.lab)
    name = named([row.made_by])
    return render(
        request,
        "lab/pool.html",
        {
            "pool": row,
            "where": where,
            "state": state_of(row),
            "lab": where.name,
            "made_by": name(row.made_by),
            "members": [(one, state_of(one)) for one in members],
        },
    )
