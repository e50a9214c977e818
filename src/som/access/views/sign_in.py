"""First sign-in, the demo's one-click sign-in, and who saw or changed a person."""

from __future__ import annotations

from allauth.account.views import password_change
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import authenticate, get_backends, login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from som.access import commands, queries
from som.access.forms import FirstSignInForm, PersonForm
from som.access.roles import ROLES
from som.kernel import audit, clock
from som.kernel.demo import stands_open
from som.web.actions import words_of
from som.web.guard import back_to, may, public, signed_in
from som.web.views import too_many


@public
@never_cache
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("code", "password", "again")
def first_sign_in(request: HttpRequest) -> HttpResponse:
    """Exchange the printed code for a password and be signed in."""
    if request.actor.account_id is not None:  # type: ignore[attr-defined]
        return redirect("/")
    form = FirstSignInForm(request.POST or None)
    if request.method == "POST":
        key = str(request.POST.get("username", "")).strip().lower()
        if not ratelimit.consume(request, action="first_sign_in", key=key):
            return too_many(request)
        if form.is_valid():
            given = form.given()
            outcome = commands.set_first_passwords(
                [given], by=queries.system_actor("public"), at=clock.real_now()
            )
            for refused in outcome.refused:
                form.add_error(None, gettext(refused.reason.sentence))
            if outcome.done:
                account = authenticate(request, username=given.username, password=given.password)
                login(request, account)
                return redirect("/")
    return render(request, "access/first_sign_in.html", {"form": form})


@signed_in
def change_password(request: HttpRequest) -> HttpResponse:
    """Another password in place of the one held; there may be none, as in a demo."""
    if not request.user.has_usable_password():  # type: ignore[union-attr]
        messages.info(
            request,
            gettext(
                "This account has no password yet. It is given one at the first sign-in, with a"
                " one-time code from your administrator."
            ),
        )
        return redirect("/")
    return password_change(request)  # type: ignore[no-any-return]


def _demo_holders() -> list[queries.RoleHolder]:
    if not stands_open():
        raise Http404
    return queries.role_holders(on=clock.now().astimezone(clock.LOCAL).date())


@public
@never_cache
@require_GET
def demo(request: HttpRequest) -> HttpResponse:
    """The demo's cast by role; one click signs in. Elsewhere this page does not exist."""
    holders = _demo_holders()
    by_role = [
        (role, [holder for holder in holders if holder.role == name])
        for name, role in ROLES.items()
    ]
    return render(request, "access/demo.html", {"by_role": [one for one in by_role if one[1]]})


@public
@never_cache
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the demo's cast, without a password."""
    username = request.POST.get("username", "")
    if username not in {holder.username for holder in _demo_holders()}:
        raise Http404
    backend = get_backends()[0]
    account = backend.get_user(queries.account_ids([username])[username])
    if account is None:
        raise Http404
    login(request, account)
    return redirect(back_to(request, request.POST.get("next", "/")))


@may("audit.read")
@require_GET
def audit_search(request: HttpRequest) -> HttpResponse:
    """Ask about a person by number."""
    form = PersonForm(request.GET or None)
    if form.is_bound and form.is_valid():
        return redirect("access:audit_person", person_id=form.cleaned_data["person"])
    return render(request, "access/audit.html", {"form": form})


@may("audit.read")
@require_GET
def audit_person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Who saw or changed this person, newest first."""
    entries = audit.entries_about(
        person_id,
        by=request.actor,  # type: ignore[attr-defined]
        at=clock.now(),
    )
    return render(
        request,
        "access/audit.html",
        {
            "form": PersonForm({"person": person_id}),
            "person_id": person_id,
            "entries": [(entry, words_of(entry.action)) for entry in entries],
            "reads": sum(entry.kind == audit.READ for entry in entries),
            "writes": sum(entry.kind == audit.WRITE for entry in entries),
        },
    )
