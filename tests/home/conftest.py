"""The accounts and places of `tests/access`."""

from tests.access.conftest import opened, quick_passwords, setup_actor, signed_in, town

__all__ = ["opened", "quick_passwords", "setup_actor", "signed_in", "town"]
