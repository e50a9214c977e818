"""What becomes of what is loaded or registered. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

from som.kernel.outcomes import Outcome, Refused, once
from som.places.rules.kinds import MAY_TEST, Kind, Level, OrganisationKind, Right, SiteKind
from som.places.rules.refusals import (
    OrganisationRefusal,
    PendingRefusal,
    PopulationRefusal,
    RightRefusal,
    SiteRefusal,
    UnitRefusal,
)
from som.places.rules.things import (
    END,
    LaboratoryRight,
    Organisation,
    PendingChange,
    Population,
    Site,
    Unit,
)

_UNIT_KINDS, _LEVELS = frozenset(Kind), frozenset(Level)


def judge_units(units: Sequence[Unit], held: Mapping[tuple[str, date], Unit]) -> Outcome[Unit]:
    """Which units are new, mended, as before, or would give a code two meanings on one day.

    Units already held come first, the shortened before the lengthened, so that a list which ends
    one unit and begins the next is taken whole; then by code and day, so that order is nothing.
    """
    outcome: Outcome[Unit] = Outcome()
    days: dict[str, dict[date, Unit]] = defaultdict(dict)
    for code, first in held:
        days[code][first] = held[code, first]

    def turn(unit: Unit) -> tuple[bool, bool, str, date, date, str]:
        before = held.get(unit.key)
        last = unit.valid_to or END
        longer = before is not None and last > (before.valid_to or END)
        return before is None, longer, unit.code, unit.valid_from, last, unit.name

    for unit in sorted(once(units), key=turn):
        if not unit.code or not unit.name or unit.kind not in _UNIT_KINDS:
            outcome.refused.append(Refused(unit, UnitRefusal.INCOMPLETE))
        elif unit.level not in _LEVELS:
            outcome.refused.append(Refused(unit, UnitRefusal.INCOMPLETE, str(unit.level)))
        elif unit.valid_to is not None and unit.valid_to < unit.valid_from:
            outcome.refused.append(Refused(unit, UnitRefusal.DAYS))
        elif days[unit.code].get(unit.valid_from) == unit:
            outcome.unchanged.append(unit)
        elif others := [
            other
            for other in days[unit.code].values()
            if other.overlaps(unit) and other is not held.get(unit.key)
        ]:
            outcome.refused.append(Refused(unit, UnitRefusal.OVERLAPS, others[0].name))
        else:
            days[unit.code][unit.valid_from] = unit
            outcome.done.append(unit)
    return outcome


def judge_populations(
    counts: Sequence[Population],
    unit_of: Mapping[tuple[str, date], int],
    held: Mapping[tuple[int, date], Population],
) -> Outcome[Population]:
    """Which counts are new; a count of a day is not replaced by another."""
    outcome: Outcome[Population] = Outcome()
    known = dict(held)
    for count in sorted(once(counts), key=lambda c: (c.code, c.counted_on, c.population or -1)):
        unit_id = unit_of.get((count.code, count.counted_on))
        if unit_id is None:
            outcome.refused.append(Refused(count, PopulationRefusal.UNKNOWN_UNIT, count.code))
            continue
        before = known.setdefault((unit_id, count.counted_on), count)
        if before != count:
            outcome.refused.append(Refused(count, PopulationRefusal.DIFFERS, count.code))
        elif (unit_id, count.counted_on) in held:
            outcome.unchanged.append(count)
        else:
            outcome.done.append(count)
    return outcome


def judge_pending(
    changes: Sequence[PendingChange],
    in_force: Mapping[str, str],
    held: Set[tuple[str, str]],
) -> Outcome[PendingChange]:
    """Which announced changes are news; one whose unit has its new name already is no more pending.

    `in_force` gives the name of each unit in force by its code, `held` pairs of code and new name.
    """
    outcome: Outcome[PendingChange] = Outcome()
    told = set(held)
    for change in once(changes):
        if change.code not in in_force:
            outcome.refused.append(Refused(change, PendingRefusal.UNKNOWN_UNIT, change.code))
        elif in_force[change.code] == change.name_then or (change.code, change.name_then) in told:
            outcome.unchanged.append(change)
        else:
            told.add((change.code, change.name_then))
            outcome.done.append(change)
    return outcome


def judge_organisations(
    organisations: Sequence[Organisation],
    units: Set[int],
    within: Set[int] | None,
    held: Mapping[str, Organisation],
) -> Outcome[Organisation]:
    """Which organisations are new; a code never comes to mean another one.

    `units` are those that exist, `within` those of the actor's territory (None: everywhere).
    """
    outcome: Outcome[Organisation] = Outcome()
    known = dict(held)
    for one in sorted(once(organisations), key=lambda o: (o.code, o.kind, o.name, o.unit_id)):
        if not one.code or not one.name:
            outcome.refused.append(Refused(one, OrganisationRefusal.INCOMPLETE))
        elif one.kind not in set(OrganisationKind):
            outcome.refused.append(Refused(one, OrganisationRefusal.UNKNOWN_KIND, one.kind))
        elif one.unit_id not in units:
            outcome.refused.append(Refused(one, OrganisationRefusal.UNKNOWN_UNIT, str(one.unit_id)))
        elif within is not None and one.unit_id not in within:
            outcome.refused.append(Refused(one, OrganisationRefusal.ELSEWHERE))
        elif one.code not in known:
            known[one.code] = one
            outcome.done.append(one)
        elif known[one.code] == one:
            outcome.unchanged.append(one)
        else:
            outcome.refused.append(Refused(one, OrganisationRefusal.DIFFERS, known[one.code].name))
    return outcome


@dataclass(frozen=True, slots=True)
class _Days:
    first: date
    last: date | None

    def overlap(self, other: _Days) -> bool:
        return self.first <= (other.last or END) and other.first <= (self.last or END)


def judge_rights(
    rights: Sequence[LaboratoryRight],
    laboratories: Mapping[str, Organisation],
    within: Set[int] | None,
    held: Sequence[LaboratoryRight],
) -> Outcome[LaboratoryRight]:
    """Which rights are new. `within` are the units of the actor's territory (None: everywhere)."""
    outcome: Outcome[LaboratoryRight] = Outcome()
    days: dict[tuple[str, str], list[_Days]] = defaultdict(list)
    for right in held:
        days[right.organisation_code, right.right].append(_Days(right.valid_from, right.valid_to))
    for one in sorted(
        once(rights),
        key=lambda r: (r.organisation_code, r.right, r.valid_from, r.valid_to or END),
    ):
        asked = _Days(one.valid_from, one.valid_to)
        known = days[one.organisation_code, one.right]
        laboratory = laboratories.get(one.organisation_code)
        if laboratory is None:
            reason = RightRefusal.UNKNOWN_ORGANISATION
        elif within is not None and laboratory.unit_id not in within:
            reason = RightRefusal.ELSEWHERE
        elif laboratory.kind not in MAY_TEST:
            reason = RightRefusal.NOT_A_LABORATORY
        elif one.right not in set(Right):
            reason = RightRefusal.UNKNOWN_RIGHT
        elif one.valid_to is not None and one.valid_to < one.valid_from:
            reason = RightRefusal.DAYS
        elif asked in known:
            outcome.unchanged.append(one)
            continue
        elif any(asked.overlap(other) for other in known):
            reason = RightRefusal.OVERLAPS
        else:
            known.append(asked)
            outcome.done.append(one)
            continue
        outcome.refused.append(Refused(one, reason, one.organisation_code))
    return outcome


