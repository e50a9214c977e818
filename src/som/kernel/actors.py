"""Who acts, and what they may do where. Pure; `access` builds actors from accounts and roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from som.kernel.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Actor:
    """A person signed in, or a named system actor, with the permissions held at this moment.

    `units` and `organisations` map a permission to the ids where it is held; `everywhere` are the
    permissions held in the whole installation.
    """

    name: str
    account_id: int | None = None
    label: str = ""
    units: Mapping[str, frozenset[int]] = field(default_factory=dict)
    organisations: Mapping[str, frozenset[int]] = field(default_factory=dict)
    everywhere: frozenset[str] = frozenset()

    def may(
        self, permission: str, *, unit: int | None = None, organisation: int | None = None
    ) -> bool:
        """Whether this is permitted here; with neither unit nor organisation: anywhere at all."""
        if permission in self.everywhere:
            return True
        if unit is not None:
            return unit in self.units.get(permission, ())
        if organisation is not None:
            return organisation in self.organisations.get(permission, ())
        return bool(self.units.get(permission) or self.organisations.get(permission))

    def must(
        self, permission: str, *, unit: int | None = None, organisation: int | None = None
    ) -> None:
        """Raise `NotAllowed` unless this is permitted here. Asks no database."""
        if not self.may(permission, unit=unit, organisation=organisation):
            raise NotAllowed(permission)

    def holds(self, *, unit: int | None = None, organisation: int | None = None) -> bool:
        """Whether any right at all is held at one of these places; what is held everywhere is not."""
        return any(unit in units for units in self.units.values()) or any(
            organisation in places for places in self.organisations.values()
        )

    def units_for(self, permission: str) -> frozenset[int] | None:
        """The units where this is permitted; None means everywhere."""
        if permission in self.everywhere:
            return None
        return self.units.get(permission, frozenset())

    def organisations_for(self, permission: str) -> frozenset[int] | None:
        """The organisations where this is permitted; None means everywhere."""
        if permission in self.everywhere:
            return None
        return self.organisations.get(permission, frozenset())


NOBODY = Actor("nobody")


def second_person(witness: Actor | None, *, beside: Actor) -> Actor:
    """Whoever says so too, if that is another person than the first, with a role; else `NOBODY`."""
    if witness is None or witness.account_id is None or witness.name == beside.name:
        return NOBODY
    has_role = witness.units or witness.organisations or witness.everywhere
    return witness if has_role else NOBODY
