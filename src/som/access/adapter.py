"""What our sign-in allows of allauth: user name and password, no sign-up, no e-mail."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from som.access.rules import AccessRefusal
from som.web.views import YEAR


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are opened by administrators alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody signs up by themselves."""
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        """To the work plan."""
        return "/"

    def respond_user_inactive(
        self,
        request: HttpRequest,
        user: AbstractBaseUser,  # noqa: ARG002
    ) -> HttpResponse:
        """Only who knows the password of a closed account is told that it is closed."""
        messages.error(request, gettext(AccessRefusal.CLOSED.sentence))
        return redirect("account_login")

    def post_login(
        self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
    ) -> HttpResponse:
        """Speak the account's language on a device where none was chosen yet."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                user.language,  # type: ignore[attr-defined]
                max_age=YEAR,
                samesite="Lax",
                secure=request.is_secure(),
                httponly=True,
            )
        return response
