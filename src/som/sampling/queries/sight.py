"""Who sees what goes from a unit to a laboratory: tubes and boxes are seen from both of their ends."""

from __future__ import annotations

from som.kernel.actors import Actor
from som.kernel.errors import NotAllowed

BOX_SEEN = """
(%(all_units)s OR m.unit_id = ANY(%(units)s)
 OR %(all_labs)s OR m.lab_id = ANY(%(labs)s) OR m.from_lab_id = ANY(%(labs)s))
"""
"""That a box (`m`) is seen with what `seen_by` gives: where it came from, or where it goes."""


def tube_seen(tube: str) -> str:
    """That a tube, of this alias, is seen with what `seen_by` gives: from its unit or its laboratory."""
    return (
        f"(%(all_units)s OR {tube}.unit_id = ANY(%(units)s)"
        f" OR %(all_labs)s OR {tube}.lab_id = ANY(%(labs)s))"
    )


def seen_by(by: Actor) -> dict[str, object]:
    """The units and laboratories whose tubes and boxes this actor sees, as statements ask for them."""
    if not (by.may("sampling.read") or by.may("lab.see")):
        raise NotAllowed("sampling.read")
    units, labs = by.units_for("sampling.read"), by.organisations_for("lab.see")
    return {
        "all_units": units is None,
        "units": sorted(units or ()),
        "all_labs": labs is None,
        "labs": sorted(labs or ()),
    }
