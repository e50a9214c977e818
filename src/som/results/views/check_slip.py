"""The check of a printed slip by whoever is shown it: genuine or not, and whether it still holds."""

from __future__ import annotations

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from som.access.queries import system_actor
from som.kernel import clock
from som.results import queries
from som.results.forms import CheckSlipForm
from som.results.rules import ResultValue
from som.results.views.look_up import ASKED_AGAIN, WORDS
from som.web.guard import public


@public
@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("paper")
def check_slip(request: HttpRequest) -> HttpResponse:
    """What the slip with this seal says, and whether it is the last word; nothing that replaced it.

    Whoever has the paper in hand has read it: they are told no more. Asked by POST, and limited by
    address, like the look-up. What was not sealed here asks no database.
    """
    form = CheckSlipForm(request.POST or None)
    shown: dict[str, object] = {"form": form}
    if request.method != "POST":
        return render(request, "results/check_slip.html", shown)
    if not ratelimit.consume(request, action="look_up"):
        return render(request, "results/check_slip.html", shown | {"too_many": True}, status=429)
    if form.is_valid():
        slip, version = form.cleaned_data["paper"]
        printed = queries.printed_slip(slip, version, by=system_actor("public"), at=clock.now())
        if printed is None:
            shown["not_found"] = True
        else:
            said = WORDS[ResultValue(printed.value)] if printed.value else ASKED_AGAIN
            holds = printed.newest == version
            shown |= {"printed": printed, "said": said, "holds": holds, "form": CheckSlipForm()}
    return render(request, "results/check_slip.html", shown)
