"""The public look-up: a slip code and a second identifier give one answer."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from som.access.queries import system_actor
from som.kernel import clock
from som.kernel.ids import slip_code
from som.kernel.outcomes import gettext_noop as _
from som.results import queries
from som.results.forms import LookUpForm
from som.results.queries import Answer, SecondIdentifier
from som.results.rules import ResultValue
from som.web.guard import public


@dataclass(frozen=True, slots=True)
class Wording:
    """An answer in words: its colour and sign, what it is, and what it means to do."""

    tone: str
    icon: str
    headline: str
    lines: tuple[str, ...]


_CARE = _("Keep the mask and the other rules of your commune; have a test again if you fall ill.")
_STATION = _("Your health station will call you for another swab. You may also go there yourself.")

WORDS = {
    ResultValue.NEGATIVE: Wording(
        "done",
        "circle-check",
        _("Negative"),
        (_("The virus was not found in your sample."), _CARE),
    ),
    ResultValue.NEGATIVE_BY_POOL: Wording(
        "done",
        "circle-check",
        _("Negative, by pooled test"),
        (
            _("Your sample was tested together with others, and the virus was found in none."),
            _CARE,
        ),
    ),
    ResultValue.POSITIVE: Wording(
        "positive",
        "alert-circle",
        _("Positive"),
        (
            _("The virus was found in your sample."),
            _("Stay in a room of your own, wear a mask, open the window, receive no visitors."),
            _("Your health station has been told and will call you. Have your telephone near."),
            _("Hard to breathe, pain in the chest, or drowsy: call 115 at once."),
        ),
    ),
    ResultValue.SUSPECTED: Wording(
        "positive",
        "alert-circle",
        _("Suspected positive"),
        (
            _("The first test found the virus. Another laboratory must confirm it."),
            _("Until then stay in a room of your own, wear a mask and receive no visitors."),
            _("Your health station has been told and will call you. Have your telephone near."),
            _("Hard to breathe, pain in the chest, or drowsy: call 115 at once."),
        ),
    ),
    ResultValue.INCONCLUSIVE: Wording(
        "warning",
        "help-circle",
        _("Inconclusive"),
        (_("The test could not tell yes from no. This happens and is nobody's fault."), _STATION),
    ),
    ResultValue.WITHDRAWN: Wording(
        "warning",
        "arrow-back-up",
        _("The earlier answer is withdrawn"),
        (
            _("The answer you were given no longer holds, and no new one is there yet."),
            _STATION,
            # It may have been a positive: whoever carried the virus carries it still.
            _("Until then keep away from others as far as you can."),
            _("Hard to breathe, pain in the chest, or drowsy: call 115 at once."),
        ),
    ),
}
ASKED_AGAIN = Wording(
    "warning",
    "repeat",
    _("Another swab is needed"),
    (
        _("Your sample alone could not give an answer. This does not mean that you are positive."),
        _STATION,
        _("Until then keep away from others as far as you can."),
    ),
)
UNDER_WAY = Wording(
    "working",
    "clock",
    _("Your sample is on its way"),
    (_("There is no result yet. You may close this page and look again later."),),
)
LATE = Wording(
    "warning",
    "clock-exclamation",
    _("Your result is late"),
    (
        _("It took longer than was promised, and we are sorry. Your sample is being followed up."),
        _("You may close this page and look again later, or ask your health station."),
    ),
)


def wording(answer: Answer, *, late: bool) -> Wording:
    """The words of an answer."""
    if answer.value is not None:
        return WORDS[ResultValue(answer.value)]
    if answer.asked_again:
        return ASKED_AGAIN
    return LATE if late else UNDER_WAY


@public
@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("slip", "birth_date", "birth_year", "phone_end", "card")
def look_up(request: HttpRequest) -> HttpResponse:
    """One answer for one slip. A wrong code and a wrong identifier get the same page.

    Asked by POST, so that slips stand in no address and no server's log. Limited by address and by
    slip, whether or not there is such a slip; a right answer takes the slip's count back.
    """
    form = LookUpForm(request.POST or None)
    if request.method != "POST":
        return render(request, "results/look_up.html", {"form": form})
    slip = slip_code(request.POST.get("slip", "")) or ""
    if not ratelimit.consume(request, action="look_up") or (
        slip and not ratelimit.consume(request, action="look_up_slip", key=slip)
    ):
        return render(request, "results/look_up.html", {"form": form, "too_many": True}, status=429)
    if not form.is_valid():
        return render(request, "results/look_up.html", {"form": form})
    typed, now = form.cleaned_data, clock.now()
    second = SecondIdentifier(birth_date=typed["birth_date"])
    if typed["card"] is not None:
        second = SecondIdentifier(card=typed["card"])
    elif typed["birth_date"] is None:
        second = SecondIdentifier(birth_year=typed["birth_year"], phone_end=typed["phone_end"])
    answer = queries.look_up(typed["slip"], second, by=system_actor("public"), at=now)
    if answer is None:
        return render(request, "results/look_up.html", {"form": form, "not_found": True})
    ratelimit.clear(request, action="look_up_slip", key=slip)
    late = answer.due_at < now
    return render(
        request,
        "results/answer.html",
        {"answer": answer, "said": wording(answer, late=late), "late": late},
    )
