"""A form field that asks for a unit by name or code and works without a script."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from som.kernel.ids import fold
from som.places import queries, rules
from som.places.queries import UnitRow

MOST_OFFERED = 400
"""Units a browser is given to complete the typing: those of a province, not of the country."""

MOST_CANDIDATES = 12


class UnitInput(forms.TextInput):
    """A box for a name or code; the browser completes it, and choices follow where it is unclear."""

    template_name = "places/unit_input.html"
    offered: Sequence[UnitRow] = ()
    candidates: Sequence[UnitRow] = ()

    def value_from_datadict(self, data: Any, _files: Any, name: str) -> tuple[str, str]:
        """What was typed, and which of the choices was picked."""
        return data.get(name, ""), data.get(f"{name}_picked", "")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The box with what was typed in it, and the choices."""
        typed = value[0] if isinstance(value, tuple) else value
        context = super().get_context(name, typed, {"autocomplete": "off", **(attrs or {})})
        if self.offered:
            context["widget"]["attrs"]["list"] = f"{context['widget']['attrs']['id']}_offered"
        context["offered"], context["candidates"] = self.offered, self.candidates
        return context


class UnitField(forms.Field):
    """A unit in force today, within a territory. Gives its row, or None where nothing was typed.

    A form says in which territory and on which day, with `keep_within`.
    """

    widget = UnitInput
    default_error_messages = {
        "unknown": _("No place of your territory in force today has this name or code."),
        "several": _(
            "Several places have this name. Choose one or type more of the name, then send again."
        ),
    }
    territory: frozenset[int] | None = frozenset()
    on: date = date.min
    meant: UnitRow | None = None

    def keep_within(
        self, territory: frozenset[int] | None, on: date, offered: Sequence[UnitRow]
    ) -> None:
        """Only units of this territory (None: everywhere) on this day; `offered` to complete."""
        self.territory, self.on, self.widget.offered = territory, on, offered

    def clean(self, value: Any) -> UnitRow | None:
        """The one unit meant; else the choices are put below the box."""
        typed, picked = value if isinstance(value, tuple) else (value or "", "")
        typed = typed.strip()[:200]
        if not typed:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        found = [
            one.unit
            for one in queries.search_units(
                typed, self.on, limit=MOST_CANDIDATES, within=self.territory, ended=False
            )
        ]
        if not found:
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        meant = next((unit for unit in found if str(unit.id) == picked), None) or _meant(
            typed, found
        )
        if meant is None:
            self.widget.candidates = found
            raise ValidationError(self.error_messages["several"], code="several")
        self.meant = meant
        return meant

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Once the unit is known its whole path stands in the box, so that it is not asked again."""
        return super().bound_data(data, initial) if self.meant is None else self.meant.path


class UnitForm(forms.Form):
    """A form that asks, in its field `unit`, for a unit of one territory."""

    def __init__(
        self,
        *args: Any,
        territory: frozenset[int] | None,
        on: date,
        offered: Sequence[UnitRow],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        unit = self.fields["unit"]
        assert isinstance(unit, UnitField)
        unit.keep_within(territory, on, offered)


def offered_units(territory: frozenset[int] | None, on: date) -> list[UnitRow]:
    """The units of a territory for the browser to complete, unless they are too many to send."""
    if territory is None:
        return []
    found = queries.units_in_force(territory, on)
    return found if len(found) <= MOST_OFFERED else []


def _meant(typed: str, found: Sequence[UnitRow]) -> UnitRow | None:
    """The unit that was typed: by code, by exact path or name, or the only one that answers."""
    exact, folded = rules.written(typed), fold(typed)
    for fits in (
        [unit for unit in found if unit.code == typed],
        [unit for unit in found if rules.written(unit.path) == exact],
        [unit for unit in found if rules.written(unit.name) == exact],
        [unit for unit in found if fold(unit.path) == folded],
    ):
        if len(fits) == 1:
            return fits[0]
    return found[0] if len(found) == 1 else None
