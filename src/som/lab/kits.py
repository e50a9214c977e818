"""A kit's dated rule: its targets, cut-offs and controls, parsed from data. Pure.

Words: a *target* is a gene of the virus, the *internal control* shows that there was something to
test and that nothing stopped the reaction. A *reaction* is what is pipetted into one well: a
multiplex kit has one reaction with all its targets, the CDC panel has a reaction for each.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from som.lab.formats.run_file import Reading


class Method(StrEnum):
    """How a test is done."""

    PCR = "pcr"  # on a plate with controls
    CARTRIDGE = "cartridge"  # one tube in a closed device that tests itself
    ANTIGEN = "antigen"  # one person's strip, read by eye within minutes

    @property
    def confirms(self) -> bool:
        """Whether a positive may stand as confirmed: a rapid antigen test supports the molecular
        test and does not replace it (Quyết định 2022/QĐ-BYT, 28/4/2021)."""
        return self is not Method.ANTIGEN


class Role(StrEnum):
    """What a target is for."""

    TARGET = "target"
    INTERNAL_CONTROL = "internal_control"


class ControlKind(StrEnum):
    """What a control well holds."""

    NO_TEMPLATE = "no_template"  # water: nothing may be found in it
    NEGATIVE = "negative"  # material without the virus, taken through extraction
    POSITIVE = "positive"  # the virus's genes


class Expected(StrEnum):
    """What a control must show of a role."""

    DETECTED = "detected"
    ABSENT = "absent"
    ANY = "any"


class KitRuleError(ValueError):
    """A kit's rule is not written as it must be; the message says where and how."""


@dataclass(frozen=True, slots=True)
class KitTarget:
    """One target of a kit: how it is called in files, and below which Ct it counts as detected.

    `alone`: found, it is enough for a positive, however many targets the kit needs.
    """

    name: str
    role: Role
    cut_off: Decimal
    fluor: str = ""
    also_called: tuple[str, ...] = ()
    reaction: str = "all"
    grey_to: Decimal | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class ControlRule:
    """What a kind of control must show; `required`: an item without one covering it is invalid."""

    targets: Expected
    internal_control: Expected
    required: bool = True


