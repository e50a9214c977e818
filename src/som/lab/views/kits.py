"""Kits as the pages call them, and what their numbers rest on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext

from som.kernel import clock
from som.kernel.outcomes import gettext_noop as _
from som.lab.kit_list import Kit, kits_on
from som.lab.kits import KitRule, Method
from som.lab.strips import StripRule

KIT_NAMES = (
    _("CDC 2019-nCoV N1, N2, RNase P"),
    _("N1, N2, RNase P in one well"),
    _("ORF1ab, N and internal control in one well"),
    _("nCoV (FAM) with internal extraction control (VIC)"),
    _("SARS-CoV-2 (FAM) and RNase P (Texas Red) in one well"),
    _("Xpert Xpress SARS-CoV-2 (cartridge)"),
    _("STANDARD Q COVID-19 Ag (test nhanh kháng nguyên)"),
)
"""The names of the packaged kits, to be translated; a province's own are shown as it wrote them."""

KIT_BASES = (
    _(
        "No source: cut-offs of the CDC singleplex panel (CDC-006-00019) carried over to "
        "a multiplex; dyes are an example. Replace by the instructions of the kit in "
        "use."
    ),
    _(
        "No source for cut-offs: the export (Opentrons/covid19, run of 20/3/2020, 50 "
        "cycles) names no kit. 40 is the cut-off of the CDC panel, carried over."
    ),
    _(
        "No source for cut-offs: the export (Opentrons/covid19, CoDxEUA experiments of "
        "14/5/2020, 50 cycles) names a CoDx kit, whose instructions were not at hand. 40 "
        "is the cut-off of the CDC panel, carried over."
    ),
    _(
        "Cepheid Xpert Xpress SARS-CoV-2, Instructions for Use, 302-3562 (rev. A, "
        "3/2020; rev. B, 4/2020): N2 is positive with or without E; E alone is "
        "presumptive positive; neither, with the sample processing control, is negative; "
        "without it, invalid. No source for cycles and cut-offs: above every Ct that the "
        "analyser writes."
    ),
)
"""What the packaged kits say of numbers without a source, to be translated as their names are."""


@dataclass(frozen=True, slots=True)
class KitShown:
    """A kit of today: its name, and where its numbers come from or that they have no source."""

    name: str
    basis: str


def kits_shown() -> dict[str, KitShown]:
    """Every kit of today by its code."""
    return {
        kit.code: KitShown(gettext(kit.name), gettext(kit.basis) if kit.basis else "")
        for kit in _today().values()
    }


def kit_names() -> dict[str, str]:
    """The names of these kits by their codes."""
    return {code: kit.name for code, kit in kits_shown().items()}


def plate_kits() -> dict[str, KitRule]:
    """Every kit of today that is made for plates."""
    return {kit.code: rule for kit in _today().values() if (rule := kit.on_plate)}


def _today() -> dict[str, Kit]:
    return kits_on(clock.now().astimezone(clock.LOCAL).date())


@dataclass(frozen=True, slots=True)
class PointKit:
    """A kit that is used at the point of care: a strip with its minutes, or a cartridge's targets."""

    code: str
    name: str
    method: Method
    read_from: timedelta | None = None
    read_until: timedelta | None = None
    targets: tuple[str, ...] = ()


def point_kits(on: date) -> dict[str, PointKit]:
    """The strips and cartridges of a day by their codes, strips first."""
    found = []
    for kit in kits_on(on).values():
        rule, name = kit.rule, gettext(kit.name)
        if isinstance(rule, StripRule):
            minutes = rule.read_from, rule.read_until
            found.append(PointKit(kit.code, name, Method.ANTIGEN, *minutes))
        elif rule is not None and rule.method is Method.CARTRIDGE:
            targets = tuple(target.name for target in rule.targets)
            found.append(PointKit(kit.code, name, rule.method, targets=targets))
    found.sort(key=lambda kit: (kit.method is not Method.ANTIGEN, kit.code))
    return {kit.code: kit for kit in found}