def judge_sites(
    sites: Sequence[Site],
    units: Set[int],
    within: Set[int] | None,
    organisations: Set[str],
    held: Mapping[tuple[int, str, str], Site],
) -> Outcome[Site]:
    """Which sites are new; unit, kind and name together mean one site."""
    outcome: Outcome[Site] = Outcome()
    known = dict(held)
    for one in sorted(
        once(sites), key=lambda s: (s.unit_id, s.kind, s.name, s.address, s.organisation_code)
    ):
        key = one.unit_id, one.kind, one.name
        if not one.name:
            outcome.refused.append(Refused(one, SiteRefusal.INCOMPLETE))
        elif one.kind not in set(SiteKind):
            outcome.refused.append(Refused(one, SiteRefusal.UNKNOWN_KIND, one.kind))
        elif one.unit_id not in units:
            outcome.refused.append(Refused(one, SiteRefusal.UNKNOWN_UNIT, str(one.unit_id)))
        elif within is not None and one.unit_id not in within:
            outcome.refused.append(Refused(one, SiteRefusal.ELSEWHERE))
        elif one.organisation_code and one.organisation_code not in organisations:
            outcome.refused.append(
                Refused(one, SiteRefusal.UNKNOWN_ORGANISATION, one.organisation_code)
            )
        elif key not in known:
            known[key] = one
            outcome.done.append(one)
        elif known[key] == one:
            outcome.unchanged.append(one)
        else:
            outcome.refused.append(Refused(one, SiteRefusal.DIFFERS, known[key].address))
    return outcome


@dataclass(frozen=True, slots=True)
class Reaggregated:
    """A series of numbers carried to the units of another day.

    `unconverted` is the share (0 to 1) of the whole that belongs to units which were split or ended
    with no successor; `left` are these units' own numbers.
    """

    values: dict[int, float] = field(default_factory=dict)
    left: dict[int, float] = field(default_factory=dict)
    unconverted: float = 0.0


def reaggregated(values: Mapping[int, float], carried_to: Mapping[int, int | None]) -> Reaggregated:
    """Add up numbers by the unit to which each was carried, and say what could not be carried."""
    carried: dict[int, float] = defaultdict(float)
    left: dict[int, float] = {}
    for unit_id, value in values.items():
        new = carried_to.get(unit_id)
        if new is None:
            left[unit_id] = value
        else:
            carried[new] += value
    whole = sum(abs(value) for value in values.values())
    lost = sum(abs(value) for value in left.values())
    return Reaggregated(dict(carried), left, lost / whole if whole else 0.0)
