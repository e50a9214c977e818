"""The kits of a day as their dated rules say, for every page and command alike."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from som.kernel import rulebook
from som.lab.kits import KitRule, KitRuleError, Method, kit_rule, method_of
from som.lab.strips import StripRule, strip_rule

_BEFORE_CODE = "lab.kit."


@dataclass(frozen=True, slots=True)
class Kit:
    """A kit: its name, where its numbers come from, and how its tests are read.

    `rule` is None where it is written wrong: the kit still has its name, and nothing is begun with it.
    """

    code: str
    name: str
    basis: str
    rule: KitRule | StripRule | None

    @property
    def on_plate(self) -> KitRule | None:
        """The rule of a kit whose samples are pipetted on a plate."""
        rule = self.rule
        return rule if isinstance(rule, KitRule) and rule.method is Method.PCR else None


def kits_on(day: date) -> dict[str, Kit]:
    """Every kit of this day by its code. One that is written wrong takes no other from the desks."""
    found = {}
    for rule in rulebook.rules_under(_BEFORE_CODE, on=day):
        code = rule.key.removeprefix(_BEFORE_CODE)
        value = rule.value if isinstance(rule.value, dict) else {}
        read = None
        with suppress(KitRuleError):
            read = _read(value)
        found[code] = Kit(code, str(value.get("name") or code), rule.legal_basis, read)
    return found


def _read(value: Mapping[str, object]) -> KitRule | StripRule:
    return strip_rule(value) if method_of(value) is Method.ANTIGEN else kit_rule(value)