@dataclass(frozen=True, slots=True)
class KitRule:
    """How a kit's readings are judged. `cut_off_counts`: a Ct equal to the cut-off is detected."""

    code: str
    name: str
    targets: tuple[KitTarget, ...]
    positives_needed: int
    cycles: int
    cut_off_counts: bool
    controls: Mapping[ControlKind, ControlRule]
    method: Method = Method.PCR
    by_name: Mapping[str, KitTarget] = field(init=False, repr=False, compare=False)
    """The targets by every name they have in files."""
    by_role: Mapping[Role, tuple[KitTarget, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        roles = {role: tuple(t for t in self.targets if t.role is role) for role in Role}
        object.__setattr__(self, "by_role", roles)
        names: dict[str, KitTarget] = {}
        for target in self.targets:
            for name in (target.name, *target.also_called):
                names.setdefault(folded(name), target)
        object.__setattr__(self, "by_name", names)

    def target_of(self, reading: Reading) -> KitTarget | None:
        """Which target a reading is of: by its name, or by its dye where the file has no name."""
        name = folded(reading.target)
        if name:
            return self.by_name.get(name)
        dye = folded(reading.fluor)
        same_dye = [target for target in self.targets if dye and folded(target.fluor) == dye]
        return same_dye[0] if len(same_dye) == 1 else None

    def of_role(self, role: Role) -> tuple[KitTarget, ...]:
        return self.by_role[role]


@functools.lru_cache(maxsize=4096)  # a run names few targets and dyes, in each of its readings
def folded(text: str) -> str:
    """A name without case and repeated spaces, in one Unicode form."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


# --- the rule as data ----------------------------------------------------------------------------

_KIT_KEYS = frozenset(
    {
        "code",
        "name",
        "method",
        "cycles",
        "positives_needed",
        "cut_off_counts",
        "targets",
        "controls",
        "note",
    }
)
_TARGET_KEYS = frozenset(
    {"name", "role", "cut_off", "fluor", "also_called", "reaction", "grey_to", "alone"}
)
_CONTROL_KEYS = frozenset({"targets", "internal_control", "required"})


def method_of(value: Mapping[str, object]) -> Method:
    """How a kit's test is done, from the value of its dated rule; on a plate where it says nothing."""
    try:
        return Method(str(value.get("method", Method.PCR)))
    except ValueError as error:
        raise KitRuleError(f"kit: method {value.get('method')!r} is none") from error


def kit_rule(value: Mapping[str, object]) -> KitRule:
    """A kit's rule from the value of a dated rule; raises `KitRuleError` saying what is wrong."""
    _only(value, _KIT_KEYS, "kit")
    code = _word(value, "code", "kit")
    where = f"kit {code}"
    method = method_of(value)
    if method is Method.ANTIGEN:
        raise KitRuleError(f"{where}: an antigen test has lines and no targets")
    closed = method is Method.CARTRIDGE
    if closed and "controls" in value:
        raise KitRuleError(f"{where}: a cartridge is loaded with no control beside it")
    cycles = _whole(value, "cycles", where)
    targets = tuple(
        _target(target, f"{where}, target {number}", cycles)
        for number, target in enumerate(_tables(value, "targets", where), start=1)
    )
    names = [folded(n) for target in targets for n in (target.name, *target.also_called)]
    if len(names) != len(set(names)):
        raise KitRuleError(f"{where}: a target's name is used twice")
    for reaction in {target.reaction for target in targets}:
        dyes = [folded(t.fluor) for t in targets if t.reaction == reaction and t.fluor]
        if len(dyes) != len(set(dyes)):
            raise KitRuleError(f"{where}: two targets of reaction {reaction} share a dye")
    wanted = sum(1 for target in targets if target.role is Role.TARGET)
    if wanted == 0 or wanted == len(targets):
        raise KitRuleError(f"{where}: needs a target and an internal control")
    positives_needed = _whole(value, "positives_needed", where)
    if positives_needed > wanted:
        raise KitRuleError(f"{where}: positives_needed is {positives_needed} of {wanted} targets")
    cut_off_counts = value.get("cut_off_counts", False)
    if not isinstance(cut_off_counts, bool):
        raise KitRuleError(f"{where}: cut_off_counts is true or false")
    return KitRule(
        code=code,
        name=_word(value, "name", where),
        targets=targets,
        positives_needed=positives_needed,
        cycles=cycles,
        cut_off_counts=cut_off_counts,
        controls={} if closed else _controls(value.get("controls"), where),
        method=method,
    )


def _target(value: Mapping[str, object], where: str, cycles: int) -> KitTarget:
    _only(value, _TARGET_KEYS, where)
    name = _word(value, "name", where)
    where = f"{where} ({name})"
    try:
        role = Role(_word(value, "role", where))
    except ValueError as error:
        raise KitRuleError(f"{where}: role is target or internal_control") from error
    cut_off = _ct(value, "cut_off", where)
    if cut_off > cycles:
        raise KitRuleError(f"{where}: cut_off {cut_off} lies beyond {cycles} cycles")
    grey_to = _ct(value, "grey_to", where) if "grey_to" in value else None
    if grey_to is not None and not cut_off < grey_to <= cycles:
        raise KitRuleError(f"{where}: grey_to lies between cut_off and cycles")
    also_called = value.get("also_called", [])
    if not isinstance(also_called, (list, tuple)) or not all(
        isinstance(other, str) and other for other in also_called
    ):
        raise KitRuleError(f"{where}: also_called is a list of names")
    alone = value.get("alone", False)
    if not isinstance(alone, bool):
        raise KitRuleError(f"{where}: alone is true or false")
    return KitTarget(
        name=name,
        role=role,
        cut_off=cut_off,
        fluor=_word(value, "fluor", where) if "fluor" in value else "",
        also_called=tuple(also_called),
        reaction=_word(value, "reaction", where) if "reaction" in value else "all",
        grey_to=grey_to,
        alone=alone,
    )


def _controls(value: object, where: str) -> dict[ControlKind, ControlRule]:
    if not isinstance(value, Mapping) or not value:
        raise KitRuleError(f"{where}: controls is a table of no_template, negative, positive")
    rules: dict[ControlKind, ControlRule] = {}
    for name, table in value.items():
        there = f"{where}, control {name}"
        if name not in set(ControlKind) or not isinstance(table, Mapping):
            raise KitRuleError(f"{there}: is no_template, negative or positive, and a table")
        _only(table, _CONTROL_KEYS, there)
        required = table.get("required", True)
        if not isinstance(required, bool):
            raise KitRuleError(f"{there}: required is true or false")
        try:
            rules[ControlKind(name)] = ControlRule(
                Expected(_word(table, "targets", there)),
                Expected(_word(table, "internal_control", there)),
                required,
            )
        except KitRuleError:
            raise
        except ValueError as error:
            raise KitRuleError(f"{there}: {error}; detected, absent or any") from error
    return rules


def _only(value: Mapping[str, object], allowed: frozenset[str], where: str) -> None:
    unknown = sorted(set(value) - allowed)
    if unknown:
        raise KitRuleError(f"{where}: unknown {', '.join(unknown)}")


def _word(value: Mapping[str, object], key: str, where: str) -> str:
    found = value.get(key)
    if not isinstance(found, str) or not found.strip():
        raise KitRuleError(f"{where}: {key} is missing or no text")
    return found


def _whole(value: Mapping[str, object], key: str, where: str) -> int:
    found = value.get(key)
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise KitRuleError(f"{where}: {key} is missing or no whole number above 0")
    return found


def _ct(value: Mapping[str, object], key: str, where: str) -> Decimal:
    found = value.get(key)
    if isinstance(found, bool) or not isinstance(found, (int, float, str)):
        raise KitRuleError(f"{where}: {key} is missing or no number")
    try:
        ct = Decimal(str(found))
    except InvalidOperation as error:
        raise KitRuleError(f"{where}: {key} {found!r} is no number") from error
    if not ct.is_finite() or ct <= 0:
        raise KitRuleError(f"{where}: {key} {found!r} is no Ct")
    return ct


def _tables(value: Mapping[str, object], key: str, where: str) -> list[Mapping[str, object]]:
    found = value.get(key)
    if not isinstance(found, (list, tuple)) or not found:
        raise KitRuleError(f"{where}: {key} is missing or no list of tables")
    for table in found:
        if not isinstance(table, Mapping):
            raise KitRuleError(f"{where}: {key} is missing or no list of tables")
    return list(found)
