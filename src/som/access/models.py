"""Accounts and what they may do where."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce

from som.access import roles, rules


class Account(AbstractBaseUser):
    """A person's way to sign in. Its unit's administrators look after it.

    Until the printed first code has been exchanged there is no password. A closed account stays,
    so that the audit goes on naming somebody.
    """

    username = models.CharField(max_length=40, unique=True)
    full_name = models.TextField()
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(
        "places.Organisation", on_delete=models.PROTECT, related_name="+", null=True
    )
    language = models.CharField(max_length=2, default="vi")
    first_code_hash = models.CharField(max_length=64, default="")
    first_code_expires_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "username"

    objects = BaseUserManager["Account"]()

    class Meta:
        constraints = [
            # Typed alike on every keyboard, and never two accounts that differ in case.
            models.CheckConstraint(
                condition=Q(username__regex=f"^{rules.USERNAME.pattern}$"),
                name="account_username_is_plain",
            ),
            models.CheckConstraint(
                condition=Q(language__in=rules.LANGUAGES), name="account_language_is_offered"
            ),
            # A code without an end would be a second password on paper.
            models.CheckConstraint(
                condition=Q(first_code_hash="") | Q(first_code_expires_at__isnull=False),
                name="account_first_code_expires",
            ),
        ]

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether the account may sign in."""
        return self.closed_at is None

    def get_full_name(self) -> str:
        """The name shown in the corner of every page."""
        return self.full_name


class Assignment(models.Model):
    """A role an account holds at a unit, at an organisation or everywhere, for these days."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="assignments")
    role = models.TextField()
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, related_name="+", null=True)
    organisation = models.ForeignKey(
        "places.Organisation", on_delete=models.PROTECT, related_name="+", null=True
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    given_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", null=True)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            # A role at the wrong kind of place would permit nothing, or everything.
            models.CheckConstraint(
                condition=Q(
                    role__in=roles.roles_bound_to(roles.Bound.UNIT),
                    unit__isnull=False,
                    organisation__isnull=True,
                )
                | Q(
                    role__in=roles.roles_bound_to(roles.Bound.ORGANISATION),
                    unit__isnull=True,
                    organisation__isnull=False,
                )
                | Q(
                    role__in=roles.roles_bound_to(roles.Bound.EVERYWHERE),
                    unit__isnull=True,
                    organisation__isnull=True,
                ),
                name="assignment_is_bound_as_its_role_says",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="assignment_ends_after_it_begins",
            ),
            # Ending a role must end it: no second row that still gives it.
            ExclusionConstraint(
                name="assignment_is_held_once_a_day",
                expressions=[
                    (F("account"), RangeOperators.EQUAL),
                    (F("role"), RangeOperators.EQUAL),
                    (Coalesce(F("unit"), Value(0)), RangeOperators.EQUAL),
                    (Coalesce(F("organisation"), Value(0)), RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_to"),
                            Value("[]"),
                            function="daterange",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
