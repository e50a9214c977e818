"""The pages of access: sign-in, accounts, audit."""

from som.access.views.accounts import account, accounts, new_account
from som.access.views.sign_in import (
    audit_person,
    audit_search,
    change_password,
    demo,
    demo_sign_in,
    first_sign_in,
)

__all__ = [
    "account",
    "accounts",
    "audit_person",
    "audit_search",
    "change_password",
    "demo",
    "demo_sign_in",
    "first_sign_in",
    "new_account",
]
